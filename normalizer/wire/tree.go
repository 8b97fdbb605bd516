// Package wire parses the responses of identity providers. Its parsers never panic, have
// bounds in time, depth and memory, and refuse everything that they do not understand.
// They return a [Tree] of named values for every format.
package wire

import "strings"

// Tree is one parsed body: nested values with names. The zero Tree has none.
type Tree struct {
	json    string // valid JSON, or empty
	top     []member
	misses  int        // names that none of top has
	index   *nameIndex // of top, as soon as that is worth it
	recoded bool
}

// member is a named value, as JSON text.
type member struct{ name, raw string }

const (
	// maxScan is how many members at the top are always looked through one by one. An
	// error has three or four.
	maxScan = 16
	// maxMisses is how many names are looked for in vain before there is an index of
	// more members. An error that a row names is found with fewer.
	maxMisses = 8
)

// nameIndex finds the first of many members by its name. It spares a body of some
// thousand members the walk over all of them for each path.
type nameIndex struct {
	first map[string]int32 // the first member of each folded name
	next  []int32          // behind each member: the next of the same folded name, or 0
}

func newNameIndex(top []member) *nameIndex {
	x := &nameIndex{make(map[string]int32, len(top)), make([]int32, len(top))}
	for i := len(top) - 1; i >= 0; i-- {
		folded := foldName(top[i].name)
		x.next[i] = x.first[folded]
		x.first[folded] = int32(i)
	}
	return x
}

// find returns the member of a name, or the first one that folds to it.
func (x *nameIndex) find(top []member, s *step, folds bool) Value {
	first, ok := x.first[s.folded]
	if !ok {
		return Value{}
	}
	for i := first; ; i = x.next[i] {
		if top[i].name == s.name {
			return valueOf(top[i].raw)
		}
		if x.next[i] == 0 {
			break
		}
	}
	if folds {
		return valueOf(top[first].raw)
	}
	return Value{}
}

// Exists reports whether the tree was parsed from a body.
func (t Tree) Exists() bool { return t.json != "" }

// Recoded reports whether the body was not plain UTF-8: it had another charset or a byte
// order mark.
func (t Tree) Recoded() bool { return t.recoded }

// Get returns the value at the path, or an absent value. An element with text alone is
// that text, and its #text is the same.
func (t *Tree) Get(p Path) Value {
	if p.IsZero() || t.json == "" {
		return Value{}
	}
	v := t.first(&p.steps[0], p.folds)
	for i := 1; i < len(p.steps) && v.raw != ""; i++ {
		if i == len(p.steps)-1 && v.kind == kindString && p.steps[i].name == textName {
			return v
		}
		v = v.child(&p.steps[i], p.folds)
	}
	return v
}

// first returns the value of the first name of a path.
func (t *Tree) first(s *step, folds bool) Value {
	if t.json[0] != '{' {
		return t.Root().child(s, folds)
	}
	if t.index != nil {
		return t.index.find(t.top, s, folds)
	}
	for i := range t.top {
		if t.top[i].name == s.name {
			return valueOf(t.top[i].raw)
		}
	}
	if folds {
		for i := range t.top {
			if foldsTo(t.top[i].name, s.folded) {
				return valueOf(t.top[i].raw)
			}
		}
	}
	if t.misses++; t.misses == maxMisses && len(t.top) > maxScan {
		t.index = newNameIndex(t.top)
	}
	return Value{}
}

// Root returns the value of the whole body: an object or an array.
func (t *Tree) Root() Value { return valueOf(t.json) }

// Each calls visit with the name and the value of each member at the top.
func (t *Tree) Each(visit func(name string, v Value)) {
	for i := range t.top {
		visit(t.top[i].name, valueOf(t.top[i].raw))
	}
}

// kind is the type of a value.
type kind byte

const (
	kindAbsent kind = iota
	kindNull
	kindBool
	kindNumber
	kindString
	kindObject
	kindArray
)

// Value is one value of a [Tree]. The zero Value is absent.
type Value struct {
	kind kind
	raw  string // as JSON text; empty if it is absent
}

// valueOf returns the value that a JSON text is.
func valueOf(raw string) Value {
	if raw == "" {
		return Value{}
	}
	switch raw[0] {
	case '{':
		return Value{kindObject, raw}
	case '[':
		return Value{kindArray, raw}
	case '"':
		return Value{kindString, raw}
	case 't', 'f':
		return Value{kindBool, raw}
	case 'n':
		return Value{kindNull, raw}
	}
	return Value{kindNumber, raw}
}

// Exists reports whether the value is there and not null.
func (v Value) Exists() bool { return v.kind > kindNull }

// Raw returns the value as JSON text.
func (v Value) Raw() string { return v.raw }

// Code returns the value if it can be an error code: a string that is not blank, or a
// number as written. For an element with attributes it returns the #text.
func (v Value) Code() (string, bool) {
	switch v.kind {
	case kindObject:
		if text := v.child(&textStep, false); text.kind == kindString {
			return text.Code()
		}
	case kindString:
		text := unquote(v.raw)
		return text, strings.TrimSpace(text) != ""
	case kindNumber:
		return v.raw, true
	}
	return "", false
}

var textStep = step{name: textName, folded: textName, index: -1}

// Text returns a scalar as text: a string, a number as written, `true` or `false`.
func (v Value) Text() (string, bool) {
	if v.kind == kindBool {
		return v.raw, true
	}
	return v.Code()
}
