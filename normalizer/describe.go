package normalizer

import (
	"html"
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxDescription is where a description is cut, in bytes.
const maxDescription = 500

// cleanDescription brings a text into the character set of error_description
// (RFC 6749 appendix A.8: printable ASCII without `"` and `\`), on one line and
// of bounded length. Accents are dropped, typographic signs spelled in ASCII,
// and what cannot be expressed becomes a question mark.
func cleanDescription(text string) string {
	if isClean(text) {
		return text
	}
	var b strings.Builder
	space := true
	for _, r := range norm.NFKD.String(html.UnescapeString(text)) {
		switch {
		case unicode.Is(unicode.Mn, r):
			continue
		case unicode.IsSpace(r) || unicode.IsControl(r):
			if !space {
				b.WriteByte(' ')
			}
			space = true
			continue
		}
		space = false
		b.WriteByte(plainASCII(r))
		if b.Len() >= 4*maxDescription {
			break
		}
	}
	return truncate(strings.TrimRight(b.String(), " "))
}

// isClean reports whether cleanDescription would change nothing.
func isClean(text string) bool {
	space := true
	for i := 0; i < len(text); i++ {
		c := text[i]
		if !inErrorSet(rune(c)) || c == ' ' && space || c == '&' {
			return false
		}
		space = c == ' '
	}
	return len(text) <= maxDescription && (text == "" || !space)
}

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

// cleanURI returns an error_uri that a client can follow safely: an absolute
// http or https URI in the character set of RFC 6749 appendix A.9, or nothing.
func cleanURI(uri string) string {
	for i := 0; i < len(uri); i++ {
		if uri[i] == ' ' || !inErrorSet(rune(uri[i])) {
			return ""
		}
	}
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil {
		return ""
	}
	return uri
}
