package caddyfile_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"

	autherrors "github.com/auth-errors/caddy-auth-errors"
)

// fixedHandler returns a handler with canonical descriptions that names a token endpoint
// and a resource.
func fixedHandler(t *testing.T, provider string) *autherrors.Handler {
	t.Helper()
	log := new(caddy.CustomLog)
	log.WriterRaw = caddyconfig.JSON(map[string]any{"output": "discard"}, nil)
	return provisionedWith(t, &autherrors.Handler{
		Provider: provider, Descriptions: "canonical",
		Endpoints: map[string][]string{"token": {"/sts/issue", "/sts/login.php"}, "resource": {"/api/me"}},
	}, log)
}

// askFixed plays one response to one request.
func askFixed(t *testing.T, h *autherrors.Handler, method, path string, header http.Header, status int, fields, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := benchRequest("/")
	r.Method, r.Header = method, header.Clone()
	var err error
	if r.URL, err = url.Parse("http://idp.test" + path); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := h.ServeHTTP(w, r, played(status, fields, []byte(body))); err != nil {
		t.Errorf("%s %s: got error %v, want none", method, path, err)
	}
	return w
}

// TestNoSpellingOptsOut asks for a named endpoint in all ways that a client can choose:
// the answer is the same.
func TestNoSpellingOptsOut(t *testing.T) {
	h := fixedHandler(t, "oauth2")
	for _, r := range []struct {
		spellings    []string
		status       int
		fields, body string
	}{
		{tokenSpellings, 418, "Content-Type: text/html", "<title>User locked</title><form></form>"},
		{resourceSpellings, 401, "Content-Type: text/html", "<title>User locked</title><form></form>"},
		{resourceSpellings, 403, "Content-Type: text/event-stream", "data: user locked\n\n"},
	} {
		want := askFixed(t, h, http.MethodPost, r.spellings[0], nil, r.status, r.fields, r.body)
		for _, path := range r.spellings {
			for _, asker := range askers {
				for _, method := range askedBy {
					body := r.body
					if method == http.MethodHead {
						body = ""
					}
					got := askFixed(t, h, method, path, asker, r.status, r.fields, body)
					if method == http.MethodHead {
						if got.Body.Len() > 0 {
							t.Errorf("%s %s %v: got %q, want no body", method, path, asker, got.Body)
						}
						got.Body = want.Body
					}
					if got.Code != want.Code || fmt.Sprint(got.Header()) != fmt.Sprint(want.Header()) || got.Body.String() != want.Body.String() || strings.Contains(got.Body.String(), "locked") {
						t.Errorf("%s %s %v: got %d %v %q, want %d %v %q", method, path, asker, got.Code, got.Header(), got.Body, want.Code, want.Header(), want.Body)
					}
				}
			}
		}
	}
}

// TestFieldsTellNothing: of the fields of a provider those stay that differ between any
// two responses; those that another handler had set stay, too.
func TestFieldsTellNothing(t *testing.T) {
	h := fixedHandler(t, "cognito")
	for _, fields := range []string{
		"X-Amzn-Errortype: UserNotFoundException:\nX-Amzn-Errormessage: User does not exist.",
		"X-Amzn-Errortype: NotAuthorizedException:\nX-Ms-Locked: 1\nRetry-After: 300\nVary: X-User\nStrict-Transport-Security: max-age=7",
		"X-Amzn-Errortype: NotAuthorizedException:\nServer: locked\nAccess-Control-Allow-Origin: https://app.test\nAccess-Control-Locked: yes\nSet-Cookie: a=b\nX-Request-Id: 7",
	} {
		r := benchRequest("/sts/issue")
		w := httptest.NewRecorder()
		w.Header().Set("Server", "Caddy")
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		if err := h.ServeHTTP(w, r, played(400, "Content-Type: application/json\n"+fields, []byte(`{"message":"x"}`))); err != nil {
			t.Error(err)
		}
		got := maps.Clone(w.Header())
		for name := range got {
			if byNature.MatchString(name) {
				delete(got, name)
			}
		}
		want := fmt.Sprint(http.Header{
			"Server": {"Caddy"}, "Strict-Transport-Security": {"max-age=31536000"}, "Content-Type": {"application/json"}, "Cache-Control": {"no-store"},
			"Pragma": {"no-cache"}, "X-Content-Type-Options": {"nosniff"}, "Content-Length": {fmt.Sprint(w.Body.Len())},
		})
		if fmt.Sprint(got) != want {
			t.Errorf("%q: got %v, want %v", fields, got, want)
		}
	}
	for status, want := range map[int]string{429: "30", 503: "30", 400: ""} {
		if got := askFixed(t, h, http.MethodPost, "/sts/issue", nil, status, "Retry-After: 30", "").Header().Get("Retry-After"); got != want {
			t.Errorf("%d: got Retry-After %q, want %q", status, got, want)
		}
	}
	if got := askFixed(t, h, http.MethodPost, "/sts/issue", nil, 429, "Retry-After: jane is locked", "").Header().Get("Retry-After"); got != "" {
		t.Errorf("got Retry-After %q, want none", got)
	}
}

// TestCutShortFailsClosed: of a response that breaks off the client sees nothing, also
// where the failures of the proxy pass.
func TestCutShortFailsClosed(t *testing.T) {
	up := startUpstream(t)
	address := freeAddress(t)
	startCaddy(t, site(address, "auth_errors {\n\t\tdescriptions canonical\n\t\tproxy_errors pass\n\t\tendpoint token /sts/issue\n\t}", "reverse_proxy "+up.address))
	up.script("short", answer{play: sends("HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"error\":\"user_locked\"", false)})
	for _, v := range protocols(t) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/sts/issue", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(caseHeader, "short")
		if resp, err := v.transport.RoundTrip(req); err == nil {
			resp.Body.Close()
			t.Errorf("over %s: got %d %v, want nothing", v.name, resp.StatusCode, resp.Header)
		}
	}
}

// TestHeadIsLikeGet asks by HEAD through a server.
func TestHeadIsLikeGet(t *testing.T) {
	up := startUpstream(t)
	address := freeAddress(t)
	startCaddy(t, site(address, "auth_errors {\n\t\tdescriptions canonical\n\t\tendpoint resource /api/me\n\t}", "reverse_proxy "+up.address))
	const fields = "HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer error=\"invalid_token\", error_description=\"user locked\"\nContent-Type: text/plain"
	up.script("get", answer{wire: sized(fields, "user locked")})
	up.script("head", answer{wire: head(fields+"\nContent-Length: 11") + "\r\n"})
	for _, v := range protocols(t) {
		want := send(t, v, http.MethodGet, "http://"+address+"/api/me", http.Header{caseHeader: {"get"}}, "")
		got := send(t, v, http.MethodHead, "http://"+address+"/api/me", http.Header{caseHeader: {"head"}}, "")
		got.header.Set("Date", want.header.Get("Date"))
		if got.status != 401 || fmt.Sprint(got.header) != fmt.Sprint(want.header) || got.body != "" || !strings.Contains(want.body, "invalid_token") || strings.Contains(fmt.Sprint(got.header), "locked") {
			t.Errorf("over %s: got %d %v %q, want %d %v and no body", v.name, got.status, got.header, got.body, want.status, want.header)
		}
	}
}

// TestCanceledIsNoError: the answer of the proxy to a client that has gone is no error of
// the provider, also where it is held, because a client may still read.
func TestCanceledIsNoError(t *testing.T) {
	h := fixedHandler(t, "oauth2")
	r := benchRequest("/sts/issue")
	ctx, cancel := context.WithCancel(r.Context())
	cancel()
	w := httptest.NewRecorder()
	if err := h.ServeHTTP(w, r.WithContext(ctx), played(499, "", nil)); err != nil {
		t.Error(err)
	}
	repl := ctx.Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	if outcome, _ := repl.GetString("http.auth_errors.outcome"); outcome != "canceled" {
		t.Errorf("got outcome %q, want canceled", outcome)
	}
	if w.Code != 400 || !strings.Contains(w.Body.String(), "invalid_request") {
		t.Errorf("got %d %q, want the answer of the status", w.Code, w.Body)
	}
}
