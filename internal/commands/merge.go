package commands

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// String returns the draft as a mapping file.
func (d *draft) String() string {
	text := "version: 1\nprovider: " + d.provider + "\n"
	for _, list := range append([]itemList{{"endpoints", d.endpoints}}, d.lists()...) {
		if len(list.items) > 0 {
			text += "\n" + list.name + ":\n" + indented(list.items, "  ", "\n")
		}
	}
	return text
}

// itemList is a list of a mapping file, with items to add to it.
type itemList struct {
	name  string
	items []string
}

func (d *draft) lists() []itemList {
	return []itemList{{"read", d.read}, {"errors", d.errors}, {"examples", d.examples}}
}

func indented(items []string, indent, eol string) string {
	var b strings.Builder
	for _, item := range items {
		b.WriteString(indent + item + eol)
	}
	return b.String()
}

// mergedInto returns the text of a mapping file with the draft added to it. New items
// follow the existing items of their list, and no other byte of the file changes.
func (d *draft) mergedInto(file, text string) (string, error) {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	if len(document.Content) == 0 || document.Content[0].Kind != yaml.MappingNode || document.Content[0].Style&yaml.FlowStyle != 0 {
		return "", fmt.Errorf("%s: cannot add rows to a file in one line: write each key on a line of its own, and try again", file)
	}
	eol := "\n"
	if strings.Contains(text, "\r\n") {
		eol = "\r\n"
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += eol
	}
	sections, lines := sectionsOf(document.Content[0], text), strings.SplitAfter(text, "\n")
	behind := "" // the file
	lists := d.lists()
	slices.SortFunc(lists, func(a, b itemList) int { return sections[b.name].key - sections[a.name].key }) // from below
	for _, list := range lists {
		s, ok := sections[list.name]
		switch {
		case len(list.items) == 0:
		case !ok:
			continue
		case s.value.Kind == yaml.SequenceNode && s.value.Style&yaml.FlowStyle != 0 && len(s.value.Content) > 0:
			return "", fmt.Errorf("%s:%d: %s is a list in brackets: write each item on its own line, and try again", file, s.key, list.name)
		default:
			lines[s.key-1] = strings.Replace(lines[s.key-1], "[]", "", 1)
			at := s.end(lines)
			lines = slices.Insert(lines, at, indented(list.items, s.indent(lines), eol))
		}
	}
	for _, list := range d.lists() {
		if _, ok := sections[list.name]; !ok && len(list.items) > 0 {
			behind += eol + list.name + ":" + eol + indented(list.items, "  ", eol)
		}
	}
	return strings.Join(lines, "") + behind, nil
}

// section is a key at the top of a mapping file with its value. Lines count from 1.
type section struct {
	key, next int // the line of the key, and of the next one, or behind the file
	value     *yaml.Node
}

func sectionsOf(root *yaml.Node, text string) map[string]section {
	sections := make(map[string]section)
	for i := 0; i+1 < len(root.Content); i += 2 {
		next := strings.Count(text, "\n") + 1
		if i+2 < len(root.Content) {
			next = root.Content[i+2].Line
		}
		sections[root.Content[i].Value] = section{root.Content[i].Line, next, root.Content[i+1]}
	}
	return sections
}

// end returns the index of the line behind the section. Blank lines and unindented
// comments before the next section belong to that section.
func (s section) end(lines []string) int {
	at := s.next - 1
	for at > s.key {
		line := strings.TrimRight(lines[at-1], " \t\r\n")
		if line != "" && !strings.HasPrefix(line, "#") && line != "..." {
			break
		}
		at--
	}
	return at
}

// indent returns the indentation of the items of the section.
func (s section) indent(lines []string) string {
	if s.value.Kind == yaml.SequenceNode && len(s.value.Content) > 0 {
		for at := s.value.Content[0].Line; at > s.key; at-- {
			line := lines[at-1]
			if item := strings.TrimLeft(line, " "); strings.HasPrefix(item, "-") {
				return line[:len(line)-len(item)]
			}
		}
	}
	return "  "
}
