package caddyfile_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/tidwall/gjson"
)

// proxyFailures are what can go wrong before there is a response, each as a site
// makes it happen.
var proxyFailures = []struct {
	name       string
	directives string // of reverse_proxy, with {silent}, {closed} and {upstream}
	before     string // directives before auth_errors
	body       string
	wantStatus int
	wantError  string
}{
	{"refused connection", "reverse_proxy {closed}", "", "", 502, "temporarily_unavailable"},
	{"no TLS on the other side", "reverse_proxy https://{upstream}", "", "", 502, "temporarily_unavailable"},
	{"no answer in time", "reverse_proxy {silent} {\n\t\ttransport http {\n\t\t\tresponse_header_timeout 50ms\n\t\t}\n\t}", "", "", 504, "temporarily_unavailable"},
	{"no upstream", "reverse_proxy {\n\t\tdynamic a {\n\t\t\tname nowhere.invalid\n\t\t\tport 80\n\t\t\tresolvers 127.0.0.1:9\n\t\t\tdial_timeout 10ms\n\t\t}\n\t}", "", "", 503, "temporarily_unavailable"},
	{"request body too large", "reverse_proxy {upstream}", "request_body {\n\t\tmax_size 10\n\t}", strings.Repeat("x", 100), 413, "invalid_request"},
}

// silentServer accepts connections and never answers.
func silentServer(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln.Addr().String() // the backlog accepts for it
}

// sendChunked posts a body whose length is not announced, so that it is found to
// be too large only on its way to the provider.
func sendChunked(t *testing.T, url, body string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, io.MultiReader(strings.NewReader(body)))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := protocols(t)[0].transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{status: resp.StatusCode, header: resp.Header, body: string(b)}
}

// TestProxyErrors lets the proxy fail in every way, under each setting: with and
// without routes for errors, which must see what we do not answer and nothing else.
func TestProxyErrors(t *testing.T) {
	up := startUpstream(t)
	replacer := strings.NewReplacer("{upstream}", up.address, "{closed}", freeAddress(t), "{silent}", silentServer(t))
	const handleErrors = "handle_errors {\n\t\trespond \"handled {err.status_code}\" 599\n\t}"
	for _, tt := range proxyFailures {
		for _, option := range []string{"", "proxy_errors normalize", "proxy_errors pass", "mode shadow"} {
			for _, routes := range []string{"", handleErrors} {
				name := fmt.Sprintf("%s, %q, error routes %t", tt.name, option, routes != "")
				t.Run(name, func(t *testing.T) {
					gateway := freeAddress(t)
					startCaddy(t, site(gateway, "route {", tt.before, auth0With(option), replacer.Replace(tt.directives), "}", routes))
					got := sendChunked(t, "http://"+gateway+"/oauth/token", tt.body)
					switch {
					case option == "" || option == "proxy_errors normalize":
						if got.status != tt.wantStatus || !strings.Contains(got.body, `"error":"`+tt.wantError+`"`) {
							t.Errorf("got %d %s, want %d %s", got.status, got.body, tt.wantStatus, tt.wantError)
						}
						for _, problem := range schemaProblems(got) {
							t.Error(problem)
						}
					case routes != "":
						if want := fmt.Sprintf("handled %d", tt.wantStatus); got.status != 599 || got.body != want {
							t.Errorf("got %d %q, want 599 %q", got.status, got.body, want)
						}
					case got.status != tt.wantStatus || got.body != "":
						t.Errorf("got %d %q, want %d and no body", got.status, got.body, tt.wantStatus)
					}
				})
			}
		}
	}
}

// TestProxyErrorsOfPages holds that a browser which waits for a page gets that of
// handle_errors, and so does a client that asks for another protocol; a program gets the
// canonical error, from the same paths.
func TestProxyErrorsOfPages(t *testing.T) {
	gateway := freeAddress(t)
	startCaddy(t, site(gateway, "auth_errors auth0", "reverse_proxy "+freeAddress(t), "handle_errors {\n\t\trespond \"handled {err.status_code}\" 599\n\t}"))
	const handled, answered = "599", "502 temporarily_unavailable"
	for _, tt := range []struct {
		path   string
		header http.Header
		want   string
	}{
		{"/authorize", browser, handled},
		{"/authorize", http.Header{}, answered},
		{"/", browser, handled},
		{"/", http.Header{}, answered},
		{"/.well-known/jwks.json", http.Header{}, answered},
		{"/oauth/token", browser, answered},
		{"/userinfo", field("Accept", "text/html"), answered},
		{"/oauth/token", http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}}, handled},
	} {
		got := send(t, protocols(t)[0], http.MethodGet, "http://"+gateway+tt.path, tt.header.Clone(), "")
		is := fmt.Sprint(got.status)
		if got.status != 599 {
			is += " " + gjson.Get(got.body, "error").String()
		}
		if is != tt.want {
			t.Errorf("%s with %v: got %s: %s, want %s", tt.path, tt.header, is, got.body, tt.want)
		}
	}
}

// TestOtherErrorsReachTheirRoutes holds that an error of any other handler goes
// on, even one with the status of a proxy.
func TestOtherErrorsReachTheirRoutes(t *testing.T) {
	up := startUpstream(t)
	gateway := freeAddress(t)
	startCaddy(t, site(gateway,
		"auth_errors auth0",
		"error /teapot 418",
		"error /gateway \"not the proxy\" 502",
		"reverse_proxy "+up.address,
		"handle_errors {\n\t\trespond \"handled {err.status_code}\" 599\n\t}"))
	for path, want := range map[string]string{"/teapot": "handled 418", "/gateway": "handled 502"} {
		got := send(t, protocols(t)[0], http.MethodPost, "http://"+gateway+path, http.Header{}, "")
		if got.status != 599 || got.body != want {
			t.Errorf("%s: got %d %q, want 599 %q", path, got.status, got.body, want)
		}
	}
}

// TestProxyErrorIsLogged holds that the line which Caddy writes for a failed
// proxy is still there, with its level, logger and id.
func TestProxyErrorIsLogged(t *testing.T) {
	gateway := freeAddress(t)
	caddyfile, logFile := withPreamble(t, site(gateway, "auth_errors auth0", "reverse_proxy "+freeAddress(t)))
	t.Cleanup(func() { caddy.Stop() })
	if err := load(caddyfile); err != nil {
		t.Fatal(err)
	}
	send(t, protocols(t)[0], http.MethodPost, "http://"+gateway+"/oauth/token", field("Authorization", basic), "")
	logged, err := os.ReadFile(logFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"level":"error"`, `"logger":"http.log.error"`, "connection refused", `"status":502`, `"err_id":"`, `"err_trace":"reverseproxy.`, `"Authorization":["REDACTED"]`} {
		if !strings.Contains(string(logged), want) {
			t.Errorf("got the log %s, want %s in it", logged, want)
		}
	}
}

// TestPolls holds what a client that polls gets: never anything that makes it
// give up while the user is still busy.
func TestPolls(t *testing.T) {
	const (
		device = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=x&client_id=y"
		ciba   = "client_id=y&auth_req_id=z&grant_type=urn:openid:params:grant-type:ciba"
		code   = "grant_type=authorization_code&code=device_code"
	)
	form := field("Content-Type", "application/x-www-form-urlencoded")
	limited := sized("HTTP/1.1 429 Too Many Requests\nX-RateLimit-Reset: 30\nContent-Type: application/json", `{"error":"too_many_requests"}`)
	up := startUpstream(t)
	gateway := freeAddress(t)
	startCaddy(t, site(gateway, "auth_errors auth0", "reverse_proxy "+up.address))
	for _, tt := range []struct {
		name, body, wire  string
		wantStatus        int
		wantError, wantRA string
	}{
		{"limited device poll", device, limited, 400, "slow_down", ""},
		{"limited CIBA poll", ciba, limited, 400, "slow_down", ""},
		{"limited token request", code, limited, 429, "temporarily_unavailable", "30"},
		{"pending at 401", device, sized("HTTP/1.1 401 Unauthorized\nContent-Type: application/json", `{"error":"authorization_pending"}`), 400, "authorization_pending", ""},
		{"pending at 428, with a wait", ciba, sized("HTTP/1.1 428 Precondition Required\nRetry-After: 5\nContent-Type: application/json", `{"error":"authorization_pending","interval":5}`), 400, "authorization_pending", "5"},
		{"down", device, sized("HTTP/1.1 503 Service Unavailable\nX-RateLimit-Reset: 30", ""), 503, "temporarily_unavailable", ""},
		{"dead refresh token", "grant_type=refresh_token&refresh_token=x", sized("HTTP/1.1 401 Unauthorized\nContent-Type: application/json", `{"error":"invalid_token"}`), 400, "invalid_grant", ""},
	} {
		for _, p := range protocols(t) {
			up.script(tt.name, answer{wire: tt.wire})
			header := form.Clone()
			header.Set(caseHeader, tt.name)
			got := send(t, p, http.MethodPost, "http://"+gateway+"/oauth/token", header, tt.body)
			if got.status != tt.wantStatus || !strings.Contains(got.body, `"error":"`+tt.wantError+`"`) {
				t.Errorf("%s over %s: got %d %s, want %d %s", tt.name, p.name, got.status, got.body, tt.wantStatus, tt.wantError)
			}
			if ra := got.header.Get("Retry-After"); ra != tt.wantRA {
				t.Errorf("%s over %s: got Retry-After %q, want %q", tt.name, p.name, ra, tt.wantRA)
			}
		}
	}
}

// TestFormatAuto negotiates by the weights of Accept.
func TestFormatAuto(t *testing.T) {
	up := startUpstream(t)
	gateway := freeAddress(t)
	startCaddy(t, site(gateway, auth0With("format auto", "expose request_id"), "reverse_proxy "+up.address))
	up.script("", answer{wire: sized("HTTP/1.1 403 Forbidden\nContent-Type: application/json\nVary: Origin", `{"error":"invalid_grant"}`)})
	const oauth, problem = "application/json", "application/problem+json"
	for accept, want := range map[string]string{
		"":                                oauth,
		"*/*":                             oauth,
		oauth:                             oauth,
		problem:                           problem,
		problem + ", " + oauth:            oauth,
		problem + ", " + oauth + ";q=0.9": problem,
		oauth + ", " + problem + ";q=0.5": oauth,
		"application/*;q=0.2, " + problem + ";q=0.8": problem,
		problem + ";q=0": oauth,
	} {
		header := http.Header{}
		if accept != "" {
			header.Set("Accept", accept)
		}
		got := send(t, protocols(t)[0], http.MethodPost, "http://"+gateway+"/oauth/token", header, "")
		if contentType := got.header.Get("Content-Type"); contentType != want {
			t.Errorf("Accept %q: got %s, want %s", accept, contentType, want)
		}
		if vary := strings.Join(got.header.Values("Vary"), ", "); vary != "Origin, Accept" {
			t.Errorf("Accept %q: got Vary %q, want %q", accept, vary, "Origin, Accept")
		}
		for _, problem := range schemaProblems(got) {
			t.Errorf("Accept %q: %s", accept, problem)
		}
	}
}
