package wire

import (
	"errors"
	"mime"
	"strings"
	"unicode"
)

// Bounds of the parsers. Error bodies nest three or four levels and have a few dozen
// members; the bounds keep hostile ones cheap.
const (
	maxDepth  = 64   // levels
	maxValues = 4096 // elements, attributes, parameters, lines, or members at the top
	maxText   = 4096 // bytes of a text of a page
)

// Errors of [Parse] and [ParsePrefix].
var (
	ErrEmpty   = errors.New("the body is empty")
	ErrUnknown = errors.New("the body is in no format that can be read")
	ErrInvalid = errors.New("the body is not valid in its format")
	ErrBounds  = errors.New("the body nests too deep or has too many values")
)

// Parse reads a body. The content decides about the format, and the declared media type
// only in doubt, because providers send JSON under text/html, text/plain or no type at
// all. In order:
//
//   - `{` or `[`, also behind a guard like `)]}',` or in the call of JSONP: JSON;
//   - `"`: a JSON string, read as JSON if it holds that, else as text;
//   - `<`: HTML if the first tag says so, or if the type does and the markup does not
//     look like XML; else XML, else HTML;
//   - a YAML type, or `---`: the flat YAML of a line reader;
//   - a form type, or text that looks like a form: name=value pairs;
//   - other text: its `text`, also as `#text`.
//
// The root of the tree is the JSON value, the XML document element or the form. Of a
// JSON object with more than 4096 members the rest is not looked at. HTML has the
// members of [parseHTML]. It returns [ErrEmpty] for a blank body, and [ErrUnknown],
// [ErrInvalid] or [ErrBounds] for one it refuses.
//
// The tree and its texts refer to the body: do not change it while they are in use.
func Parse(contentType string, body []byte) (Tree, error) {
	return parse(contentType, body, false)
}

// ParsePrefix is [Parse] for the beginning of a body that is too large to read. The tree
// has the complete parts:
//
//   - JSON: members and elements; objects and arrays end where they break off;
//   - XML: elements and attributes; an element that is open is without its #text;
//   - forms: all pairs but the last; YAML: all lines but one without its end;
//   - HTML: elements that are closed, and the `text` so far; text: the text so far.
//
// The prefix must be valid, with the bounds of Parse. If the media type does not name the
// format, a text that begins like JSON or XML is read as such.
func ParsePrefix(contentType string, body []byte) (Tree, error) {
	return parse(contentType, body, true)
}

func parse(contentType string, body []byte, cut bool) (Tree, error) {
	mediaType, params := splitType(contentType)
	text, recoded := toUTF8(body, params["charset"], cut)
	if cut {
		text = strings.TrimLeftFunc(text, unicode.IsSpace) // its end says whether a line is whole
	} else {
		text = strings.TrimSpace(text)
	}
	tree, err := parseBody(mediaType, text, cut)
	tree.recoded = recoded && err == nil
	return tree, err
}

func parseBody(mediaType, body string, cut bool) (Tree, error) {
	if body == "" {
		return Tree{}, ErrEmpty
	}
	switch c := body[0]; {
	case c == '{' || c == '[':
		tree, err := parseJSON(body, cut)
		if err == ErrInvalid && isText(mediaType) {
			return parseText(body), nil
		}
		return tree, err
	case c == '<':
		return parseMarkup(mediaType, body, cut)
	case mayBeScript(mediaType):
		if tree, err := parseWrapped(body, cut); err != ErrUnknown {
			return tree, err
		}
	}
	switch {
	case strings.HasSuffix(mediaType, "yaml") || strings.HasPrefix(body, "---\n") || strings.HasPrefix(body, "---\r\n"):
		return parseYAML(body, cut)
	case mediaType == "application/x-www-form-urlencoded" || isText(mediaType) && looksLikeForm(body, cut):
		return parseForm(body, cut)
	case isText(mediaType):
		return parseText(body), nil
	}
	return Tree{}, ErrUnknown
}

// MayCarryError reports whether a body of this media type may have an error. Images,
// streams and signed tokens have none.
func MayCarryError(contentType string) bool {
	mediaType, _ := splitType(contentType)
	switch mediaType {
	case "text/event-stream":
		return false
	case "application/json", "application/xml", "application/yaml", "application/x-yaml",
		"application/javascript", "application/x-javascript", "application/x-www-form-urlencoded":
		return true
	}
	return isText(mediaType) || strings.HasSuffix(mediaType, "+json") || strings.HasSuffix(mediaType, "+xml")
}

// splitType parses a Content-Type, leniently.
func splitType(contentType string) (mediaType string, params map[string]string) {
	if contentType == "application/json" {
		return contentType, nil
	}
	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		mediaType, _, _ = strings.Cut(contentType, ";")
		mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	}
	return mediaType, params
}

// isText reports whether the type promises text; no type promises nothing and
// counts as text.
func isText(mediaType string) bool {
	return mediaType == "" || strings.HasPrefix(mediaType, "text/")
}
