package wire

import (
	"fmt"
	"strconv"
	"strings"
)

// Path is the place of a value in a [Tree]. The zero Path names nothing.
type Path struct{ *path }

type path struct {
	spelled string
	steps   []step
	folds   bool // names that do not fit as they are spelled may fit folded
}

// step is one name of a path.
type step struct {
	name   string
	folded string // the name as foldName leaves it
	index  int    // of an element, or -1
}

// ParsePath reads a path as mappings spell it: names separated by dots, where
// a number is an array index and `\.` a dot inside a name. XML attributes are
// named `@name`, character data `#text`. Query operators are refused, so
// that a mapping cannot ask for a search of the whole body.
func ParsePath(spelled string) (Path, error) {
	p := &path{spelled: spelled}
	for _, name := range SplitPath(spelled) {
		switch {
		case name == "":
			return Path{}, fmt.Errorf("path %q has an empty name", spelled)
		case name == textName:
		case strings.ContainsAny(name, "#*?|"):
			return Path{}, fmt.Errorf("path %q: %q is not a plain name: use names and array indexes separated by dots", spelled, name)
		}
		index, err := strconv.Atoi(name)
		if err != nil || name[0] == '+' {
			index = -1
		}
		p.steps = append(p.steps, step{name, foldName(name), index})
	}
	return Path{p}, nil
}

// textName names the character data of an element.
const textName = "#text"

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

// Fold returns the path with names that compare without case, `-` and `_`:
// `error_description` finds `errorDescription` and `Error-Description`. A member that
// is spelled like the path is found before one that only folds to it, and of several
// that fold to it the first.
func (p Path) Fold() Path {
	if p.IsZero() || p.folds {
		return p
	}
	folded := *p.path
	folded.folds = true
	return Path{&folded}
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

// Last returns the last name of the path, or nothing for the zero Path.
func (p Path) Last() string {
	if p.IsZero() {
		return ""
	}
	return p.steps[len(p.steps)-1].name
}

// IsTop reports whether the path names a member at the top.
func (p Path) IsTop() bool { return !p.IsZero() && len(p.steps) == 1 }

// isFolded reports whether a byte is left out of folded names.
func isFolded(c byte) bool { return c == '-' || c == '_' }

// lower returns an ASCII letter in lower case, and any other byte as it is.
func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// foldName returns a name without case, `-` and `_`. A name of nothing else stays.
func foldName(name string) string {
	plain := 0
	for plain < len(name) && !isFolded(name[plain]) && lower(name[plain]) == name[plain] {
		plain++
	}
	if plain == len(name) {
		return name
	}
	var b strings.Builder
	b.Grow(len(name))
	for i := range len(name) {
		if c := name[i]; !isFolded(c) {
			b.WriteByte(lower(c))
		}
	}
	if b.Len() == 0 {
		return name
	}
	return b.String()
}

// foldsTo reports whether foldName would make folded of the name.
func foldsTo(name, folded string) bool {
	if len(name) < len(folded) {
		return false
	}
	j := 0
	for i := range len(name) {
		c := name[i]
		if isFolded(c) {
			continue
		}
		if j == len(folded) || lower(c) != folded[j] {
			return false
		}
		j++
	}
	return j == len(folded) && j > 0
}
