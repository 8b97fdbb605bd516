package caddyfile_test

import (
	"net/http"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
)

// TestExampleCases plays the table of requests to try.
func TestExampleCases(t *testing.T) {
	addresses := startExample(t)
	gateway := readText(t, filepath.Join(top, "Caddyfile.example"))
	site := regexp.MustCompile(`handle_path /(\w+)/\* \{[^}]*?(?:\{[^}]*\}[^}]*?)?\breverse_proxy 127\.0\.0\.1:(\d+)`)
	ports := make(map[string]string)
	for _, m := range site.FindAllStringSubmatch(gateway, -1) {
		ports[m[1]] = m[2]
	}
	for _, row := range tableOf(t, providersPage, "at the gateway") {
		path := codeSpans(row[0])[0]
		provider, rest, _ := strings.Cut(path[1:], "/")
		ask := func(address, path string) reply {
			_, r := ask{method: "GET", host: "localhost", path: path}.send(t, address)
			return r
		}
		before := ask(addresses[ports[provider]], "/"+rest)
		if want := statusesIn(row[1])[0]; before.status != want {
			t.Errorf("%s: got %d from the provider, want %d", path, before.status, want)
		}
		if codes := codeSpans(row[1]); len(codes) == 0 && before.body != "" || len(codes) > 0 && !strings.Contains(before.body, codes[0]) {
			t.Errorf("%s: got %s from the provider, want %s", path, before.body, row[1])
		}
		after := ask(addresses["8080"], path)
		if want, code := statusesIn(row[2])[0], codeSpans(row[2])[0]; after.status != want || errorIn(after) != code {
			t.Errorf("%s: got %d %s from the gateway, want %s", path, after.status, errorIn(after), row[2])
		}
	}
}

// upstreamCases are an error for each Caddyfile of the documents that has to do
// with errors, found by a word in it, and what becomes of it.
var upstreamCases = []struct {
	file, words      string
	path, auth, wire string
	status           int
	want             string // an error, or the beginning of a body that is not touched
}{
	{"README.md", "auth_errors auth0\n\treverse", "/oauth/token", "", sized("HTTP/1.1 403 No\nContent-Type: application/json", `{"error":"access_denied","error_description":"Unknown or invalid refresh token"}`), 400, "invalid_grant"},
	{"docs/providers.md", "auth_errors asseco", "/telenor/authentication/connect/token", "", sized("HTTP/1.1 440 No\nContent-Type: application/json", `{"problem":"consent_required"}`), 400, "consent_required"},
	{"docs/providers.md", "auth_errors ecobee", "/1/thermostat", "Bearer x", sized("HTTP/1.1 500 No\nContent-Type: application/json", `{"status":{"code":14,"message":"Expired"}}`), 401, "invalid_token"},
	{"docs/providers.md", "auth_errors dll", "/api/contracts", "", sized("HTTP/1.1 401 No", ``), 401, "invalid_token"},
	{"docs/providers.md", "auth_errors dll", "/oauth2/token", "", sized("HTTP/1.1 401 No", ``), 401, "invalid_client"},
	{"docs/providers.md", "auth_errors accelo", "/api/v0/jobs", "Bearer x", sized("HTTP/1.1 403 No\nContent-Type: application/json", `{"meta":{"status":"invalid_permission"}}`), 403, "access_denied"},
	{"README.md", "10.0.0.5", "/oauth/token", "", sized("HTTP/1.1 401 No\nContent-Type: application/json", `{"error":"invalid_grant"}`), 400, "invalid_grant"},
	{"README.md", "mycorp.yaml", "/sts/issue", "", sized("HTTP/1.1 403 No\nContent-Type: application/json", `{"fault":{"id":"E-117","text":"Gone"}}`), 400, "invalid_grant"},
	{"README.md", "mycorp.yaml", "/v1/orders", "", sized("HTTP/1.1 401 No\nContent-Type: application/json", `{"fault":{"id":"E-9"}}`), 401, "invalid_token"},
	{"docs/reference.md", "access_denied_by_policy", "/oauth/token", "", sized("HTTP/1.1 403 No\nContent-Type: application/json", `{"error":"access_denied_by_policy"}`), 400, "access_denied"},
	{"docs/reference.md", "access_denied_by_policy", "/oauth/token", "", sized("HTTP/1.1 418 No\nContent-Type: text/plain", "I am a teapot"), 429, "temporarily_unavailable"},
	{"docs/reference.md", "/oauth/legacy/*", "/oauth/token", "", sized("HTTP/1.1 501 No\nContent-Type: application/json", `{"error":"unsupported_grant_type"}`), 400, "unsupported_grant_type"},
	{"docs/reference.md", "/oauth/legacy/*", "/oauth/legacy/token", "", sized("HTTP/1.1 501 No\nContent-Type: application/json", `{"error":"unsupported_grant_type"}`), 501, `{"error":"unsupported_grant_type"}`},
	{"docs/reference.md", "forward_auth", "/orders", "Bearer x", sized("HTTP/1.1 401 No\nContent-Type: text/html", "<h1>Sign in</h1>"), 401, "invalid_token"},
	{"docs/recipes.md", "basic_auth", "/token", "", "", 401, "invalid_client"},
	{"mappings/README.md", "auth0-extra.yaml", "/oauth/token", "", sized("HTTP/1.1 403 No\nContent-Type: application/json", `{"error":"access_denied","error_description":"Account is locked"}`), 400, "invalid_grant"},
}

// TestDocumentUpstreams runs the Caddyfiles with a provider that fails.
func TestDocumentUpstreams(t *testing.T) {
	for _, tc := range upstreamCases {
		t.Run(strings.NewReplacer("/", "_", "\n", "_", "\t", "", "*", "", " ", "_").Replace(tc.words+tc.path), func(t *testing.T) {
			file := filepath.Join(top, filepath.FromSlash(tc.file))
			b := findFirst(t, file, tc.words)
			config, err := adaptIn(writeMappings(t, file), b.text)
			if err != nil {
				t.Fatalf("%v: adapting: %v", b, err)
			}
			up := startUpstream(t)
			up.script("error", answer{wire: tc.wire})
			header := http.Header{caseHeader: {"error"}}
			if tc.auth != "" {
				header.Set("Authorization", tc.auth)
			}
			x := ask{method: "GET", host: hostOf(t, b), path: tc.path, header: header}
			_, got := x.send(t, runConfig(t, config, up).address)
			ok := errorIn(got) == tc.want
			if strings.HasPrefix(tc.want, "{") {
				ok = got.body == tc.want
			}
			if got.status != tc.status || !ok {
				t.Errorf("%v: %s: got %d %s, want %d %s", b, tc.path, got.status, got.body, tc.status, tc.want)
			}
		})
	}
}

// TestReadmeVersions: the versions that are named are those of go.mod.
func TestReadmeVersions(t *testing.T) {
	mod, text := readText(t, filepath.Join(top, "go.mod")), readText(t, readme)
	goVersion := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(mod)
	caddyVersion := regexp.MustCompile(`github.com/caddyserver/caddy/v2 (\S+)`).FindStringSubmatch(mod)
	if goVersion == nil || !strings.Contains(text, "Go "+goVersion[1]+" ") {
		t.Errorf("README.md: want the Go version of go.mod, %v", goVersion)
	}
	if caddyVersion == nil || !strings.Contains(text, "Caddy "+caddyVersion[1]+" ") {
		t.Errorf("README.md: want the Caddy version of go.mod, %v", caddyVersion)
	}
}

// TestReadmeIsShort: the README is for a person in a hurry.
func TestReadmeIsShort(t *testing.T) {
	if lines := strings.Count(readText(t, readme), "\n"); lines >= 200 {
		t.Errorf("README.md: got %d lines, want less than 200", lines)
	}
}

// TestReadmeProviders: the providers that are named ship, each in its group, and the
// number is not far from what there is.
func TestReadmeProviders(t *testing.T) {
	shipped := normalizer.Shipped.Providers()
	more := regexp.MustCompile(`More than (\d+) mappings ship`).FindStringSubmatch(readText(t, readme))
	if more == nil {
		t.Fatal("README.md: got no number of mappings")
	}
	if n, _ := strconv.Atoi(more[1]); n >= len(shipped) || n < len(shipped)*8/10 {
		t.Errorf("README.md: got more than %s mappings, want a number a little below %d", more[1], len(shipped))
	}
	for _, row := range tableOf(t, readme, "group") {
		for _, name := range codeSpans(row[1]) {
			m, err := normalizer.Shipped.Mapping(name)
			if err != nil {
				t.Errorf("README.md: %v", err)
			} else if m.Kind+"s" != row[0] {
				t.Errorf("README.md: got %s among the %s, want it among the %ss", name, row[0], m.Kind)
			}
		}
	}
}
