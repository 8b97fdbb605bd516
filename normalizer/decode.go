package normalizer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// decoder turns YAML nodes into a Mapping and collects every mistake it meets.
type decoder struct {
	file     string
	lines    []string
	problems []Problem
}

// problem records a mistake at a line.
func (d *decoder) problem(line int, format string, args ...any) {
	p := Problem{Line: min(max(line, 1), len(d.lines)), Reason: fmt.Sprintf(format, args...)}
	for p.Line > 1 && strings.TrimSpace(d.lines[p.Line-1]) == "" {
		p.Line-- // what ends too early is shown by its last line
	}
	p.Text = d.lines[p.Line-1]
	d.problems = append(d.problems, p)
}

// errorLine finds the line number in a message of the YAML parser.
var errorLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// printable refuses what YAML has no place for. The parser refuses it too, but
// without saying where.
func (d *decoder) printable() bool {
	before := len(d.problems)
	for i, line := range d.lines {
		if !utf8.ValidString(line) {
			d.problem(i+1, "not valid UTF-8: save the file as UTF-8")
		} else if j := strings.IndexFunc(line, func(r rune) bool { return r < ' ' && r != '\t' && r != '\r' || r == 0x7f }); j >= 0 {
			d.problem(i+1, "control character %q: write it as an escape in double quotes", line[j])
		}
	}
	return len(d.problems) == before
}

// parse reads the one document of the file, or records why it cannot.
func (d *decoder) parse(data []byte) *yaml.Node {
	if len(data) > maxFileSize {
		d.problem(1, "the file has more than %d bytes: split it, or drop what is not needed", maxFileSize)
		return nil
	}
	if !d.printable() {
		return nil
	}
	if line := nestingOf(data); line > 0 {
		d.problem(line, "nested deeper than %d levels", maxNesting)
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	switch err := dec.Decode(&document); {
	case errors.Is(err, io.EOF), err == nil && document.Content[0].Tag == "!!null":
		d.problem(1, "the file is empty: a mapping starts with version and provider")
		return nil
	case err != nil:
		d.syntax(err)
		return nil
	}
	if err := dec.Decode(&second); err == nil {
		d.problem(second.Line, "a second document: one file holds one mapping")
	} else if !errors.Is(err, io.EOF) {
		d.syntax(err)
	}
	root := document.Content[0]
	if !d.plain(root, 1) {
		return nil
	}
	return root
}

// syntax records an error of the YAML parser.
func (d *decoder) syntax(err error) {
	text := err.Error()
	m := errorLine.FindStringSubmatch(text)
	line, message := 1, text
	if m != nil {
		line, _ = strconv.Atoi(m[1])
		message = text[len(m[0]):]
	}
	if strings.HasPrefix(message, "did not find expected") {
		line++ // the parser counts from 0 where the scanner counts from 1
	}
	d.problem(line, "not valid YAML: %s", message)
}

// plain refuses what mappings do without: anchors, aliases, tags and depth.
func (d *decoder) plain(n *yaml.Node, depth int) bool {
	before := len(d.problems)
	switch {
	case depth > maxNesting:
		d.problem(n.Line, "nested deeper than %d levels", maxNesting)
		return false
	case n.Kind == yaml.AliasNode:
		d.problem(n.Line, "alias *%s: write the value out, anchors and aliases are not read", n.Value)
	case n.Anchor != "":
		d.problem(n.Line, "anchor &%s: write the value out, anchors and aliases are not read", n.Anchor)
	case n.Style&yaml.TaggedStyle != 0:
		d.problem(n.Line, "tag %s: write the value without a tag", n.Tag)
	}
	for _, child := range n.Content {
		if !d.plain(child, depth+1) {
			return false
		}
	}
	return len(d.problems) == before
}

// keys is what may stand in a YAML mapping: a reader for each key.
type keys map[string]func(*yaml.Node)

// object reads a YAML mapping by its keys; what names it in messages.
func (d *decoder) object(n *yaml.Node, what string, known keys) {
	if n.Kind != yaml.MappingNode {
		d.problem(n.Line, "%s must be a mapping of names to values, not %s", what, describeNode(n))
		return
	}
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read, ok := known[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode || !ok:
			d.problem(key.Line, "unknown key %q in %s: use %s", key.Value, what, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		case seen[key.Value]:
			d.problem(key.Line, "key %q stands twice in %s", key.Value, what)
		default:
			read(value)
		}
		seen[key.Value] = true
	}
}

// pairs reads a YAML mapping whose keys are free.
func (d *decoder) pairs(n *yaml.Node, what string, read func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		d.problem(n.Line, "%s must be a mapping of names to values, not %s", what, describeNode(n))
		return
	}
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			d.problem(key.Line, "a name in %s must be text, not %s", what, describeNode(key))
			continue
		}
		if seen[key.Value] {
			d.problem(key.Line, "key %q stands twice in %s", key.Value, what)
			continue
		}
		seen[key.Value] = true
		read(key, n.Content[i+1])
	}
}

// sequence reads a YAML sequence.
func (d *decoder) sequence(n *yaml.Node, what string, read func(*yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		d.problem(n.Line, "%s must be a list, not %s", what, describeNode(n))
		return
	}
	for _, item := range n.Content {
		read(item)
	}
}

// anyOf reads one scalar, or a list of them that is not empty.
func (d *decoder) anyOf(n *yaml.Node, what string, read func(line int, value string)) {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
		if len(items) == 0 {
			d.problem(n.Line, "%s is an empty list: leave it out, or say what it is", what)
		}
	}
	for _, item := range items {
		if value, ok := d.scalar(item, what); ok {
			read(item.Line, value)
		}
	}
}

// scalar reads a value that is neither a collection nor empty, as spelled.
func (d *decoder) scalar(n *yaml.Node, what string) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		d.problem(n.Line, "%s must be a single value, not %s", what, describeNode(n))
		return "", false
	}
	if strings.TrimSpace(n.Value) == "" {
		d.problem(n.Line, "%s is empty: leave it out, or say what it is", what)
		return "", false
	}
	return n.Value, true
}

// into returns a reader that stores a scalar.
func (d *decoder) into(target *string, what string) func(*yaml.Node) {
	return func(n *yaml.Node) { *target, _ = d.scalar(n, what) }
}

// integer reads a number between two bounds.
func (d *decoder) integer(n *yaml.Node, what string, low, high int) int {
	value, ok := d.scalar(n, what)
	if !ok {
		return 0
	}
	i, err := strconv.Atoi(value)
	if err != nil || i < low || i > high {
		d.problem(n.Line, "%s %q: use a number from %d to %d", what, value, low, high)
		return 0
	}
	return i
}

// yes reads a value that can only be true.
func (d *decoder) yes(n *yaml.Node, what string) bool {
	if n.Tag != "!!bool" || n.Value != "true" {
		d.problem(n.Line, "%s can only be true, not %s: leave it out otherwise", what, describeNode(n))
		return false
	}
	return true
}

// describeNode says what a node is, for messages.
func describeNode(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null":
		return "nothing"
	}
	return strconv.Quote(n.Value)
}
