// Package probe provokes errors of an authorization server with a few harmless requests.
// Their credentials are invalid.
package probe

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/auth-errors/caddy-auth-errors/internal/saved"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

const (
	// Most is the largest number of requests, including those for the metadata.
	Most = 15
	// MostFailures is the number of server errors or missing answers in a row that ends
	// the probe.
	MostFailures = 3

	// patience is how long an answer may take.
	patience = 10 * time.Second
)

// Server is the server to ask.
type Server struct {
	// URL is the URL of the issuer or of the server. The probe asks only its scheme, host
	// and port.
	URL *url.URL
	// Paths are the paths of endpoints. Missing ones come from the metadata of the server
	// (OpenID Connect Discovery, RFC 8414).
	Paths map[registry.Endpoint]string
	// ClientID and ClientSecret are the credentials of a client of the server, for which
	// the server also checks codes and tokens. They default to an unknown client.
	ClientID, ClientSecret string
}

// Answer is a request with its response.
type Answer struct {
	saved.Exchange
	// Name describes the request.
	Name string
	// Endpoint is the kind of endpoint, none for metadata.
	Endpoint registry.Endpoint
	// Err is the reason for a missing response.
	Err error
}

// prober is a server with the results so far.
type prober struct {
	Server
	client   *http.Client
	metadata metadata
	tell     func(Answer)
	failures int // in a row
}

// errStop is wrapped by the reason to send no more.
var errStop = errors.New("the probe stops")

// Ask sends the requests, one after the other, and calls tell with each answer. It
// follows no redirect. It returns the requests that it left out, with the reasons. The
// error says why it could not ask the server at all.
func (s Server) Ask(ctx context.Context, tell func(Answer)) (left []string, err error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true // keep Content-Encoding in the header
	transport.DisableKeepAlives = true  // no request is sent twice
	p := &prober{Server: s, tell: tell, client: &http.Client{
		Transport:     transport,
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	endpoints, left, err := p.endpoints(ctx)
	for _, q := range questions {
		target := endpoints[q.endpoint]
		if err != nil || target == nil {
			continue
		}
		err = p.send(ctx, q.answerFrom(p, target), q.body(p))
	}
	if errors.Is(err, errStop) {
		return append(left, err.Error()), nil
	}
	return left, err
}

// send sends a request and tells the answer.
func (p *prober) send(ctx context.Context, a Answer, body string) error {
	a.Request = a.Request.WithContext(ctx)
	if body != "" {
		a.Request.Body, a.Request.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		a.Request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	a.Request.Header.Set("Accept", "application/json")
	a.Request.Header.Set("User-Agent", "caddy-auth-errors probe")
	a.At = time.Now()
	a.Response, a.Err = p.exchange(a.Request)
	if a.Endpoint == registry.EndpointNone {
		switch a.Response.Status {
		case 0:
			return a.Err // and so would the others end
		case http.StatusOK:
			a.Err = json.Unmarshal(a.Response.Body, &p.metadata)
		}
	}
	p.tell(a)
	if p.failures++; a.Response.Status != 0 && a.Response.Status < 500 {
		p.failures = 0
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case a.Response.Status == http.StatusTooManyRequests:
		return fmt.Errorf("%w: the server says 429, too many requests", errStop)
	case p.failures >= MostFailures:
		return fmt.Errorf("%w: the server failed %d times in a row", errStop, p.failures)
	}
	return nil
}

// exchange sends a request. It removes the client's secret from the response.
func (p *prober) exchange(r *http.Request) (resp normalizer.Response, err error) {
	came, err := p.client.Do(r)
	if err != nil {
		return resp, err
	}
	defer came.Body.Close()
	body, err := io.ReadAll(io.LimitReader(came.Body, normalizer.DefaultMaxBody+1))
	if err != nil {
		return resp, err
	}
	resp = normalizer.Response{Status: came.StatusCode, Header: came.Header, Body: body}
	if p.ClientSecret == "" {
		return resp, nil
	}
	for _, secret := range []string{p.ClientSecret, url.QueryEscape(p.ClientSecret), basic(p.ClientID, p.ClientSecret)} {
		resp.Body = bytes.ReplaceAll(resp.Body, []byte(secret), []byte("***"))
		for _, values := range resp.Header {
			for i := range values {
				values[i] = strings.ReplaceAll(values[i], secret, "***")
			}
		}
	}
	return resp, nil
}

// basic returns the credentials of a client for the Authorization field (RFC 6749 §2.3.1).
func basic(id, secret string) string {
	return base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id) + ":" + url.QueryEscape(secret)))
}
