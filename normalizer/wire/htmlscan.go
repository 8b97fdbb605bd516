package wire

import "strings"

// htmlScanner walks over the markup of a page as browsers do (HTML Living Standard
// §13.2.5), as far as the text of a page needs it.
type htmlScanner struct {
	text string
	i    int
	raw  string // the open element whose content is not markup, if any
}

// htmlToken is a run of text or a tag; a comment is neither.
type htmlToken struct {
	text   string // not resolved; empty for a tag
	tag    string // the name, in lower case; empty for text
	attrs  string // the text behind the name of an opening tag
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
	start := s.i
	for s.i < len(s.text) {
		n := strings.IndexByte(s.text[s.i:], '<')
		if n < 0 {
			s.i = len(s.text)
			break
		}
		s.i += n
		kind := markupAt(s.text[s.i:])
		switch {
		case kind == noMarkup:
			for s.i++; strings.HasPrefix(s.text[s.i:], "<<"); s.i++ {
			}
		case s.i > start:
			return htmlToken{text: s.text[start:s.i]}, true
		case kind == comment:
			s.comment()
			start = s.i
		default:
			return s.tag(int(kind))
		}
	}
	return htmlToken{text: s.text[start:]}, start < len(s.text)
}

// markup is the kind of markup that a less-than sign begins.
type markup int

const (
	noMarkup markup = iota
	openTag         // the number of bytes before its name
	closeTag
	comment
)

// markupAt returns the kind of markup at the beginning of a text.
func markupAt(text string) markup {
	if len(text) < 2 {
		return noMarkup
	}
	switch c := lower(text[1]); {
	case 'a' <= c && c <= 'z':
		return openTag
	case c == '/' && len(text) > 2 && 'a' <= lower(text[2]) && lower(text[2]) <= 'z':
		return closeTag
	case c == '!' || c == '/' || c == '?':
		return comment
	}
	return noMarkup
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
		if hasPrefixFold(rest, raw) && (len(rest) == len(raw) || endsTagName(rest[len(raw)])) {
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

// maxAttrs is how much of the attributes of a tag is looked at, in bytes.
const maxAttrs = 1 << 10

func endsTagName(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '/' || c == '>'
}

// tag reads a tag with a name that begins after a number of bytes.
func (s *htmlScanner) tag(after int) (htmlToken, bool) {
	start := s.i + after
	i := start
	for i < len(s.text) && !endsTagName(s.text[i]) {
		i++
	}
	t := htmlToken{tag: strings.ToLower(s.text[start:i]), closes: after == int(closeTag)}
	end := tagEnd(s.text, i)
	if end < 0 {
		s.i = len(s.text)
		return htmlToken{}, false
	}
	t.attrs = s.text[i:min(end, i+maxAttrs)]
	t.self = s.text[end-1] == '/'
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
