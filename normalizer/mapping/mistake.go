package mapping

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// foreignPath matches paths of other languages, and what they would be here.
var foreignPath = []struct {
	name   string
	fits   *regexp.Regexp
	remedy func(string) string
}{
	{"JSONPath", regexp.MustCompile(`^\$\.?`), func(s string) string { return strings.TrimLeft(s, "$.") }},
	{"a JSON pointer", regexp.MustCompile(`^/`), func(s string) string { return strings.ReplaceAll(strings.Trim(s, "/"), "/", ".") }},
	{"an index in brackets", regexp.MustCompile(`\[\d+\]`), func(s string) string { return s }},
}

var (
	brackets = regexp.MustCompile(`\[['"]?([^\]'"]*)['"]?\]`)
	regular  = regexp.MustCompile(`^\^|\$$|\.[*+]|\\[dwsb]|\[[^\]]*-[^\]]*\]|\([^)]*\|[^)]*\)`)
)

// checkPath refuses paths that are spelled as other languages spell them: here they are
// names that no response has.
func checkPath(spelled string) error {
	if !strings.ContainsAny(spelled, "$/[") { // as hardly any path does: expressions take long
		return nil
	}
	for _, foreign := range foreignPath {
		if foreign.fits.MatchString(spelled) {
			plain := brackets.ReplaceAllString(foreign.remedy(spelled), ".$1")
			return fmt.Errorf("path %q is %s: write %s", spelled, foreign.name, strings.Trim(plain, "."))
		}
	}
	return nil
}

// checkCode refuses codes that can never be compared, or that were meant as patterns.
func checkCode(code string) error {
	if n := len(FoldCode(nil, code)); n == 0 || n > MaxCode {
		return fmt.Errorf("code %q: use 1 to %d characters besides - _ and white space", code, MaxCode)
	}
	if strings.Contains(code, "*") || strings.ContainsAny(code, `^$+\[(`) && regular.MatchString(code) {
		return fmt.Errorf("code %q looks like a pattern, and codes are compared as they are: name each code, or use description or when, which take * for any text", code)
	}
	return nil
}

// remedyOf says what to do about a line that is not valid YAML, for the mistakes that
// are made most, or nothing.
func remedyOf(line string) string {
	indentation := line[:len(line)-len(strings.TrimLeftFunc(line, unicode.IsSpace))]
	value := unquotedValue.FindStringSubmatch(line)
	switch {
	case strings.Contains(indentation, "\t"):
		return "a tab in the indentation: use spaces"
	case value != nil && strings.ContainsAny(value[1], "*&!%@`|>"):
		return fmt.Sprintf("a value that begins with %s: put it in quotes", value[1])
	case valueWithColon.MatchString(line):
		return "a value with a colon and a space in it: put it in quotes"
	case strings.Count(line, "{") > strings.Count(line, "}"):
		return "a { without its }: close it, or put the value in quotes"
	case strings.Count(line, "[") > strings.Count(line, "]"):
		return "a [ without its ]: close it, or put the value in quotes"
	}
	return ""
}

var (
	unquotedValue  = regexp.MustCompile(`(?:[a-z]: +|[\[,] *)([*&!%@|>` + "`" + `])[^,}\]]`)
	valueWithColon = regexp.MustCompile(`[a-z]: +[^"'{\[ ][^"',{}\[\]]*: `)
)

// tabbed returns the first line that is indented by a tab, from 1, or 0.
func tabbed(lines []string) int {
	return 1 + slices.IndexFunc(lines, func(line string) bool {
		return strings.HasPrefix(strings.TrimLeft(line, " "), "\t") && strings.TrimSpace(line) != ""
	})
}
