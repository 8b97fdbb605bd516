package wire

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// xmlText collects the text of an element, which mostly is in one piece.
type xmlText struct {
	first string
	rest  []byte
}

func (t *xmlText) add(part string) {
	switch {
	case t.rest != nil:
		t.rest = append(t.rest, part...)
	case t.first == "":
		t.first = part
	case part != "":
		t.rest = append([]byte(t.first), part...)
	}
}

func (t *xmlText) String() string {
	if t.rest != nil {
		return string(t.rest)
	}
	return t.first
}

// resolve returns a text with its references replaced, and lines ended by a newline.
func resolve(text string) (string, error) {
	if err := checkChars(text); err != nil {
		return "", err
	}
	i := strings.IndexByte(text, '&')
	if i < 0 {
		return newlines(text), nil
	}
	b := make([]byte, 0, len(text))
	for ; i >= 0; i = strings.IndexByte(text, '&') {
		b = append(b, newlines(text[:i])...)
		name, _, ok := strings.Cut(text[i+1:min(len(text), i+1+maxReference)], ";")
		if !ok {
			return "", ErrInvalid
		}
		r := reference(name)
		if r < 0 {
			return "", ErrInvalid
		}
		b = utf8.AppendRune(b, r)
		text = text[i+1+len(name)+1:]
	}
	return string(append(b, newlines(text)...)), nil
}

// maxReference is how long a reference may be, in bytes.
const maxReference = 16

// reference returns the character that a reference stands for, or -1.
func reference(name string) rune {
	switch name {
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "amp":
		return '&'
	case "apos":
		return '\''
	case "quot":
		return '"'
	}
	digits, ok := strings.CutPrefix(name, "#")
	base := 10
	if hex, isHex := strings.CutPrefix(digits, "x"); isHex {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if !ok || err != nil || n > utf8.MaxRune || !isXMLChar(rune(n)) {
		return -1
	}
	return rune(n)
}

// newlines ends lines as XML does.
func newlines(text string) string {
	if strings.IndexByte(text, '\r') < 0 {
		return text
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}

// checkChars refuses characters that XML cannot have.
func checkChars(text string) error {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c >= ' ' && c < 0xef || c == '\t' || c == '\n' || c == '\r' {
			continue
		}
		r, _ := utf8.DecodeRuneInString(text[i:])
		if c < ' ' || c == 0xef && !isXMLChar(r) {
			return ErrInvalid
		}
	}
	return nil
}

func isXMLChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || ' ' <= r && r <= 0xd7ff || 0xe000 <= r && r <= 0xfffd || 0x10000 <= r && r <= utf8.MaxRune
}
