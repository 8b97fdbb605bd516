package mapping

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// foreignPath has the syntaxes of other path languages, with the path to write instead.
var foreignPath = []struct {
	name   string
	fits   *regexp.Regexp
	remedy func(string) string
}{
	{"JSONPath", regexp.MustCompile(`^\$\.?`), func(s string) string { return strings.TrimLeft(s, "$.") }},
	{"a JSON pointer", regexp.MustCompile(`^/`), func(s string) string { return strings.ReplaceAll(strings.Trim(s, "/"), "/", ".") }},
	{"an index in brackets", regexp.MustCompile(`\[\d+\]`), func(s string) string { return s }},
	{"not how a header field is spelled", headerElsewhere, func(s string) string { return headerElsewhere.ReplaceAllString(s, headerPrefix) }},
}

// headerElsewhere matches the beginning of a header field in the syntax of other tools.
var headerElsewhere = regexp.MustCompile(`^(?i:headers?:|headers\.|response\.headers?\.) *`)

var (
	brackets = regexp.MustCompile(`\[['"]?([^\]'"]*)['"]?\]`)
	regular  = regexp.MustCompile(`^\^|\$$|\.[*+]|\\[dwsb]|\[[^\]]*-[^\]]*\]|\([^)]*\|[^)]*\)`)

	// A text may have brackets, and a full stop before the star that stands for the rest.
	regularText = regexp.MustCompile(`^\^|\$$|^\.\*|\\[dwsb]|\(\?|\([^)]*\|[^)]*\)`)
)

// checkText refuses patterns of texts that are regular expressions.
func checkText(spelled string) error {
	if !strings.ContainsAny(spelled, `^$\(`) && !strings.HasPrefix(spelled, ".") || !regularText.MatchString(spelled) {
		return nil
	}
	plain := strings.NewReplacer(".*", "*").Replace(strings.TrimSuffix(strings.TrimPrefix(spelled, "^"), "$"))
	if regularText.MatchString(plain) {
		return fmt.Errorf("pattern %q is a regular expression: write plain text, with * for any text", spelled)
	}
	return fmt.Errorf("pattern %q is a regular expression: write %q, where * is any text", spelled, plain)
}

// pathVariable matches a variable segment as routers of applications write it.
var pathVariable = regexp.MustCompile(`/:[A-Za-z_]\w*|/\{[^/{}]*\}`)

// checkEndpointPath refuses patterns that no path of a request matches. Those are compared
// decoded, and without query, parameters, doubled slashes and dot segments.
func checkEndpointPath(spelled string) error {
	if strings.Contains(spelled, "://") {
		if u, err := url.Parse(spelled); err == nil {
			return fmt.Errorf("path %q is a URL: write its path alone, %s", spelled, cmp.Or(u.Path, "/"))
		}
	}
	if !strings.HasPrefix(spelled, "/") && !strings.HasPrefix(spelled, "*") {
		return fmt.Errorf("path %q: begin it with / or *", spelled)
	}
	if i := strings.IndexAny(spelled, "?#;"); i >= 0 {
		return fmt.Errorf("path %q: only the path is compared, without %q and what follows: write %s", spelled, spelled[i], spelled[:i])
	}
	if strings.ContainsAny(spelled, ":{") && pathVariable.MatchString(spelled) {
		return fmt.Errorf("path %q: write * for the part that varies: %s", spelled, pathVariable.ReplaceAllString(spelled, "/*"))
	}
	if strings.ContainsAny(spelled, `^$+\[(`) && regular.MatchString(spelled) || strings.Contains(spelled, "/.*") {
		return fmt.Errorf("path %q is a regular expression: write * for any text, as in /api/*", spelled)
	}
	seen, err := url.PathUnescape(spelled)
	if err != nil {
		seen = spelled
	}
	if seen = path.Clean(seen); seen != spelled && seen+"/" != spelled {
		return fmt.Errorf("path %q: paths are compared decoded, without doubled slashes and without dots: write %s", spelled, seen)
	}
	return nil
}

// checkPath refuses paths in the syntax of other languages: here they would be names that
// no response has.
func checkPath(spelled string) error {
	if !strings.ContainsAny(spelled, "$/[:") && !strings.Contains(spelled, "eaders.") { // as hardly any path does: expressions take long
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

// checkCode refuses codes that no response can have, and codes that look like patterns.
func checkCode(code string) error {
	if n := len(FoldCode(nil, code)); n == 0 || n > MaxCode {
		return fmt.Errorf("code %q: use 1 to %d characters besides - _ and white space", code, MaxCode)
	}
	if strings.Contains(code, "*") || strings.ContainsAny(code, `^$+\[(`) && regular.MatchString(code) {
		return fmt.Errorf("code %q looks like a pattern, and codes are compared as they are: name each code, or match description or when in a mapping file, where * is any text", code)
	}
	return nil
}

// remedyOf returns advice for a line that is not valid YAML, for the commonest mistakes,
// or nothing.
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
	case strings.Count(line, `"`)%2 == 1:
		return `a " without its second: close it, or put the value in single quotes`
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
