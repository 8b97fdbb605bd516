package mapping

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// blockReader reads files in the style of nearly all mappings: block collections with
// each value on one line. It makes the same nodes as the YAML parser. The parser takes
// five times as long; it reads the files that have anything else.
type blockReader struct {
	flowReader          // of the line at hand
	lines      []string // of the file
	indent     int      // of the current line; -1 at the end of the file
}

// readBlocks returns the root of a file, or nil if the parser has to read it.
func readBlocks(lines []string) *yaml.Node {
	for _, line := range lines {
		if !isPrintableASCII(line) && strings.ContainsAny(line, "\u0085\u2028\u2029\ufeff") {
			return nil // the parser takes them for the ends of lines
		}
	}
	r := &blockReader{lines: lines}
	r.nextLine()
	if r.indent != 0 {
		return nil
	}
	if root := r.block(0); r.indent < 0 {
		return root
	}
	return nil
}

// nextLine goes to the next line with more than a comment.
func (r *blockReader) nextLine() {
	for r.line < len(r.lines) {
		r.text = strings.TrimSuffix(r.lines[r.line], "\r")
		r.line++
		r.at = 0
		r.skipSpaces()
		if c := r.peek(); c != 0 && c != '#' {
			r.indent = r.at
			return
		}
	}
	r.indent = -1
}

// block reads the collection that begins at the current line. All its items have one
// indent. A deeper line would continue a value; it ends the collection early, so that the
// file is left to the parser.
func (r *blockReader) block(indent int) *yaml.Node {
	r.depth++
	defer func() { r.depth-- }()
	if r.depth >= maxNesting {
		return nil
	}
	kind, item := yaml.MappingNode, r.member
	if strings.HasPrefix(r.text[r.at:], "- ") {
		kind, item = yaml.SequenceNode, r.entry
	}
	begin, line := len(r.items), r.line
	for r.indent == indent {
		if !item() {
			return nil
		}
	}
	n := r.gather(kind, begin)
	n.Line = line
	return n
}

// entry reads one item of a sequence.
func (r *blockReader) entry() bool {
	if !strings.HasPrefix(r.text[r.at:], "- ") {
		return false
	}
	r.at += len("- ")
	if r.keyEnd() > 0 { // a mapping begins on this line
		r.indent = r.at
		return r.push(r.block(r.at))
	}
	return r.push(r.single())
}

// member reads one key with its value.
func (r *blockReader) member() bool {
	indent, end := r.indent, r.keyEnd()
	if end == 0 || !r.push(r.scalar(r.text[r.at:end])) {
		return false
	}
	r.at = end + 1
	if !r.isLineEnd() {
		r.skipSpaces()
		return r.push(r.single())
	}
	r.nextLine()
	return r.indent > indent && r.push(r.block(r.indent))
}

// keyEnd returns where the key at hand ends, or 0 if there is none.
func (r *blockReader) keyEnd() int {
	const longest = 100
	for i := r.at; i < len(r.text) && i < r.at+longest; i++ {
		switch c := r.text[i]; {
		case c == ':' && i > r.at && (i+1 == len(r.text) || r.text[i+1] == ' '):
			return i
		case (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' && (i == r.at || (c < '0' || c > '9') && c != '-' && c != '.'):
			return 0
		}
	}
	return 0
}

// single reads the value that the line ends with.
func (r *blockReader) single() *yaml.Node {
	var n *yaml.Node
	switch r.peek() {
	case '{', '[', '"', '\'':
		n = r.value()
	default:
		n = r.plainLine()
	}
	if n == nil || !r.isLineEnd() {
		return nil
	}
	r.nextLine()
	return n
}

// plainLine reads a scalar without quotes, up to a comment or the end of the line.
func (r *blockReader) plainLine() *yaml.Node {
	value, comment, _ := strings.Cut(r.text[r.at:], " #")
	if isGlued(comment) {
		return nil
	}
	value = strings.TrimRight(value, " ")
	if value == "" || !r.isPlainStart() || strings.ContainsAny(value, "\t\r") || strings.Contains(value+" ", ": ") {
		return nil
	}
	r.at += len(value)
	return r.scalar(value)
}

// isLineEnd reports whether nothing but a comment follows.
func (r *blockReader) isLineEnd() bool {
	rest := strings.TrimLeft(r.text[r.at:], " ")
	return rest == "" || rest[0] == '#' && r.text[r.at] == ' '
}
