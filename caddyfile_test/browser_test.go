//go:build interop

package caddyfile_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// recipes is the page for browsers.
var recipes = filepath.Join(top, "docs", "recipes.md")

// scripted is a request of a script in a page, and the error that the script must see:
// nothing if the browser hides the answer.
type scripted struct {
	URL       string            `json:"url"`
	Method    string            `json:"method"`
	Header    map[string]string `json:"headers,omitempty"`
	status    int
	err       string
	challenge string // the beginning of what it reads of WWW-Authenticate
}

// scriptSees is the page's report of a request.
type scriptSees struct {
	Status    int
	Error     string
	Challenge string
	Thrown    string
}

// page makes the requests and posts its results.
const page = `<!DOCTYPE html><title>script</title><script type="module">
const sees = []
for (const { url, method, headers } of %s) {
  try {
    const response = await fetch(url, { method, headers })
    const body = await response.json().catch(() => ({}))
    sees.push({ Status: response.status, Error: body.error ?? '', Challenge: response.headers.get('WWW-Authenticate') ?? '' })
  } catch (e) {
    sees.push({ Thrown: String(e) })
  }
}
await fetch('/sees', { method: 'POST', body: JSON.stringify(sees) })
</script>`

// runPage opens the page at the address in Chromium, which sends what it saw to sees.
func runPage(t *testing.T, address string, sees <-chan []scriptSees) []scriptSees {
	t.Helper()
	profile, err := os.MkdirTemp("", "chromium")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--remote-debugging-port=0", "--user-data-dir="+profile, address)
	cmd.Env = append(os.Environ(), "TMPDIR="+profile)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stderr = new(strings.Builder) // a pipe to all of its processes, for whose end Wait waits
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting Chromium: %v (interop/run.sh says what is missing)", err)
	}
	defer func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // with its children, which write to the profile
		_ = cmd.Wait()
		if err := os.RemoveAll(profile); err != nil {
			t.Error(err)
		}
	}()
	select {
	case got := <-sees:
		return got
	case <-time.After(3 * patience):
		t.Fatal("Chromium has not run the page")
		return nil
	}
}

// servePage serves the page and takes its reports. The application answers all requests
// below /api/.
func servePage(t *testing.T, requests []scripted, api http.Handler) (address string, sees chan []scriptSees) {
	t.Helper()
	sees = make(chan []scriptSees, 1)
	list, err := json.Marshal(requests)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/api/"):
			api.ServeHTTP(w, r)
		case r.Method != http.MethodPost:
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, page, list)
		default:
			var got []scriptSees
			if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
				t.Errorf("reading what the page saw: %v", err)
			}
			sees <- got
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, sees
}

// compareSeen compares the result of a script with the expected one.
func compareSeen(t *testing.T, wanted []scripted, got []scriptSees) {
	t.Helper()
	if len(got) != len(wanted) {
		t.Fatalf("got %d answers, want %d", len(got), len(wanted))
	}
	for i, want := range wanted {
		g := got[i]
		if g.Status != want.status || g.Error != want.err || !strings.HasPrefix(g.Challenge, want.challenge) || (g.Thrown == "") != (want.status != 0) {
			t.Errorf("%s %s: got %+v, want %d %s with the challenge %q", want.Method, want.URL, g, want.status, want.err, want.challenge)
		}
	}
}

// crossOrigin is the provider behind the recipe for scripts: one without CORS of its own,
// and one that allows the origin that asks.
func crossOrigin(t *testing.T, own bool) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if own {
			w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		}
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.Method == http.MethodOptions:
			w.WriteHeader(http.StatusMethodNotAllowed)
		case r.URL.Path == "/oauth/token":
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, `{"error":"access_denied","error_description":"Unknown or invalid refresh token"}`)
		case r.URL.Path == "/userinfo":
			w.WriteHeader(http.StatusUnauthorized)
		default:
			io.WriteString(w, `{"error":""}`)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

// TestInteropScripts: with the recipe of the operating page a script in a real browser
// reads the errors of another origin, also after a preflight, and of a provider that is
// not there; a second CORS field never gets in its way. Without the recipe it reads none.
func TestInteropScripts(t *testing.T) {
	recipe := findFirst(t, recipes, "@preflight").text
	plain, own, closed := crossOrigin(t, false), crossOrigin(t, true), freeAddress(t)
	gateways := map[string]string{"plain": plain.Listener.Addr().String(), "own": own.Listener.Addr().String(), "dead": closed, "bare": plain.Listener.Addr().String()}
	addresses := make(map[string]string)
	for name := range gateways {
		addresses[name] = "http://" + freeAddress(t)
	}
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	token := map[string]string{"Authorization": "Bearer dead"} // which asks for a preflight
	var wanted []scripted
	for _, name := range []string{"plain", "own"} {
		wanted = append(wanted,
			scripted{addresses[name] + "/oauth/token", "POST", form, 400, "invalid_grant", ""},
			scripted{addresses[name] + "/userinfo", "GET", token, 401, "invalid_token", "Bearer "},
			scripted{addresses[name] + "/success", "GET", token, 200, "", ""})
	}
	wanted = append(wanted,
		scripted{addresses["dead"] + "/oauth/token", "POST", form, 502, "temporarily_unavailable", ""},
		scripted{addresses["dead"] + "/userinfo", "GET", token, 502, "temporarily_unavailable", ""},
		scripted{addresses["bare"] + "/oauth/token", "POST", form, 0, "", ""},
		scripted{addresses["bare"] + "/userinfo", "GET", token, 0, "", ""})
	app, sees := servePage(t, wanted, http.NotFoundHandler())
	text := ""
	for name, upstream := range gateways {
		here := strings.NewReplacer("https://app.example.com", app, "login.example.com {", addresses[name]+" {", "https://tenant.eu.auth0.com", upstream).Replace(recipe)
		if name == "bare" {
			here = addresses[name] + " {\n\tauth_errors auth0\n\treverse_proxy " + upstream + "\n}\n"
		}
		text += here
	}
	startCaddy(t, text)
	compareSeen(t, wanted, runPage(t, app, sees))
}

// TestInteropSessions: in front of an application that sends everybody without a session
// to sign in, a script gets 401 with a challenge, and a person the same bytes as without
// us.
func TestInteropSessions(t *testing.T) {
	b := findFirst(t, recipes, "@script")
	const signIn = "<!DOCTYPE html><html><head><title>Sign In</title></head><body><form method=\"GET\" action=\"/oauth2/start\"></form></body></html>"
	logins := map[string]string{
		"OAuth2 Proxy, a page":     sized("HTTP/1.1 403 Forbidden\nContent-Type: text/html; charset=utf-8\nSet-Cookie: _oauth2_proxy=; Path=/", signIn),
		"OAuth2 Proxy, a redirect": sized("HTTP/1.1 302 Found\nLocation: https://idp.test/authorize?client_id=x&response_type=code&state=y\nSet-Cookie: _oauth2_proxy_csrf=z; Path=/", ""),
		"mod_auth_openidc":         sized("HTTP/1.1 302 Found\nLocation: https://idp.test/authorize?response_type=code&scope=openid&state=y\nCache-Control: no-cache", "<p>The document has moved</p>"),
	}
	for name, login := range logins {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			up := startUpstream(t)
			up.script("", answer{wire: login})
			dir, provider := writeMappings(t, recipes), "oauth2-proxy"
			if name == "mod_auth_openidc" {
				provider = "mod-auth-openidc"
			}
			file := filepath.Join(dir, "signin.yaml")
			text := strings.ReplaceAll(readText(t, file), "oauth2-proxy", provider)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			config, err := adaptIn(dir, strings.ReplaceAll(b.text, "oauth2-proxy", provider))
			if err != nil {
				t.Fatal(err)
			}
			r := runConfig(t, config, up)
			// What a person gets, with the header fields of a browser that navigates.
			person := ask{method: "GET", host: hostOf(t, b), path: "/api/orders", header: http.Header{"Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}, "Accept": {"text/html,*/*;q=0.8"}}}
			with, _ := person.send(t, r.address)
			without, err := adapt(hostOf(t, b) + " {\n\treverse_proxy 127.0.0.1:1\n}\n")
			if err != nil {
				t.Fatal(err)
			}
			want, _ := person.send(t, runConfig(t, without, up).address)
			if blankDate(with) != blankDate(want) || !strings.Contains(with, strings.Split(login, "\r\n\r\n")[1]) {
				t.Errorf("a person: got\n%s\nwant\n%s", with, want)
			}
			// What a script gets, in a page of the application itself.
			r = runConfig(t, config, up)
			wanted := []scripted{{"/api/orders", "GET", nil, 401, "invalid_token", "Bearer "}}
			app, sees := servePage(t, wanted, &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
				p.Out.URL.Scheme, p.Out.URL.Host, p.Out.Host = "http", r.address, hostOf(t, b)
			}})
			compareSeen(t, wanted, runPage(t, app, sees))
		})
	}
}
