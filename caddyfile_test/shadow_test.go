package caddyfile_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// startShadow runs two sites in front of one upstream, one of them in shadow mode,
// and one that shows the metrics.
func startShadow(t *testing.T, options ...string) (p pair, metrics string) {
	t.Helper()
	p = pair{startUpstream(t), freeAddress(t), freeAddress(t)}
	metrics = freeAddress(t)
	proxy := "reverse_proxy " + p.up.address
	startCaddy(t, site(p.with, auth0With(append(options, "mode shadow")...), proxy)+site(p.without, proxy)+site(metrics, "metrics"))
	return p, "http://" + metrics
}

// shadowRows are responses of every sort: none of the provider's errors may arrive
// in another way than without the module, in any framing.
func shadowRows() []caseRow {
	rows := slices.Concat(passRows, releasedRows)
	for _, r := range auth0Rows {
		method, header := r.request()
		delete(header, caseHeader)
		rows = append(rows, caseRow{r.String(), method, r.path, header, r.answer().wire})
	}
	m := message{403, []string{"Content-Type: application/json", `ETag: "1"`}, `{"error":"access_denied","error_description":"Unknown or invalid refresh token"}`}
	for _, f := range framings {
		if f.answer != nil && f.name != "HTTP 1.0" {
			rows = append(rows, caseRow{f.name, "POST", "/oauth/token", nil, f.answer(m).wire})
		}
	}
	return append(rows,
		caseRow{"error in a redirect", "GET", "/authorize", nil, sized("HTTP/1.1 302 Found\nLocation: https://client.test/cb?error=requires_validation&state=xyz", "")},
		caseRow{"gzip", "POST", "/oauth/token", field("Accept-Encoding", "gzip"), sized("HTTP/1.1 403 Forbidden\nContent-Type: application/json\nContent-Encoding: gzip", gzipped(m.body))},
		caseRow{"over max_body", "POST", "/oauth/token", nil, sized(forbidden, strings.Repeat("x", 64<<10+1))},
		caseRow{"over max_body in chunks", "POST", "/oauth/token", nil, chunked(forbidden, "X-Late: 1", strings.Repeat("x", 40<<10), strings.Repeat("y", 40<<10))},
		caseRow{"early hints", "POST", "/oauth/token", nil, head("HTTP/1.1 103 Early Hints\nLink: </a.css>; rel=preload") + "\r\n" + sized(forbidden, m.body)},
	)
}

// TestShadowChangesNothing: with mode shadow clients get the same bytes as without
// the module.
func TestShadowChangesNothing(t *testing.T) {
	p, _ := startShadow(t)
	versions := protocols(t)
	for _, e := range shadowRows() {
		p.up.script(e.name, answer{wire: e.wire})
		if !strings.Contains(e.name, "in chunks") { // whose chunks depend on timing
			if got, want := p.raw(t, e); got != want {
				t.Errorf("%s over HTTP/1.1: got\n%s\nwant\n%s", e.name, excerpt(got), excerpt(want))
			}
		}
		for _, v := range versions {
			if got, want := p.replies(t, v, e); !reflect.DeepEqual(got, want) {
				t.Errorf("%s over %s: got\n%s\nwant\n%s", e.name, v.name, excerpt(fmt.Sprintf("%+v", got)), excerpt(fmt.Sprintf("%+v", want)))
			}
		}
	}
}

// TestShadowCounts: a response that would be rewritten is counted as shadow, with the
// error that it would get. All others are counted as usual.
func TestShadowCounts(t *testing.T) {
	p, metrics := startShadow(t)
	for _, r := range documentedRows() {
		if r.provider != "auth0" {
			continue
		}
		p.up.script(r.String(), r.answer())
		method, header := r.request()
		before := samples(t, metrics, "caddy_auth_errors_responses_total")
		plain := send(t, protocols(t)[0], method, "http://"+p.with+r.path, header, "")
		if plain.status != r.status || plain.body != r.body {
			t.Errorf("%v: got %d %s, want the provider's answer", r, plain.status, plain.body)
		}
		got := samples(t, metrics, "caddy_auth_errors_responses_total")
		maps.DeleteFunc(got, func(labels string, n float64) bool { return n == before[labels] })
		if len(got) != 1 {
			t.Errorf("%v: got %v counted, want one", r, got)
		}
		for labels := range got {
			if !strings.Contains(labels, `error="`+r.wantError+`"`) || !strings.Contains(labels, `outcome="shadow"`) && !r.alike() {
				t.Errorf("%v: got it counted as %s, want shadow and %s", r, labels, r.wantError)
			}
		}
	}
}

// TestShadowStreams: an error that is sent in pieces arrives in pieces: the
// provider sends each when the client has the one before.
func TestShadowStreams(t *testing.T) {
	p, metrics := startShadow(t)
	pieces := []string{`{"error":"access_denied",`, `"error_description":`, `"Unknown or invalid refresh token"}`}
	next := make(chan struct{})
	p.up.script("pieces", answer{play: func(t *testing.T, conn net.Conn, _ *bufio.Reader) {
		io.WriteString(conn, head("HTTP/1.1 403 Forbidden\nContent-Type: application/json\nTrailer: X-Checksum\nTransfer-Encoding: chunked")+"\r\n")
		for _, piece := range pieces {
			if _, err := fmt.Fprintf(conn, "%x\r\n%s\r\n", len(piece), piece); err != nil {
				t.Errorf("sending %s: %v", piece, err)
				return
			}
			select {
			case <-next:
			case <-time.After(patience):
				t.Errorf("%s has not reached the client", piece)
				return
			}
		}
		io.WriteString(conn, "0\r\nX-Checksum: 9a\r\n\r\n")
	}})
	before := samples(t, metrics, "caddy_auth_errors_responses_total")
	for _, v := range protocols(t) {
		readPieces(t, v, "http://"+p.with+"/oauth/token", pieces, next)
	}
	labels := auditLine{Provider: "auth0", Endpoint: "token", Error: "invalid_grant", Outcome: "shadow"}.labels()
	if got := samples(t, metrics, "caddy_auth_errors_responses_total")[labels] - before[labels]; got != 2 {
		t.Errorf("got %v counted as shadow, want 2: the copy that is kept has to be whole", got)
	}
}

// readPieces reads a response as it comes, and asks for each next piece.
func readPieces(t *testing.T, v protocol, url string, pieces []string, next chan<- struct{}) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(caseHeader, "pieces")
	resp, err := v.transport.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s: %v", v.name, err)
	}
	defer resp.Body.Close()
	for _, piece := range pieces {
		got := make([]byte, len(piece))
		if _, err := io.ReadFull(resp.Body, got); err != nil || string(got) != piece {
			t.Fatalf("%s: got %q, %v, want %q", v.name, got, err, piece)
		}
		next <- struct{}{}
	}
	rest, err := io.ReadAll(resp.Body)
	if err != nil || len(rest) != 0 || resp.StatusCode != 403 || resp.Trailer.Get("X-Checksum") != "9a" {
		t.Errorf("%s: got %d, %q more, %v and trailers %v, want 403, the end and X-Checksum", v.name, resp.StatusCode, rest, err, resp.Trailer)
	}
}

// TestShadowCutShort: a response that the provider cuts short is cut short for the
// client.
func TestShadowCutShort(t *testing.T) {
	p, _ := startShadow(t)
	p.up.script("error", answer{play: breakOff("HTTP/1.1 403 Forbidden\nContent-Type: application/json")})
	for _, v := range protocols(t) {
		for _, address := range []string{p.with, p.without} {
			if body, err := readUntilError(t, v, "http://"+address+"/oauth/token", "error"); err == nil {
				t.Errorf("%s: got body %q and its end, want it broken off", v.name, body)
			}
		}
	}
}
