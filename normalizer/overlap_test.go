package normalizer

import (
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// compileRows compiles a mapping that stands in test.yaml from line 4 on.
func compileRows(t *testing.T, r ...string) error {
	t.Helper()
	_, err := Compile(Config{Provider: "test", Library: libraryOf(rows(r...))})
	return err
}

func TestOverlapRefused(t *testing.T) {
	for _, tt := range []struct{ name, a, b string }{
		{"the same left side", `status: 403, code: some_code`, `status: 403, code: some_code`},
		{"the same code spelled in another way", `code: some_code`, `code: Some-Code`},
		{"one code of several", `code: [a, b]`, `code: [b, c]`},
		{"one status of several", `status: [401, 403], code: a`, `status: [403, 404], code: a`},
		{"the same class", `status: 4xx, code: a`, `status: 4xx, code: a`},
		{"two status defaults", `status: 500`, `status: 500`},
		{"one endpoint of several", `code: a, endpoint: [token, par]`, `code: a, endpoint: [par, device]`},
		{"the same description", `description: no luck`, `description: "No  Luck"`},
		{"one description covers the other", `description: "ab*"`, `description: "*ab*"`},
		{"one description of several", `description: [x, "ab*"]`, `description: ["ab*", y]`},
		{"the same condition", `when: {a: "1"}`, `when: {a: "1"}`},
		{"one condition covers the other", `when: {a: "*"}`, `when: {a: x}`},
		{"conditions in another order", `when: {a: "1", b: "2"}`, `when: {b: "2", a: "1"}`},
	} {
		first, second := "{"+tt.a+", error: invalid_grant}", "{"+tt.b+", error: invalid_scope}"
		err := compileRows(t, "{status: 477, code: unrelated, error: slow_down}", first, second)
		if err == nil {
			t.Errorf("%s: %s and %s: got no error, want one", tt.name, tt.a, tt.b)
			continue
		}
		for _, want := range []string{"test.yaml:5", "test.yaml:6", first, second} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got error %q, want one with %q", tt.name, err, want)
			}
		}
	}
}

func TestOverlapAllowed(t *testing.T) {
	const grant, scope = ", error: invalid_grant}", ", error: invalid_scope}"
	for _, tt := range []struct{ name, a, b string }{
		{"the same result", "{status: 403, code: [a, b]" + grant, "{status: 403, code: a" + grant},
		{"the same to_status", "{code: [a, b], to_status: 401" + grant, "{code: a, to_status: 401" + grant},
		{"what a document says twice", "{code: invalid_grant" + grant, "{code: invalid_grant" + grant},
		{"another rank", "{status: 403, code: a" + grant, "{code: a" + scope},
		{"another code", "{code: a" + grant, "{code: b" + scope},
		{"another status", "{status: 400, code: a" + grant, "{status: 401, code: a" + scope},
		{"another class", "{status: 4xx" + grant, "{status: 5xx" + scope},
		{"another endpoint", "{code: a, endpoint: token" + grant, "{code: a, endpoint: [par, resource]" + scope},
		{"another description", "{description: abc" + grant, "{description: abd" + scope},
		{"descriptions that may never meet", `{description: "ab*"` + grant, `{description: "*cd"` + scope},
		{"another condition", `{when: {a: "1"}` + grant, `{when: {a: "2"}` + scope},
		{"conditions on different places", `{when: {a: "1"}` + grant, `{when: {b: "1"}` + scope},
		{"one row that says a thing twice", "{code: [a, A], description: [x, X]" + grant, "{code: b" + scope},
	} {
		if err := compileRows(t, tt.a, tt.b); err != nil {
			t.Errorf("%s: %s and %s: got error %v, want none", tt.name, tt.a, tt.b, err)
		}
	}
}

// TestTwin: a row that says nothing new is refused, and both lines are named.
func TestTwin(t *testing.T) {
	err := compileRows(t, "{code: a, status: 403, error: invalid_grant}", "{status: 403, code: A, error: invalid_grant}")
	if err == nil || !strings.Contains(err.Error(), "test.yaml:5: this row repeats the one at mappings/test.yaml:4: drop one of them") {
		t.Errorf("a row that stands twice: got error %v, want one that names both lines", err)
	}
}

func TestOverlapDifferentResults(t *testing.T) {
	const a = "{code: a, error: invalid_grant}"
	for _, b := range []string{
		"{code: a, pass: true}",
		"{code: a, error: invalid_grant, to_status: 401}",
		"{code: a, error: invalid_grant, to_description: x}",
		"{code: a, error: invalid_grant, retry_after: x}",
	} {
		if err := compileRows(t, a, b); err == nil {
			t.Errorf("%s and %s: got no error, want one", a, b)
		}
	}
}

func TestOverlapsAreListedOnce(t *testing.T) {
	err := compileRows(t,
		"{status: [401, 403], code: [a, b], error: invalid_grant}",
		"{status: [401, 403], code: [a, b], error: invalid_scope}",
		"{code: c, error: invalid_grant}",
		"{code: c, error: invalid_scope}",
	)
	if err == nil {
		t.Fatal("two pairs of rows that contradict each other: got no error, want one")
	}
	if got := strings.Count(err.Error(), "differ in their result"); got != 2 {
		t.Errorf("two pairs of rows: got %d complaints, want 2:\n%v", got, err)
	}
}

func TestOverlapOnlyWithinALayer(t *testing.T) {
	row := func(error string) string { return rows("{status: 403, code: a, error: " + error + "}") }
	c := Config{Provider: "test", Files: []*mapping.Mapping{
		loadAs(t, "a.yaml", row("invalid_scope")), loadAs(t, "b.yaml", row("slow_down")),
	}}
	if _, err := compileIn(c, row("invalid_grant")); err != nil {
		t.Errorf("three layers: got error %v, want none", err)
	}
	inline := func(error string) *mapping.Row {
		r, err := mapping.NewRow("map row", "403", "a", error, 0)
		if err != nil {
			t.Fatalf("NewRule: got error %v, want none", err)
		}
		return r
	}
	c = Config{Provider: "test", Inline: []*mapping.Row{inline("invalid_grant"), inline("slow_down")}}
	_, err := compileIn(c, row("invalid_scope"))
	if err == nil || !strings.Contains(err.Error(), "403 a slow_down") {
		t.Errorf("two rows of the configuration: got error %v, want one with the row", err)
	}
}
