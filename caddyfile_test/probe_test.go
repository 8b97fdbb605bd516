package caddyfile_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// probedAnswer matches a line of the summary: its number, what was asked, and the rest.
var probedAnswer = regexp.MustCompile(`(?m)^(\d+) +(\S.*?)  +(\d{3}|-) +(.*)$`)

// holdProbe probes a server and holds that each answer is explained, and that the drafted
// file passes lint and test and names every error that no row had named. It returns what
// was printed.
func holdProbe(t *testing.T, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	said := runCaddy(t, dir, nil, append([]string{"auth-errors", "probe", "--provider", "newcorp", "--into", "newcorp.yaml"}, args...)...)
	answers := probedAnswer.FindAllStringSubmatch(said.out, -1)
	asked := 0
	for _, a := range answers {
		if a[2] != "metadata" {
			asked++
		}
	}
	if outcomes := strings.Count(said.out, "\nOutcome   "); said.exit != 0 || asked < 6 || len(answers) > 15 || outcomes != asked {
		t.Fatalf("probe %v: got exit %d, %d answers, %d of endpoints, %d outcomes, want at most 15 and an outcome for each\n%s%s", args, said.exit, len(answers), asked, outcomes, said.out, said.err)
	}
	file := "newcorp.yaml"
	if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
		return said.out
	}
	for _, command := range []string{"lint", "test"} {
		if got := runCaddy(t, dir, nil, "auth-errors", command, file); got.exit != 0 {
			t.Errorf("%s of what probe %v drafted: got exit %d\n%s%s\n%s", command, args, got.exit, got.out, got.err, readText(t, filepath.Join(dir, file)))
		}
	}
	again := runCaddy(t, dir, nil, append([]string{"auth-errors", "probe", "--mapping", file}, args...)...)
	if !strings.Contains(again.out, "\nNothing to draft: ") {
		t.Errorf("probe %v with the drafted file: got\n%s\nwant nothing to draft", args, again.out)
	}
	return said.out
}

// TestProbe asks servers made with libraries as people run them.
func TestProbe(t *testing.T) {
	fosite := startIdP(t, "fosite")
	for _, tt := range []struct {
		name string
		args []string
		want []string // in what is printed
	}{
		{"go-oauth2", []string{"--why", "--token", "/oauth2/token", "--userinfo", "/userinfo", "http://" + startIdP(t, "gooauth2")},
			[]string{"invalid_client", "\nRows\n"}},
		{"fosite", []string{"--token", "/oauth2/token", "--userinfo", "/userinfo", "--par", "/oauth2/par", "--revocation", "/oauth2/revoke", "--introspection", "/oauth2/introspect", "http://" + fosite},
			[]string{"invalid_client"}},
		{"fosite with a client", []string{"--client-id", "my-client", "--client-secret", "foobar", "--token", "/oauth2/token", "--introspection", "/oauth2/introspect", "http://" + fosite},
			[]string{"invalid_grant", `"active": false`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := holdProbe(t, tt.args...)
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("got\n%s\nwant %s in it", got, want)
				}
			}
		})
	}
}

// probedServer is a server that answers as it is told to, and keeps what it was sent.
type probedServer struct {
	*httptest.Server
	mu   sync.Mutex
	sent []string // the requests, each with its header and its form
}

// requests returns what the server was sent so far.
func (s *probedServer) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

func startProbed(t *testing.T, answer http.HandlerFunc) *probedServer {
	t.Helper()
	s := new(probedServer)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Errorf("got a form that cannot be read: %v", err)
		}
		s.mu.Lock()
		s.sent = append(s.sent, fmt.Sprint(r.Method, " ", r.URL, " ", r.Header, " ", r.PostForm))
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// metadataAt answers the first request for metadata, with a token endpoint and userinfo at an
// origin, and leaves the rest to next.
func metadataAt(origin func(*http.Request) string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/.well-known/openid-configuration" {
			next(w, r)
			return
		}
		fmt.Fprintf(w, `{"token_endpoint":"%[1]s/t","userinfo_endpoint":"%[1]s/u","revocation_endpoint":"http://%[2]s/r","introspection_endpoint":"http://%[2]s/i"}`, origin(r), r.Host)
	}
}

func ownOrigin(r *http.Request) string { return "http://" + r.Host }

// TestProbeIsHarmless checks what ends a probe, where it does not go, and what it does
// not print.
func TestProbeIsHarmless(t *testing.T) {
	const secret = "s3cret/of+ours"
	other := startProbed(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") })
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	broken := 0
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		args   []string
		sent   int
		want   string
	}{
		{"too many requests", metadataAt(ownOrigin, status(429)), nil, 2, "the probe stops: the server says 429"},
		{"server errors", metadataAt(ownOrigin, status(503)), nil, 4, "the probe stops: the server failed 3 times in a row"},
		{"server errors, not in a row", metadataAt(ownOrigin, func(w http.ResponseWriter, _ *http.Request) {
			broken++
			w.WriteHeader(map[bool]int{true: 500, false: 400}[broken%3 > 0])
		}), nil, 12, "Nothing to draft"},
		{"no answers", metadataAt(ownOrigin, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), nil, 4, "failed 3 times in a row"},
		{"redirects", metadataAt(ownOrigin, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+"/elsewhere", http.StatusTemporaryRedirect)
		}), nil, 12, "Location: " + other.URL},
		{"metadata of another host", metadataAt(func(*http.Request) string { return other.URL }, status(400)), nil, 4, "token is not asked: " + other.URL + " is another server"},
		{"metadata of another scheme", metadataAt(func(r *http.Request) string { return "https://" + r.Host }, status(400)), nil, 4, "token is not asked: https://"},
		{"metadata elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+r.URL.Path, http.StatusFound)
		}, []string{"--token", "/t"}, 8, "/.well-known/oauth-authorization-server"},
		{"endpoint elsewhere", status(400), []string{"--token", other.URL + "/t"}, 0, "is another server"},
		{"no endpoint", status(404), nil, 2, "name them, as in --token /oauth/token"},
		{"own secret", metadataAt(ownOrigin, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Seen", r.Header.Get("Authorization"))
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"error":"odd","error_description":"not %s","refresh_token":"abcdefghijklmnop.0123456789"}`, secret)
		}), []string{"--client-id", "app", "--client-secret", secret}, 12, "  token: ['/t']\n\nerrors:\n  # "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := startProbed(t, tt.answer)
			said := runCaddy(t, t.TempDir(), nil, append(append([]string{"auth-errors", "probe"}, tt.args...), server.URL)...)
			printed := said.out + said.err
			sent, elsewhere := server.requests(), other.requests()
			if len(sent) != tt.sent || !strings.Contains(printed, tt.want) {
				t.Errorf("got %d requests\n%s\nwant %d, and %q", len(sent), printed, tt.sent, tt.want)
			}
			if len(elsewhere) > 0 {
				t.Errorf("got %q at another server, want nothing", elsewhere)
			}
			for _, s := range []string{secret, "czNjcmV0", "abcdefghijklmnop"} {
				if strings.Contains(printed, s) {
					t.Errorf("got %q in\n%s\nwant it masked", s, printed)
				}
			}
			own := 0
			for _, request := range sent {
				if strings.Contains(request, "YXBwOn") { // app: in Base64
					own++
				}
			}
			if want := map[bool]int{true: 5, false: 0}[tt.args != nil && tt.args[0] == "--client-id"]; own != want {
				t.Errorf("got %d requests of the client, want %d", own, want)
			}
		})
	}
}
