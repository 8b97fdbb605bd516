package caddyfile_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"reflect"
)

// heard is what a client got: a whole reply, or one that broke off, or none.
type heard struct {
	reply
	broken bool
	err    error
}

// hear makes one request. That it fails is nothing unusual here.
func hear(ctx context.Context, v protocol, method, url string, header http.Header) heard {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return heard{err: err, broken: true}
	}
	req.Header = header.Clone()
	resp, err := v.transport.RoundTrip(req)
	if err != nil {
		return heard{err: err, broken: true}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	resp.Header.Del("Date")
	return heard{reply{proto: resp.Proto, status: resp.StatusCode, header: resp.Header, body: string(body), trailer: resp.Trailer}, err != nil, err}
}

// String shows a reply that may be large.
func (h heard) String() string {
	if h.broken {
		return fmt.Sprintf("%d, broken off: %v", h.status, h.err)
	}
	return excerpt(fmt.Sprintf("%d %s, %d fields, %d bytes", h.status, h.proto, len(h.header), len(h.body)) + "\n" + h.body)
}

// like reports whether a client can tell the two apart. How much of a reply
// arrives before it breaks off is a matter of timing.
func (h heard) like(other heard) bool {
	if h.broken || other.broken {
		return h.broken == other.broken
	}
	return reflect.DeepEqual(h.reply, other.reply)
}

// wish is the result that a client must get.
type wish struct {
	outcome      // the canonical error, or nothing but what it gets without the module
	bare    bool // there were no fields of the provider's to keep
}

// The wishes. Where the description is known, the whole body is.
var (
	asWithout   = wish{}
	unreachable = wish{outcome{status: http.StatusBadGateway, code: "temporarily_unavailable", description: "The identity provider could not be reached."}, true}
	endedEarly  = wish{outcome: outcome{status: cutOff.status, code: cutOff.code, description: "The response of the identity provider ended early."}}
	byStatus    = wish{outcome: outcome{status: http.StatusNotFound, code: "invalid_request", description: "The request is malformed, incomplete or not supported here."}}
	understood  = wish{outcome: grant}
	begun       = wish{outcome: codeOnly}
	recognized  = wish{outcome: outcome{status: http.StatusBadRequest, code: "invalid_grant"}}
)

// described is byStatus with the provider's own words.
func described(words string) wish {
	w := byStatus
	w.description = words
	return w
}

// problems says in what the reply differs from the wish.
func (w wish) problems(got, without heard) []string {
	if w.passes() {
		if !got.like(without) {
			return []string{fmt.Sprintf("got %v\nwant it as without the module: %v", got, without)}
		}
		return nil
	}
	if got.broken {
		return []string{fmt.Sprintf("got %v, want %d %s", got, w.status, w.code)}
	}
	if w.bare && got.header.Get("X-Request-Id") == "" {
		got.header = got.header.Clone()
		got.header.Set("X-Request-Id", "7f3d") // which compare looks for
	}
	problems := append(schemaProblems(got.reply), w.compare(got.reply)...)
	if body := fmt.Sprintf(`{"error":%q,"error_description":%q}`, w.code, w.description); w.description != "" && got.body != body {
		problems = append(problems, fmt.Sprintf("got body %s, want %s", excerpt(got.body), body))
	}
	return problems
}
