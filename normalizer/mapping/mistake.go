package mapping

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"
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
	{"the name of a header field", headerName, func(s string) string { return headerPrefix + s }},
	{"not separated by dots", arrow, func(s string) string { return arrow.ReplaceAllString(s, ".") }},
}

// headerName matches header fields that are no members of bodies.
var headerName = regexp.MustCompile(`^(?:X-[A-Z][A-Za-z-]*|WWW-Authenticate|Retry-After|Content-Type)$`)

// arrow matches the separator of names in the paths of PHP and SQL.
var arrow = regexp.MustCompile(`->>?`)

// headerElsewhere matches the beginning of a header field in the syntax of other tools.
var headerElsewhere = regexp.MustCompile(`^(?i:headers?:|headers\.|response\.headers?\.) *`)

var (
	brackets = regexp.MustCompile(`\[['"]?([^\]'"]*)['"]?\]`)
	regular  = regexp.MustCompile(`^\^|\$$|\.[*+]|\\[dwsb]|\[[^\]]*-[^\]]*\]|\([^)]*\|[^)]*\)`)

	// A text may have brackets, and a full stop before the star that stands for the rest.
	regularText = regexp.MustCompile(`^\^|\$$|^\.\*| \.\*|\\[dwsb]|\(\?|\([^)]*\|[^)]*\)`)

	// slashed matches a regular expression between slashes, and likeText a pattern of SQL.
	slashed  = regexp.MustCompile(`^/(.+)/[a-z]*$`)
	likeText = regexp.MustCompile(`^%.*%$`)
)

// quoted reports whether a value is in typographic quotes, which YAML takes for letters.
func quoted(value string) bool {
	first, _ := utf8.DecodeRuneInString(value)
	last, _ := utf8.DecodeLastRuneInString(value)
	return strings.ContainsRune("“„”‘‚’«»", first) && strings.ContainsRune("”“’‘»«", last)
}

// checkText refuses patterns of texts that are regular expressions.
func checkText(spelled string) error {
	switch {
	case quoted(spelled):
		return fmt.Errorf("pattern %q is in typographic quotes: write straight ones", spelled)
	case slashed.MatchString(spelled):
		return fmt.Errorf("pattern %q is a regular expression: write plain text without the slashes, with * for any text", spelled)
	case likeText.MatchString(spelled):
		return fmt.Errorf("pattern %q has %% for any text: write %q", spelled, "*"+strings.Trim(spelled, "%")+"*")
	case alternatives.MatchString(spelled):
		return fmt.Errorf("pattern %q is a regular expression: write a list, as in [%s]", spelled, strings.ReplaceAll(spelled, "|", ", "))
	}
	if !strings.ContainsAny(spelled, `^$\(`) && !strings.HasPrefix(spelled, ".") && !strings.Contains(spelled, " .*") || !regularText.MatchString(spelled) {
		return nil
	}
	plain := strings.NewReplacer(".*", "*").Replace(strings.TrimSuffix(strings.TrimPrefix(spelled, "^"), "$"))
	if regularText.MatchString(plain) {
		return fmt.Errorf("pattern %q is a regular expression: write plain text, with * for any text", spelled)
	}
	return fmt.Errorf("pattern %q is a regular expression: write %q, where * is any text", spelled, plain)
}

// alternatives matches words with bars between them, which no text of a provider has.
var alternatives = regexp.MustCompile(`^[\w* ]*\w\|\w[\w* |]*$`)

// pathVariable matches a variable segment as routers of applications write it.
var pathVariable = regexp.MustCompile(`/:[A-Za-z_]\w*|/\{[^/{}]*\}`)

// checkEndpointPath refuses patterns that no path of a request matches. Paths are
// compared decoded, and without query, parameters, doubled slashes and dot segments.
func checkEndpointPath(spelled string) error {
	if strings.Contains(spelled, "://") {
		if u, err := url.Parse(spelled); err == nil {
			return fmt.Errorf("path %q is a URL: write its path alone, %s", spelled, cmp.Or(u.Path, "/"))
		}
	}
	if strings.HasPrefix(spelled, "^") {
		return fmt.Errorf("path %q is a regular expression: write * for any text, as in /api/*", spelled)
	}
	if i := strings.IndexByte(spelled, ','); i > 0 && (i == len(spelled)-1 || spelled[i+1] == ' ') {
		return fmt.Errorf("path %q has a comma: a list in a mapping is [/a, /b], and a Caddyfile has spaces alone between paths", spelled)
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
	if !strings.ContainsAny(spelled, "$/[:>-") && !strings.Contains(spelled, "eaders.") { // as hardly any path does: expressions take long
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
	if quoted(code) {
		return fmt.Errorf("code %q is in typographic quotes: write straight ones, or none", code)
	}
	if strings.Contains(code, "*") || strings.ContainsAny(code, `^$+\[(`) && regular.MatchString(code) {
		return fmt.Errorf("code %q looks like a pattern, and codes are compared as they are: name each code, or match description or when in a mapping file, where * is any text", code)
	}
	return nil
}
