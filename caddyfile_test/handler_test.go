package caddyfile_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	autherrors "github.com/auth-errors/caddy-auth-errors"
)

const (
	tokenPath    = "/oauth/token"
	resourcePath = "/api/v2/users"
	knownError   = `{"error":"invalid_grant"}`
	ownError     = `{"reason":"order-closed"}`
)

// TestCalls: which calls reach the client's writer, and in which order.
func TestCalls(t *testing.T) {
	for _, r := range []struct {
		name, path string
		steps      []step
		want       []string
	}{
		{"nothing", tokenPath, nil, nil},
		{"no status", tokenPath, []step{write("abc")}, []string{"status 200", "write 3"}},
		{"success", tokenPath, []step{status(200), write("ab"), flush(), write("c")}, []string{"status 200", "write 2", "flush", "write 1"}},
		{"success without a body", tokenPath, []step{status(204)}, []string{"status 204"}},
		{"flush without a status", tokenPath, []step{flush(), write("ab")}, []string{"status 200", "flush", "write 2"}},
		{"copy without a status", tokenPath, []step{copied("abc")}, []string{"status 200", "read 3"}},
		{"copy", tokenPath, []step{status(200), copied("abc"), copied("de")}, []string{"status 200", "read 3", "read 2"}},
		{"informational", tokenPath, []step{status(103), status(103), status(200), write("a")}, []string{"status 103", "status 103", "status 200", "write 1"}},
		{"informational and an error", tokenPath, []step{status(103), status(403), write(knownError)}, []string{"status 103", "status 400", "answer"}},
		{"error", tokenPath, []step{status(403), write(knownError)}, []string{"status 400", "answer"}},
		{"error in pieces", tokenPath, []step{status(403), write(knownError[:5]), flush(), write(knownError[5:9]), copied(knownError[9:]), flush()}, []string{"status 400", "answer"}},
		{"error by copy", tokenPath, []step{status(403), copied(knownError)}, []string{"status 400", "answer"}},
		{"a second status", tokenPath, []step{status(403), status(200), write(knownError)}, []string{"status 400", "answer"}},
		{"released", resourcePath, []step{status(404), write(ownError[:5]), write(ownError[5:])}, []string{"status 404", "write 25"}},
		{"released with its flush", resourcePath, []step{status(404), write(ownError[:5]), flush(), write(ownError[5:])}, []string{"status 404", "write 25", "flush"}},
		{"released without a body", "/authorize", []step{status(404), flush()}, []string{"status 404", "flush"}},
		{"announced too large, released", resourcePath, []step{set("Content-Length", "17"), status(404), copied("0123456789abcdef"), write("g")}, []string{"status 404", "write 17"}},
		{"announced too large, answered", tokenPath, []step{set("Content-Length", "17"), status(500), write("0123456789abcdefg"), flush(), copied("more")}, []string{"status 500", "answer", "flush"}},
		{"too large, released", resourcePath, []step{status(404), write("0123456789"), flush(), write("abcdefg"), write("h"), flush()}, []string{"status 404", "write 17", "flush", "write 1", "flush"}},
		{"too large, answered", tokenPath, []step{status(500), write("0123456789"), write("abcdefg"), write("h")}, []string{"status 500", "answer", "flush"}},
		{"too large by copy, released", resourcePath, []step{status(404), copied("0123456789abcdefghij"), copied("k")}, []string{"status 404", "write 17", "read 3", "read 1"}},
		{"too large by copy, answered", tokenPath, []step{status(500), copied("0123456789abcdefghij"), copied("k")}, []string{"status 500", "answer", "flush"}},
		{"as large as may be", resourcePath, []step{status(404), copied("0123456789abcdef")}, []string{"status 404", "write 16"}},
	} {
		h := &autherrors.Handler{Provider: "auth0"}
		if strings.Contains(r.name, "large") {
			h.MaxBody = 16
		}
		provisioned(t, h)
		w := newSpy()
		if err := h.ServeHTTP(w, benchRequest(r.path), doing(nil, r.steps...)); err != nil {
			t.Errorf("%s: got error %v", r.name, err)
		}
		if got := w.callsWithAnswer(); !slices.Equal(got, r.want) {
			t.Errorf("%s: got calls %q, want %q\nbody %s", r.name, got, r.want, w.body.String())
		}
	}
}

// TestExempt: requests whose answer is no message of its own, or has no body.
func TestExempt(t *testing.T) {
	for _, r := range []struct {
		method, field, value string
		exempt               bool
	}{
		{"POST", "", "", false},
		{"GET", "", "", false},
		{"DELETE", "", "", false},
		{"HEAD", "", "", true},
		{"OPTIONS", "", "", true},
		{"CONNECT", "", "", true},
		{"GET", "Upgrade", "websocket", true},
		{"POST", "Content-Type", "application/grpc", true},
		{"POST", "Content-Type", "application/grpc+proto", true},
		{"POST", "Content-Type", "Application/gRPC", true},
		{"POST", "Content-Type", "application/json", false},
	} {
		req, w := benchRequest(tokenPath), newSpy()
		req.Method = r.method
		if r.field != "" {
			req.Header.Set(r.field, r.value)
		}
		if err := provisioned(t, &autherrors.Handler{Provider: "auth0"}).ServeHTTP(w, req, doing(nil, status(403), write(knownError))); err != nil {
			t.Errorf("%s %s: got error %v", r.method, r.value, err)
		}
		if got := w.calls[0] == "status 403" && w.body.String() == knownError; got != r.exempt {
			t.Errorf("%s %s: got calls %q and body %s, want exempt %v", r.method, r.value, w.calls, w.body.String(), r.exempt)
		}
	}
}

// TestPanicsGoOn: only a body that was cut short, while it was held, is answered.
func TestPanicsGoOn(t *testing.T) {
	other := errors.New("another panic")
	var leave context.CancelFunc
	left := func(http.ResponseWriter) { leave() }
	for _, r := range []struct {
		name        string
		proxyErrors string
		steps       []step
		want        any // the value of the panic that goes on
	}{
		{"cut short", "", []step{status(403), write(`{"err`), panics(http.ErrAbortHandler)}, nil},
		{"cut short, left to others", "pass", []step{status(403), panics(http.ErrAbortHandler)}, http.ErrAbortHandler},
		{"cut short on its way", "", []step{status(200), write("a"), panics(http.ErrAbortHandler)}, http.ErrAbortHandler},
		{"before any status", "", []step{panics(http.ErrAbortHandler)}, http.ErrAbortHandler},
		{"nobody there", "", []step{status(403), left, panics(http.ErrAbortHandler)}, http.ErrAbortHandler},
		{"another panic", "", []step{status(403), panics(other)}, other},
		{"another panic on its way", "", []step{status(200), panics(other)}, other},
	} {
		h := provisioned(t, &autherrors.Handler{Provider: "auth0", ProxyErrors: r.proxyErrors})
		req, w := benchRequest(tokenPath), newSpy()
		ctx, cancel := context.WithCancel(req.Context())
		leave = cancel
		var got any
		func() {
			defer func() { got = recover() }()
			if err := h.ServeHTTP(w, req.WithContext(ctx), doing(nil, r.steps...)); err != nil {
				t.Errorf("%s: got error %v", r.name, err)
			}
		}()
		cancel()
		if got != r.want {
			t.Errorf("%s: got panic %v, want %v", r.name, got, r.want)
		}
		if answered := slices.Contains(w.calls, "status 502"); answered != (r.want == nil) {
			t.Errorf("%s: got calls %q, want a status 502 only if nothing goes on", r.name, w.calls)
		}
	}
}

// TestErrorDropsHeld: an error of next is answered elsewhere, so nothing of the
// held response may be sent, nor stay in the header.
func TestErrorDropsHeld(t *testing.T) {
	failure := errors.New("cannot go on")
	w := newSpy()
	err := provisioned(t, &autherrors.Handler{Provider: "auth0"}).ServeHTTP(w, benchRequest(tokenPath), doing(failure,
		set("Content-Type", "application/json"), set("Content-Length", "25"), set("Etag", `"1"`), set("X-Request-Id", "7"), status(403), write(knownError)))
	if err != failure || len(w.calls) != 0 {
		t.Errorf("got error %v and calls %q, want %v and none", err, w.calls, failure)
	}
	if want := (http.Header{"X-Request-Id": {"7"}}); fmt.Sprint(w.header) != fmt.Sprint(want) {
		t.Errorf("got header %v, want %v", w.header, want)
	}
}

// TestPollIsSlowedDown: a client that polls too fast goes on after slow_down, and gives
// up after any other error.
func TestPollIsSlowedDown(t *testing.T) {
	h := provisioned(t, &autherrors.Handler{Provider: "auth0"})
	for _, row := range []struct{ body, wantStatus, wantError string }{
		{"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code", "status 400", `"error":"slow_down"`},
		{"grant_type=password", "status 429", `"error":"temporarily_unavailable"`},
	} {
		r := benchRequest(tokenPath)
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(row.body)), int64(len(row.body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := newSpy()
		next := doing(nil, func(http.ResponseWriter) { io.Copy(io.Discard, r.Body) }, status(429), write(`{"error":"too_many_requests"}`))
		if err := h.ServeHTTP(w, r, next); err != nil {
			t.Fatal(err)
		}
		if w.calls[0] != row.wantStatus || !strings.Contains(w.body.String(), row.wantError) {
			t.Errorf("%s: got %s, %s, want %s, %s", row.body, w.calls[0], w.body.String(), row.wantStatus, row.wantError)
		}
	}
}
