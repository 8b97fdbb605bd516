package normalizer

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

func TestBaseChain(t *testing.T) {
	text := func(provider, base, code string) string {
		if base != "" {
			base = "base: " + base + "\n"
		}
		return "version: 1\nprovider: " + provider + "\n" + base +
			"errors:\n  - {code: " + code + ", error: invalid_grant}\n  - {code: shared, error: invalid_scope, to_description: " + provider + "}\n"
	}
	table := compile(t, Config{Provider: "test"}, text("test", "middle", "a"), text("middle", "bottom", "b"), text("bottom", "", "c"))
	for _, code := range []string{"a", "b", "c"} {
		wantRule(t, "the row of each base", table, respond(t, registry.EndpointToken, 400, `{"error":"`+code+`"}`), "invalid_grant")
	}
	if f := table.recognize(respond(t, registry.EndpointToken, 400, `{"error":"shared"}`)); f.row == nil || f.row.ToDescription != "test" {
		t.Errorf("a row of all three: got %+v, want that of the provider", f.row)
	}
	explicit := compile(t, Config{Provider: "test"}, text("test", "oauth2", "a"))
	wantRule(t, "oauth2 as the base", explicit, respond(t, registry.EndpointToken, 400, `{"error":"a"}`), "invalid_grant")
}

func TestBaseOfUserFile(t *testing.T) {
	base := func(provider, error string) string {
		return "version: 1\nprovider: " + provider + "\nerrors: [{code: x, error: " + error + "}]\n"
	}
	own := "version: 1\nprovider: test\nbase: one\n"
	user := loadAs(t, "user.yaml", "version: 1\nprovider: test\nbase: two\n")
	texts := []string{own, base("one", "invalid_grant"), base("two", "invalid_scope")}
	resp := respond(t, registry.EndpointToken, 400, `{"error":"x"}`)
	wantRule(t, "the provider's base", compile(t, Config{Provider: "test"}, texts...), resp, "invalid_grant")
	wantRule(t, "the user's base", compile(t, Config{Provider: "test", Files: []*mapping.Mapping{user}}, texts...), resp, "invalid_scope")
	plain := loadAs(t, "user.yaml", "version: 1\nprovider: test\n")
	wantRule(t, "a file without a base", compile(t, Config{Provider: "test", Files: []*mapping.Mapping{plain}}, texts...), resp, "invalid_grant")
}

func TestUserFileDefinesAProvider(t *testing.T) {
	user := loadAs(t, "user.yaml", "version: 1\nprovider: mine\nerrors: [{code: x, error: invalid_grant}]\n")
	table := compile(t, Config{Provider: "mine", Files: []*mapping.Mapping{user}})
	wantRule(t, "its row", table, respond(t, registry.EndpointToken, 400, `{"error":"x"}`), "invalid_grant")
	wantRule(t, "a registered code", table, respond(t, registry.EndpointToken, 400, `{"error":"invalid_scope"}`), "invalid_scope")
}

func TestCompileRefuses(t *testing.T) {
	text := func(provider, base string) string {
		return "version: 1\nprovider: " + provider + "\nbase: " + base + "\n"
	}
	user := loadAs(t, "user.yaml", "version: 1\nprovider: other\n")
	for _, tt := range []struct {
		name  string
		c     Config
		texts []string
		want  []string
	}{
		{"an unknown provider", Config{Provider: "nobody"}, nil, []string{"nobody"}},
		{"a file for another provider", Config{Provider: "test", Files: []*mapping.Mapping{user}}, []string{rows("{code: a, error: slow_down}")},
			[]string{"user.yaml", `"other"`, `"test"`}},
		{"an unknown base", Config{Provider: "test"}, []string{text("test", "nobody")}, []string{`"test"`, "nobody"}},
		{"its own base", Config{Provider: "test"}, []string{text("test", "test")}, []string{"cycle", "test"}},
		{"a circle", Config{Provider: "test"}, []string{text("test", "a"), text("a", "b"), text("b", "a")}, []string{"cycle", "a, b, a"}},
		{"a circle through the provider", Config{Provider: "test"}, []string{text("test", "a"), text("a", "test")}, []string{"cycle"}},
		{"a circle through oauth2", Config{Provider: "test"}, []string{text("test", "oauth2"), text("oauth2", "test")}, []string{"cycle"}},
		{"oauth2 on a base", Config{Provider: "oauth2", Files: []*mapping.Mapping{loadAs(t, "user.yaml", "version: 1\nprovider: oauth2\nbase: soap\n")}}, nil, []string{`"soap"`, "leave it out"}},
		{"a bad endpoint", Config{Provider: "oauth2", Endpoints: map[registry.Endpoint][]string{registry.EndpointToken: {"token"}}}, nil, []string{"token", `"token"`}},
		{"a bad member", Config{Provider: "oauth2", Keep: []string{"a..b"}}, nil, []string{`"a..b"`}},
		{"a member of the error", Config{Provider: "oauth2", Keep: []string{"x.error"}}, nil, []string{`"x.error"`}},
	} {
		tt.c.Library = libraryOf(tt.texts...)
		table, err := Compile(tt.c)
		if err == nil {
			t.Errorf("%s: got %v, want an error", tt.name, table)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got error %q, want one with %q", tt.name, err, want)
			}
		}
	}
}

func TestCompileLimitsLayers(t *testing.T) {
	var files []*mapping.Mapping
	for i := range maxLayer {
		files = append(files, loadAs(t, fmt.Sprintf("%d.yaml", i), "version: 1\nprovider: test\n"))
	}
	if _, err := Compile(Config{Provider: "test", Files: files, Library: libraryOf()}); err == nil {
		t.Errorf("%d files: got no error, want one", len(files))
	}
	if _, err := Compile(Config{Provider: "test", Files: files[:maxLayer-4], Library: libraryOf()}); err != nil {
		t.Errorf("%d files: got error %v, want none", maxLayer-4, err)
	}
}

func TestLibraryErrorsAreKept(t *testing.T) {
	user := loadAs(t, "user.yaml", "version: 1\nprovider: test\n")
	_, err := Compile(Config{Provider: "test", Files: []*mapping.Mapping{user}, Library: &mapping.Library{FS: brokenFS{}}})
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a library that fails: got error %v, want %v", err, fs.ErrPermission)
	}
}

type brokenFS struct{}

func (brokenFS) Open(string) (fs.File, error) { return nil, fs.ErrPermission }

func TestReadMerges(t *testing.T) {
	text := func(provider, name string) string {
		return "version: 1\nprovider: " + provider + "\nread: [{code: " + name + ", description: " + name + "_text}]\n"
	}
	user := loadAs(t, "user.yaml", text("test", "user"))
	later := loadAs(t, "later.yaml", text("test", "later"))
	table := compile(t, Config{Provider: "test", Files: []*mapping.Mapping{user, later}}, text("test", "own")+"base: under\n", text("under", "under"))
	for _, tt := range []struct{ body, want string }{
		{`{"error":"e","under":"u","own":"o","user":"x","later":"l"}`, "l"},
		{`{"error":"e","under":"u","own":"o","user":"x"}`, "x"},
		{`{"error":"e","under":"u","own":"o"}`, "o"},
		{`{"error":"e","under":"u"}`, "u"},
		{`{"error":"e"}`, "e"},
	} {
		if f := table.recognize(respond(t, registry.EndpointToken, 400, tt.body)); f.Code != tt.want {
			t.Errorf("%s: got code %q, want %q", tt.body, f.Code, tt.want)
		}
	}
}

func TestEndpointsReplaceByKind(t *testing.T) {
	own := "version: 1\nprovider: test\nendpoints: {token: [/a], resource: [/b]}\n"
	user := loadAs(t, "user.yaml", "version: 1\nprovider: test\nendpoints: {token: [/c]}\n")
	c := Config{Provider: "test", Files: []*mapping.Mapping{user}, Endpoints: map[registry.Endpoint][]string{registry.EndpointPAR: {"/d"}}}
	table := compile(t, c, own, genericText+"endpoints: {device: [/a], revocation: [/c, /e]}\n")
	for _, tt := range []struct {
		path string
		want registry.Endpoint
	}{
		{"/c", registry.EndpointToken}, {"/b", registry.EndpointResource}, {"/d", registry.EndpointPAR}, {"/e", registry.EndpointRevocation},
		{"/a", registry.EndpointDevice}, // the user's file took it from token
	} {
		if got := table.endpointOf(httptest.NewRequest("POST", "http://idp"+tt.path, nil)); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.path, got, tt.want)
		}
	}
}

func TestKeepAdds(t *testing.T) {
	own := "version: 1\nprovider: test\nkeep: [a, meta.b]\n"
	user := loadAs(t, "user.yaml", "version: 1\nprovider: test\nkeep: [c, a]\n")
	c := Config{Provider: "test", Files: []*mapping.Mapping{user}, Keep: []string{"d", "a"}}
	table := compile(t, c, own, genericText+"keep: [e]\n")
	e, _, _ := table.normalize(respond(t, registry.EndpointToken, 403, `{"error":"invalid_grant","a":1,"meta":{"b":[true, null]},"c":"x","d":{"y":"z"},"e":null,"f":2}`))
	got := make(map[string]string)
	for _, m := range e.members {
		if _, twice := got[m.name]; twice {
			t.Errorf("member %s: got it twice, want once", m.name)
		}
		got[m.name] = m.raw
	}
	want := map[string]string{`"a"`: "1", `"b"`: "[true, null]", `"c"`: `"x"`, `"d"`: `{"y":"z"}`}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("members: got %v, want %v", got, want)
	}
}

func TestNoDefaults(t *testing.T) {
	generic := genericText + "errors: [{status: 400, error: invalid_request}, {status: 401, code: x, error: invalid_grant}]\n"
	own := rows("{status: 500, error: server_error}")
	for _, tt := range []struct {
		status    int
		body      string
		on, turns string
	}{
		{400, ``, "invalid_request", ""},
		{401, `{"error":"x"}`, "invalid_grant", "invalid_grant"},
		{500, ``, "server_error", "server_error"},
		{400, `{"error":"invalid_scope"}`, "invalid_scope", "invalid_scope"},
	} {
		resp := respond(t, registry.EndpointToken, tt.status, tt.body)
		wantRule(t, "with defaults", compile(t, Config{Provider: "test"}, own, generic), resp, tt.on)
		wantRule(t, "without", compile(t, Config{Provider: "test", NoDefaults: true}, own, generic), resp, tt.turns)
	}
}

func TestNewRow(t *testing.T) {
	for _, tt := range []struct {
		status, code, error string
		toStatus            int
		want                string
	}{
		{"403", "x", "invalid_grant", 0, ""},
		{"*", "x", "invalid_grant", 400, ""},
		{"5xx", "*", "server_error", 599, ""},
		{"403", "", "access_denied", 0, ""},
		{"*", "*", "invalid_grant", 0, "every response"},
		{"", "", "invalid_grant", 0, "every response"},
		{"600", "x", "invalid_grant", 0, `"600"`},
		{"9xx", "x", "invalid_grant", 0, `"9xx"`},
		{"403", "-_-", "invalid_grant", 0, `"-_-"`},
		{"403", strings.Repeat("x", mapping.MaxCode+1), "invalid_grant", 0, "128"},
		{"403", "x", "invalid_grants", 0, `"invalid_grants"`},
		{"403", "x", "", 0, "no error"},
		{"403", "x", "invalid_grant", 399, "399"},
		{"403", "x", "invalid_grant", 600, "600"},
	} {
		r, err := mapping.NewRow("Caddyfile:7", tt.status, tt.code, tt.error, tt.toStatus)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("mapping.NewRow(%q, %.20q, %q, %d): got error %v, want none", tt.status, tt.code, tt.error, tt.toStatus, err)
		case tt.want == "" && r.Position() != "Caddyfile:7":
			t.Errorf("NewRule: got position %q, want Caddyfile:7", r.Position())
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "Caddyfile:7: ")):
			t.Errorf("mapping.NewRow(%q, %.20q, %q, %d): got error %v, want one at Caddyfile:7 with %s", tt.status, tt.code, tt.error, tt.toStatus, err, tt.want)
		}
	}
}
