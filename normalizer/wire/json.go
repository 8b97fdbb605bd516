package wire

import (
	"bytes"

	"github.com/tidwall/gjson"
)

// parseJSON reads a body that begins like JSON.
func parseJSON(body []byte) (Tree, error) {
	if tooDeep(body) {
		return Tree{}, ErrBounds
	}
	// Validity comes first because gjson answers something on any input.
	if !gjson.ValidBytes(body) {
		return Tree{}, ErrInvalid
	}
	return newTree(string(body)), nil
}

// tooDeep looks for more than maxDepth unclosed brackets outside strings. Most
// bodies are too short for that many and their counterparts, or have fewer in all,
// which counting settles quickly.
func tooDeep(body []byte) bool {
	if len(body) <= 2*maxDepth || bytes.Count(body, []byte{'{'})+bytes.Count(body, []byte{'['}) <= maxDepth {
		return false
	}
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}
