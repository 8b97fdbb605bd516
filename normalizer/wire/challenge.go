package wire

import "strings"

// Challenge is one authentication challenge of a WWW-Authenticate field (RFC 9110
// §11.6.1). It can be written back without loss.
type Challenge struct {
	// Scheme is the scheme as received.
	Scheme string
	// Token68 is the token68 that some schemes have instead of parameters.
	Token68 string
	// Params are the parameters in their order. A repeated parameter occurs twice.
	Params []Param
	// Malformed says that the challenge violates the grammar. Unreadable parts are
	// missing.
	Malformed bool
}

// Param is one auth-param of a challenge: the name as received, and the value without
// quotes and escapes.
type Param struct {
	Name, Value string
	// Bare says that the value had no quotes, as some parameters of Digest require.
	Bare bool
}

// Param returns the value of the first parameter with the name. It ignores case.
func (c Challenge) Param(name string) (string, bool) {
	for i := range c.Params {
		if strings.EqualFold(c.Params[i].Name, name) {
			return c.Params[i].Value, true
		}
	}
	return "", false
}

// Has reports whether the challenge has the parameter. It ignores case.
func (c Challenge) Has(name string) bool {
	_, ok := c.Param(name)
	return ok
}

// String writes the challenge as a field value. Values are quoted, except for tokens that
// came without quotes. String omits the parts that a header field cannot have: control
// characters in values, and parameters and challenges with names that are not tokens.
func (c Challenge) String() string {
	if !isToken(c.Scheme) {
		return ""
	}
	b := []byte(c.Scheme)
	if c.Token68 != "" && len(c.Params) == 0 && token68Length(c.Token68) == len(c.Token68) {
		b = append(append(b, ' '), c.Token68...)
	}
	separator := " "
	for _, p := range c.Params {
		if !isToken(p.Name) {
			continue
		}
		b = append(append(append(b, separator...), p.Name...), '=')
		separator = ", "
		if p.Bare && isToken(p.Value) {
			b = append(b, p.Value...)
		} else {
			b = appendQuotedString(b, p.Value)
		}
	}
	return string(b)
}

// appendQuotedString appends a quoted-string (RFC 9110 §5.6.4).
func appendQuotedString(b []byte, value string) []byte {
	b = append(b, '"')
	for i := range len(value) {
		switch c := value[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c >= ' ' && c != 0x7f || c == '\t':
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// Challenges parses the values of all WWW-Authenticate fields of a response. One value may
// have several challenges, and one that begins with an error in place of a scheme is of
// Bearer. Malformed parts are skipped up to the next comma; but a value without quotes that
// should have them (`realm=My App`) is read up to the next comma, or the next name of a
// parameter. 64 KiB are read; if there is more, the last challenge is malformed.
func Challenges(values []string) []Challenge {
	var out []Challenge
	left := 64 << 10 // tickets have some 16 KiB
	for _, value := range values {
		s := scanner{rest: value[:min(len(value), left)], first: len(out)}
		left -= len(s.rest)
		cut := len(s.rest) < len(value)
		for s.rest != "" {
			out = s.element(out)
		}
		if cut && len(out) > 0 {
			out[len(out)-1].Malformed = true
		}
	}
	return out
}

// scanner walks one field value.
type scanner struct {
	rest  string
	first int // the first challenge of this value
}

// element reads one element of the comma-separated list: a parameter of the
// challenge before it, or a new challenge with its first parameter or token68.
func (s *scanner) element(out []Challenge) []Challenge {
	s.skip(" \t,")
	word := s.token()
	if word == "" {
		if s.drop() {
			s.blame(out)
		}
		return out
	}
	if s.atSign() {
		if len(out) == s.first && !strings.EqualFold(word, "error") {
			s.param(new(Challenge), word) // of nothing
			return out
		} else if len(out) == s.first { // only Bearer and its kin have errors
			out = append(out, Challenge{Scheme: "Bearer", Malformed: true})
		}
		last := &out[len(out)-1]
		if last.Token68 != "" { // a challenge has one or the other
			last.Token68, last.Malformed = "", true
		}
		s.param(last, word)
		return out
	}
	c := Challenge{Scheme: word}
	if s.skip(" \t") == 0 {
		c.Malformed = s.drop()
		return append(out, c)
	}
	if n := token68Length(s.rest); n > 0 {
		c.Token68 = s.rest[:n]
		s.rest = s.rest[n:]
	} else if name := s.token(); name != "" && s.atSign() {
		s.param(&c, name)
		return append(out, c)
	}
	c.Malformed = s.drop()
	return append(out, c)
}

// blame notes that something behind the last challenge cannot be read.
func (s *scanner) blame(out []Challenge) {
	if len(out) > s.first {
		out[len(out)-1].Malformed = true
	}
}

// atSign reports whether an equals sign follows. It distinguishes the name of a parameter
// from a scheme.
func (s *scanner) atSign() bool {
	return strings.HasPrefix(strings.TrimLeft(s.rest, " \t"), "=")
}

// param reads `= value` behind a name into the challenge.
func (s *scanner) param(c *Challenge, name string) {
	s.skip(" \t")
	s.rest = s.rest[1:]
	s.skip(" \t")
	p := Param{Name: name}
	if strings.HasPrefix(s.rest, `"`) {
		value, ok := s.quoted()
		if !ok || s.rest != "" && strings.IndexByte(", \t", s.rest[0]) < 0 {
			c.Malformed = true
			s.drop()
			return
		}
		p.Value = value
	} else {
		p.Value, p.Bare = s.unquoted(), true
		c.Malformed = c.Malformed || !isToken(p.Value)
	}
	c.Params = append(c.Params, p)
}

// unquoted reads a value without quotes, which ends before a comma or before a word
// that an equals sign makes the name of a parameter.
func (s *scanner) unquoted() string {
	value := s.rest
	end := 0 // of the value
	for {
		word := strings.IndexAny(s.rest, ", \t")
		if word < 0 {
			word = len(s.rest)
		}
		s.rest = s.rest[word:]
		end = len(value) - len(s.rest)
		s.skip(" \t")
		ahead := *s
		if ahead.rest == "" || ahead.rest[0] == ',' || ahead.token() != "" && ahead.atSign() {
			return value[:end]
		}
	}
}

// token68Length measures a token68 (RFC 9110 §11.2) that stands alone. Letters before
// a single equals sign are a parameter without a value.
func token68Length(s string) int {
	n, letters := 0, true
	for n < len(s) && (isTokenByte(s[n]) && strings.IndexByte("!#$%&'*^`|", s[n]) < 0 || s[n] == '/') {
		letters = letters && ('a' <= lower(s[n]) && lower(s[n]) <= 'z' || s[n] == '_')
		n++
	}
	end := n
	for end < len(s) && s[end] == '=' {
		end++
	}
	rest := strings.TrimLeft(s[end:], " \t")
	if n == 0 || rest != "" && rest[0] != ',' || letters && end == n+1 {
		return 0
	}
	return end
}

// isToken reports whether a text is a token (RFC 9110 §5.6.2).
func isToken(text string) bool {
	for i := range len(text) {
		if !isTokenByte(text[i]) {
			return false
		}
	}
	return text != ""
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

// drop passes over everything up to the next comma outside quotes, and reports whether
// that was more than white space.
func (s *scanner) drop() bool {
	quoted, any := false, false
	for i := 0; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted, any = !quoted, true
		case c == ',' && !quoted:
			s.rest = s.rest[i+1:]
			return any
		case c != ' ' && c != '\t':
			any = true
		}
	}
	s.rest = ""
	return any
}
