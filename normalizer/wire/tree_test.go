package wire

import (
	"strings"
	"testing"
)

func TestParsePathRefuses(t *testing.T) {
	for _, spelled := range []string{"", ".", "a.", ".a", "a..b", "a.#", "#(x==1)", "a*", "a?b", "a|b", "a.#text.*"} {
		if p, err := ParsePath(spelled); err == nil || !strings.Contains(err.Error(), `"`+spelled+`"`) {
			t.Errorf("%q: got %+v, %v, want an error that names it", spelled, p, err)
		}
	}
}

// TestGet holds that a path is a path, and none of the queries of the library
// behind it.
func TestGet(t *testing.T) {
	tree, err := Parse("", []byte(`{"a":{"b":"x","0":"zero"},"list":[{"c":"first"},{"c":2}],"d.e":"dotted","@this":"at","!x":"bang",
		"a{b":"brace","n":1.50,"t":true,"no":null,"blank":" ","el":{"@k":"v","#text":"data"},"leaf":"text","é":"accent"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		path, code, text string
		exists           bool
	}{
		{"a.b", "x", "x", true},
		{"a.0", "zero", "zero", true},
		{"list.0.c", "first", "first", true},
		{"list.1.c", "2", "2", true},
		{"list.2.c", "", "", false},
		{"list.c", "", "", false},
		{`d\.e`, "dotted", "dotted", true},
		{"d.e", "", "", false},
		{"@this", "at", "at", true},
		{"!x", "bang", "bang", true},
		{"a{b", "brace", "brace", true},
		{"n", "1.50", "1.50", true},
		{"t", "", "true", true},
		{"no", "", "", false},
		{"blank", "", "", true},
		{"a", "", "", true},
		{"el", "data", "data", true},
		{"el.@k", "v", "v", true},
		{"el.#text", "data", "data", true},
		{"leaf.#text", "text", "text", true},
		{"é", "accent", "accent", true},
		{"A.b", "", "", false},
	} {
		p, err := ParsePath(tt.path)
		if err != nil {
			t.Errorf("%q: got error %v", tt.path, err)
			continue
		}
		v := tree.Get(p)
		code, okCode := v.Code()
		text, okText := v.Text()
		if !okCode {
			code = ""
		}
		if !okText {
			text = ""
		}
		if code != tt.code || text != tt.text || v.Exists() != tt.exists {
			t.Errorf("%q: got code %q, text %q, exists %t, want %q, %q, %t", tt.path, code, text, v.Exists(), tt.code, tt.text, tt.exists)
		}
	}
	if v := new(Tree).Get(Path{}); v.Exists() {
		t.Errorf("nothing of nothing: got %v", v)
	}
}

func TestPathNames(t *testing.T) {
	for _, tt := range []struct {
		path, last string
		top        bool
	}{{"a", "a", true}, {"a.b", "b", false}, {`a\.b`, "a.b", true}, {"a.0.@c", "@c", false}} {
		p, err := ParsePath(tt.path)
		if err != nil || p.Last() != tt.last || p.IsTop() != tt.top || p.String() != tt.path {
			t.Errorf("%q: got %q, %t, %v, want %q, %t", tt.path, p.Last(), p.IsTop(), err, tt.last, tt.top)
		}
	}
}

// TestDepth holds the bound on both sides, and that brackets in strings do not
// count.
func TestDepth(t *testing.T) {
	nested := func(n int) string {
		return strings.Repeat(`{"a":`, n) + `"[[[[{{{{\"[["` + strings.Repeat("}", n)
	}
	for _, tt := range []struct {
		body string
		want error
	}{
		{nested(maxDepth), nil},
		{nested(maxDepth + 1), ErrBounds},
		{strings.Repeat("[", 100_000), ErrBounds},
		{"[" + strings.Repeat("{},", 1000) + "{}]", nil},
		{`{"a":"` + strings.Repeat("[{", 1000) + `"}`, nil},
	} {
		if _, err := Parse("application/json", []byte(tt.body)); err != tt.want {
			t.Errorf("%.40s of %d bytes: got %v, want %v", tt.body, len(tt.body), err, tt.want)
		}
	}
}
