package workbench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/internal/ledger"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// start serves a workbench for the file on a socket.
func start(t *testing.T, file string) *httptest.Server {
	t.Helper()
	w, err := New(Config{
		File: file,
		Draft: func(u ledger.Unmapped, d *normalizer.Decision) (row, example string) {
			return "- {code: " + u.Code + "}", fmt.Sprintf("- {expect: {status: %d, error: %s}}", d.Error.Status(), d.Error.Code())
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	server.Config.Handler = w.Handler(server.Listener.Addr().String())
	server.Start()
	t.Cleanup(server.Close)
	return server
}

// send posts a value from the page itself, or with other header fields.
func send(t *testing.T, server *httptest.Server, path, body string, header map[string]string) (int, string, http.Header) {
	t.Helper()
	method := http.MethodPost
	if body == "" {
		method = http.MethodGet
	}
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Origin", server.URL)
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range header {
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header.Del(name)
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text), resp.Header
}

// TestGuard checks that only the page itself can use the workbench, under its own
// address.
func TestGuard(t *testing.T) {
	server := start(t, "")
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	for _, tt := range []struct {
		name, path, body string
		header           map[string]string
		want             int
	}{
		{"page", "/", "", nil, 200},
		{"as localhost", "/", "", map[string]string{"Host": "localhost:" + port}, 200},
		{"typed into the browser", "/", "", map[string]string{"Sec-Fetch-Site": "none"}, 200},
		{"rebound name", "/", "", map[string]string{"Host": "evil.example:" + port}, 421},
		{"other port", "/", "", map[string]string{"Host": "127.0.0.1:1"}, 421},
		{"from another site", "/", "", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"another page of this machine", "/workbench.js", "", map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		{"call", "/api/lint", `{"mapping":""}`, nil, 200},
		{"call without an origin", "/api/lint", `{"mapping":""}`, map[string]string{"Origin": ""}, 403},
		{"call from another origin", "/api/lint", `{"mapping":""}`, map[string]string{"Origin": "http://evil.example"}, 403},
		{"call of a sandboxed page", "/api/lint", `{"mapping":""}`, map[string]string{"Origin": "null"}, 403},
		{"call over TLS", "/api/lint", `{"mapping":""}`, map[string]string{"Origin": "https://127.0.0.1:" + port}, 403},
		{"form", "/api/lint", `{"mapping":""}`, map[string]string{"Content-Type": "text/plain"}, 415},
		{"unknown member", "/api/lint", `{"mapping":"","file":"/etc/passwd"}`, nil, 422},
		{"too large", "/api/lint", `{"mapping":"` + strings.Repeat("x", mostRequest) + `"}`, nil, 413},
		{"no file", "/page/index.html", "", nil, 404},
	} {
		status, text, header := send(t, server, tt.path, tt.body, tt.header)
		if status != tt.want {
			t.Errorf("%s: got status %d %.100s, want %d", tt.name, status, text, tt.want)
		}
		policy := header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got the policy %q and Cache-Control %q, want nothing from elsewhere, and nothing kept", tt.name, policy, header.Get("Cache-Control"))
		}
	}
}

const mycorp = `version: 1
provider: mycorp
title: My Corp
sources:
  docs: {title: "Errors", url: "https://idp.example/docs"}
errors:
  - {status: 401, code: card_expired, error: invalid_grant}
examples:
  - {endpoint: token, status: 401, body: '{"error":"card_expired"}', expect: {status: 400, error: invalid_grant}}
`

// call posts a value and reads the answer into out.
func call(t *testing.T, server *httptest.Server, what string, in, out any) string {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	status, text, _ := send(t, server, "/api/"+what, string(body), nil)
	if status != http.StatusOK {
		return text
	}
	if err := json.Unmarshal([]byte(text), out); err != nil {
		t.Fatalf("%s: %v in %.200s", what, err, text)
	}
	return ""
}

// TestSave holds that the file is written if it can be loaded, and no other ever.
func TestSave(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "mycorp.yaml")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	server := start(t, file)
	var done written
	if got := call(t, server, "save", edited{strings.Replace(mycorp, "invalid_grant}", "invalid_grants}", 1)}, &done); !strings.Contains(got, "line 7") {
		t.Errorf("saving a mistake: got %q, want its line", got)
	}
	if data, _ := os.ReadFile(file); string(data) != "old" {
		t.Errorf("got %q in the file, want it untouched", data)
	}
	if got := call(t, server, "save", edited{mycorp}, &done); got != "" {
		t.Errorf("saving: got %s", got)
	}
	data, err := os.ReadFile(file)
	info, _ := os.Stat(file)
	if err != nil || string(data) != mycorp || info.Mode().Perm() != 0o600 {
		t.Errorf("got %q, %v, %v, want the mapping and the permissions of before", data, err, info.Mode())
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("got %v in the directory, want one file", entries)
	}
	if got := call(t, start(t, ""), "save", edited{mycorp}, &done); !strings.Contains(got, "no file") {
		t.Errorf("saving without a file: got %q, want a refusal", got)
	}
}

// TestLintAndTest holds that mistakes, remarks and examples come with their lines.
func TestLintAndTest(t *testing.T) {
	server := start(t, "")
	for _, tt := range []struct {
		text string
		want note
	}{
		{mycorp, note{}},
		{strings.Replace(mycorp, "invalid_grant}", "invalid_grants}", 1), note{7, "unregistered error"}},
		{mycorp + "nonsense: 1\n", note{10, "nonsense"}},
		{strings.Replace(mycorp, "examples:", "  - {status: 401, code: card_expired, error: invalid_client}\nexamples:", 1), note{8, "this row and the one at mapping.yaml:7 fit"}},
	} {
		var got linted
		if failure := call(t, server, "lint", edited{tt.text}, &got); failure != "" {
			t.Fatal(failure)
		}
		switch {
		case tt.want == note{} && len(got.Problems) > 0,
			tt.want != note{} && (len(got.Problems) == 0 || got.Problems[0].Line != tt.want.Line || !strings.Contains(got.Problems[0].Text, tt.want.Text)):
			t.Errorf("%s: got %+v, want %+v", tt.text, got, tt.want)
		}
	}
	var report tested
	call(t, server, "test", edited{mycorp}, &report)
	if report.Examples != 1 || len(report.Failed)+len(report.Uncovered)+len(report.Indifferent) > 0 {
		t.Errorf("got %+v, want one example that holds", report)
	}
	call(t, server, "test", edited{strings.Replace(mycorp, "status: 400", "status: 401", 1)}, &report)
	if len(report.Failed) != 1 || report.Failed[0].Line != 9 {
		t.Errorf("got %+v, want the example at line 9 to fail", report)
	}
}

// TestAdd holds where a new line goes.
func TestAdd(t *testing.T) {
	server := start(t, "")
	for _, tt := range []struct{ text, list, want string }{
		{"a: 1\nerrors:\n  - {x}\nexamples:\n  - {y}\n", "errors", "a: 1\nerrors:\n  - {x}\n  - {new}\nexamples:\n  - {y}\n"},
		{"a: 1\nerrors:\n  - {x}\n\n  # why\n  - {z}\n\nexamples:\n  - {y}", "errors", "a: 1\nerrors:\n  - {x}\n\n  # why\n  - {z}\n  - {new}\n\nexamples:\n  - {y}\n"},
		{"a: 1\n", "examples", "a: 1\nexamples:\n  - {new}\n"},
		{"errors:\n", "errors", "errors:\n  - {new}\n"},
	} {
		var got added
		if failure := call(t, server, "add", addition{tt.text, tt.list, "- {new}"}, &got); failure != "" || got.Mapping != tt.want {
			t.Errorf("%q: got %q %s, want %q", tt.text, got.Mapping, failure, tt.want)
		}
		if lines := strings.Split(got.Mapping, "\n"); got.Line < 1 || lines[got.Line-1] != "  - {new}" {
			t.Errorf("%q: got line %d of %q, want that of the new one", tt.text, got.Line, got.Mapping)
		}
	}
}

// TestRead checks that the page shows the decision of the table, without secrets.
func TestRead(t *testing.T) {
	const secret = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTYifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
	server := start(t, "")
	har, _ := json.Marshal(map[string]any{
		"request": map[string]any{
			"url": "https://idp.example/oauth/token", "headers": []any{map[string]string{"name": "authorization", "value": "basic " + secret}}, "postData": map[string]string{"text": "grant_type=refresh_token"},
		},
		"response": map[string]any{"status": 401, "headers": []any{map[string]string{"name": "set-cookie", "value": "sid=" + secret}}, "content": map[string]string{"text": `{"error":"card_expired","refresh_token":"` + secret + `"}`}},
	})
	var got seen
	if failure := call(t, server, "read", pasted{Response: string(har), Mapping: mycorp}, &got); failure != "" {
		t.Fatal(failure)
	}
	table := compile(t, mycorp)
	q := table.Request(&http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/oauth/token"}, Header: http.Header{"Accept": {"application/json"}}})
	d := table.Decide(&q, normalizer.Response{Status: 401, Header: http.Header{}, Body: []byte(`{"error":"card_expired"}`)})
	if got.Error != d.Error.Code() || got.Outcome != string(d.Outcome) || got.Endpoint != "token" || got.Provider != "mycorp" || got.Row != "mapping.yaml:7" {
		t.Errorf("got %+v, want what the table decides: %s %s", got, d.Outcome, d.Error.Code())
	}
	if text, _ := json.Marshal(got); bytes.Contains(text, []byte(secret)) {
		t.Errorf("got %s, want no secret in it", text)
	}
	for _, entries := range []string{string(har), `{"log":{"entries":[` + string(har) + `,{"request":{"url":"/"}},{"response":{"status":200,"content":{}}}]}}`} {
		x, err := (&pasted{Response: entries}).exchange()
		if err != nil || x.Request.URL.Path != "/oauth/token" || x.Grant != registry.GrantRefreshToken || x.Request.Header.Get("Authorization") != "Basic -" || x.Response.Status != 401 {
			t.Errorf("%.40s…: got %+v %v, want the entry that failed, with its grant and how it authenticated", entries, x, err)
		}
	}
	if want := (draft{"- {code: card_expired}", "- {expect: {status: 400, error: invalid_grant}}"}); got.Draft != want {
		t.Errorf("got the draft %+v, want %+v", got.Draft, want)
	}
	if changed := got.Answer[0]; changed.Text != "HTTP/1.1 400 Bad Request" || !changed.Changed {
		t.Errorf("got %+v as first line of the answer, want a changed status", changed)
	}
}

// TestReadWhole: a body is decided about as the handler and explain do: also one that is cut
// at the cap, and one that curl --compressed has decoded.
func TestReadWhole(t *testing.T) {
	server := start(t, "")
	for _, response := range []string{
		`HTTP/1.1 401 No
Content-Type: application/json
Content-Encoding: gzip

{"error":"card_expired"}`,
		"HTTP/1.1 401 No\n\n" + `{"error":"card_expired","page":"` + strings.Repeat("x", 100<<10) + `"}`,
	} {
		var got seen
		if failure := call(t, server, "read", pasted{Response: response, Mapping: mycorp}, &got); failure != "" || got.Row != "mapping.yaml:7" {
			t.Errorf("%.80q: got %+v %s, want the row to decide", response, got, failure)
		}
	}
}

func compile(t *testing.T, text string) *normalizer.Table {
	t.Helper()
	m, err := mapping.Load("mycorp.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	table, err := tableOf(m)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// TestUnmapped holds that the errors of a running Caddy come as they are, and that none is
// asked unless it was told which.
func TestUnmapped(t *testing.T) {
	server := start(t, "")
	var got []ledger.Unmapped
	if failure := call(t, server, "unmapped", struct{}{}, &got); !strings.Contains(failure, "--address") {
		t.Errorf("got %q, want to be told of --address", failure)
	}
	w, err := New(Config{Unmapped: func() ([]ledger.Unmapped, error) { return []ledger.Unmapped{{Provider: "auth0", Code: "new"}}, nil }})
	if err != nil {
		t.Fatal(err)
	}
	asked := httptest.NewUnstartedServer(nil)
	asked.Config.Handler = w.Handler(asked.Listener.Addr().String())
	asked.Start()
	defer asked.Close()
	if failure := call(t, asked, "unmapped", struct{}{}, &got); failure != "" || len(got) != 1 || got[0].Code != "new" {
		t.Errorf("got %+v %s, want one of auth0", got, failure)
	}
}

// TestReadAnything holds that whatever is pasted gets an answer, and a mistake its reason.
func TestReadAnything(t *testing.T) {
	server := start(t, "")
	for _, tt := range []struct {
		in   pasted
		want string // in the refusal
	}{
		{pasted{Response: "", Status: 400}, ""},
		{pasted{Response: "x", Status: 0}, "status 0"},
		{pasted{Response: `{"response":{"content":1}}`}, "reading the HAR"},
		{pasted{Response: `{"log":{"entries":[]}}`}, "it has no response"},
		{pasted{Response: "HTTP/1.1 OK"}, "not a status line"},
		{pasted{Response: "{}", Status: 400, Endpoint: "nowhere"}, "nowhere"},
		{pasted{Response: "{}", Status: 400, Grant: "magic"}, "magic"},
		{pasted{Response: "{}", Status: 400, Authorization: "Magic"}, "Magic"},
		{pasted{Response: "{}", Status: 400, Provider: "nobody"}, "nobody"},
		{pasted{Response: "{}", Status: 400, Path: "%"}, "path"},
		{pasted{Response: "\x00\xff", Status: 500, Provider: guessed, Mapping: "{"}, ""},
		{pasted{Response: strings.Repeat("[", 100_000), Status: 400}, ""},
		{pasted{Response: "{}", Status: 200}, ""},
	} {
		var got seen
		failure := call(t, server, "read", tt.in, &got)
		if (failure == "") != (tt.want == "") || !strings.Contains(failure, tt.want) {
			t.Errorf("%.60q: got %q, want %q in it", tt.in.Response, failure, tt.want)
		}
	}
}
