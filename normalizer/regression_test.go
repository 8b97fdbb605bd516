package normalizer

import (
	"strings"
	"testing"
)

// TestOverlapStarDescription has a pattern that ranks like none, and fits as much.
func TestOverlapStarDescription(t *testing.T) {
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("Compile: got panic %v, want an error that names both lines", r)
		}
	}()
	if err := compileRows(t, "{code: a, error: invalid_grant}", `{code: a, description: "*", error: invalid_scope}`); err == nil {
		t.Error("got no error, want one that names both lines")
	}
}

// TestCleanDescriptionIsIdempotent holds that cleaning leaves nothing to clean, as
// two instances in a row would find.
func TestCleanDescriptionIsIdempotent(t *testing.T) {
	for _, in := range []string{"a &amp;amp; b", "&amp;lt;b&amp;gt;", "\uff06lt;x", "\uff1cscript>x", "a &#38;quot; b"} {
		once := cleanDescription(in)
		if twice := cleanDescription(once); twice != once {
			t.Errorf("%q: got %q, and cleaned again %q, want the same", in, once, twice)
		}
	}
}

// TestToDescriptionIsNeverEmpty has a text that cleaning leaves nothing of.
func TestToDescriptionIsNeverEmpty(t *testing.T) {
	m := loadAs(t, "k.yaml", rows(`{code: q, error: invalid_grant, to_description: "\u0301"}`))
	table := compile(t, Config{Provider: "test", Files: []*Mapping{m}})
	if e, _, _ := table.Normalize(respond(t, EndpointToken, 400, `{"error":"q"}`)); e.Description == "" {
		t.Error("got no description, want one")
	}
}

// TestLoadIsStrictAboutExamples refuses what would be read as something else.
func TestLoadIsStrictAboutExamples(t *testing.T) {
	example := func(text string) string {
		return head + "examples:\n  - {endpoint: token, status: 400, " + text + "}\n"
	}
	for _, tt := range []refused{
		{"a body that is a mapping", example("body: {error: x}, expect: {pass: true}"), 4, "body"},
		{"a body that is a list", example("body: [x], expect: {pass: true}"), 4, "body"},
		{"an error without a status", example("expect: {error: slow_down}"), 4, "status"},
		{"an unregistered error", example("expect: {status: 400, error: nonsense}"), 4, "nonsense"},
		{"pass with a status", example("expect: {pass: true, status: 403}"), 4, "status"},
		{"a header name that is a list", example("header: {[a]: b}, expect: {pass: true}"), 4, "header"},
		{"a source name that is a list", head + "sources:\n  ? [a]\n  : {title: x}\n", 4, "sources"},
	} {
		tt.check(t)
	}
}

// TestLoadRefusesSuccessBehindError looks at every status of a list.
func TestLoadRefusesSuccessBehindError(t *testing.T) {
	refused{"a success behind an error", head + "errors:\n  - {status: [400, 200], error: invalid_grant}\n", 4, "200"}.check(t)
}

// TestNestingInScalars holds that brackets in text do not add up.
func TestNestingInScalars(t *testing.T) {
	for _, text := range []string{
		head + "errors:\n" + strings.Repeat("  - status: 400\n    code: a [ b\n    error: invalid_grant\n", 33),
		head + "examples:\n" + strings.Repeat("  - endpoint: token\n    status: 400\n    body: |\n      broken {{\n    expect: {pass: true}\n", 17),
	} {
		if _, err := Load("test.yaml", []byte(text)); err != nil {
			t.Errorf("got error %v, want none:\n%.150s", err, text)
		}
	}
}

// TestOverlapHeaderCase holds that a field is one place, however it is spelled.
func TestOverlapHeaderCase(t *testing.T) {
	if err := compileRows(t, `{when: {header.x-a: "1"}, error: invalid_grant}`, `{when: {header.X-A: "1"}, error: invalid_scope}`); err == nil {
		t.Error("got no error, want one that names both lines")
	}
}

// TestStatusBeyond599 has a status such as LinkedIn sends.
func TestStatusBeyond599(t *testing.T) {
	table := compile(t, Config{Provider: "test"}, rows(`{description: "x*", error: invalid_grant}`, `{code: a, error: invalid_scope}`))
	wantRule(t, "a code", table, respond(t, EndpointToken, 999, `{"error":"a"}`), "invalid_scope")
	wantRule(t, "a description", table, respond(t, EndpointToken, 999, `{"error_description":"xy"}`), "invalid_grant")
}

// TestRepeatedErrorIsNotCanonical holds that clients cannot read different errors.
func TestRepeatedErrorIsNotCanonical(t *testing.T) {
	table := compile(t, Config{Provider: "oauth2"})
	if _, _, got := table.Normalize(respond(t, EndpointToken, 400, `{"error":"invalid_grant","error":"nope"}`)); got != OutcomeNormalized {
		t.Errorf("got outcome %s, want %s", got, OutcomeNormalized)
	}
}

// TestLoadRefusesDefaultsAtPages refuses a row that could never decide.
func TestLoadRefusesDefaultsAtPages(t *testing.T) {
	refused{"a status default at a page", head + "errors:\n  - {status: 400, endpoint: authorization, error: invalid_grant}\n", 4, "at pages"}.check(t)
}
