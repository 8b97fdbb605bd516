package wire

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// maxDepth is how deep a body may nest. Error bodies nest three or four levels;
// the bound keeps recursion over hostile ones short.
const maxDepth = 64

// Reasons for which a body is refused.
var (
	ErrEmpty   = errors.New("the body is empty")
	ErrUnknown = errors.New("the body is in no format that can be read")
	ErrInvalid = errors.New("the body is not valid JSON")
	ErrDepth   = errors.New("the body nests too deep")
)

var utf8BOM = []byte("\xef\xbb\xbf")

// Parse reads a body by what it holds; the declared media type is not trusted,
// since providers send JSON under text/html, text/plain or no type at all.
// It returns [ErrEmpty] for a blank body and [ErrUnknown], [ErrInvalid] or
// [ErrDepth] for one it refuses.
func Parse(body []byte) (Tree, error) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, utf8BOM))
	if len(body) == 0 {
		return Tree{}, ErrEmpty
	}
	if body[0] == '{' || body[0] == '[' {
		return parseJSON(body)
	}
	return Tree{}, ErrUnknown
}

func parseJSON(body []byte) (Tree, error) {
	if tooDeep(body) {
		return Tree{}, ErrDepth
	}
	// Validity comes first because gjson answers something on any input.
	if !gjson.ValidBytes(body) {
		return Tree{}, ErrInvalid
	}
	if !utf8.Valid(body) {
		body = bytes.ToValidUTF8(body, []byte("\ufffd"))
	}
	return Tree{gjson.Parse(string(body))}, nil
}

// tooDeep looks for more than maxDepth unclosed brackets outside strings. Most
// bodies have fewer brackets than that in all, which counting settles quickly.
func tooDeep(body []byte) bool {
	if bytes.Count(body, []byte{'{'})+bytes.Count(body, []byte{'['}) <= maxDepth {
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
