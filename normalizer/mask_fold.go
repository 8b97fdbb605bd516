package normalizer

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// folded is a text as the mask reads it: percent-encoding, character references
// and JSON escapes undone, full-width characters, typographic quotation marks and letters
// with accents in ASCII. The text that is shown keeps its spelling.
type folded struct {
	text string
	// at has the offset in the shown text of each byte, and of the end; nil if both
	// texts are the same.
	at []int32
}

// origin returns where in the shown text a byte of the folded text stands.
func (f *folded) origin(i int) int {
	if f.at == nil {
		return i
	}
	return int(f.at[i])
}

// fold returns a text as the mask reads it.
func fold(text string, classes charClass) folded {
	if classes&coded == 0 {
		return folded{text: text}
	}
	var b strings.Builder
	b.Grow(len(text))
	at := make([]int32, 0, len(text)+1)
	for i := 0; i < len(text); {
		plain, n := foldOne(text[i:])
		for range len(plain) {
			at = append(at, int32(i))
		}
		b.WriteString(plain)
		i += n
	}
	return folded{b.String(), append(at, int32(len(text)))}
}

// foldOne returns the first character of a text as the mask reads it, and how many
// bytes of the text it takes.
func foldOne(text string) (plain string, n int) {
	switch c := text[0]; {
	case c == '%':
		return foldPercent(text)
	case c == '&':
		if end := strings.IndexByte(text[:min(len(text), 12)], ';'); end > 0 {
			if plain := html.UnescapeString(text[:end+1]); len(plain) < end && !strings.HasPrefix(plain, "&") {
				return plain, end + 1
			}
		}
	case c == '\\':
		return foldBackslash(text)
	case c >= utf8.RuneSelf:
		r, n := utf8.DecodeRuneInString(text)
		if plain := foldRune(r); plain != 0 {
			return string(rune(plain)), n
		}
		if isInvisible(r) || turns(r) {
			return "", n
		}
		if !isApart(r) {
			return foldAccents(text[:n]), n
		}
		return text[:n], n
	}
	return text[:1], 1
}

// mostBackslashes stand before a character that was escaped four times.
const mostBackslashes = 15

// foldBackslash undoes an escape of JSON, also in JSON within a string of JSON.
func foldBackslash(text string) (plain string, n int) {
	n = 1
	for n < min(len(text), mostBackslashes) && text[n] == '\\' {
		n++
	}
	rest := text[n:]
	switch {
	case rest == "":
	case rest[0] == '"' || rest[0] == '\'' || rest[0] == '/':
		return rest[:1], n + 1
	case rest[0] == 'u' && len(rest) >= 5:
		if code, err := strconv.ParseUint(rest[1:5], 16, 7); err == nil {
			return string(rune(code)), n + 5
		}
	}
	return text[:1], 1
}

// isApart reports whether a character belongs to a large alphabet without Latin letters
// and accents: Cyrillic and Han. It saves a slow lookup for each character.
func isApart(r rune) bool {
	return 0x0400 <= r && r <= 0x0482 || 0x4e00 <= r && r <= 0x9fff
}

// isInvisible reports whether a character is not shown, such as a soft hyphen, so that
// people read the word around it as one.
func isInvisible(r rune) bool {
	return r == 0xad || 0x200b <= r && r <= 0x200d || r == 0x2060 || r == 0xfeff || 0xfe00 <= r && r <= 0xfe0f
}

// turns reports whether a character turns the direction of what is read.
func turns(r rune) bool {
	return r == 0x200e || r == 0x200f || 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069
}

// foldAccents returns a letter without its accents, and nothing for an accent. Text
// without a Latin letter stays.
func foldAccents(char string) string {
	p := norm.NFKD.PropertiesString(char)
	parts := p.Decomposition()
	switch {
	case p.CCC() != 0:
		return ""
	case len(parts) == 0 || parts[0] >= utf8.RuneSelf:
		return char
	}
	return string(parts[:1])
}

// foldPercent undoes percent-encoding, also where it was done up to three times.
func foldPercent(text string) (plain string, n int) {
	n = 1
	for range 2 {
		if !strings.HasPrefix(text[n:], "25") {
			break
		}
		n += 2
	}
	if len(text) < n+2 {
		return text[:1], 1
	}
	code, err := strconv.ParseUint(text[n:n+2], 16, 7)
	if err != nil || code < ' ' || code == '%' {
		return text[:1], 1
	}
	return string(rune(code)), n + 2
}

// foldRune returns the ASCII character that a typographic one stands for, or zero.
func foldRune(r rune) byte {
	switch {
	case 0xff01 <= r && r <= 0xff5e:
		return byte(r - 0xff01 + '!')
	case r == 0x3000 || r == 0xa0:
		return ' '
	case r == 0x3001:
		return ','
	case r == 0x3002:
		return '.'
	case r == 0x300c, r == 0x300d, r == 0xab, r == 0xbb, 0x2018 <= r && r <= 0x201f, r == 0x2039, r == 0x203a:
		return '"'
	}
	return 0
}
