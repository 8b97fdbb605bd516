package normalizer

import (
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// mostEscapes is how many times a path may be escaped to be found.
const mostEscapes = 8

// longestPath is how long a path may be to be looked through, in bytes. A client could
// make each of its requests cost more than the answer to it otherwise.
const longestPath = 2 << 10

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
//
// ok is false for a path that is too long to be looked through.
func spellingsOf(p string) (out []string, ok bool) {
	if len(p) > longestPath {
		return nil, false
	}
	add := func(p string) {
		if p = mapping.FoldText(p); p != "/" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	if p = plainPath(p); len(p) > longestPath { // some characters stand for eighteen others
		return nil, false
	}
	whole := p
	if end := strings.IndexAny(p, ";?#\x00"); end >= 0 {
		whole = p[:end]
	}
	for _, p := range [...]string{p, whole} {
		p = trimSegments(cleanPath(strings.Map(shown, p)))
		script, behind := cutScript(p)
		for _, p := range [...]string{p, script, behind} {
			add(p)
			for bare := range withoutSuffixes(p) {
				add(bare)
			}
			if dir, file := path.Split(p); isIndex(file) {
				add(path.Clean(dir))
			}
		}
	}
	return out, true
}

// mostSuffixes is how many suffixes are dropped one by one.
const mostSuffixes = 4

// withoutSuffixes yields a path without the last suffix of its last segment, without
// the last two and so on, and without any.
func withoutSuffixes(p string) iter.Seq[string] {
	return func(yield func(string) bool) {
		name := strings.LastIndexByte(p, '/') + 1
		for range mostSuffixes {
			dot := strings.LastIndexByte(p[name:], '.')
			if dot < 0 {
				return
			}
			if p = p[:name+dot]; !yield(p) {
				return
			}
		}
		if dot := strings.IndexByte(p[name:], '.'); dot >= 0 {
			yield(p[:name+dot])
		}
	}
}

// plainPath undoes escapes, and replaces characters by their compatible equivalents.
func plainPath(p string) string {
	for range mostEscapes {
		plain := unescapePath(p)
		if plain == p {
			break
		}
		p = plain
	}
	return strings.ReplaceAll(norm.NFKC.String(p), `\`, "/")
}

// unescapePath undoes the escapes of a path. What is no escape stays, as lenient servers
// have it: one of those must not hide the others.
func unescapePath(p string) string {
	if strings.IndexByte(p, '%') < 0 {
		return p
	}
	b := make([]byte, 0, len(p))
	for i := 0; i < len(p); i++ {
		if p[i] == '%' && i+2 < len(p) && isHex(p[i+1]) && isHex(p[i+2]) {
			c, _ := strconv.ParseUint(p[i+1:i+3], 16, 8)
			b = append(b, byte(c))
			i += 2
			continue
		}
		b = append(b, p[i])
	}
	return string(b)
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
