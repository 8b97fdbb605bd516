package normalizer

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// mostEscapes is how many times a path may be escaped to be found.
const mostEscapes = 8

// spellingsOf returns other spellings of a path, folded, that some servers take for the
// same path:
//
//   - escaped more than once, with look-alike or invisible characters, or with
//     backslashes;
//   - with dots and spaces behind a name;
//   - with parameters or a query up to the end;
//   - with segments for a session;
//   - before or behind the name of a script;
//   - with the name of an index, or a suffix for a format.
func spellingsOf(p string) []string {
	var out []string
	add := func(p string) {
		if p = mapping.FoldText(p); p != "/" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	p = plainPath(p)
	whole := p
	if end := strings.IndexAny(p, ";?#\x00"); end >= 0 {
		whole = p[:end]
	}
	for _, p := range [...]string{p, whole} {
		p = trimSegments(cleanPath(strings.Map(shown, p)))
		script, behind := cutScript(p)
		for _, p := range [...]string{p, script, behind} {
			add(p)
			add(strings.TrimSuffix(p, path.Ext(p)))
			if dir, file := path.Split(p); isIndex(file) {
				add(path.Clean(dir))
			}
		}
	}
	return out
}

// plainPath undoes escapes, and replaces characters by their compatible equivalents.
func plainPath(p string) string {
	for range mostEscapes {
		plain, err := url.PathUnescape(p)
		if err != nil || plain == p {
			break
		}
		p = plain
	}
	return strings.ReplaceAll(norm.NFKC.String(p), `\`, "/")
}

// shown drops the characters that are not shown.
func shown(r rune) rune {
	if unicode.In(r, unicode.Cc, unicode.Cf) {
		return -1
	}
	return r
}

// trimSegments drops dots and spaces behind each segment, and the segments in which
// ASP.NET keeps a session: (S(…)).
func trimSegments(p string) string {
	segments := strings.Split(p, "/")
	for i, s := range segments {
		if segments[i] = strings.TrimRight(s, ". "); strings.HasPrefix(s, "(") && strings.HasSuffix(s, "))") {
			segments[i] = ""
		}
	}
	return path.Clean(strings.Join(segments, "/"))
}

// cutScript cuts a path behind the name of a script: behind a segment with a dot.
func cutScript(p string) (script, behind string) {
	for i := 1; i < len(p); i++ {
		if p[i] != '/' {
			continue
		}
		if strings.IndexByte(p[strings.LastIndexByte(p[:i], '/')+1:i], '.') > 0 {
			return p[:i], p[i:]
		}
	}
	return p, p
}

// isIndex reports whether a file is the index of a directory.
func isIndex(file string) bool {
	name, _, ok := strings.Cut(file, ".")
	return ok && (strings.EqualFold(name, "index") || strings.EqualFold(name, "default"))
}
