package wire

import (
	"net/url"
	"strings"
)

// parseForm reads application/x-www-form-urlencoded pairs. It skips pairs with invalid
// escapes, and the last pair of a cut body. Of several pairs with one name the first
// counts.
func parseForm(body string, cut bool) (Tree, error) {
	if cut {
		body = body[:strings.LastIndexByte(body, '&')+1]
	}
	var o object
	n := 0
	for pair := range strings.SplitSeq(body, "&") {
		if n++; n > maxValues {
			return Tree{}, ErrBounds
		}
		name, value, found := strings.Cut(pair, "=")
		name, errName := url.QueryUnescape(name)
		value, errValue := url.QueryUnescape(value)
		if found && name != "" && errName == nil && errValue == nil {
			o.set(name, value)
		}
	}
	if o.isEmpty() {
		return Tree{}, ErrInvalid
	}
	return o.tree(), nil
}

// minUndeclared is how much of a cut text has to look like a form, in bytes, where
// its type does not say that it is one. The rest may turn out to be prose.
const minUndeclared = 4 << 10

// looksLikeForm reports whether text is form-encoded although its type does not
// say so: a plain name, an equals sign, and no character that a form escapes.
func looksLikeForm(body string, cut bool) bool {
	name, _, found := strings.Cut(body[:min(len(body), 65)], "=")
	if !found || name == "" || cut && len(body) < minUndeclared {
		return false
	}
	for i := range len(name) {
		if c := name[i]; !isTokenByte(c) && c != '[' && c != ']' {
			return false
		}
	}
	for i := range len(body) {
		switch c := body[i]; {
		case c <= ' ' || c >= 0x7f, c == '<' || c == '>' || c == '"' || c == '{' || c == '}':
			return false
		}
	}
	return true
}
