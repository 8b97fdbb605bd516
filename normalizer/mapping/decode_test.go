package mapping

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// refused is a mapping with one mistake.
type refused struct {
	name, text string
	line       int
	want       string // a part of the message: the value, or the missing part
}

// check expects exactly one problem, at the line, with the value and the line.
func (r refused) check(t *testing.T) {
	t.Helper()
	m, err := Load("dir/test.yaml", []byte(r.text))
	var le *LoadError
	if !errors.As(err, &le) {
		t.Errorf("%s: got mapping %v, error %v, want a LoadError", r.name, m, err)
		return
	}
	if m != nil {
		t.Errorf("%s: got a mapping next to error %v, want none", r.name, err)
	}
	if len(le.Problems) != 1 {
		t.Errorf("%s: got %d problems, want 1:\n%v", r.name, len(le.Problems), err)
	}
	want := fmt.Sprintf("dir/test.yaml:%d: ", r.line)
	if !strings.HasPrefix(err.Error(), want) || !strings.Contains(le.Problems[0].Reason, r.want) {
		t.Errorf("%s: got %q, want %q with %q", r.name, err, want, r.want)
	}
	if lines := strings.Split(r.text, "\n"); r.line <= len(lines) {
		if text := visible(strings.TrimSpace(lines[r.line-1])); len(text) < 1000 && !strings.Contains(err.Error(), text) {
			t.Errorf("%s: got %q, want it to show line %d, %q", r.name, err, r.line, text)
		}
	}
}

// head is the start of a good mapping, two lines.
const head = "version: 1\nprovider: test\n"

func TestLoadRefusesYAML(t *testing.T) {
	deep := strings.Repeat("[", maxNesting+1) + strings.Repeat("]", maxNesting+1)
	for _, tt := range []refused{
		{"an empty file", "", 1, "empty"},
		{"white space", "\n \n", 1, "empty"},
		{"a comment", "# nothing\n", 1, "empty"},
		{"an empty document", "---\n", 1, "empty"},
		{"a scalar", "mapping\n", 1, `"mapping"`},
		{"a list", "- version: 1\n", 1, "not a list"},
		{"a second document", head + "---\n" + head, 3, "second document"},
		{"a broken second document", head + "---\na: [\n", 4, "not valid YAML"},
		{"an anchor", head + "title: &a x\n", 3, "&a"},
		{"an anchor on a mapping", head + "sources: &s\n  docs: {title: x}\n", 3, "&s"},
		{"an alias", head + "title: &a x\nbase: *a\n", 3, "&a"},
		{"a tag", head + "title: !!str x\n", 3, "!!str"},
		{"a tag of our own", head + "title: !x y\n", 3, "!x"},
		{"a tag deep inside", head + "errors:\n  - {code: !!str 1, error: invalid_grant}\n", 4, "!!str"},
		{"a merge key", head + "errors:\n  - {<<: {code: x}, error: invalid_grant}\n", 4, `"<<"`},
		{"flow nesting", head + "keep: " + deep + "\n", 3, "32"},
		{"block nesting", head + "keep:\n" + strings.Repeat("- ", maxNesting+1) + "x\n", 4, "32"},
		{"indented nesting", head + indented(maxNesting+1), 2 + maxNesting, "32"},
		{"a file of more than 1 MiB", head + "#" + strings.Repeat("x", maxFileSize), 1, "1048576"},
		{"a tab", head + "errors:\n\t- {code: x}\n", 4, "not valid YAML"},
		{"a list that is not closed", head + "keep: [a\n\n\n", 3, "not valid YAML"},
		{"text after a flow mapping", head + "errors:\n  - {code: x} y\n", 4, "not valid YAML"},
		{"a mapping inside a scalar", head + "title: a: b\n", 3, "not valid YAML"},
		{"a control character", head + "title: a\x01b\n", 3, "control character"},
		{"bytes that are no UTF-8", head + "title: \xff\xff\n", 3, "UTF-8"},
	} {
		tt.check(t)
	}
}

// indented nests block mappings to a depth.
func indented(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func TestLoadRefusesKeys(t *testing.T) {
	const row = `code: x, error: invalid_grant`
	for _, tt := range []refused{
		{"unknown at the top", head + "vendor: x\n", 3, `"vendor"`},
		{"in another case", head + "Title: x\n", 3, `"Title"`},
		{"repeated at the top", head + "title: a\nkeep: [b]\ntitle: c\n", 5, `"title"`},
		{"repeated rows", head + "errors: []\nerrors: []\n", 4, `"errors"`},
		{"a list for a key", head + "? [a]\n: b\n", 3, "unknown key"},
		{"unknown in a source", head + "sources:\n  a: {title: x, link: y}\n", 4, `"link"`},
		{"repeated in a source", head + "sources:\n  a: {title: x, title: y}\n", 4, `"title"`},
		{"a repeated source", head + "sources:\n  a: {title: x}\n  a: {title: y}\n", 5, `"a"`},
		{"unknown in read", head + "read:\n  - {code: a, message: b}\n", 4, `"message"`},
		{"repeated in read", head + "read:\n  - {code: a, code: b}\n", 4, `"code"`},
		{"an unknown kind of endpoint", head + "endpoints:\n  login: [/a]\n", 4, `"login"`},
		{"a repeated kind of endpoint", head + "endpoints:\n  token: [/a]\n  token: [/b]\n", 5, `"token"`},
		{"unknown in a row", head + "errors:\n  - {" + row + ", message: y}\n", 4, `"message"`},
		{"repeated in a row", head + "errors:\n  - {" + row + ", code: y}\n", 4, `"code"`},
		{"repeated in a row of several lines", head + "errors:\n  - code: x\n    error: invalid_grant\n    code: y\n", 6, `"code"`},
		{"repeated in when", head + "errors:\n  - {when: {a: x, a: y}, error: invalid_grant}\n", 4, `"a"`},
		{"unknown in an example", head + "examples:\n  - {endpoint: token, status: 400, expect: {pass: true}, method: GET}\n", 4, `"method"`},
		{"repeated in an example", head + "examples:\n  - {endpoint: token, status: 400, expect: {pass: true}, status: 400}\n", 4, `"status"`},
		{"repeated in a header", head + "examples:\n  - {endpoint: token, status: 400, header: {A: x, A: y}, expect: {pass: true}}\n", 4, `"A"`},
		{"unknown in expect", head + "examples:\n  - {endpoint: token, status: 400, expect: {pass: true, code: x}}\n", 4, `"code"`},
		{"repeated in expect", head + "examples:\n  - {endpoint: token, status: 400, expect: {pass: true, pass: true}}\n", 4, `"pass"`},
	} {
		tt.check(t)
	}
}

// TestLoadListsAll expects every mistake of a file, in the order of the lines.
func TestLoadListsAll(t *testing.T) {
	_, err := Load("test.yaml", []byte(`version: 2
provider: Test
vendor: x
sources:
  docs: {title: x, retrieved: yesterday}
read:
  - {code: a..b}
errors:
  - {status: 600, code: x, error: invalid_grants}
  - {status: 400}
  - {code: y, error: invalid_grant, source: nowhere}
  - {code: y, error: invalid_grant, pass: true}
`))
	var le *LoadError
	if !errors.As(err, &le) {
		t.Fatalf("got error %v, want a LoadError", err)
	}
	var got []int
	for _, p := range le.Problems {
		got = append(got, p.Line)
	}
	if want := "[1 2 3 5 7 9 9 10 11 12]"; fmt.Sprint(got) != want {
		t.Errorf("lines: got %v, want %s:\n%v", got, want, err)
	}
	for _, want := range []string{
		`test.yaml:1: version "2"`, `test.yaml:2: provider "Test"`, `"vendor"`, `"yesterday"`, `"a..b"`, `"600"`,
		`"invalid_grants"`, "test.yaml:10: the row has no result", `"nowhere"`, "both error and pass",
		"\n    - {status: 600, code: x, error: invalid_grants}",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got\n%v\nwant it to contain %q", err, want)
		}
	}
}

func TestLoadErrorFormat(t *testing.T) {
	e := &LoadError{File: "a.yaml", Problems: []Problem{{3, "one", "  - x\r"}, {9, "two", " "}}}
	if got, want := e.Error(), "a.yaml:3: one\n    - x\na.yaml:9: two"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNestingWithinBounds(t *testing.T) {
	for _, tt := range []struct{ name, text string }{
		{"brackets in quotes", head + `title: "` + strings.Repeat("[", 100) + `"` + "\n"},
		{"brackets in single quotes", head + `title: '` + strings.Repeat("{", 100) + `'` + "\n"},
		{"brackets in a comment", head + "title: x # " + strings.Repeat("[", 100) + "\n"},
		{"an escaped quote", head + `title: "\"` + strings.Repeat("[", 100) + `"` + "\n"},
		{"dashes in text", head + "title: " + strings.Repeat("x-", 100) + "\n"},
		{"a line of dashes as a comment", head + "# " + strings.Repeat("- ", 100) + "\n"},
		{"many small lists", head + "keep:\n" + strings.Repeat("  - a\n", 100)},
		{"many rows", head + "errors:\n" + strings.Repeat("  - {status: [400], error: invalid_grant}\n", 100)},
	} {
		if _, err := Load("test.yaml", []byte(tt.text)); err != nil {
			t.Errorf("%s: got error %v, want none", tt.name, err)
		}
	}
}
