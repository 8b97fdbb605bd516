package wire

import (
	"strconv"
	"strings"
)

// child returns a member of an object, or an element of an array.
func (v Value) child(s *step, folds bool) Value {
	var exact, folded Value
	switch v.kind {
	case kindArray:
		if s.index < 0 {
			return Value{}
		}
		i := 0
		v.walk(func(_ string, element Value) bool {
			if i == s.index {
				exact = element
			}
			i++
			return exact.raw == ""
		})
	case kindObject:
		v.walk(func(quoted string, value Value) bool {
			name := unquote(quoted)
			switch {
			case name == s.name:
				exact = value
			case folds && folded.raw == "" && foldsTo(name, s.folded):
				folded = value
			}
			return exact.raw == ""
		})
		if exact.raw == "" {
			return folded
		}
	}
	return exact
}

// walk visits the members of an object, or the elements of an array without names,
// until visit returns false. Names come as JSON text.
func (v Value) walk(visit func(quoted string, value Value) bool) {
	if v.kind != kindObject && v.kind != kindArray {
		return
	}
	for i := 1; ; {
		i = skipSpace(v.raw, i)
		switch v.raw[i] {
		case ',':
			i = skipSpace(v.raw, i+1)
		case '}', ']':
			return
		}
		quoted := ""
		if v.kind == kindObject {
			end := skipValue(v.raw, i)
			quoted = v.raw[i:end]
			i = skipSpace(v.raw, skipSpace(v.raw, end)+1) // behind the colon
		}
		end := skipValue(v.raw, i)
		if !visit(quoted, valueOf(v.raw[i:end])) {
			return
		}
		i = end
	}
}

// Each calls visit with each member of an object, or with each element of an array and
// its index as name.
func (v Value) Each(visit func(name string, v Value)) {
	i := 0
	v.walk(func(quoted string, value Value) bool {
		name := ""
		if v.kind == kindObject {
			name = unquote(quoted)
		} else {
			name = strconv.Itoa(i)
		}
		i++
		visit(name, value)
		return true
	})
}

// Texts returns up to max texts that are not blank, as lists of problems carry them:
//
//   - a string: itself;
//   - an array: its strings;
//   - an object: `name: text` for each of its strings, and for each string of its
//     arrays.
//
// Numbers and deeper values are not among them.
func (v Value) Texts(max int) []string {
	var texts []string
	add := func(before string, v Value) bool {
		if text, ok := v.Code(); ok && v.kind == kindString && len(texts) < max {
			texts = append(texts, before+strings.TrimSpace(text))
		}
		return len(texts) < max
	}
	switch v.kind {
	case kindString:
		add("", v)
	case kindArray:
		v.walk(func(_ string, element Value) bool { return add("", element) })
	case kindObject:
		v.walk(func(quoted string, value Value) bool {
			before := unquote(quoted) + ": "
			if value.kind != kindArray {
				return add(before, value)
			}
			value.walk(func(_ string, element Value) bool { return add(before, element) })
			return len(texts) < max
		})
	}
	return texts
}
