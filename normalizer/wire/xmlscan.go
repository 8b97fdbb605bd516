package wire

import (
	"strings"
	"unicode/utf8"
)

// xmlScanner walks over the markup of an XML document. Where the text ends too early,
// its methods return errCut.
type xmlScanner struct {
	text string
	i    int
}

// xmlAttr is an attribute with the spelling of its name, and its value without
// references.
type xmlAttr struct{ name, value string }

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
	case lower(rest[2]) < 'a' || lower(rest[2]) > 'z':
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
	if name == "xml" {
		if version := parameter(content, "version"); version != "" && version != "1.0" {
			return ErrInvalid
		}
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
	case name == "" || name[0] <= '9' || strings.Count(name, ":") > 1:
		return "", ErrInvalid
	}
	return name, nil
}

// isNameByte takes all that is not ASCII for a letter.
func isNameByte(c byte) bool {
	return 'a' <= lower(c) && lower(c) <= 'z' || '0' <= c && c <= '9' || c == '_' || c == ':' || c == '-' || c == '.' || c >= utf8.RuneSelf
}
