package autherrors

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
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
		{"announced too large, released", resourcePath, []step{set("Content-Length", "17"), status(404), copied("0123456789abcdef"), write("g")}, []string{"status 404", "read 16", "write 1"}},
		{"announced too large, answered", tokenPath, []step{set("Content-Length", "17"), status(500), write("0123456789abcdefg"), flush(), copied("more")}, []string{"status 500", "answer", "flush"}},
		{"too large, released", resourcePath, []step{status(404), write("0123456789"), flush(), write("abcdefg"), write("h"), flush()}, []string{"status 404", "write 10", "flush", "write 7", "write 1", "flush"}},
		{"too large, answered", tokenPath, []step{status(500), write("0123456789"), write("abcdefg"), write("h")}, []string{"status 500", "answer", "flush"}},
		{"too large by copy, released", resourcePath, []step{status(404), copied("0123456789abcdefghij"), copied("k")}, []string{"status 404", "write 17", "read 3", "read 1"}},
		{"too large by copy, answered", tokenPath, []step{status(500), copied("0123456789abcdefghij"), copied("k")}, []string{"status 500", "answer", "flush"}},
		{"as large as may be", resourcePath, []step{status(404), copied("0123456789abcdef")}, []string{"status 404", "write 16"}},
	} {
		h := provisioned(t, "auth0")
		if strings.Contains(r.name, "large") {
			h.MaxBody = 16
		}
		w := newSpy()
		if err := h.ServeHTTP(w, benchRequest(r.path), doing(nil, r.steps...)); err != nil {
			t.Errorf("%s: got error %v", r.name, err)
		}
		if got := w.callsWithAnswer(); !slices.Equal(got, r.want) {
			t.Errorf("%s: got calls %q, want %q\nbody %s", r.name, got, r.want, w.body.String())
		}
	}
}

// TestStates: what is decided with the status, before there is any body.
func TestStates(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, r := range []struct {
		name, provider, path string
		status               int
		header               map[string]string
		want                 state
	}{
		{"success", "auth0", tokenPath, 200, nil, passing},
		{"informational", "auth0", tokenPath, 103, nil, undecided},
		{"no content", "auth0", tokenPath, 204, nil, passing},
		{"not modified", "auth0", tokenPath, 304, nil, passing},
		{"lost client", "auth0", tokenPath, 499, nil, passing},
		{"error", "auth0", tokenPath, 400, nil, holding},
		{"the last status", "auth0", tokenPath, 599, nil, holding},
		{"as long as may be", "auth0", resourcePath, 404, map[string]string{"Content-Length": "65536"}, holding},
		{"too long", "auth0", resourcePath, 404, map[string]string{"Content-Length": "65537"}, passing},
		{"too long, and the status says enough", "auth0", tokenPath, 500, map[string]string{"Content-Length": "65537"}, answered},
		{"a length that is none", "auth0", tokenPath, 500, map[string]string{"Content-Length": "-1"}, holding},
		{"gRPC", "auth0", tokenPath, 401, map[string]string{"Content-Type": "application/grpc-web+proto"}, passing},
		{"redirect", "auth0", "/authorize", 302, map[string]string{"Location": "/login"}, passing},
		{"redirect with an error", "auth0", "/authorize", 302, map[string]string{"Location": "/cb?error=access_denied"}, passing},
		{"success of a provider that hides errors there", "accelo", "/api/v0/jobs", 200, map[string]string{"Content-Type": "application/json"}, holding},
		{"the same without a type", "accelo", "/api/v0/jobs", 200, nil, holding},
		{"created", "accelo", "/api/v0/jobs", 201, map[string]string{"Content-Type": "text/xml"}, holding},
		{"of no such type", "accelo", "/api/v0/jobs", 200, map[string]string{"Content-Type": "image/png"}, passing},
		{"a stream", "accelo", "/api/v0/jobs", 200, map[string]string{"Content-Type": "text/event-stream"}, passing},
		{"longer than an error", "accelo", "/api/v0/jobs", 200, map[string]string{"Content-Type": "application/json", "Content-Length": "8193"}, passing},
		{"as long as an error", "accelo", "/api/v0/jobs", 200, map[string]string{"Content-Type": "application/json", "Content-Length": "8192"}, holding},
		{"at another endpoint", "accelo", "/oauth2/v0/token", 200, map[string]string{"Content-Type": "application/json"}, passing},
		{"nobody there", "auth0", tokenPath, 400, nil, passing},
		{"off", "auth0", tokenPath, 400, nil, passing},
	} {
		req := benchRequest(r.path)
		switch r.name {
		case "nobody there":
			req = req.WithContext(canceled)
		case "off":
			caddyhttp.SetVar(req.Context(), offVar, true)
		}
		i := newInterceptor(newSpy(), req, provisioned(t, r.provider))
		for name, value := range r.header {
			i.Header().Set(name, value)
		}
		aborted := writeHeader(i, r.status)
		if i.state != r.want || aborted != (r.want == answered) {
			t.Errorf("%s: got state %d, aborted %v, want %d", r.name, i.state, aborted, r.want)
		}
	}
}

// writeHeader reports whether the handler that writes the status is aborted.
func writeHeader(i *interceptor, status int) (aborted bool) {
	defer func() { aborted = recover() == http.ErrAbortHandler }()
	i.WriteHeader(status)
	return false
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
		{"POST", "Content-Type", "application/json", false},
	} {
		req, w := benchRequest(tokenPath), newSpy()
		req.Method = r.method
		if r.field != "" {
			req.Header.Set(r.field, r.value)
		}
		if err := provisioned(t, "auth0").ServeHTTP(w, req, doing(nil, status(403), write(knownError))); err != nil {
			t.Errorf("%s %s: got error %v", r.method, r.value, err)
		}
		if got := w.calls[0] == "status 403" && w.body.String() == knownError; got != r.exempt {
			t.Errorf("%s %s: got calls %q and body %s, want exempt %v", r.method, r.value, w.calls, w.body.String(), r.exempt)
		}
	}
}

// TestPassAllocatesNothing: a response that is none of ours costs no memory.
func TestPassAllocatesNothing(t *testing.T) {
	h := provisioned(t, "auth0")
	next := answering(200, []byte("{}"), "Content-Type", "application/json")
	req := benchRequest(tokenPath)
	w := &benchWriter{header: http.Header{}}
	without := testing.AllocsPerRun(500, func() { clear(w.header); next.ServeHTTP(w, req) })
	with := testing.AllocsPerRun(500, func() { clear(w.header); h.ServeHTTP(w, req, next) })
	if with != without {
		t.Errorf("got %v allocations with the handler, want %v as without", with, without)
	}
}

// TestErrorAllocatesLittle: what a rewritten error may allocate, pools aside.
func TestErrorAllocatesLittle(t *testing.T) {
	const most = 10
	h := provisioned(t, "auth0")
	next := answering(403, []byte(benchBody), jsonFields([]byte(benchBody))...)
	req := benchRequest(tokenPath)
	w := &benchWriter{header: http.Header{}}
	if n := testing.AllocsPerRun(500, func() { clear(w.header); h.ServeHTTP(w, req, next) }); n > most || w.status != 400 {
		t.Errorf("got %v allocations and status %d, want at most %d and 400", n, w.status, most)
	}
}

// TestPanics: only a body that was cut short, while it was held, is answered.
func TestPanics(t *testing.T) {
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
		{"cut short, left to others", pass, []step{status(403), panics(http.ErrAbortHandler)}, http.ErrAbortHandler},
		{"cut short on its way", "", []step{status(200), write("a"), panics(http.ErrAbortHandler)}, http.ErrAbortHandler},
		{"before any status", "", []step{panics(http.ErrAbortHandler)}, http.ErrAbortHandler},
		{"nobody there", "", []step{status(403), left, panics(http.ErrAbortHandler)}, http.ErrAbortHandler},
		{"another panic", "", []step{status(403), panics(other)}, other},
		{"another panic on its way", "", []step{status(200), panics(other)}, other},
	} {
		h := provisioned(t, "auth0")
		h.ProxyErrors = r.proxyErrors
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

// TestPanicKeepsMemory: what panicked may still write, so the pieces of its body must
// not serve another request, whatever the state was.
func TestPanicKeepsMemory(t *testing.T) {
	for _, mode := range []string{modeEnforce, modeShadow} {
		h := provisioned(t, "auth0")
		h.Mode = mode
		var i *interceptor
		func() {
			defer func() { _ = recover() }()
			next := doing(nil, func(w http.ResponseWriter) { i = w.(*interceptor) }, status(403), write(strings.Repeat("x", 3*pieceSize)), panics("no"))
			h.ServeHTTP(newSpy(), benchRequest(tokenPath), next)
		}()
		if !i.retained || !i.body.shared || i.body.pieces != nil {
			t.Errorf("%s: got retained %v, shared %v and %d pieces, want it kept, and its pieces left to the garbage collector", mode, i.retained, i.body.shared, len(i.body.pieces))
		}
	}
}

// TestReleaseIsOneWrite: handlers around us, such as encode, judge a response by its
// first write.
func TestReleaseIsOneWrite(t *testing.T) {
	h := provisioned(t, "auth0")
	part := strings.Repeat("x", 3*pieceSize)
	h.MaxBody = int64(len(part)) + 10
	w := newSpy()
	if err := h.ServeHTTP(w, benchRequest(resourcePath), doing(nil, status(404), write(part), write(part))); err != nil {
		t.Fatal(err)
	}
	if want := []string{"status 404", fmt.Sprintf("write %d", len(part)), fmt.Sprintf("write %d", len(part))}; !slices.Equal(w.calls, want) {
		t.Errorf("got calls %q, want %q", w.calls, want)
	}
}

// TestErrorDropsHeld: an error of next is answered elsewhere, so nothing of the
// held response may be sent, nor stay in the header.
func TestErrorDropsHeld(t *testing.T) {
	failure := errors.New("cannot go on")
	w := newSpy()
	err := provisioned(t, "auth0").ServeHTTP(w, benchRequest(tokenPath), doing(failure,
		set("Content-Type", "application/json"), set("Content-Length", "25"), set("Etag", `"1"`), set("X-Request-Id", "7"), status(403), write(knownError)))
	if err != failure || len(w.calls) != 0 {
		t.Errorf("got error %v and calls %q, want %v and none", err, w.calls, failure)
	}
	if want := (http.Header{"X-Request-Id": {"7"}}); fmt.Sprint(w.header) != fmt.Sprint(want) {
		t.Errorf("got header %v, want %v", w.header, want)
	}
}

// TestHijack: whoever takes the connection may keep the writer as well, so it
// must not serve another request.
func TestHijack(t *testing.T) {
	w := newSpy()
	i := newInterceptor(w, benchRequest(tokenPath), provisioned(t, "auth0"))
	if _, _, err := http.NewResponseController(i).Hijack(); err != nil {
		t.Fatalf("hijacking: got error %v", err)
	}
	i.recycle()
	if i.handler == nil || !slices.Equal(w.calls, []string{"hijack"}) {
		t.Errorf("got calls %q and a writer that was given back, want it kept after a hijack", w.calls)
	}
}
