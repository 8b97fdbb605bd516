package wire

import (
	"strings"
)

// Challenge is one authentication challenge of a WWW-Authenticate field
// (RFC 9110 §11.6.1).
type Challenge struct {
	Scheme string
	Params []Param
}

// Param is one auth-param of a challenge; the name is in lower case and the
// value is free of quoting.
type Param struct {
	Name, Value string
}

// Param returns the value of the first parameter of that (lower case) name.
func (c Challenge) Param(name string) (string, bool) {
	for _, p := range c.Params {
		if p.Name == name {
			return p.Value, true
		}
	}
	return "", false
}

// Challenges parses the values of all WWW-Authenticate fields of a response.
// Several challenges may stand in one value. What is malformed is left out up
// to the next comma, without losing the challenges around it.
func Challenges(values []string) []Challenge {
	var out []Challenge
	for _, value := range values {
		s := scanner{rest: value}
		for s.rest != "" {
			out = s.element(out)
		}
	}
	return out
}

// scanner walks one field value.
type scanner struct{ rest string }

// element reads one element of the comma-separated list: a parameter of the
// challenge before it, or a new challenge with its first parameter or token68.
func (s *scanner) element(out []Challenge) []Challenge {
	s.skip(" \t,")
	word := s.token()
	if word == "" {
		s.drop()
		return out
	}
	if p, ok := s.param(word); ok {
		if len(out) > 0 {
			last := &out[len(out)-1]
			last.Params = append(last.Params, p)
		}
		return out
	}
	if strings.HasPrefix(strings.TrimLeft(s.rest, " \t"), "=") {
		s.drop() // a parameter with a malformed value is no scheme
		return out
	}
	out = append(out, Challenge{Scheme: word})
	if s.skip(" \t") == 0 {
		s.drop()
		return out
	}
	first := s.token()
	if p, ok := s.param(first); ok && first != "" {
		out[len(out)-1].Params = []Param{p}
		return out
	}
	s.drop() // a token68, or nothing: neither can carry an OAuth error
	return out
}

// param reads `= value` after a name. It leaves the scanner alone when what
// follows is no parameter, which is how a scheme is told from a name.
func (s *scanner) param(name string) (Param, bool) {
	before := s.rest
	s.skip(" \t")
	if !strings.HasPrefix(s.rest, "=") {
		s.rest = before
		return Param{}, false
	}
	s.rest = s.rest[1:]
	s.skip(" \t")
	value, ok := s.token(), true
	if value == "" {
		value, ok = s.quoted()
	}
	if !ok || (s.rest != "" && !strings.ContainsRune(", \t", rune(s.rest[0]))) {
		s.rest = before
		return Param{}, false
	}
	return Param{strings.ToLower(name), value}, true
}

// quoted reads a quoted-string (RFC 9110 §5.6.4).
func (s *scanner) quoted() (string, bool) {
	if !strings.HasPrefix(s.rest, `"`) {
		return "", false
	}
	var value strings.Builder
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '"':
			s.rest = s.rest[i+1:]
			return value.String(), true
		case c == '\\' && i+1 < len(s.rest):
			i++
			value.WriteByte(s.rest[i])
		default:
			value.WriteByte(c)
		}
	}
	return "", false
}

// token reads the longest token (RFC 9110 §5.6.2).
func (s *scanner) token() string {
	i := 0
	for i < len(s.rest) && isTokenByte(s.rest[i]) {
		i++
	}
	token := s.rest[:i]
	s.rest = s.rest[i:]
	return token
}

func isTokenByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// skip passes over the bytes of set and returns how many there were.
func (s *scanner) skip(set string) int {
	trimmed := strings.TrimLeft(s.rest, set)
	n := len(s.rest) - len(trimmed)
	s.rest = trimmed
	return n
}

// drop passes over everything up to the next comma outside quotes.
func (s *scanner) drop() {
	quoted := false
	for i := 0; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			s.rest = s.rest[i+1:]
			return
		}
	}
	s.rest = ""
}
