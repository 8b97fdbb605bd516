// Package wire reads what identity providers put on the wire. Its parsers are
// total: they never panic, are bounded in time, depth and memory, and refuse
// what they do not understand instead of guessing. Whatever the carrier, the
// result is the same [Tree] of named values.
package wire

import (
	"fmt"
	"strings"

	"github.com/tidwall/gjson"
)

// Tree is one parsed body: named values, nested. The zero Tree has none.
type Tree struct {
	json    string // valid JSON, or empty
	top     []topMember
	recoded bool
}

// topMember is a member at the top: most of what is asked for, so that it pays to
// walk over the text only once.
type topMember struct {
	name  string
	value Value
}

// maxTop is how many members are kept like this. An error has three or four.
const maxTop = 16

// newTree makes a tree of valid JSON.
func newTree(json string) Tree {
	t := Tree{json: json}
	if json[0] != '{' {
		return t
	}
	top := make([]topMember, 0, 3)
	gjson.Parse(json).ForEach(func(name, value gjson.Result) bool {
		top = append(top, topMember{name.Str, valueOf(value)})
		return len(top) <= maxTop
	})
	if len(top) <= maxTop {
		t.top = top
	}
	return t
}

// Value is one value of a [Tree]. The zero Value is absent.
type Value struct {
	kind gjson.Type
	raw  string // as JSON text; empty if it is absent
	str  string // of a string, without quotes and escapes
}

func valueOf(r gjson.Result) Value { return Value{r.Type, r.Raw, r.Str} }

// Path says where a value sits in a [Tree]. The zero Path names nothing.
type Path struct{ *path }

type path struct {
	spelled string
	name    string // the only name, if there is only one
	query   string
	parent  string // the query without a #text at its end
}

// ParsePath reads a path as mappings spell it: names separated by dots, where
// a number is an array index and `\.` a dot inside a name. XML attributes are
// named `@name`, character data `#text`. Other query operators are refused, so
// that a mapping cannot ask for a search of the whole body.
func ParsePath(spelled string) (Path, error) {
	names := SplitPath(spelled)
	p := &path{spelled: spelled}
	if len(names) == 1 {
		p.name = names[0]
	}
	for i, name := range names {
		switch {
		case name == "":
			return Path{}, fmt.Errorf("path %q has an empty name", spelled)
		case name == "#text":
		case strings.ContainsAny(name, "#*?|"):
			return Path{}, fmt.Errorf("path %q: %q is not a plain name: use names and array indexes separated by dots", spelled, name)
		}
		names[i] = gjson.Escape(name)
	}
	p.query = strings.Join(names, ".")
	if last := len(names) - 1; last > 0 && names[last] == textQuery {
		p.parent = strings.Join(names[:last], ".")
	}
	return Path{p}, nil
}

// textQuery finds the character data of an element.
var textQuery = gjson.Escape("#text")

// SplitPath cuts a path into its names, at the dots that no backslash escapes.
func SplitPath(spelled string) []string {
	var names []string
	var name strings.Builder
	for i := 0; i < len(spelled); i++ {
		switch {
		case spelled[i] == '\\' && i+1 < len(spelled) && spelled[i+1] == '.':
			i++
			name.WriteByte('.')
		case spelled[i] == '.':
			names = append(names, name.String())
			name.Reset()
		default:
			name.WriteByte(spelled[i])
		}
	}
	return append(names, name.String())
}

// String returns the path as the mapping spelled it.
func (p Path) String() string {
	if p.IsZero() {
		return ""
	}
	return p.spelled
}

// IsZero reports whether the path names nothing.
func (p Path) IsZero() bool { return p.path == nil }

// Last returns the last name of the path: what the value is called.
func (p Path) Last() string {
	names := SplitPath(p.spelled)
	return names[len(names)-1]
}

// IsTop reports whether the path names a member at the top.
func (p Path) IsTop() bool { return p.name != "" }

// Exists reports whether the tree was read from a body at all.
func (t Tree) Exists() bool { return t.json != "" }

// Recoded reports whether the body was in another charset, or had a byte order mark,
// so that a client which expects UTF-8 cannot read it as it is.
func (t Tree) Recoded() bool { return t.recoded }

// Get returns the value at the path, or an absent one. An element that has nothing
// but text is that text, so that its #text is the element itself.
func (t *Tree) Get(p Path) Value {
	switch {
	case p.IsZero() || t.json == "":
		return Value{}
	case p.name != "" && t.top != nil:
		for i := range t.top {
			if t.top[i].name == p.name {
				return t.top[i].value
			}
		}
		return Value{}
	}
	result := gjson.Get(t.json, p.query)
	if !result.Exists() && p.parent != "" {
		if element := gjson.Get(t.json, p.parent); element.Type == gjson.String {
			result = element
		}
	}
	return valueOf(result)
}

// Each calls visit with the name of each member at the top, and its value as JSON
// text.
func (t *Tree) Each(visit func(name, raw string)) {
	switch {
	case t.top != nil:
		for i := range t.top {
			visit(t.top[i].name, t.top[i].value.raw)
		}
	case strings.HasPrefix(t.json, "{"):
		gjson.Parse(t.json).ForEach(func(name, value gjson.Result) bool {
			visit(name.Str, value.Raw)
			return true
		})
	}
}

// Exists reports whether the value is there and not null.
func (v Value) Exists() bool { return v.raw != "" && v.kind != gjson.Null }

// Raw returns the value as JSON text.
func (v Value) Raw() string { return v.raw }

// Code returns a value that can be an error code: a string that is not blank, or a
// number as it was spelled. An element with attributes has its #text as value.
func (v Value) Code() (string, bool) {
	switch v.kind {
	case gjson.JSON:
		if text := gjson.Get(v.raw, textQuery); text.Type == gjson.String {
			return valueOf(text).Code()
		}
	case gjson.String:
		return v.str, strings.TrimSpace(v.str) != ""
	case gjson.Number:
		return v.raw, true
	}
	return "", false
}

// Text returns any scalar as text: strings, numbers as spelled, `true`, `false`.
func (v Value) Text() (string, bool) {
	switch v.kind {
	case gjson.True, gjson.False:
		return v.raw, true
	}
	return v.Code()
}
