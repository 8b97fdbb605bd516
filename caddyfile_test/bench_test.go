package caddyfile_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/klauspost/compress/gzip"

	autherrors "github.com/auth-errors/caddy-auth-errors"
)

// The body of the benchmarks: a real one, of 90 bytes.
const benchBody = `{"error":"access_denied","error_description":"Unknown or invalid refresh token, sign in."}`

// benchWriter is a response writer that costs next to nothing.
type benchWriter struct {
	header http.Header
	status int
	length int
}

func (w *benchWriter) Header() http.Header               { return w.header }
func (w *benchWriter) WriteHeader(status int)            { w.status = status }
func (w *benchWriter) Write(p []byte) (int, error)       { w.length += len(p); return len(p), nil }
func (w *benchWriter) ReadFrom(io.Reader) (int64, error) { return 0, nil }

// provisioned returns a handler as Caddy sets it up, with nothing to say.
func provisioned(tb testing.TB, h *autherrors.Handler) *autherrors.Handler {
	tb.Helper()
	return provisionedWith(tb, h, &caddy.CustomLog{BaseLog: caddy.BaseLog{Level: "PANIC"}})
}

// provisionedWith returns a handler that logs to the log.
func provisionedWith(tb testing.TB, h *autherrors.Handler, log *caddy.CustomLog) *autherrors.Handler {
	tb.Helper()
	ctx, err := caddy.ProvisionContext(&caddy.Config{
		Admin:   &caddy.AdminConfig{Disabled: true},
		Logging: &caddy.Logging{Logs: map[string]*caddy.CustomLog{"default": log}},
	})
	if err != nil {
		tb.Fatalf("provisioning Caddy: got error %v", err)
	}
	if err := h.Provision(ctx); err != nil {
		tb.Fatalf("provisioning: got error %v", err)
	}
	tb.Cleanup(func() { h.Cleanup() })
	return h
}

// benchRequest returns a request as Caddy's server prepares it.
func benchRequest(path string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, nil)
	r.Header.Set("Accept", "application/json")
	ctx := context.WithValue(r.Context(), caddyhttp.VarsCtxKey, map[string]any{})
	return r.WithContext(context.WithValue(ctx, caddy.ReplacerCtxKey, caddy.NewReplacer()))
}

// answering returns a handler in place of reverse_proxy: it answers with the status, the
// fields and the body.
func answering(status int, body []byte, fields ...string) caddyhttp.Handler {
	values := make(map[string][]string)
	for i := 0; i < len(fields); i += 2 {
		values[fields[i]] = []string{fields[i+1]}
	}
	return caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		header := w.Header()
		for name, value := range values {
			header[name] = value
		}
		w.WriteHeader(status)
		_, err := w.Write(body)
		return err
	})
}

// benchHandler runs a handler many times. A request is used a thousand times, because
// making one costs more than the handler, and because its placeholders pile up.
func benchHandler(b *testing.B, h caddyhttp.MiddlewareHandler, next caddyhttp.Handler, wantStatus int) {
	var r *http.Request
	w := &benchWriter{header: make(http.Header)}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		if n%1000 == 0 {
			r = benchRequest("/oauth/token")
		}
		clear(w.header)
		var err error
		if h == nil {
			err = next.ServeHTTP(w, r)
		} else {
			err = h.ServeHTTP(w, r, next)
		}
		if err != nil || w.status != wantStatus {
			b.Fatalf("got status %d, error %v, want %d", w.status, err, wantStatus)
		}
	}
}

func jsonFields(body []byte) []string {
	return []string{"Content-Type", "application/json", "Content-Length", strconv.Itoa(len(body)), "Date", "Sat, 21 Nov 2026 03:59:48 GMT"}
}

// BenchmarkSuccess is a response that is no candidate, with and without us.
func BenchmarkSuccess(b *testing.B) {
	body := []byte(`{"access_token":"dummy","token_type":"Bearer","expires_in":86400}`)
	next := answering(200, body, jsonFields(body)...)
	b.Run("next", func(b *testing.B) { benchHandler(b, nil, next, 200) })
	b.Run("auth_errors", func(b *testing.B) { benchHandler(b, provisioned(b, &autherrors.Handler{Provider: "auth0"}), next, 200) })
}

// TestBaseline: the two sides of the benchmark give the same answer.
func TestBaseline(t *testing.T) {
	next := answering(403, []byte(benchBody), jsonFields([]byte(benchBody))...)
	var answers []string
	for _, h := range []caddyhttp.MiddlewareHandler{baseline{}, provisioned(t, &autherrors.Handler{Provider: "auth0"})} {
		w := httptest.NewRecorder()
		if err := h.ServeHTTP(w, benchRequest("/oauth/token"), next); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, fmt.Sprint(w.Code, w.Header(), w.Body))
	}
	if answers[0] != answers[1] {
		t.Errorf("the baseline: got\n%s\nwant\n%s", answers[0], answers[1])
	}
}

// BenchmarkError is an error that is rewritten: by next alone, by us, and by the
// handler that one would write without us.
func BenchmarkError(b *testing.B) {
	body := []byte(benchBody)
	next := answering(403, body, jsonFields(body)...)
	b.Run("next", func(b *testing.B) { benchHandler(b, nil, next, 403) })
	b.Run("auth_errors", func(b *testing.B) { benchHandler(b, provisioned(b, &autherrors.Handler{Provider: "auth0"}), next, 400) })
	b.Run("baseline", func(b *testing.B) { benchHandler(b, baseline{}, next, 400) })
}

// BenchmarkErrorBody is an error with a long text around it, without and with us.
func BenchmarkErrorBody(b *testing.B) {
	h := provisioned(b, &autherrors.Handler{Provider: "auth0"})
	for _, length := range []int{4 << 10, 16 << 10, 60 << 10} {
		body := []byte(errorOfLength("access_denied", length))
		next := answering(403, body, jsonFields(body)...)
		b.Run(fmt.Sprintf("next/%d", length), func(b *testing.B) { benchHandler(b, nil, next, 403) })
		b.Run(fmt.Sprintf("auth_errors/%d", length), func(b *testing.B) { benchHandler(b, h, next, 400) })
	}
}

// BenchmarkGzip is the same error, compressed.
func BenchmarkGzip(b *testing.B) {
	var coded bytes.Buffer
	zw := gzip.NewWriter(&coded)
	zw.Write([]byte(benchBody))
	zw.Close()
	next := answering(403, coded.Bytes(), append(jsonFields(coded.Bytes()), "Content-Encoding", "gzip")...)
	b.Run("auth_errors", func(b *testing.B) { benchHandler(b, provisioned(b, &autherrors.Handler{Provider: "auth0"}), next, 400) })
}
