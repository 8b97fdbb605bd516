package wire

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// escapeLength measures the escape at the beginning of a text.
func escapeLength(text string) (int, error) {
	if len(text) < 2 {
		return 0, errCut
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, nil
	case 'u':
	default:
		return 0, ErrInvalid
	}
	for i := 2; i < 6; i++ {
		if i == len(text) {
			return 0, errCut
		}
		if hexDigit(text[i]) < 0 {
			return 0, ErrInvalid
		}
	}
	return 6, nil
}

// hexDigit returns the value of a hexadecimal digit, or -1.
func hexDigit(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= lower(c) && lower(c) <= 'f':
		return rune(lower(c)-'a') + 10
	}
	return -1
}

// skipSpace returns the index of the first byte from i on that is no white space.
func skipSpace(text string, i int) int {
	if i < len(text) && text[i] > ' ' { // as most often
		return i
	}
	return skipBlanks(text, i)
}

func skipBlanks(text string, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t') {
		i++
	}
	return i
}

// skipValue returns the index behind the value at i, in JSON that is valid.
func skipValue(text string, i int) int {
	depth := 0
	for ; i < len(text); i++ {
		switch text[i] {
		case '"':
			end, _ := stringEnd(text, i)
			if depth == 0 {
				return end
			}
			i = end - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i // the scalar ends with its container
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\n', '\r', '\t':
			if depth == 0 {
				return i
			}
		}
	}
	return i
}

// unquote returns the text of a valid JSON string. Half of a surrogate pair is
// U+FFFD.
func unquote(quoted string) string {
	if len(quoted) < 2 {
		return ""
	}
	text := quoted[1 : len(quoted)-1]
	i := strings.IndexByte(text, '\\')
	if i < 0 {
		return text
	}
	b := make([]byte, 0, len(text))
	for ; i >= 0; i = strings.IndexByte(text, '\\') {
		b = append(b, text[:i]...)
		switch c := text[i+1]; c {
		case 'u':
			r, n := escapedRune(text[i:])
			b = utf8.AppendRune(b, r)
			text = text[i+n:]
			continue
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		default:
			b = append(b, c)
		}
		text = text[i+2:]
	}
	return string(append(b, text...))
}

// escapedRune reads one escape of the form \u0000, or two that are a pair.
func escapedRune(text string) (r rune, length int) {
	r = hexRune(text)
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if strings.HasPrefix(text[6:], `\u`) {
		if pair := utf16.DecodeRune(r, hexRune(text[6:])); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

// hexRune returns the character that one valid escape of the form \u0000 names.
func hexRune(text string) (r rune) {
	for i := 2; i < 6; i++ {
		r = r<<4 | hexDigit(text[i])
	}
	return r
}

// isEscaped has the bytes that appendQuoted escapes.
var isEscaped = func() (escaped [256]bool) {
	for c := range ' ' {
		escaped[c] = true
	}
	for _, c := range "\"\\<>&" {
		escaped[c] = true
	}
	return escaped
}()

// appendQuoted appends a text as a JSON string that is also safe inside HTML. Invalid
// UTF-8 becomes U+FFFD.
func appendQuoted(b []byte, text string) []byte {
	const hex = "0123456789abcdef"
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\ufffd")
	}
	b = append(b, '"')
	start := 0
	for i := range len(text) {
		c := text[i]
		if !isEscaped[c] {
			continue
		}
		b = append(b, text[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(b, text[start:]...), '"')
}
