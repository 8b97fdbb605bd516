package mapping

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// flowReader reads flow collections on one line, such as nearly all rows, sources and
// examples: `{status: 403, code: [a, b], error: x}`. It leaves anything unusual to the
// YAML parser.
type flowReader struct {
	text string // the line
	at   int    // the next byte
	line int    // its number

	depth int          // of the collections that are being read
	items []*yaml.Node // of theirs
	free  []yaml.Node  // not yet used
}

// value reads the value at hand, or returns nil.
func (r *flowReader) value() *yaml.Node {
	switch r.peek() {
	case '{':
		return r.collection(yaml.MappingNode, '}', r.pair)
	case '[':
		return r.collection(yaml.SequenceNode, ']', func() bool { return r.push(r.value()) })
	case '"':
		return r.quoted(yaml.DoubleQuotedStyle)
	case '\'':
		return r.quoted(yaml.SingleQuotedStyle)
	}
	return r.plain()
}

// collection reads items until one is followed by the closing bracket.
func (r *flowReader) collection(kind yaml.Kind, closing byte, item func() bool) *yaml.Node {
	r.at++
	r.depth++
	defer func() { r.depth-- }()
	begin := len(r.items)
	for {
		r.skipSpaces()
		if r.depth >= maxNesting || !item() {
			return nil
		}
		r.skipSpaces()
		c := r.peek()
		r.at++
		switch c {
		case ',':
		case closing:
			return r.gather(kind, begin)
		default:
			r.at--
			return nil
		}
	}
}

// pair reads a key with its value.
func (r *flowReader) pair() bool {
	var key *yaml.Node
	if c := r.peek(); c == '"' || c == '\'' {
		key = r.value()
	} else if end := strings.IndexAny(r.text[r.at:], ":,[]{}?\" "); end > 0 && r.isPlainStart() {
		key = r.scalar(r.text[r.at : r.at+end])
		r.at += end
	}
	if key == nil || !strings.HasPrefix(r.text[r.at:], ": ") {
		return false
	}
	r.at++
	r.skipSpaces()
	return r.push(key) && r.push(r.value())
}

// plain reads a scalar without quotes.
func (r *flowReader) plain() *yaml.Node {
	if !r.isPlainStart() {
		return nil
	}
	begin := r.at
	for ; ; r.at++ {
		switch c := r.peek(); {
		case c == ',' || c == ']' || c == '}':
			return r.scalar(strings.TrimRight(r.text[begin:r.at], " "))
		case c < ' ' || c == 0x7f || c == '[' || c == '{' || c == '?':
			return nil
		case c == ':' && strings.IndexByte(" ,]}\r", r.byteAt(r.at+1)) >= 0, c == '#' && r.text[r.at-1] == ' ', c == ':' && r.byteAt(r.at+1) == 0:
			return nil // a pair, or a comment
		}
	}
}

// scalar returns the node of a scalar without quotes, or nil if it stands for nothing.
func (r *flowReader) scalar(value string) *yaml.Node {
	switch value {
	case "null", "Null", "NULL":
		return nil
	case "true":
		return r.node(yaml.ScalarNode, value, "!!bool")
	}
	return r.node(yaml.ScalarNode, value, "!!str")
}

// quoted reads a scalar in quotes.
func (r *flowReader) quoted(style yaml.Style) *yaml.Node {
	quote := r.peek()
	r.at++
	begin := r.at
	escaped := false
	for ; ; r.at++ {
		c := r.peek()
		next := r.byteAt(r.at + 1)
		switch {
		case c < ' ' || c == 0x7f:
			return nil
		case c == '\\' && quote == '"':
			if next != '"' && next != '\\' && next != 'n' && next != 't' {
				return nil
			}
			escaped = true
			r.at++
		case c == quote && quote == '\'' && next == quote:
			escaped = true
			r.at++
		case c == quote:
			value := r.text[begin:r.at]
			if escaped {
				value = unescape[quote].Replace(value)
			}
			r.at++
			n := r.node(yaml.ScalarNode, value, "!!str")
			n.Style = style
			return n
		}
	}
}

// unescape undoes the escapes in a quoted scalar, by its quote.
var unescape = map[byte]*strings.Replacer{
	'"':  strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\n`, "\n", `\t`, "\t"),
	'\'': strings.NewReplacer(`''`, `'`),
}

// isPlainStart reports whether a scalar without quotes may begin at hand. Some others may
// begin otherwise.
func (r *flowReader) isPlainStart() bool {
	c := r.peek()
	if c == '-' {
		c = r.byteAt(r.at + 1)
		return '0' <= c && c <= '9'
	}
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '/' || c == '_' || c == '.' || c >= 0x80
}

// gather makes a collection of the items from one on.
func (r *flowReader) gather(kind yaml.Kind, begin int) *yaml.Node {
	n := r.node(kind, "", "")
	n.Content = slices.Clone(r.items[begin:])
	r.items = r.items[:begin]
	return n
}

// push adds an item to the current collection, if there is one.
func (r *flowReader) push(n *yaml.Node) bool {
	r.items = append(r.items, n)
	return n != nil
}

// node returns a new node; they are made many at a time.
func (r *flowReader) node(kind yaml.Kind, value, tag string) *yaml.Node {
	if len(r.free) == 0 {
		r.free = make([]yaml.Node, 64)
	}
	n := &r.free[0]
	r.free = r.free[1:]
	n.Kind, n.Value, n.Tag, n.Line = kind, value, tag, r.line
	return n
}

// peek returns the byte at hand, or 0 at the end.
func (r *flowReader) peek() byte { return r.byteAt(r.at) }

func (r *flowReader) byteAt(i int) byte {
	if i < len(r.text) {
		return r.text[i]
	}
	return 0
}

func (r *flowReader) skipSpaces() {
	for r.peek() == ' ' {
		r.at++
	}
}
