package wire

import "strings"

// htmlScanner walks over the markup of a page as browsers do (HTML Living Standard
// §13.2.5), as far as the text of a page needs it.
type htmlScanner struct {
	text string
	i    int
	raw  string // the element whose content is no markup, if one is open
}

// htmlToken is a run of text or a tag; a comment is neither.
type htmlToken struct {
	text   string // not resolved; empty for a tag
	tag    string // the name, in lower case; empty for text
	attrs  string // what stands behind the name of a tag that opens
	closes bool
	self   bool // the tag has no content of its own: <br/>
}

// next returns the next token, or false at the end. A tag that breaks off is none.
func (s *htmlScanner) next() (htmlToken, bool) {
	if s.raw != "" {
		if text := s.rawText(); text != "" {
			return htmlToken{text: text}, true
		}
	}
	for s.i < len(s.text) {
		rest := s.text[s.i:]
		if rest[0] == '<' && len(rest) > 1 {
			switch c := lower(rest[1]); {
			case 'a' <= c && c <= 'z':
				return s.tag(1)
			case c == '/' && len(rest) > 2 && 'a' <= lower(rest[2]) && lower(rest[2]) <= 'z':
				return s.tag(2)
			case c == '!' || c == '/' || c == '?':
				s.comment()
				continue
			}
		}
		n := strings.IndexByte(rest[1:], '<') + 1
		if n == 0 {
			n = len(rest)
		}
		s.i += n
		return htmlToken{text: rest[:n]}, true
	}
	return htmlToken{}, false
}

// rawText reads up to the tag that closes the element.
func (s *htmlScanner) rawText() string {
	start, raw := s.i, s.raw
	s.raw = ""
	for i := start; ; i++ {
		n := strings.Index(s.text[i:], "</")
		if n < 0 {
			s.i = len(s.text)
			return s.text[start:]
		}
		i += n
		rest := s.text[i+2:]
		if hasPrefixFold(rest, raw) && (len(rest) == len(raw) || strings.IndexByte(" \t\r\n\f/>", rest[len(raw)]) >= 0) {
			s.i = i
			return s.text[start:i]
		}
	}
}

// comment passes over a comment or a declaration.
func (s *htmlScanner) comment() {
	rest := s.text[s.i:]
	end := ">"
	if strings.HasPrefix(rest, "<!--") && !strings.HasPrefix(rest, "<!-->") && !strings.HasPrefix(rest, "<!--->") {
		end = "-->"
	}
	n := strings.Index(rest, end)
	if n < 0 {
		s.i = len(s.text)
		return
	}
	s.i += n + len(end)
}

// tag reads a tag whose name begins after so many bytes.
func (s *htmlScanner) tag(after int) (htmlToken, bool) {
	start := s.i + after
	i := start
	for i < len(s.text) && strings.IndexByte(" \t\r\n\f/>", s.text[i]) < 0 {
		i++
	}
	t := htmlToken{tag: strings.ToLower(s.text[start:i]), closes: after == 2}
	end := tagEnd(s.text, i)
	if end < 0 {
		s.i = len(s.text)
		return htmlToken{}, false
	}
	t.attrs = s.text[i:end]
	t.self = strings.HasSuffix(t.attrs, "/")
	s.i = end + 1
	if !t.closes && !t.self {
		switch t.tag {
		case "script", "style", "title", "textarea", "noscript", "iframe", "noframes", "noembed", "xmp":
			s.raw = t.tag
		}
	}
	return t, true
}

// tagEnd returns the index of the `>` that ends a tag, or -1.
func tagEnd(text string, i int) int {
	for ; i < len(text); i++ {
		switch text[i] {
		case '>':
			return i
		case '=':
			next := skipSpace(text, i+1)
			if next < len(text) && (text[next] == '"' || text[next] == '\'') {
				n := strings.IndexByte(text[next+1:], text[next])
				if n < 0 {
					return -1
				}
				next += n + 1
			} else {
				next--
			}
			i = max(i, next)
		}
	}
	return -1
}
