package wire

import (
	"bytes"
	"net/url"
	"strings"
)

// parseForm reads application/x-www-form-urlencoded pairs. A pair that is
// wrongly escaped is left out; one that stands twice counts as it stands first.
func parseForm(body []byte) (Tree, error) {
	var o object
	n := 0
	for pair := range strings.SplitSeq(string(body), "&") {
		if n++; n > maxValues {
			return Tree{}, ErrBounds
		}
		name, value, found := strings.Cut(pair, "=")
		name, errName := url.QueryUnescape(name)
		value, errValue := url.QueryUnescape(value)
		if found && name != "" && errName == nil && errValue == nil {
			o = o.set(name, value)
		}
	}
	if len(o) == 0 {
		return Tree{}, ErrInvalid
	}
	return o.tree(), nil
}

// looksLikeForm reports whether text is form-encoded although its type does not
// say so: a plain name, an equals sign, and no character that a form escapes.
func looksLikeForm(body []byte) bool {
	name, _, found := bytes.Cut(body, []byte{'='})
	if !found || len(name) == 0 || len(name) > 64 {
		return false
	}
	for _, c := range name {
		if !isTokenByte(c) && c != '[' && c != ']' {
			return false
		}
	}
	return bytes.IndexFunc(body, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`<>"{}`, r) }) < 0
}
