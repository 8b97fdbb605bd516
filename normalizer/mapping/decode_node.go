package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// nodes reads YAML nodes and collects every mistake it meets.
type nodes struct {
	lines    []string // of the file
	problems []Problem
}

// problem records a mistake at a line.
func (d *nodes) problem(line int, format string, args ...any) {
	p := Problem{Line: min(max(line, 1), len(d.lines)), Reason: fmt.Sprintf(format, args...)}
	for p.Line > 1 && strings.TrimSpace(d.lines[p.Line-1]) == "" {
		p.Line-- // for an early end of the file, show the last line
	}
	p.Text = visible(d.lines[p.Line-1])
	d.problems = append(d.problems, p)
}

// visible returns a line with escapes for characters that a terminal does not show, or
// takes for commands.
func visible(line string) string {
	isOdd := func(r rune) bool { return r == utf8.RuneError || r != '\t' && !unicode.IsPrint(r) && r != '\r' }
	if isPrintableASCII(line) || !strings.ContainsFunc(line, isOdd) {
		return line
	}
	return strings.ReplaceAll(strings.Trim(strconv.Quote(line), `"`), `\"`, `"`)
}

// keys has the known keys of a YAML mapping, with a reader for each.
type keys map[string]func(*yaml.Node)

// object reads a YAML mapping with known keys. Messages call it by what.
func (d *nodes) object(n *yaml.Node, what string, known keys) {
	if n.Kind != yaml.MappingNode {
		d.problem(n.Line, "%s must be %s, not %s", what, shapeOf(what), describeNode(n))
		return
	}
	var seen []string // of the known keys, which are few
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read, ok := known[key.Value]
		glued, rest, colon := strings.Cut(key.Value, ":")
		switch {
		case !ok && colon && known[glued] != nil:
			d.problem(key.Line, "unknown key %q in %s: write a space behind the colon, as in %s: %s", key.Value, what, glued, rest)
		case !ok && key.Kind == yaml.ScalarNode && value.Tag == "!!null" && n.Style&yaml.FlowStyle != 0:
			d.problem(key.Line, "unknown key %q in %s: if it is the rest of the text before it, put the whole text in quotes", key.Value, what)
		case key.Kind != yaml.ScalarNode || !ok:
			d.problem(key.Line, "unknown key %q in %s: %s", key.Value, what, registry.Choose(key.Value, slices.Sorted(maps.Keys(known))))
		case slices.Contains(seen, key.Value):
			d.problem(key.Line, "key %q stands twice in %s: keep one", key.Value, what)
		default:
			seen = append(seen, key.Value)
			read(value)
		}
	}
}

// shapeOf describes a YAML mapping with known keys, by an example.
func shapeOf(what string) string {
	switch what {
	case "the mapping":
		return "lines such as version: 1 and provider: mycorp"
	case "a row":
		return "names with values, as in {status: 403, code: x, error: access_denied}"
	case "expect":
		return "names with values, as in {status: 400, error: access_denied}"
	}
	return "a mapping of names to values"
}

// pairs reads a YAML mapping with free keys.
func (d *nodes) pairs(n *yaml.Node, what string, read func(key, value *yaml.Node)) {
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
			d.problem(key.Line, "key %q stands twice in %s: keep one", key.Value, what)
			continue
		}
		seen[key.Value] = true
		read(key, n.Content[i+1])
	}
}

// sequence reads a YAML sequence.
func (d *nodes) sequence(n *yaml.Node, what string, read func(*yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		d.problem(n.Line, "%s must be a list, not %s: begin each item with a hyphen and a space", what, describeNode(n))
		return
	}
	for _, item := range n.Content {
		read(item)
	}
}

// anyOf reads one scalar, or a list of them that is not empty.
func (d *nodes) anyOf(n *yaml.Node, what string, read func(line int, value string)) {
	if n.Kind != yaml.SequenceNode {
		if value, ok := d.scalar(n, what); ok {
			read(n.Line, value)
		}
		return
	}
	if len(n.Content) == 0 {
		d.problem(n.Line, "%s is an empty list: leave it out, or say what it is", what)
	}
	for _, item := range n.Content {
		if value, ok := d.scalar(item, what); ok {
			read(item.Line, value)
		}
	}
}

// parsed returns a reader of one value or a list of them, which takes each after it is
// parsed. prefix comes before the errors of parse.
func parsed[T any](d *nodes, what, prefix string, parse func(string) (T, error), take func(T)) func(*yaml.Node) {
	read := func(line int, value string) {
		v, err := parse(value)
		if err != nil {
			d.problem(line, "%s%v", prefix, err)
			return
		}
		take(v)
	}
	return func(n *yaml.Node) { d.anyOf(n, what, read) }
}

// names returns a reader of the names of providers, none of them twice.
func (d *nodes) names(target *[]string, what, each string) func(*yaml.Node) {
	read := func(line int, name string) {
		switch {
		case !isName(name):
			d.problem(line, "%s %q: use lower case letters, digits and hyphens", each, name)
		case slices.Contains(*target, name):
			d.problem(line, "%s %q stands twice: name it once", each, name)
		}
		*target = append(*target, name)
	}
	return func(n *yaml.Node) { d.anyOf(n, what, read) }
}

// scalar reads a single value in its spelling. It refuses collections and empty values.
func (d *nodes) scalar(n *yaml.Node, what string) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		if n.Tag == "!!null" {
			d.problem(n.Line, "%s has no value: leave it out, or say what it is", what)
		} else {
			d.problem(n.Line, "%s must be a single value, not %s", what, describeNode(n))
		}
		return "", false
	}
	if comment := strings.TrimPrefix(n.LineComment, "#"); n.Style == 0 && isGlued(comment) {
		d.problem(n.Line, "%s %q ends before #%s, which is a comment: put the whole value in quotes, or a space behind the #", what, n.Value, comment)
		return "", false
	}
	if strings.TrimSpace(n.Value) == "" {
		d.problem(n.Line, "%s is empty: leave it out, or say what it is", what)
		return "", false
	}
	return n.Value, true
}

// isGlued reports whether a comment begins right behind its #. The author of such a
// comment may have meant it as part of the value: `code: E #117`.
func isGlued(comment string) bool {
	return comment != "" && !strings.ContainsAny(comment[:1], " \t#\r")
}

// into returns a reader that stores a scalar.
func (d *nodes) into(target *string, what string) func(*yaml.Node) {
	return func(n *yaml.Node) { *target, _ = d.scalar(n, what) }
}

// integer reads a number between two bounds.
func (d *nodes) integer(n *yaml.Node, what string, low, high int) int {
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
func (d *nodes) yes(n *yaml.Node, what string) bool {
	if n.Tag != "!!bool" || n.Value != "true" {
		d.problem(n.Line, "%s can only be true, not %s: leave it out otherwise", what, describeNode(n))
		return false
	}
	return true
}

// field reads a path, or header.<Name>.
func (d *nodes) field(n *yaml.Node, what string) Field {
	value, ok := d.scalar(n, what)
	if !ok {
		return Field{}
	}
	f, err := ParseField(value)
	if err != nil {
		d.problem(n.Line, "%v", err)
	}
	return f
}

// name reads the name of a provider.
func (d *nodes) name(n *yaml.Node, what string) string {
	name, ok := d.scalar(n, what)
	if ok && !isName(name) {
		d.problem(n.Line, "%s %q: use lower case letters, digits and hyphens", what, name)
	}
	return name
}

// describeNode names the kind of a node for messages.
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

// hasKey reports whether a YAML mapping has a key.
func hasKey(n *yaml.Node, key string) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return true
		}
	}
	return false
}
