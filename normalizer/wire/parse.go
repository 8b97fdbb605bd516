package wire

import (
	"bytes"
	"errors"
	"mime"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// Bounds of what the parsers take on. Error bodies nest three or four levels and
// have a few dozen members; the bounds keep hostile ones cheap.
const (
	maxDepth  = 64   // levels
	maxValues = 4096 // elements, attributes, parameters or lines
	maxText   = 4096 // bytes of the visible text of a page
)

// Reasons for which a body is refused.
var (
	ErrEmpty   = errors.New("the body is empty")
	ErrUnknown = errors.New("the body is in no format that can be read")
	ErrInvalid = errors.New("the body is not valid in its format")
	ErrBounds  = errors.New("the body nests too deep or has too many values")
)

// Parse reads a body. What it holds decides, and the declared media type only
// where that leaves a doubt: providers send JSON under text/html, text/plain or
// no type at all. In order:
//
//   - `{` or `[`: JSON;
//   - `<`: HTML if the first tag says so, or if the type does and the markup does not
//     look like XML; else XML, else HTML;
//   - a YAML type, or `---`: the flat YAML of a line reader;
//   - a form type, or text that looks like a form: name=value pairs;
//   - other text: its `text`, also as `#text`.
//
// The root of the tree is the JSON value, the XML document element or the form.
// HTML has `title`, `h1` and `text`. It returns [ErrEmpty] for a blank body, and
// [ErrUnknown], [ErrInvalid] or [ErrBounds] for one it refuses.
func Parse(contentType string, body []byte) (Tree, error) {
	mediaType, params := splitType(contentType)
	decoded := toUTF8(body, params["charset"])
	recoded := len(decoded) > 0 && &decoded[0] != &body[0]
	tree, err := parse(mediaType, bytes.TrimSpace(decoded))
	tree.recoded = recoded
	return tree, err
}

func parse(mediaType string, body []byte) (Tree, error) {
	if len(body) == 0 {
		return Tree{}, ErrEmpty
	}
	switch c := body[0]; {
	case c == '{' || c == '[':
		tree, err := parseJSON(body)
		if err == ErrInvalid && isText(mediaType) {
			return parseText(body), nil
		}
		return tree, err
	case c == '<':
		return parseMarkup(mediaType, body)
	case strings.HasSuffix(mediaType, "yaml") || bytes.HasPrefix(body, []byte("---\n")) || bytes.HasPrefix(body, []byte("---\r\n")):
		return parseYAML(body)
	case mediaType == "application/x-www-form-urlencoded" || isText(mediaType) && looksLikeForm(body):
		return parseForm(body)
	case isText(mediaType):
		return parseText(body), nil
	}
	return Tree{}, ErrUnknown
}

// MayCarryError reports whether a body of that type is worth reading. Images,
// streams and signed tokens are not.
func MayCarryError(contentType string) bool {
	mediaType, _ := splitType(contentType)
	switch mediaType {
	case "text/event-stream":
		return false
	case "application/json", "application/xml", "application/yaml", "application/x-yaml",
		"application/javascript", "application/x-www-form-urlencoded":
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

// parseMarkup tells XML from HTML.
func parseMarkup(mediaType string, body []byte) (Tree, error) {
	declared := mediaType == "text/html" || mediaType == "application/xhtml+xml"
	first := firstTag(body)
	if isPage(first) || declared && !bytes.HasPrefix(body, []byte("<?xml")) && !hasPrefixedName(first) {
		return parseHTML(body), nil
	}
	tree, err := parseXML(body)
	if declared && err != nil || err == ErrInvalid && mediaType != "application/xml" && mediaType != "text/xml" {
		return parseHTML(body), nil
	}
	return tree, err
}

// firstTag returns the body from its first tag or document type on, behind comments and
// processing instructions.
func firstTag(body []byte) []byte {
	for {
		body = bytes.TrimSpace(body)
		var end string
		switch {
		case bytes.HasPrefix(body, []byte("<?")):
			end = "?>"
		case bytes.HasPrefix(body, []byte("<!--")):
			end = "-->"
		default:
			return body
		}
		_, body, _ = bytes.Cut(body, []byte(end))
	}
}

// isPage reports whether the first element is html, or the document type says so.
func isPage(first []byte) bool {
	return hasPrefixFold(first, "<html") || hasPrefixFold(first, "<!doctype html")
}

// hasPrefixedName reports whether the name of the first element has a prefix, as names
// in XML have and names in HTML have not.
func hasPrefixedName(first []byte) bool {
	end := bytes.IndexAny(first, " \t\r\n/>")
	return end > 0 && bytes.IndexByte(first[:end], ':') > 0
}

func hasPrefixFold(body []byte, prefix string) bool {
	return len(body) >= len(prefix) && strings.EqualFold(string(body[:len(prefix)]), prefix)
}

// parseText makes a tree of the text alone. It is `text`, as that of a page is,
// and `#text`, as nothing but character data is.
func parseText(body []byte) Tree {
	text := capText(string(body[:min(len(body), maxText)]))
	return object{{"text", text}, {"#text", text}}.tree()
}

// capText cuts a text at maxText bytes of valid UTF-8.
func capText(text string) string {
	text = strings.ToValidUTF8(text, "\ufffd")
	end := min(len(text), maxText)
	for end < len(text) && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// object is a tree of strings in the making.
type object []member

type member struct {
	name  string
	value any // a string or an object
}

// set adds a member unless there is one of that name: the first one counts, as
// it does where a JSON object repeats a name.
func (o object) set(name string, value any) object {
	for _, m := range o {
		if m.name == name {
			return o
		}
	}
	return append(o, member{name, value})
}

// tree returns the object as a Tree.
func (o object) tree() Tree { return newTree(string(o.appendJSON(nil))) }

func (o object) appendJSON(b []byte) []byte {
	b = append(b, '{')
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = gjson.AppendJSONString(b, m.name)
		b = append(b, ':')
		switch v := m.value.(type) {
		case string:
			b = gjson.AppendJSONString(b, strings.ToValidUTF8(v, "\ufffd"))
		case object:
			b = v.appendJSON(b)
		}
	}
	return append(b, '}')
}
