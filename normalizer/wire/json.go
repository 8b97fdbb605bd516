package wire

import (
	"errors"
	"slices"
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

// scanJSON reads the object or array at the beginning of a text, and returns the text
// behind it. One pass checks validity and depth and finds the members at the top. If the
// text may be cut, open objects and arrays end behind their last member.
func scanJSON(text string, cut bool) (tree Tree, rest string, err error) {
	s := jsonScanner{text: text}
	switch end, err := s.container(); {
	case err == nil:
		return Tree{json: text[:end], top: s.top}, text[end:], nil
	case err == errCut && cut:
		return scanJSON(s.mended(), false)
	case err == errCut:
		return Tree{}, "", ErrInvalid
	default:
		return Tree{}, "", err
	}
}

// mended returns the text up to its last complete member, with all brackets closed.
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

// jsonScanner reads valid JSON, or finds the first mistake.
type jsonScanner struct {
	text  string
	good  int            // behind the last value that is complete, or bracket that opens
	open  [maxDepth]byte // the brackets that are open
	depth int
	top   []member // of the outermost object, up to maxValues
	name  string   // as JSON text, of the member at the top that is read
	from  int      // where its value begins
}

// container reads the object or array that the text begins with, without recursion, and
// returns the index behind it.
func (s *jsonScanner) container() (i int, err error) {
	switch {
	case s.text == "":
		return 0, errCut
	case s.text[0] != '{' && s.text[0] != '[':
		return 0, ErrInvalid
	}
	i = s.push(0)
	for first := true; ; {
		if i = skipSpace(s.text, i); i == len(s.text) {
			return i, errCut
		}
		bracket := s.open[s.depth-1]
		switch c := s.text[i]; {
		case c == closing(bracket):
			i++
			if s.depth--; s.depth == 0 {
				return i, nil
			}
			s.complete(i)
			first = false
			continue
		case first:
		case c == ',':
			i = skipSpace(s.text, i+1)
		default:
			return i, ErrInvalid
		}
		if bracket == '{' {
			if i, err = s.memberName(i); err != nil {
				return i, err
			}
		}
		if i == len(s.text) {
			return i, errCut
		}
		if s.depth == 1 {
			s.from = i
		}
		if first = s.text[i] == '{' || s.text[i] == '['; first {
			if s.depth == maxDepth {
				return i, ErrBounds
			}
			i = s.push(i)
			continue
		}
		if i, err = scalarEnd(s.text, i); err != nil {
			return i, err
		}
		s.complete(i)
	}
}

// push opens the container at i, and returns the index of its content.
func (s *jsonScanner) push(i int) int {
	s.open[s.depth] = s.text[i]
	s.depth++
	s.good = i + 1
	return s.good
}

// complete ends a value before i. At the top it is a member.
func (s *jsonScanner) complete(i int) {
	if s.good = i; s.depth == 1 {
		s.addMember(i)
	}
}

// addMember adds the member at the top with a value that ends before i.
func (s *jsonScanner) addMember(i int) {
	if s.open[0] != '{' || len(s.top) == maxValues {
		return
	}
	switch n := len(s.top); n {
	case 0:
		s.top = make([]member, 0, 4)
	case maxScan, maxScan * maxScan: // from here on there may be many, if they are as short as these
		s.top = slices.Grow(s.top, min(n*len(s.text)/i+1, n*maxScan)-n)
	}
	s.top = append(s.top, member{unquote(s.name), s.text[s.from:i]})
}

// memberName reads the name at i and returns the index of its value.
func (s *jsonScanner) memberName(i int) (int, error) {
	switch {
	case i == len(s.text):
		return i, errCut
	case s.text[i] != '"':
		return i, ErrInvalid
	}
	end, err := stringEnd(s.text, i)
	if err != nil {
		return end, err
	}
	if s.depth == 1 {
		s.name = s.text[i:end]
	}
	switch end = skipSpace(s.text, end); {
	case end == len(s.text):
		return end, errCut
	case s.text[end] != ':':
		return end, ErrInvalid
	}
	return skipSpace(s.text, end+1), nil
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
