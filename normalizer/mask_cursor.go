package normalizer

import (
	"strings"
	"unicode/utf8"
)

// cursor goes through a text word by word.
type cursor struct {
	text       string
	start, end int    // of the current word
	word       string // the current word
	classes    charClass
	gap        gap // before it
}

// gap has the properties of the text between two words.
type gap struct {
	equals, colon bool
	quote         byte // the quotation mark before the word
	open          byte // the bracket before the word
	ends          bool // a sentence or parameter ended
	comma         bool // an insertion may have started
	plain         bool // nothing but spaces
	query         bool // a question mark and nothing else
	content       bool // a greater-than sign and nothing else
}

// isBoundary has the characters that part words: they cannot be inside a secret, or
// stand between a name and its value.
var isBoundary = byteSet(" \t\r\n,;:'\"`()[]{}<>=?&|#")

func byteSet(chars string) (set [256]bool) {
	for i := range len(chars) {
		set[chars[i]] = true
	}
	return set
}

// isWide reports whether a byte begins a character of East Asia, where no space parts a
// word from a value.
func isWide(c byte) bool { return 0xe3 <= c && c <= 0xed }

func isWordByte(c byte) bool { return !isBoundary[c] }
func isUpper(c byte) bool    { return 'A' <= c && c <= 'Z' }
func isLower(c byte) bool    { return 'a' <= c && c <= 'z' }

// next goes to the next word.
func (c *cursor) next() bool {
	start := c.end
	for start < len(c.text) && isBoundary[c.text[start]] {
		start++
	}
	c.gap = readGap(c.text[c.end:start])
	end := start
	c.classes = 0
	wide := start < len(c.text) && isWide(c.text[start])
	for end < len(c.text) && !isBoundary[c.text[end]] && !(wide && c.text[end] < utf8.RuneSelf) && (wide || !isWide(c.text[end])) {
		c.classes |= charClasses[c.text[end]]
		end++
	}
	for n := end; n > start; n-- { // the end of a sentence belongs to the gap
		if b := c.text[n-1]; b != '.' && b != '!' {
			end = n
			break
		}
	}
	c.start, c.end, c.word = start, end, c.text[start:end]
	return start < len(c.text)
}

// padded returns the end of a word with the equals signs that base64 puts there.
func (c *cursor) padded(end int) int {
	n := end
	for n < len(c.text) && n < end+2 && c.text[n] == '=' {
		n++
	}
	if n < len(c.text) && isWordByte(c.text[n]) {
		return end
	}
	return n
}

// following returns the next word, if it follows in the same clause.
func (c *cursor) following() (string, bool) {
	if c.end >= len(c.text) || c.text[c.end] != ' ' {
		return "", false
	}
	rest := c.text[c.end+1:]
	n := 0
	for n < len(rest) && isWordByte(rest[n]) {
		n++
	}
	word := strings.TrimRight(rest[:n], ".!")
	return word, word != ""
}

// until returns the end of a value that goes up to one of the characters.
func (c *cursor) until(stops string) int {
	if i := strings.IndexAny(c.text[c.start:], stops); i >= 0 {
		return c.start + i
	}
	return len(c.text)
}

// closing returns where the quotation of the current word ends.
func (c *cursor) closing() int {
	if i := strings.IndexByte(c.text[c.start:], c.gap.quote); i >= 0 {
		return c.start + i
	}
	return len(c.text)
}

// parameterEnd returns the end of a value that may have spaces: the next parameter,
// sentence or quotation, or a limit.
func (c *cursor) parameterEnd(limit int) int {
	i := c.start
	for ; i < limit; i++ {
		switch b := c.text[i]; {
		case strings.IndexByte("&,;\"'`)]}>|\r\n\t", b) >= 0:
			return i
		case (b == '.' || b == '!') && (i+1 == len(c.text) || i+2 < len(c.text) && c.text[i+1] == ' ' && (isUpper(c.text[i+2]) || c.text[i+2] == masked[0])):
			return i
		case b == ' ' && startsParameter(c.text, i+1):
			return i
		}
	}
	return i
}

// numberEnd returns the end of a payment card number, IBAN or telephone number at the current word.
func (c *cursor) numberEnd() int {
	n := 0
	switch {
	case len(c.word) < 2:
	case c.word[0] == '+':
		n = phoneAt(c.text[c.start:])
	case len(c.word) < 4:
	case isDigit(c.word[0]):
		n = cardAt(c.text[c.start:])
	case isDigit(c.word[2]) && isDigit(c.word[3]):
		n = ibanAt(c.text[c.start:])
	}
	if n == 0 {
		return 0
	}
	end := c.start + n
	for end < len(c.text) && isWordByte(c.text[end]) { // the rest of its last word
		end++
	}
	return max(c.start+n, c.start+len(strings.TrimRight(c.text[c.start:end], ".!")))
}

// isAmountHere reports whether the digits of the current word count something.
func (c *cursor) isAmountHere() bool {
	next, ok := c.following()
	return ok && unitWords[strings.ToLower(next)]
}

// isGroupedHere reports whether the digits of the current word go on behind a space.
func (c *cursor) isGroupedHere() bool {
	rest := c.text[c.end:]
	n := 1
	for n < len(rest) && isDigit(rest[n]) {
		n++
	}
	return len(rest) > 1 && rest[0] == ' ' && n-1 == len(c.word) && n >= 4 && (n == len(rest) || isBoundary[rest[n]] || rest[n] == '.')
}

// isValueOfPair reports whether the current word is the name of the member with the value,
// behind the one with the name: {"name":"password","value":"..."}.
func (c *cursor) isValueOfPair() bool {
	if !c.gap.comma || c.gap.quote == 0 || len(c.word) < 5 {
		return false
	}
	var buf [16]byte
	return pairValues[string(nameOf(buf[:0], c.word))]
}

// belongsTo reports whether the next word makes a noun a part of another name, such
// as token endpoint.
func (c *cursor) belongsTo() bool {
	if c.end >= len(c.text) || c.text[c.end] != ' ' || c.isElement() {
		return false
	}
	next := c.text[c.end+1:]
	n := 0
	for n < len(next) && isLetter(next[n]) && n < 16 {
		n++
	}
	var buf [24]byte
	return notNouns[string(lowered(buf[:0], next[:n]))]
}

// isElement reports whether the current word is the name of an element of XML, with or
// without a prefix.
func (c *cursor) isElement() bool {
	before := c.text[max(0, c.start-maxName):c.start]
	i := strings.LastIndexByte(before, '<')
	return i >= 0 && !strings.ContainsAny(before[i:], " =>\"")
}

// skipAttributes goes behind the attributes of the current word, if that is the name of
// an element.
func (c *cursor) skipAttributes() {
	rest := c.text[c.end:]
	if !strings.HasPrefix(rest, " ") || !c.isElement() {
		return
	}
	if i := strings.IndexByte(rest, '>'); i > 0 && rest[i-1] == '"' {
		c.end += i
	}
}

// isPlaceholderHere reports whether brackets around the current words make them a
// placeholder, such as <access token>.
func (c *cursor) isPlaceholderHere() bool {
	if c.gap.open == 0 || c.gap.quote != 0 {
		return false
	}
	rest := c.text[c.start:]
	i := strings.IndexAny(rest[:min(len(rest), 40)], ">}")
	return i > 0 && strings.Trim(rest[:i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_- ") == "" &&
		strings.Trim(rest[:i], "0123456789") == rest[:i]
}

func readGap(text string) gap {
	g := gap{plain: true, query: text == "?", content: text == ">"}
	for i := range len(text) {
		switch c := text[i]; c {
		case ' ':
			g.quote, g.open = 0, 0
			continue
		case '=':
			g.equals = true
		case ':':
			g.ends = g.ends || g.colon
			g.colon = true
		case '"', '\'', '`':
			g.quote = c
		case '<', '{':
			g.open = c
		case ',':
			g.ends = g.ends || g.comma || i+1 == len(text) || text[i+1] != ' '
			g.comma = true
		case '.', '!', '?', ';', '&', '|', '#', '\n':
			g.ends = true
		}
		g.plain = false
	}
	return g
}

// maxName is how long the name of a parameter is at most.
const maxName = 40

// startsParameter reports whether a name and an equals sign stand somewhere in a text.
func startsParameter(text string, i int) bool {
	start := i
	for i < len(text) && i < start+maxName && (isLetter(text[i]) || text[i] == '_' || text[i] == '-') {
		i++
	}
	return i > start && i < len(text) && text[i] == '='
}
