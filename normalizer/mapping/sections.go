package mapping

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// section is what stands under one key of the file and could be read without the YAML
// parser: its first items, each a collection on one line.
type section struct {
	line  int // of the key, from 1
	items []*yaml.Node
}

// sectionKey matches the line of a key whose value is on the lines below it.
var sectionKey = regexp.MustCompile(`^[a-z]+: *(#.*)?\r?$`)

// standIn is what the YAML parser reads in place of an item of a section.
const standIn = "x"

// cutSections reads the sections of a file as far as it can, and returns them with the
// text that is left for the YAML parser: a stand-in for each item, on the same line.
func cutSections(lines []string) ([]section, string) {
	var sections []section
	var left strings.Builder
	left.Grow(1 << 12)
	var reader flowReader
	open := false // whether what comes next belongs to the last section
	for i, line := range lines {
		if i > 0 {
			left.WriteByte('\n')
		}
		if line != "" && line[0] != ' ' && line[0] != '#' && line != "\r" {
			if open = sectionKey.MatchString(line); open {
				sections = append(sections, section{line: i + 1})
			}
		} else if open && strings.Trim(line, " \r") != "" && strings.TrimLeft(line, " ")[0] != '#' {
			last := &sections[len(sections)-1]
			begin := itemOf(line)
			var item *yaml.Node
			if begin > 0 {
				item = reader.read(line, begin, i+1)
			}
			if open = item != nil; open {
				last.items = append(last.items, item)
				line = line[:begin] + standIn
			}
		}
		left.WriteString(line)
	}
	return sections, left.String()
}

// itemOf returns where the collection of an item begins: behind `  - ` or `  name: `. It
// is 0 if the line is no such item.
func itemOf(line string) int {
	begin := max(strings.IndexAny(line, "{["), 0)
	before, ok := strings.CutPrefix(line[:begin], "  ")
	if before == "- " {
		return begin
	}
	name, isPair := strings.CutSuffix(before, ": ")
	if !ok || !isPair || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return 0
	}
	return begin
}

// join puts the items of sections where their stand-ins are in the parsed file. It
// reports whether all of them had one, as they do unless what looked like a section
// was the text of something else.
func join(root *yaml.Node, sections []section) bool {
	for _, s := range sections {
		value := root
		for i := 0; i+1 < len(root.Content) && value == root; i += 2 {
			if root.Content[i].Line == s.line {
				value = root.Content[i+1]
			}
		}
		step, offset := 1, 0
		if value.Kind == yaml.MappingNode {
			step, offset = 2, 1
		}
		for i, item := range s.items {
			at := i*step + offset
			if value == root || at >= len(value.Content) || value.Content[at].Line != item.Line || value.Content[at].Value != standIn {
				return false
			}
			value.Content[at] = item
		}
	}
	return true
}
