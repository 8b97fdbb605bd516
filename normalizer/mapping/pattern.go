package mapping

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxCode is the longest code that a mapping can name, in bytes after folding.
const MaxCode = 128

// maxPattern is the longest pattern a mapping may hold, in bytes.
const maxPattern = 1000

// Pattern matches a whole text. `*` matches any text, `\*` a star. A pattern ignores case
// and treats white space as single spaces, because providers change both between
// releases. The zero Pattern matches nothing.
type Pattern struct {
	spelled string
	parts   []string // the literal parts between the stars, folded
}

// ParsePattern reads a pattern as mappings spell it.
func ParsePattern(spelled string) (Pattern, error) {
	if len(spelled) > maxPattern {
		return Pattern{}, fmt.Errorf("pattern of %d bytes: at most %d are allowed", len(spelled), maxPattern)
	}
	folded := FoldText(spelled)
	if folded == "" {
		return Pattern{}, fmt.Errorf("pattern %q is empty: use * to match any text", spelled)
	}
	p := Pattern{spelled: spelled}
	var part strings.Builder
	for i := 0; i < len(folded); i++ {
		switch {
		case folded[i] == '\\' && i+1 < len(folded) && folded[i+1] == '*':
			i++
			part.WriteByte('*')
		case folded[i] == '*':
			p.parts = append(p.parts, part.String())
			part.Reset()
		default:
			part.WriteByte(folded[i])
		}
	}
	p.parts = append(p.parts, part.String())
	return p, nil
}

// String returns the pattern as the mapping spells it.
func (p Pattern) String() string { return p.spelled }

// MarshalText returns the pattern as the mapping spells it.
func (p Pattern) MarshalText() ([]byte, error) { return []byte(p.spelled), nil }

// Literals returns the literal characters, folded, without the stars.
func (p Pattern) Literals() string { return strings.Join(p.parts, "") }

// Parts returns the literal parts between the stars, folded.
func (p Pattern) Parts() []string { return slices.Clone(p.parts) }

// Tail returns the literal characters behind the last star, folded.
func (p Pattern) Tail() string {
	if len(p.parts) == 0 {
		return ""
	}
	return p.parts[len(p.parts)-1]
}

// Sample returns a text that the pattern matches, with filler for each star.
func (p Pattern) Sample(filler string) string { return strings.Join(p.parts, filler) }

// Weight is the number of literal characters. A pattern with more of them ranks higher.
func (p Pattern) Weight() int {
	n := 0
	for _, part := range p.parts {
		n += len([]rune(part))
	}
	return n
}

// Match reports whether the pattern matches a text from [FoldText]. Its cost is at most
// the length of the text times the number of parts.
func (p Pattern) Match(folded string) bool {
	if len(p.parts) == 0 {
		return false
	}
	first, last := p.parts[0], p.parts[len(p.parts)-1]
	if len(p.parts) == 1 {
		return folded == first
	}
	if len(folded) < len(first)+len(last) || !strings.HasPrefix(folded, first) || !strings.HasSuffix(folded, last) {
		return false
	}
	rest := folded[len(first) : len(folded)-len(last)]
	for _, part := range p.parts[1 : len(p.parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return true
}

// Same reports whether two patterns match the same texts.
func (p Pattern) Same(q Pattern) bool { return slices.Equal(p.parts, q.parts) }

// Overlaps reports whether one pattern matches the shortest text of the other: providers
// are likely to send such a text. Two patterns for different words may also match a text
// with both words, which Overlaps does not report.
func (p Pattern) Overlaps(q Pattern) bool {
	return p.Match(strings.Join(q.parts, "")) || q.Match(strings.Join(p.parts, ""))
}

// Excludes reports whether certainly no text matches both patterns: they begin or end
// differently, or one is plain text that the other does not match.
func (p Pattern) Excludes(q Pattern) bool {
	if len(p.parts) <= 1 || len(q.parts) <= 1 {
		return !p.Overlaps(q)
	}
	a, b := p.parts[0], q.parts[0]
	if !strings.HasPrefix(a, b) && !strings.HasPrefix(b, a) {
		return true
	}
	a, b = p.parts[len(p.parts)-1], q.parts[len(q.parts)-1]
	return !strings.HasSuffix(a, b) && !strings.HasSuffix(b, a)
}

// FoldText returns a text in the form that texts are compared in: in lower case, with
// single spaces and none at the ends.
func FoldText(s string) string {
	if isFolded(s) {
		return s
	}
	var buf [256]byte // stays on the stack
	if len(s) <= len(buf) && foldASCII(buf[:len(s)], s) {
		return string(buf[:len(s)])
	}
	return strings.Join(strings.Fields(strings.ToLower(s)), " ")
}

// isFolded reports whether FoldText would change nothing.
func isFolded(s string) bool {
	last := byte(' ')
	for i := 0; i < len(s); i++ {
		c := s[i]
		if foldedASCII[c] != c || c == ' ' && last == ' ' {
			return false
		}
		last = c
	}
	return s == "" || last != ' '
}

// foldASCII writes a text in lower case into dst, which has its length. It reports
// whether that is all there is to fold: the text is ASCII, with single spaces.
func foldASCII(dst []byte, s string) bool {
	last := byte(' ')
	for i := range dst[:len(s)] {
		c := foldedASCII[s[i]]
		if c == 0 || c == ' ' && last == ' ' {
			return false
		}
		dst[i], last = c, c
	}
	return last != ' '
}

// foldedASCII maps each ASCII letter to lower case, white space to a space, and other
// ASCII characters to themselves. It maps NUL and all other bytes to 0.
var foldedASCII = func() (table [256]byte) {
	for i := range byte(utf8.RuneSelf) {
		switch {
		case isUpper(i):
			table[i] = i + 'a' - 'A'
		case '\t' <= i && i <= '\r':
			table[i] = ' '
		default:
			table[i] = i
		}
	}
	return table
}()

// FoldCode returns a code in the form that codes are compared in: in lower case (ASCII),
// without `-`, `_` and white space. So `invalid_grant`, `Invalid-Grant` and `invalid
// grant` are one code. It also drops a namespace before `#` and a URL behind a colon,
// which AWS sends around codes. It appends to dst, so a caller with a buffer on its stack
// allocates nothing.
func FoldCode(dst []byte, code string) []byte {
	for {
		i := strings.IndexByte(code, '#')
		if i < 0 {
			break
		}
		code = code[i+1:]
	}
	if i := strings.IndexByte(code, ':'); i > 0 && (i+1 == len(code) || strings.HasPrefix(code[i+1:], "http")) {
		code = code[:i]
	}
	if len(code) > 1 && code[0] == '-' && '0' <= code[1] && code[1] <= '9' {
		dst = append(dst, '-') // a negative number
	}
	for i := 0; i < len(code); i++ {
		if c := foldedCode[code[i]]; c != 0 || code[i] == 0 {
			dst = append(dst, c)
		}
	}
	return dst
}

// foldedCode maps each ASCII letter to lower case, bytes that do not count in a code to
// 0, and other bytes to themselves. NUL also maps to 0: check the input byte.
var foldedCode = func() (table [256]byte) {
	for i := range table {
		switch c := byte(i); {
		case strings.IndexByte("-_ \t\n\r", c) >= 0:
		case isUpper(c):
			table[i] = c + 'a' - 'A'
		default:
			table[i] = c
		}
	}
	return table
}()

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
