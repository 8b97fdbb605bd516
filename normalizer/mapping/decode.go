package mapping

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// parse returns the root of the file's only document, or records a mistake.
func parse(d *nodes, data []byte) *yaml.Node {
	if len(data) > maxFileSize {
		d.problem(1, "the file has more than %d bytes: split it, or drop what is not needed", maxFileSize)
		return nil
	}
	if !isPrintable(d) {
		return nil
	}
	if root := readBlocks(d.lines); root != nil {
		return root
	}
	if line := nestingOf(data); line > 0 {
		d.problem(line, "nested deeper than %d levels", maxNesting)
		return nil
	}
	root := parseYAML(d, data)
	if root == nil || !isPlain(d, root, 1) {
		return nil
	}
	return root
}

// parseYAML returns the root of the only document of a text, or records a mistake.
func parseYAML(d *nodes, data []byte) *yaml.Node {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	switch err := dec.Decode(&document); {
	case errors.Is(err, io.EOF), err == nil && document.Content[0].Tag == "!!null":
		d.problem(1, "the file is empty: a mapping starts with version and provider")
		return nil
	case err != nil:
		syntaxProblem(d, err)
		return nil
	}
	if err := dec.Decode(&second); err == nil {
		d.problem(second.Line, "a second document: one file holds one mapping")
	} else if !errors.Is(err, io.EOF) {
		syntaxProblem(d, err)
	}
	return document.Content[0]
}

// isPrintable refuses characters that YAML does not allow. The parser refuses them too,
// but does not say where they are.
func isPrintable(d *nodes) bool {
	before := len(d.problems)
	for i, line := range d.lines {
		if isPrintableASCII(line) {
			continue
		}
		if !utf8.ValidString(line) {
			d.problem(i+1, "not valid UTF-8: save the file as UTF-8")
		} else if j := strings.IndexFunc(line, func(r rune) bool { return r < ' ' && r != '\t' && r != '\r' || r == 0x7f }); j >= 0 {
			d.problem(i+1, "control character %q: write it as an escape in double quotes", line[j])
		}
	}
	return len(d.problems) == before
}

// isPrintableASCII reports whether a line has nothing but printable ASCII and white space.
func isPrintableASCII(line string) bool {
	for i := range len(line) {
		if c := line[i]; (c < ' ' || c > '~') && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

// isPlain refuses the features of YAML that mappings may not use: anchors, aliases, tags
// and deep nesting.
func isPlain(d *nodes, n *yaml.Node, depth int) bool {
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
		if !isPlain(d, child, depth+1) {
			return false
		}
	}
	return len(d.problems) == before
}
