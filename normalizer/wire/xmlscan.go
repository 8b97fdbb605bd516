package wire

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// xmlScanner walks over the markup of an XML document. Where the text ends too early,
// its methods return errCut.
type xmlScanner struct {
	text string
	i    int
}

// xmlAttr is an attribute as it is spelled, with its value resolved.
type xmlAttr struct{ name, value string }

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

// charData reads text up to the next markup.
func (s *xmlScanner) charData(text *xmlText) error {
	n := strings.IndexByte(s.text[s.i:], '<')
	if n < 0 {
		if err := checkChars(s.text[s.i:]); err != nil {
			return err
		}
		return errCut
	}
	part := s.text[s.i : s.i+n]
	if strings.Contains(part, "]]>") {
		return ErrInvalid
	}
	resolved, err := resolve(part)
	if err != nil {
		return err
	}
	text.add(resolved)
	s.i += n
	return nil
}

// cdata reads a section of character data, if one begins here.
func (s *xmlScanner) cdata(text *xmlText) (bool, error) {
	const begin, end = "<![CDATA[", "]]>"
	rest := s.text[s.i:]
	if !strings.HasPrefix(rest, begin) {
		if strings.HasPrefix(begin, rest) {
			return false, errCut
		}
		return false, nil
	}
	part, _, ok := strings.Cut(rest[len(begin):], end)
	if !ok {
		return false, errCut
	}
	if err := checkChars(part); err != nil {
		return false, err
	}
	text.add(newlines(part))
	s.i += len(begin) + len(part) + len(end)
	return true, nil
}

// aside passes over a comment, a processing instruction or a document type, if one
// begins here.
func (s *xmlScanner) aside() (bool, error) {
	rest := s.text[s.i:]
	switch {
	case len(rest) < 2:
		return false, errCut
	case rest[1] == '?':
		return true, s.instruction()
	case rest[1] != '!':
		return false, nil
	case strings.HasPrefix(rest, "<!--"):
		n := strings.Index(rest[4:], "--")
		if n < 0 || len(rest) == 4+n+2 {
			return false, errCut
		}
		if rest[4+n+2] != '>' {
			return false, ErrInvalid
		}
		s.i += 4 + n + 3
		return true, nil
	case strings.HasPrefix("<!--", rest):
		return false, errCut
	case rest[2] == '[':
		return false, ErrInvalid
	}
	return true, s.declaration()
}

// instruction passes over `<?name …?>`.
func (s *xmlScanner) instruction() error {
	s.i += 2
	name, err := s.name()
	if err != nil {
		return err
	}
	content, _, ok := strings.Cut(s.text[s.i:], "?>")
	if !ok {
		return errCut
	}
	if version := parameter(content, "version"); name == "xml" && version != "" && version != "1.0" {
		return ErrInvalid
	}
	s.i += len(content) + 2
	return nil
}

// parameter finds the quoted value behind a name in the XML declaration.
func parameter(declaration, name string) string {
	_, value, ok := strings.Cut(declaration, name+"=")
	if !ok || value == "" || value[0] != '"' && value[0] != '\'' {
		return ""
	}
	value, _, _ = strings.Cut(value[1:], value[:1])
	return value
}

// declaration passes over `<!DOCTYPE …>` with all it holds.
func (s *xmlScanner) declaration() error {
	depth, quote := 0, byte(0)
	for i := s.i; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '<' && strings.HasPrefix(s.text[i:], "<!--"):
			n := strings.Index(s.text[i+4:], "-->")
			if n < 0 {
				return errCut
			}
			i += 4 + n + 2
		case c == '<':
			depth++
		case c == '>':
			if depth--; depth == 0 {
				s.i = i + 1
				return nil
			}
		}
	}
	return errCut
}

// openName reads the beginning of an opening tag.
func (s *xmlScanner) openName() (string, error) {
	s.i++
	return s.name()
}

// closeTag reads the tag that closes an element.
func (s *xmlScanner) closeTag(open string) error {
	s.i += len("</")
	name, err := s.name()
	if err != nil {
		return err
	}
	if s.i = skipSpace(s.text, s.i); s.i == len(s.text) {
		return errCut
	}
	if name != open || s.text[s.i] != '>' {
		return ErrInvalid
	}
	s.i++
	return nil
}

// attribute reads an attribute, or the end of the tag: `>` or `/>`.
func (s *xmlScanner) attribute() (attr xmlAttr, end string, err error) {
	s.i = skipSpace(s.text, s.i)
	rest := s.text[s.i:]
	switch {
	case rest == "" || rest == "/":
		return attr, "", errCut
	case rest[0] == '>':
		s.i++
		return attr, ">", nil
	case strings.HasPrefix(rest, "/>"):
		s.i += 2
		return attr, "/>", nil
	}
	if attr.name, err = s.name(); err != nil {
		return attr, "", err
	}
	if s.i = skipSpace(s.text, s.i); s.i == len(s.text) {
		return attr, "", errCut
	}
	if s.text[s.i] != '=' {
		return attr, "", ErrInvalid
	}
	if s.i = skipSpace(s.text, s.i+1); s.i == len(s.text) {
		return attr, "", errCut
	}
	quote := s.text[s.i]
	if quote != '"' && quote != '\'' {
		return attr, "", ErrInvalid
	}
	s.i++
	n := strings.IndexByte(s.text[s.i:], quote)
	if n < 0 {
		return attr, "", errCut
	}
	value := s.text[s.i : s.i+n]
	if strings.IndexByte(value, '<') >= 0 {
		return attr, "", ErrInvalid
	}
	s.i += n + 1
	attr.value, err = resolve(value)
	return attr, "", err
}

// name reads a name. One at the end of the text is not complete.
func (s *xmlScanner) name() (string, error) {
	start := s.i
	for s.i < len(s.text) && isNameByte(s.text[s.i]) {
		s.i++
	}
	name := s.text[start:s.i]
	switch {
	case s.i == len(s.text):
		return "", errCut
	case name == "" || strings.IndexByte("-.0123456789", name[0]) >= 0 || strings.Count(name, ":") > 1:
		return "", ErrInvalid
	}
	return name, nil
}

// isNameByte takes all that is not ASCII for a letter.
func isNameByte(c byte) bool {
	return 'a' <= lower(c) && lower(c) <= 'z' || '0' <= c && c <= '9' || c == '_' || c == ':' || c == '-' || c == '.' || c >= utf8.RuneSelf
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
