package normalizer_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// patience bounds how long a test waits.
const patience = 20 * time.Second

// The paths that the tables of these tests know: a token endpoint, and a resource.
const (
	errorPath    = "/token"
	resourcePath = "/resource"
)

// tableOf compiles a table, with the paths as its endpoints.
func tableOf(t *testing.T, c normalizer.Config) *normalizer.Table {
	t.Helper()
	c.Endpoints = map[registry.Endpoint][]string{registry.EndpointToken: {errorPath}, registry.EndpointResource: {resourcePath}}
	table, err := normalizer.Compile(c)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// server runs a provider, over HTTP/2 if told, and returns its address and a transport
// that reaches it.
func server(t *testing.T, h2 bool, h http.HandlerFunc) (string, *http.Transport) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	if h2 {
		s.EnableHTTP2 = true
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s.URL + errorPath, s.Client().Transport.(*http.Transport)
}

// answering is a provider with one answer.
func answering(status int, fields, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for field := range strings.SplitSeq(fields, "\n") {
			name, value, _ := strings.Cut(field, ": ")
			w.Header().Set(name, value)
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// post sends a token request and returns the response with its body.
func post(t *testing.T, tr http.RoundTripper, url, form string) (*http.Response, string) {
	t.Helper()
	r := formRequest(t, url, form)
	resp, err := tr.RoundTrip(r)
	if err != nil {
		t.Fatalf("POST %s: %v", url, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("POST %s: reading the body: %v", url, err)
	}
	return resp, string(body)
}

func formRequest(t *testing.T, url, form string) *http.Request {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

const deadToken = `{"error":"access_denied","error_description":"Unknown or invalid refresh token."}`

// describe spells all that a client may look at, but for the time.
func describe(resp *http.Response, body string) string {
	h := resp.Header.Clone()
	h.Del("Date")
	return fmt.Sprintf("%s %d %v length %d transfer %v trailer %v\n%s", resp.Status, resp.StatusCode, h, resp.ContentLength, resp.TransferEncoding, resp.Trailer, body)
}

func TestTransportRewrites(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		url, base := server(t, h2, answering(403, "Content-Type: application/json\nEtag: \"1\"\nX-Request-Id: 7", deadToken))
		resp, body := post(t, &normalizer.Transport{Table: tableOf(t, normalizer.Config{Provider: "auth0"}), Base: base}, url, "grant_type=refresh_token")
		want := `400 Bad Request 400 map[Cache-Control:[no-store] Content-Length:[84] Content-Type:[application/json] Pragma:[no-cache] X-Content-Type-Options:[nosniff] X-Request-Id:[7]] length 84 transfer [] trailer map[]
{"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}`
		want = strings.ReplaceAll(want, "84", strconv.Itoa(len(body)))
		if got := describe(resp, body); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", resp.Proto, got, want)
		}
	}
}

// TestTransportLeaves: all other responses arrive as without Transport.
func TestTransportLeaves(t *testing.T) {
	large := strings.Repeat("x", normalizer.DefaultMaxBody+1)
	for _, tt := range []struct {
		name   string
		table  *normalizer.Table
		status int
		fields string
		body   string
	}{
		{"zero Transport", nil, 403, "Content-Type: application/json", deadToken},
		{"zero Table", new(normalizer.Table), 403, "Content-Type: application/json", deadToken},
		{"shadow", tableOf(t, normalizer.Config{Provider: "auth0", Shadow: true}), 403, "Content-Type: application/json", deadToken},
		{"success", tableOf(t, normalizer.Config{Provider: "auth0"}), 200, "Content-Type: application/json", `{"access_token":"x"}`},
		{"large success that might be an error", tableOf(t, normalizer.Config{Provider: "accelo"}), 200, "Content-Type: application/json", `{"x":"` + large + `"}`},
		{"small success that might be an error", tableOf(t, normalizer.Config{Provider: "accelo"}), 200, "Content-Type: application/json", `{"x":"y"}`},
		{"success that is no error from its beginning", tableOf(t, normalizer.Config{Provider: "accelo"}), 200, "Content-Type: application/json", `[{"x":"y"}]`},
		{"unmapped", tableOf(t, normalizer.Config{Provider: "auth0", NoDefaults: true}), 418, "Content-Type: text/plain", "teapot"},
		{"large and unmapped", tableOf(t, normalizer.Config{Provider: "auth0", NoDefaults: true}), 418, "Content-Type: text/plain", large},
		{"gRPC", tableOf(t, normalizer.Config{Provider: "auth0"}), 403, "Content-Type: application/grpc", deadToken},
		{"no body", tableOf(t, normalizer.Config{Provider: "auth0", NoDefaults: true}), 418, "X: y", ""},
	} {
		for _, h2 := range []bool{false, true} {
			url, base := server(t, h2, answering(tt.status, tt.fields, tt.body))
			if tt.status == 200 {
				url = strings.Replace(url, errorPath, resourcePath, 1)
			}
			want, wantBody := post(t, base, url, "grant_type=refresh_token")
			got, gotBody := post(t, &normalizer.Transport{Table: tt.table, Base: base}, url, "grant_type=refresh_token")
			if got, want := describe(got, gotBody), describe(want, wantBody); got != want {
				t.Errorf("%s: got\n%.300s\nwant\n%.300s", tt.name, got, want)
			}
		}
	}
}

// TestTransportKeepsRequests: the caller's request is the caller's.
func TestTransportKeepsRequests(t *testing.T) {
	url, base := server(t, false, answering(403, "Content-Type: application/json", deadToken))
	r := formRequest(t, url, "grant_type=refresh_token")
	body, header := r.Body, fmt.Sprint(r.Header)
	resp, err := (&normalizer.Transport{Table: tableOf(t, normalizer.Config{Provider: "auth0"}), Base: base}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.Request != r {
		t.Error("got another request with the response, want the caller's")
	}
	if r.Body != body || fmt.Sprint(r.Header) != header {
		t.Errorf("got body %v and header %v in the caller's request, want them as they were", r.Body, r.Header)
	}
}

// roundTrip is a function as a transport.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestTransportSeesGrants: the grant type and the client's credentials are known, with
// whatever attempt they were sent, and however long the body was said to be.
func TestTransportSeesGrants(t *testing.T) {
	url, base := server(t, false, answering(401, "Content-Type: text/plain", "Unauthorized"))
	again := roundTrip(func(r *http.Request) (*http.Response, error) {
		_, _ = r.Body.Read(make([]byte, 5)) // the first attempt breaks off early
		next := r.Clone(r.Context())
		body, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		next.Body = body
		return base.RoundTrip(next)
	})
	certified := base.Clone()
	certified.TLSClientConfig = &tls.Config{GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return nil, nil }}
	for _, tt := range []struct {
		name, form string
		base       http.RoundTripper
		want       string
	}{
		{"public client", "grant_type=refresh_token&refresh_token=x", base, "invalid_grant"},
		{"secret", "grant_type=refresh_token&refresh_token=x&client_secret=x", base, "invalid_client"},
		{"second attempt", "grant_type=refresh_token&refresh_token=x", again, "invalid_grant"},
		{"unknown length", "grant_type=refresh_token&refresh_token=x", base, "invalid_grant"},
		{"certificate", "grant_type=refresh_token&refresh_token=x", certified, "invalid_client"},
	} {
		tr := &normalizer.Transport{Table: tableOf(t, normalizer.Config{}), Base: tt.base}
		r := formRequest(t, url, tt.form)
		if tt.name == "unknown length" {
			r.ContentLength, r.GetBody = 0, nil
		}
		resp, err := tr.RoundTrip(r)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !bytes.Contains(body, []byte(`"`+tt.want+`"`)) {
			t.Errorf("%s: got %s, want %s", tt.name, body, tt.want)
		}
	}
}

// TestTransportErrors: the errors of Base, and of the request's context, are returned.
func TestTransportErrors(t *testing.T) {
	table := tableOf(t, normalizer.Config{Provider: "auth0"})
	want := errors.New("no route")
	failing := &normalizer.Transport{Table: table, Base: roundTrip(func(*http.Request) (*http.Response, error) { return nil, want })}
	if _, err := failing.RoundTrip(formRequest(t, "http://idp.test/token", "x=y")); err != want {
		t.Errorf("got %v, want %v", err, want)
	}

	url, base := server(t, false, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(403)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done() // never ends by itself
	})
	ctx, cancel := context.WithCancel(t.Context())
	r := formRequest(t, url, "x=y").WithContext(ctx)
	waiting := roundTrip(func(r *http.Request) (*http.Response, error) {
		resp, err := base.RoundTrip(r)
		context.AfterFunc(t.Context(), cancel)
		go cancel() // while the body is awaited, or right before
		return resp, err
	})
	resp, err := (&normalizer.Transport{Table: table, Base: waiting}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); resp.StatusCode != 403 || !errors.Is(err, context.Canceled) {
		t.Errorf("got %d and the error %v, want 403 and %v", resp.StatusCode, err, context.Canceled)
	}
}

// TestTransportRedirects: of a redirect only the error in its URL changes.
func TestTransportRedirects(t *testing.T) {
	url, base := server(t, false, answering(302, "Location: https://app.test/cb?error=authorization_expired&state=s", "moved"))
	resp, body := post(t, &normalizer.Transport{Table: tableOf(t, normalizer.Config{Provider: "ecobee"}), Base: base}, url, "x=y")
	if got, want := resp.Header.Get("Location"), "https://app.test/cb?error=expired_token&state=s"; resp.StatusCode != 302 || got != want || body != "moved" {
		t.Errorf("got %d %q %q, want 302 %q and the body as it was", resp.StatusCode, got, body, want)
	}
}

// TestTransportHead: with canonical descriptions HEAD gets the same as POST.
func TestTransportHead(t *testing.T) {
	url, base := server(t, false, answering(403, "Content-Type: application/json", deadToken))
	tr := &normalizer.Transport{Table: tableOf(t, normalizer.Config{Provider: "auth0", CanonicalDescriptions: true}), Base: base}
	r := formRequest(t, url, "")
	r.Method = http.MethodHead
	resp, err := tr.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); resp.StatusCode != 400 || resp.ContentLength <= 0 || len(body) != 0 || err != nil {
		t.Errorf("got %d, length %d and body %q, want 400 and the length of a body that is not there", resp.StatusCode, resp.ContentLength, body)
	}
}
