package normalizer

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxDescription is where a description is cut, in bytes.
const maxDescription = 500

// maxCleaned is how much of a text is looked at, in bytes: enough for a description
// behind a lot of markup, and a bound for the cost of the rest.
const maxCleaned = 8 << 10

// maxSplit bounds the length of a secret of several words, such as an IBAN in groups of
// four, in bytes. If an unmasked text is cut, that much may be dropped with its last
// word.
const maxSplit = 64

// cleanDescription makes a text fit for error_description (RFC 6749 appendix A.8):
// printable ASCII without `"` and `\`, on one line, of bounded length and with secrets
// masked. HTML is unescaped, and tags and accents are dropped. Typographic signs are
// spelled in ASCII. Any other character becomes a question mark.
func cleanDescription(text string) string {
	if text == "" {
		return ""
	}
	text = bound(text, maxCleaned)
	classes := classesOf(text)
	if !isClean(text, classes) {
		text = unescape(norm.NFKD.String(text))
		if strings.IndexByte(text, '<') >= 0 { // a name of an element may say that its text is a secret
			text = stripTags(Mask(norm.NFC.String(bound(text, maxCleaned))))
		}
		text = bound(text, maxCleaned)
		text = toErrorSet(norm.NFKD.String(Mask(norm.NFC.String(text)))) // while nouns in other scripts can be read
		classes = classesOf(text)
	}
	return truncate(maskSecrets(text, classes))
}

// safeText makes a text fit for logs: on one line, of bounded length and with secrets
// masked. It keeps its characters, so that a pattern can be made from it.
func safeText(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, bound(text, maxCleaned))
	return strings.ToValidUTF8(truncate(Mask(strings.Join(strings.Fields(text), " "))), "")
}

// bound cuts an unmasked text to at most limit bytes. It also drops the end of the text
// that may be the first half of a secret: the last word, and the words before it that may
// be groups of the same number.
func bound(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	const parts, spaces = " \t\r\n>", " \t\r\n"
	text = text[:limit]
	i := strings.LastIndexAny(text, parts)
	if i < limit/2 {
		return strings.ToValidUTF8(text, "") // one word, which is masked or cut as a whole
	}
	text = strings.TrimRight(text[:i+1], spaces)
	for end := len(text); end-len(text) < maxSplit; {
		i := strings.LastIndexAny(text, parts)
		if last := text[i+1:]; last == "" || strings.Trim(last, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != "" {
			break
		}
		text = strings.TrimRight(text[:i+1], spaces)
	}
	return text
}

// unescape resolves HTML character references, also those that were escaped twice.
func unescape(text string) string {
	for range 4 {
		plain := norm.NFKD.String(html.UnescapeString(text))
		if plain == text {
			break
		}
		text = plain
	}
	return text
}

// toErrorSet replaces every character that may not stand in a description.
func toErrorSet(text string) string {
	var b strings.Builder
	space := true
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Mn, r) || isInvisible(r):
			continue
		case unicode.IsSpace(r) || unicode.IsControl(r):
			if !space {
				b.WriteByte(' ')
			}
			space = true
			continue
		}
		space = false
		if r == '\\' && strings.HasSuffix(b.String(), "<") {
			b.WriteByte(' ') // or the slash would make a tag of it
		}
		b.WriteByte(plainASCII(r))
	}
	return strings.TrimRight(b.String(), " ")
}

// stripTags drops HTML tags: a less-than sign and a letter or slash up to the next
// greater-than sign.
func stripTags(text string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '<')
		if i < 0 || i+1 == len(text) {
			break
		}
		end := strings.IndexByte(text[i:], '>')
		c := text[i+1] | 0x20
		if end < 0 || c != '/'|0x20 && c != '!'|0x20 && (c < 'a' || c > 'z') {
			b.WriteString(text[:i+1])
			text = text[i+1:]
			continue
		}
		b.WriteString(text[:i])
		b.WriteByte(' ')
		text = text[i+end+1:]
	}
	b.WriteString(text)
	return b.String()
}

// isClean reports whether no character of a text has to change.
func isClean(text string, classes charClass) bool {
	return classes&foreign == 0 &&
		!strings.HasPrefix(text, " ") && !strings.HasSuffix(text, " ") && !strings.Contains(text, "  ")
}

// charClass classifies the bytes of a description.
type charClass uint8

const (
	foreign   charClass = 1 << iota // not as it may stay: of another character set, or of HTML
	hint                            // in or before every secret but one of letters
	lowerCase                       // a letter
	upperCase                       // a letter
	mixedCase                       // of a text: an upper-case letter behind a lower-case one
	coded                           // starts an escape
	dash                            // a hyphen
)

// classesOf returns all classes that the bytes of a text have, in one pass.
func classesOf(text string) (all charClass) {
	var before charClass
	for i := 0; i < len(text); i++ {
		c := charClasses[text[i]]
		all |= c
		if c&upperCase != 0 && before&lowerCase != 0 {
			all |= mixedCase
		}
		before = c
	}
	return all
}

var charClasses = func() (classes [256]charClass) {
	for i := range classes {
		c := byte(i)
		switch {
		case isLower(c):
			classes[i] |= lowerCase
		case isUpper(c):
			classes[i] |= upperCase
		case '0' <= c && c <= '9', strings.IndexByte("@=:'\">", c) >= 0, c == 0xe2, c == 0xef:
			classes[i] |= hint
		}
		if c == '-' {
			classes[i] |= dash
		}
		if c == '%' || c == '&' || c == '\\' || c >= utf8.RuneSelf {
			classes[i] |= coded
		}
		if !inErrorSet(rune(c)) || c == '&' || c == '<' {
			classes[i] |= foreign
		}
	}
	return classes
}()

// inErrorSet reports whether a character may stand in `error` and
// `error_description` (RFC 6749 appendix A.7 and A.8).
func inErrorSet(r rune) bool { return ' ' <= r && r <= '~' && r != '"' && r != '\\' }

// plainASCII returns the nearest character that may stand in a description.
func plainASCII(r rune) byte {
	switch r {
	case '"', '\u2018', '\u2019', '\u201a', '\u201c', '\u201d', '\u201e', '\u00ab', '\u00bb', '\u2039', '\u203a':
		return '\''
	case '\\':
		return '/'
	case '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2212':
		return '-'
	}
	if inErrorSet(r) {
		return byte(r)
	}
	return '?'
}

// truncate cuts a clean text at a word near the limit.
func truncate(text string) string {
	if len(text) <= maxDescription {
		return text
	}
	const mark = "..."
	text = text[:maxDescription-len(mark)]
	if i := strings.LastIndexByte(text, ' '); i > maxDescription/2 {
		text = text[:i]
	}
	return text + mark
}
