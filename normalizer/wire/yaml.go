package wire

import "strings"

// maxYAMLDepth is how many levels the line reader follows.
const maxYAMLDepth = 4

// parseYAML reads the YAML that APIs send instead of JSON on request: nested mappings of
// names to scalars, one on each line. It skips lists, block scalars and flow collections,
// and the last line of a cut body unless its line end is there. It does not use a YAML
// library, because the cost of the usual ones grows faster than hostile input.
func parseYAML(body string, cut bool) (Tree, error) {
	if cut {
		body = body[:strings.LastIndexByte(body, '\n')+1]
	}
	root := &yamlLevel{indent: -1}
	open := []*yamlLevel{root}
	lines, passed := 0, -1 // lines deeper than passed are skipped; -1 for none
	for line := range strings.Lines(body) {
		if lines++; lines > maxValues {
			return Tree{}, ErrBounds
		}
		text := strings.TrimRight(line, " \t\r\n")
		content := strings.TrimLeft(text, " ")
		indent := len(text) - len(content)
		if content == "" || content[0] == '#' || passed >= 0 && indent > passed {
			continue
		}
		passed = -1
		name, value, ok := yamlPair(content)
		if !ok {
			passed = indent
			continue
		}
		for indent <= open[len(open)-1].indent {
			open = open[:len(open)-1]
		}
		parent := open[len(open)-1]
		if value == "" {
			open = append(open, &yamlLevel{indent: indent, name: name, parent: parent})
		} else if scalar, ok := yamlScalar(value); !ok {
			passed = indent
		} else if len(open) <= maxYAMLDepth {
			parent.link()
			parent.object.set(name, scalar)
		}
	}
	if root.object.isEmpty() {
		return Tree{}, ErrInvalid
	}
	return root.object.tree(), nil
}

// yamlLevel is a mapping with lines that are still being read.
type yamlLevel struct {
	indent int
	name   string
	parent *yamlLevel // nil for the root, and behind link
	object object
}

// link makes the level a member of the level above. An empty level never becomes a
// member.
func (l *yamlLevel) link() {
	if parent := l.parent; parent != nil {
		l.parent = nil
		parent.link()
		parent.object.add(objectMember{name: l.name, object: &l.object})
	}
}

// yamlPair cuts `name: value`. List items and complex keys are none.
func yamlPair(content string) (name, value string, ok bool) {
	if strings.HasSuffix(content, ":") {
		content += " "
	}
	name, value, ok = strings.Cut(content, ": ")
	if !ok || name == "" || name[0] == '-' || name[0] == '?' {
		return "", "", false
	}
	if unquoted, ok := yamlScalar(name); ok {
		name = unquoted
	}
	if value = strings.TrimSpace(value); strings.HasPrefix(value, "#") {
		value = ""
	}
	return name, value, true
}

// yamlScalar returns the text of a plain or quoted scalar on one line. Anything else,
// such as null, has no text.
func yamlScalar(value string) (string, bool) {
	switch value[0] {
	case '\'', '"':
		return quotedYAML(value)
	case '|', '>', '{', '[', '&', '*', '!', '%', '@', '`':
		return "", false
	}
	if i := strings.Index(value, " #"); i >= 0 {
		value = strings.TrimSpace(value[:i])
	}
	if value == "~" || strings.EqualFold(value, "null") {
		return "", false
	}
	return value, value != ""
}

// quotedYAML returns the text between the quotes. Only a comment may follow them.
func quotedYAML(value string) (string, bool) {
	quote := value[0]
	var text strings.Builder
	text.Grow(len(value))
	for i := 1; i < len(value); i++ {
		switch c := value[i]; {
		case c == '\\' && quote == '"' && i+1 < len(value):
			i++
			text.WriteByte(yamlEscape(value[i]))
		case c == quote && quote == '\'' && i+1 < len(value) && value[i+1] == quote:
			i++
			text.WriteByte(quote)
		case c == quote:
			rest := strings.TrimSpace(value[i+1:])
			return text.String(), rest == "" || rest[0] == '#'
		default:
			text.WriteByte(c)
		}
	}
	return "", false
}

// yamlEscape returns the character of an escape in double quotes.
func yamlEscape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	}
	return c
}
