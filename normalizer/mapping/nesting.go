package mapping

import (
	"bytes"
	"regexp"
	"strings"
)

// blockItem matches a line that begins an item or a member of a block collection.
var blockItem = regexp.MustCompile(`^ *(- |[a-z_]+: )`)

// nestingOf returns the first line on which flow collections or block sequences nest
// deeper than allowed, or 0. It runs before the YAML parser, which takes very long on
// deeply nested input.
func nestingOf(data []byte) int {
	depth, line := 0, 0
	var quote byte
	for text := range bytes.Lines(data) {
		line++
		dashes := 0
		if blockItem.Match(text) {
			depth = 0 // no flow collection continues here: the brackets before were text
		}
		for i := 0; i < len(text); i++ {
			c := text[i]
			switch {
			case quote != 0:
				if c == '\\' && quote == '"' {
					i++
				} else if c == quote {
					quote = 0
				}
			case (c == '"' || c == '\'') && (i == 0 || strings.IndexByte(" \t[{,:-", text[i-1]) >= 0):
				quote = c
			case c == '#' && (i == 0 || text[i-1] == ' '):
				i = len(text)
			case c == '[' || c == '{':
				depth++
			case c == ']' || c == '}':
				depth--
			case c == '-':
				dashes++
			}
			if depth > maxNesting || dashes > maxNesting && strings.Trim(string(text[:i]), "- ?") == "" {
				return line
			}
		}
	}
	return 0
}
