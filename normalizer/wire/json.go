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
	tree = Tree{json: text[:s.i], top: s.top}
	if len(s.top) > maxScan {
		tree.index = newNameIndex(s.top)
	}
	return tree, text[s.i:], nil
}

// mended returns the text behind whose last complete member all brackets close.
func (s *jsonScanner) mended() string {
	mended := []byte(s.text[:s.good])
	for _, bracket := range slices.Backward(s.open[:s.depth]) {
		mended = append(mended, bracket+2) // { and }, [ and ] are two apart
	}
	return string(mended)
}

// jsonScanner reads valid JSON, or finds what is wrong.
type jsonScanner struct {
	text  string
	i     int
	good  int            // behind the last value that is complete, or bracket that opens
	open  [maxDepth]byte // the brackets that are open
	depth int
	top   []member // of the outermost object, up to maxValues
}

// container reads an object or an array, without recursion.
func (s *jsonScanner) container() error {
	if s.i == len(s.text) {
		return errCut
	}
	if c := s.text[s.i]; c != '{' && c != '[' {
		return ErrInvalid
	}
	s.push()
	first := true
	for {
		s.i = skipSpace(s.text, s.i)
		if s.i == len(s.text) {
			return errCut
		}
		bracket := s.open[s.depth-1]
		switch c := s.text[s.i]; {
		case c == bracket+2:
			s.i++
			s.depth--
			s.good = s.i
			if s.depth == 0 {
				return nil
			}
			s.closed()
			first = false
			continue
		case first:
		case c == ',':
			if s.i = skipSpace(s.text, s.i+1); s.i == len(s.text) {
				return errCut
			}
		default:
			return ErrInvalid
		}
		opened, err := s.member(bracket)
		if err != nil {
			return err
		}
		first = opened
	}
}

// push opens a container.
func (s *jsonScanner) push() {
	s.open[s.depth] = s.text[s.i]
	s.depth++
	s.i++
	s.good = s.i
}

// closed completes a member at the top whose value was a container.
func (s *jsonScanner) closed() {
	if n := len(s.top); s.depth == 1 && n > 0 && s.top[n-1].value.kind == kindAbsent {
		start := len(s.top[n-1].value.raw)
		s.top[n-1].value = valueOf(s.text[start:s.i])
	}
}

// member reads a name, if the container has names, and a value up to its end, or up
// to the bracket that opens it.
func (s *jsonScanner) member(bracket byte) (opened bool, err error) {
	name := ""
	if bracket == '{' {
		start := s.i
		if s.text[s.i] != '"' {
			return false, ErrInvalid
		}
		if err := s.str(); err != nil {
			return false, err
		}
		name = s.text[start:s.i]
		if s.i = skipSpace(s.text, s.i); s.i == len(s.text) {
			return false, errCut
		}
		if s.text[s.i] != ':' {
			return false, ErrInvalid
		}
		if s.i = skipSpace(s.text, s.i+1); s.i == len(s.text) {
			return false, errCut
		}
	}
	atTop := s.depth == 1 && bracket == '{' && len(s.top) < maxValues
	start := s.i
	if c := s.text[s.i]; c == '{' || c == '[' {
		if s.depth == maxDepth {
			return false, ErrBounds
		}
		if atTop {
			// The length of the text remembers where the value starts.
			s.top = append(s.top, member{unquote(name), Value{raw: s.text[:start]}})
		}
		s.push()
		return true, nil
	}
	if err := s.scalar(); err != nil {
		return false, err
	}
	s.good = s.i
	if atTop {
		if s.top == nil {
			s.top = make([]member, 0, 4)
		}
		s.top = append(s.top, member{unquote(name), valueOf(s.text[start:s.i])})
	}
	return false, nil
}

// scalar reads a string, a number or a literal.
func (s *jsonScanner) scalar() error {
	switch s.text[s.i] {
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
	if s.text[s.i] == '-' {
		s.i++
	}
	if s.i < len(s.text) && s.text[s.i] == '0' {
		s.i++
	} else if err := s.digits(); err != nil {
		return err
	}
	if s.i < len(s.text) && s.text[s.i] == '.' {
		s.i++
		if err := s.digits(); err != nil {
			return err
		}
	}
	if s.i < len(s.text) && lower(s.text[s.i]) == 'e' {
		s.i++
		if s.i < len(s.text) && (s.text[s.i] == '+' || s.text[s.i] == '-') {
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
	start := s.i
	for s.i < len(s.text) && '0' <= s.text[s.i] && s.text[s.i] <= '9' {
		s.i++
	}
	switch {
	case s.i > start:
		return nil
	case s.i == len(s.text):
		return errCut
	}
	return ErrInvalid
}

// str reads a string.
func (s *jsonScanner) str() error {
	text := s.text
	for i := s.i + 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			s.i = i + 1
			return nil
		case c < ' ':
			return ErrInvalid
		case c == '\\':
			n, err := escapeLength(text[i:])
			if err != nil {
				return err
			}
			i += n - 1
		}
	}
	return errCut
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
