package wire

import (
	"errors"
	"slices"
	"strings"
)

// errCut says that a text ends where more has to come: it is not valid, or the
// beginning of a valid one.
var errCut = errors.New("the text breaks off")

// parseJSON reads a body that begins like JSON (RFC 8259). Only an object or an
// array is a tree.
func parseJSON(body string, cut bool) (Tree, error) {
	tree, rest, err := scanJSON(body, cut)
	if err == nil && skipSpace(rest, 0) < len(rest) {
		return Tree{}, ErrInvalid
	}
	return tree, err
}

// scanJSON reads the object or array at the beginning of a text and returns what
// follows. Validity, depth and the members at the top come out of one pass. If the
// text may be cut, objects and arrays that are open end behind their last member.
func scanJSON(text string, cut bool) (tree Tree, rest string, err error) {
	s := jsonScanner{text: text}
	switch err := s.container(); {
	case err == errCut && cut:
		return scanJSON(s.mended(), false)
	case err == errCut:
		return Tree{}, "", ErrInvalid
	case err != nil:
		return Tree{}, "", err
	}
	return Tree{json: text[:s.i], top: s.top}, text[s.i:], nil
}

// mended returns the text behind whose last complete member all brackets close.
func (s *jsonScanner) mended() string {
	mended := make([]byte, s.good, s.good+s.depth)
	copy(mended, s.text)
	for _, bracket := range slices.Backward(s.open[:s.depth]) {
		mended = append(mended, closing(bracket))
	}
	return string(mended)
}

// closing returns the bracket that closes one: { and }, [ and ] are two apart.
func closing(bracket byte) byte { return bracket + 2 }

// jsonScanner reads valid JSON, or finds what is wrong.
type jsonScanner struct {
	text  string
	i     int
	good  int            // behind the last value that is complete, or bracket that opens
	open  [maxDepth]byte // the brackets that are open
	depth int
	top   []member // of the outermost object, up to maxValues
	name  string   // as JSON text, of the member at the top that is read
	from  int      // where its value begins
}

// peek returns the byte that is read next, or 0 at the end of the text.
func (s *jsonScanner) peek() byte {
	if s.i < len(s.text) {
		return s.text[s.i]
	}
	return 0
}

// next skips white space and returns the byte behind it, or 0 at the end of the text.
func (s *jsonScanner) next() byte {
	c := s.peek()
	if c <= ' ' {
		s.i = skipSpace(s.text, s.i)
		c = s.peek()
	}
	return c
}

// unexpected is the error where a text does not go on as it has to.
func (s *jsonScanner) unexpected() error {
	if s.i >= len(s.text) {
		return errCut
	}
	return ErrInvalid
}

// container reads an object or an array, without recursion.
func (s *jsonScanner) container() error {
	if c := s.peek(); c != '{' && c != '[' {
		return s.unexpected()
	}
	s.push()
	for first := true; s.depth > 0; {
		bracket := s.open[s.depth-1]
		switch c := s.next(); {
		case c == closing(bracket):
			s.i++
			s.depth--
			s.complete()
			first = false
			continue
		case first:
		case c == ',':
			s.i++
			s.next()
		default:
			return s.unexpected()
		}
		opened, err := s.member(bracket)
		if err != nil {
			return err
		}
		first = opened
	}
	return nil
}

// push opens a container.
func (s *jsonScanner) push() {
	s.open[s.depth] = s.text[s.i]
	s.depth++
	s.i++
	s.good = s.i
}

// complete ends a value. At the top it is a member.
func (s *jsonScanner) complete() {
	s.good = s.i
	if s.depth != 1 || s.open[0] != '{' || len(s.top) == maxValues {
		return
	}
	if s.top == nil {
		s.top = make([]member, 0, 4)
	}
	s.top = append(s.top, member{unquote(s.name), s.text[s.from:s.i]})
}

// member reads a name, if the container has names, and a value up to its end, or up
// to the bracket that opens it.
func (s *jsonScanner) member(bracket byte) (opened bool, err error) {
	if bracket == '{' {
		if err := s.memberName(); err != nil {
			return false, err
		}
	}
	c := s.peek()
	if s.depth == 1 {
		s.from = s.i
	}
	if c == '{' || c == '[' {
		if s.depth == maxDepth {
			return false, ErrBounds
		}
		s.push()
		return true, nil
	}
	if err := s.scalar(c); err != nil {
		return false, err
	}
	s.complete()
	return false, nil
}

// memberName reads a name up to the value behind its colon.
func (s *jsonScanner) memberName() error {
	start := s.i
	if s.peek() != '"' {
		return s.unexpected()
	}
	if err := s.str(); err != nil {
		return err
	}
	if s.depth == 1 {
		s.name = s.text[start:s.i]
	}
	if s.next() != ':' {
		return s.unexpected()
	}
	s.i++
	s.next()
	return nil
}

// scalar reads a string, a number or a literal that begins with c.
func (s *jsonScanner) scalar(c byte) error {
	switch c {
	case '"':
		return s.str()
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	}
	return s.number()
}

func (s *jsonScanner) literal(want string) error {
	rest := s.text[s.i:]
	switch {
	case strings.HasPrefix(rest, want):
		s.i += len(want)
		return nil
	case strings.HasPrefix(want, rest):
		return errCut
	}
	return ErrInvalid
}

// number reads a number, which is complete when something else follows.
func (s *jsonScanner) number() error {
	if s.peek() == '-' {
		s.i++
	}
	if s.peek() == '0' {
		s.i++
	} else if err := s.digits(); err != nil {
		return err
	}
	if s.peek() == '.' {
		s.i++
		if err := s.digits(); err != nil {
			return err
		}
	}
	if lower(s.peek()) == 'e' {
		s.i++
		if c := s.peek(); c == '+' || c == '-' {
			s.i++
		}
		if err := s.digits(); err != nil {
			return err
		}
	}
	if s.i == len(s.text) {
		return errCut
	}
	return nil
}

// digits reads one digit or more.
func (s *jsonScanner) digits() error {
	if !isDigit(s.peek()) {
		return s.unexpected()
	}
	for isDigit(s.peek()) {
		s.i++
	}
	return nil
}

// str reads a string.
func (s *jsonScanner) str() error {
	for s.i++; ; {
		s.i = skipPlain(s.text, s.i)
		switch s.peek() {
		case '"':
			s.i++
			return nil
		case '\\':
			n, err := escapeLength(s.text[s.i:])
			if err != nil {
				return err
			}
			s.i += n
		default:
			return s.unexpected()
		}
	}
}

// CutJSON cuts the first JSON object or array off a body. Where it has not ended, the
// object is empty and there is no rest. Only brackets and strings are looked at.
func CutJSON(body []byte) (object, rest []byte) {
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth <= 0 {
				return body[:i+1], body[i+1:]
			}
		}
	}
	return nil, nil
}
