package wire

import (
	"bytes"
	"strings"
)

// maxYAMLDepth is how many levels the line reader follows.
const maxYAMLDepth = 4

// parseYAML reads the YAML that APIs send instead of JSON on request: nested
// mappings of names to scalars, one a line. Lists, block scalars and flow
// collections are passed over. A YAML library is no choice here: the cost of the
// usual ones grows faster than hostile input does.
func parseYAML(body []byte) (Tree, error) {
	root := &yamlLevel{indent: -1}
	open := []*yamlLevel{root}
	lines := 0
	for line := range bytes.Lines(body) {
		if lines++; lines > maxValues {
			return Tree{}, ErrBounds
		}
		text := strings.TrimRight(string(line), " \t\r\n")
		content := strings.TrimLeft(text, " ")
		if content == "" || content[0] == '#' || content[0] == '-' {
			continue
		}
		name, value, ok := yamlPair(content)
		if !ok {
			continue
		}
		indent := len(text) - len(content)
		for indent <= open[len(open)-1].indent {
			open = open[:len(open)-1]
		}
		if len(open) > maxYAMLDepth {
			continue
		}
		parent := open[len(open)-1]
		if value == "" {
			level := &yamlLevel{indent: indent, name: name}
			parent.levels = append(parent.levels, level)
			open = append(open, level)
		} else if scalar, ok := yamlScalar(value); ok {
			parent.scalars = parent.scalars.set(name, scalar)
		}
	}
	o := root.object()
	if len(o) == 0 {
		return Tree{}, ErrInvalid
	}
	return o.tree(), nil
}

// yamlLevel is a mapping whose lines are still being read.
type yamlLevel struct {
	indent  int
	name    string
	scalars object
	levels  []*yamlLevel
}

func (l *yamlLevel) object() object {
	o := l.scalars
	for _, level := range l.levels {
		if inner := level.object(); len(inner) > 0 {
			o = o.set(level.name, inner)
		}
	}
	return o
}

// yamlPair cuts `name: value`.
func yamlPair(content string) (name, value string, ok bool) {
	if strings.HasSuffix(content, ":") {
		content += " "
	}
	name, value, ok = strings.Cut(content, ": ")
	if unquoted, ok := yamlScalar(name); ok {
		name = unquoted
	}
	return name, strings.TrimSpace(value), ok && name != ""
}

// yamlScalar returns the text of a plain or quoted scalar. Null and everything
// that is no single-line scalar is none.
func yamlScalar(value string) (string, bool) {
	switch value[0] {
	case '\'':
		inner, ok := quotedYAML(value, '\'')
		return strings.ReplaceAll(inner, "''", "'"), ok
	case '"':
		inner, ok := quotedYAML(value, '"')
		return strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\n`, "\n", `\t`, "\t").Replace(inner), ok
	case '|', '>', '{', '[', '&', '*', '!', '%', '@', '`':
		return "", false
	}
	if i := strings.Index(value, " #"); i >= 0 {
		value = strings.TrimSpace(value[:i])
	}
	switch strings.ToLower(value) {
	case "~", "null":
		return "", false
	}
	return value, value != ""
}

// quotedYAML returns what stands between the quotes.
func quotedYAML(value string, quote byte) (string, bool) {
	end := strings.LastIndexByte(value, quote)
	if end < 1 {
		return "", false
	}
	return value[1:end], true
}
