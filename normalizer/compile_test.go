package normalizer

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// genericText is an oauth2 mapping that says no more than where OAuth errors are.
const genericText = `
version: 1
provider: oauth2
read:
  - {code: error, description: error_description, uri: error_uri}
`

// load reads a mapping that must be a good one. Its file is <provider>.yaml.
func load(t testing.TB, text string) *mapping.Mapping {
	t.Helper()
	_, provider, _ := strings.Cut(text, "provider: ")
	provider, _, _ = strings.Cut(provider, "\n")
	return loadAs(t, provider+".yaml", text)
}

func loadAs(t testing.TB, file, text string) *mapping.Mapping {
	t.Helper()
	m, err := mapping.Load(file, []byte(text))
	if err != nil {
		t.Fatalf("Load:\n%s\ngot error %v, want none", text, err)
	}
	return m
}

// libraryOf holds the texts, and the generic mapping in any case.
func libraryOf(texts ...string) *mapping.Library {
	files := fstest.MapFS{genericProvider + ".yaml": {Data: []byte(genericText)}}
	for _, text := range texts {
		_, provider, _ := strings.Cut(text, "provider: ")
		provider, _, _ = strings.Cut(provider, "\n")
		files[provider+".yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	return &mapping.Library{FS: files}
}

// compileIn compiles with the mappings of the texts.
func compileIn(c Config, texts ...string) (*Table, error) {
	c.Library = libraryOf(texts...)
	return Compile(c)
}

// compile makes a table that must be a good one.
func compile(t testing.TB, c Config, texts ...string) *Table {
	t.Helper()
	table, err := compileIn(c, texts...)
	if err != nil {
		t.Fatalf("Compile(%q): got error %v, want none", c.Provider, err)
	}
	return table
}

// rows makes a mapping text of the provider test.
func rows(rows ...string) string {
	return "version: 1\nprovider: test\nerrors:\n  - " + strings.Join(rows, "\n  - ") + "\n"
}

// respond makes a response with a JSON body; an empty body is none.
func respond(t testing.TB, endpoint registry.Endpoint, status int, body string) *exchange {
	t.Helper()
	tree, err := wire.Parse("application/json", []byte(body))
	if err != nil && err != wire.ErrEmpty {
		t.Fatalf("wire.Parse(%q): got error %v, want none", body, err)
	}
	return &exchange{
		status: status, header: http.Header{"Content-Type": {"application/json"}},
		body: tree, empty: err == wire.ErrEmpty, endpoint: endpoint,
	}
}

// wantRule checks which error the winning row names; “ is no row.
func wantRule(t *testing.T, name string, table *Table, resp *exchange, want string) {
	t.Helper()
	got := ""
	if f := table.recognize(resp); f.row != nil {
		got = f.row.Error
	}
	if got != want {
		t.Errorf("%s: %d %s at %v: got %q, want %q", name, resp.status, resp.body.Get(codePath).Raw(), resp.endpoint, got, want)
	}
}

const rankBody = `{"error":"some_code","error_description":"alpha beta gamma","a":"1","b":"2"}`

// TestRank checks each criterion against everything to its right: the better
// row loses all other criteria, stands lower and comes later.
func TestRank(t *testing.T) {
	const right = `status: 403, endpoint: token`
	for _, tt := range []struct{ name, better, worse string }{
		{"a condition beats everything", `when: {a: "1"}`, `code: some_code, description: alpha beta gamma, ` + right},
		{"two conditions beat one", `when: {a: "1", b: "2"}`, `when: {a: "1"}, code: some_code, description: alpha beta gamma, ` + right},
		{"a description beats a code", `description: "alpha*"`, `code: some_code, ` + right},
		{"a longer description beats a shorter", `description: "alpha beta*"`, `description: "alpha bet*", code: some_code, ` + right},
		{"literals count, not the length", `description: "*alpha b*"`, `description: "*a*l*p*h*a*", code: some_code, ` + right},
		{"a description under a condition", `when: {a: "1"}, description: "alpha*"`, `when: {a: "1"}, code: some_code, ` + right},
		{"a code beats endpoint and status", `code: some_code`, right},
		{"a code under a description", `description: "alpha*", code: some_code`, `description: "alpha*", ` + right},
		{"an endpoint beats a status", `code: some_code, endpoint: token`, `code: some_code, status: 403`},
		{"an endpoint of several", `code: some_code, endpoint: [par, token]`, `code: some_code, status: 403`},
		{"an endpoint of a status default", `status: 4xx, endpoint: token`, `status: 403`},
		{"a status beats a class", `code: some_code, status: 403`, `code: some_code, status: 4xx`},
		{"a class beats no status", `code: some_code, status: 4xx`, `code: some_code`},
		{"a status among classes", `code: some_code, status: [5xx, 403]`, `code: some_code, status: 4xx`},
		{"a status default beats a class default", `status: 403`, `status: 4xx`},
	} {
		better, worse := "{"+tt.better+", error: invalid_grant}", "{"+tt.worse+", error: invalid_scope}"
		resp := respond(t, registry.EndpointToken, 403, rankBody)
		wantRule(t, tt.name+", later", compile(t, Config{Provider: "test"}, rows(worse, better)), resp, "invalid_grant")
		wantRule(t, tt.name+", earlier", compile(t, Config{Provider: "test"}, rows(better, worse)), resp, "invalid_grant")
		above := Config{Provider: "test", Files: []*mapping.Mapping{loadAs(t, "user.yaml", rows(worse))}}
		wantRule(t, tt.name+", lower layer", compile(t, above, rows(better)), resp, "invalid_grant")
		wantRule(t, tt.name+", alone", compile(t, Config{Provider: "test"}, rows(worse)), resp, "invalid_scope")
	}
}

// TestLayersBreakTies puts the same left side into every layer and takes the
// layers away from the top.
func TestLayersBreakTies(t *testing.T) {
	row := func(error string) string { return "errors: [{code: invalid_grant, error: " + error + "}]\n" }
	file := func(name, error string) *mapping.Mapping {
		return loadAs(t, name, "version: 1\nprovider: test\n"+row(error))
	}
	inline, err := mapping.NewRow("map", "*", "invalid_grant", "invalid_scope", 0)
	if err != nil {
		t.Fatalf("NewRule: got error %v, want none", err)
	}
	files := []*mapping.Mapping{file("a.yaml", "slow_down"), file("b.yaml", "expired_token")}
	empty := "version: 1\nprovider: test\n"
	provider, baseless := empty+"base: under\n"+row("invalid_target"), empty+"base: under\n"
	under, generic := "version: 1\nprovider: under\n"+row("login_required"), genericText+row("access_denied")
	underEmpty := "version: 1\nprovider: under\n"
	for _, tt := range []struct {
		name   string
		files  []*mapping.Mapping
		inline []*mapping.Row
		texts  []string
		want   string
	}{
		{"inline", files, []*mapping.Row{inline}, []string{provider, under, generic}, "invalid_scope"},
		{"later file", files, nil, []string{provider, under, generic}, "expired_token"},
		{"earlier file", files[:1], nil, []string{provider, under, generic}, "slow_down"},
		{"provider", nil, nil, []string{provider, under, generic}, "invalid_target"},
		{"base", nil, nil, []string{baseless, under, generic}, "login_required"},
		{"oauth2", nil, nil, []string{baseless, underEmpty, generic}, "access_denied"},
		{"registry", nil, nil, []string{baseless, underEmpty}, "invalid_grant"},
	} {
		table := compile(t, Config{Provider: "test", Files: tt.files, Inline: tt.inline}, tt.texts...)
		wantRule(t, tt.name, table, respond(t, registry.EndpointToken, 400, `{"error":"invalid_grant"}`), tt.want)
	}
}

// TestPlaceBreaksTies covers overlaps that cannot be proven.
func TestPlaceBreaksTies(t *testing.T) {
	for _, tt := range []struct{ name, a, b string }{
		{"descriptions that only meet in the middle", `code: some_code, description: "alpha beta*"`, `code: some_code, description: "*beta gamma"`},
		{"conditions on different places", `when: {a: "1"}`, `when: {b: "2"}`},
	} {
		first, second := "{"+tt.a+", error: invalid_grant}", "{"+tt.b+", error: invalid_scope}"
		resp := respond(t, registry.EndpointToken, 400, rankBody)
		wantRule(t, tt.name, compile(t, Config{Provider: "test"}, rows(first, second)), resp, "invalid_grant")
		wantRule(t, tt.name+", turned around", compile(t, Config{Provider: "test"}, rows(second, first)), resp, "invalid_scope")
	}
}
