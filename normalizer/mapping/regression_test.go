package mapping

import (
	"strings"
	"testing"
)

// TestLoadIsStrictAboutExamples refuses values that would be read as something else.
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

// TestLoadRefusesDefaultsAtPages refuses a row that could never decide.
func TestLoadRefusesDefaultsAtPages(t *testing.T) {
	refused{"a status default at a page", head + "errors:\n  - {status: 400, endpoint: authorization, error: invalid_grant}\n", 4, "at pages"}.check(t)
}
