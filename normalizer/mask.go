package normalizer

import "strings"

// masked stands in place of what may be a secret.
const masked = "***"

// Mask replaces what looks like a secret in a text, and leaves the rest as it is.
func Mask(text string) string { return maskSecrets(text, classesOf(text)) }

// maskSecrets replaces what looks like a secret in the text of a provider: some
// of them quote the token, code, password or e-mail address they refuse.
//
//   - an e-mail address, a payment card, an IBAN, a token of a known kind, or a
//     word that is random enough to be a token, whatever is around it;
//   - any value that is assigned by an equals sign to a noun such as token, code
//     or secret, up to the next parameter;
//   - behind such a noun and a colon, or in quotation marks, a value that is no
//     word of those that errors are told with;
//   - behind such a noun, also with words such as "is" and "not found" between
//     them, a value with letters and digits, with capitals in random places, or,
//     where a one-time code may stand, of digits;
//   - a value that is said to be no valid noun.
//
// Numbers of errors, parameters, placeholders, times and versions stay. UUIDs stay
// too, except behind a noun: they are how support finds a request.
func maskSecrets(text string, classes charClass) string {
	if classes&(hint|mixedCase) == 0 && !hasLongWord(text) && !(classes&dash != 0 && hasGroups(text)) { // plain words, as most texts are
		return text
	}
	m := masker{folded: fold(text, classes)}
	for m.next() {
		m.read()
	}
	return m.apply(text)
}

// masker goes through a text word by word.
type masker struct {
	folded
	spans []span // what to mask, in order
	space [4]span

	start, end int    // of the current word
	word       string // the current word
	classes    charClass
	gap        gap // before it

	noun     nounKind // of the noun whose value may follow; zero for none
	linked   int      // how many linking words have followed it
	previous string   // the word before the current one
	quoted   span     // a word that may turn out to be a value
	said     bool     // that it is, or is not, something
}

type span struct{ start, end int }

// gap is what stands between two words.
type gap struct {
	equals, colon bool
	quote         byte // the quotation mark before the word
	open          byte // the bracket before the word
	ends          bool // a sentence or parameter ended
	comma         bool // an insertion may have started
	plain         bool // nothing but spaces
	query         bool // a question mark and nothing else
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

// maxLetters is how many letters in a row a word has at most.
const maxLetters = 23

// hasLongWord reports whether a text has more letters in a row than a word has. It
// looks at few of them: where one of the next letters is none, it goes on behind it.
func hasLongWord(text string) bool {
	for start := 0; start+maxLetters < len(text); {
		i := start + maxLetters
		for i >= start && charClasses[text[i]]&(lowerCase|upperCase) != 0 {
			i--
		}
		if i < start {
			return true
		}
		start = i + 1
	}
	return false
}

// hasGroups reports whether a hyphen stands between two capitals, as in codes for
// people to type.
func hasGroups(text string) bool {
	for i := 1; i+1 < len(text); i++ {
		if text[i] == '-' && isUpper(text[i-1]) && isUpper(text[i+1]) {
			return true
		}
	}
	return false
}

func isWordByte(c byte) bool { return !isBoundary[c] }
func isUpper(c byte) bool    { return 'A' <= c && c <= 'Z' }
func isLower(c byte) bool    { return 'a' <= c && c <= 'z' }

// next goes to the next word.
func (m *masker) next() bool {
	start := m.end
	for start < len(m.text) && isBoundary[m.text[start]] {
		start++
	}
	m.gap = readGap(m.text[m.end:start])
	end := start
	m.classes = 0
	for end < len(m.text) && !isBoundary[m.text[end]] {
		m.classes |= charClasses[m.text[end]]
		end++
	}
	for n := end; n > start; n-- { // the end of a sentence belongs to the gap
		if c := m.text[n-1]; c != '.' && c != '!' {
			end = n
			break
		}
	}
	m.start, m.end, m.word = start, end, m.text[start:end]
	return start < len(m.text)
}

func readGap(text string) gap {
	g := gap{plain: true, query: text == "?"}
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

// read decides about the current word.
func (m *masker) read() {
	if m.gap.ends || m.gap.comma && m.linked == 0 {
		m.noun, m.quoted = 0, span{}
	}
	noun := m.noun
	if end := m.numberEnd(); end > 0 {
		m.mask(m.start, end)
		return
	}
	if m.word == masked || m.word[0] == '*' && strings.Trim(m.word, "*") == "" && !m.gap.equals {
		m.mask(m.start, m.end)
		return
	}
	kind := m.nounHere()
	if noun&^publicNoun != 0 && kind&schemeNoun == 0 {
		if m.isPlaceholderHere() {
			m.noun = 0
			return
		}
		if end := m.valueEnd(); end > 0 {
			m.mask(m.start, end)
			return
		}
	}
	if isCertainSecret(m.word) || noun != publicNoun && len(m.word) >= 16 && isRandom(m.word) {
		m.mask(m.start, m.padded(m.end))
		return
	}
	m.remember(kind)
}

// remember keeps what the current word means for the words behind it.
func (m *masker) remember(kind nounKind) {
	m.reverse(kind)
	switch {
	case kind != 0:
		m.noun, m.linked = kind, 0
	case m.noun != 0 && m.linked < 8 && isLinking(m.word) && !(m.gap.colon && isCapitalized(m.word)): // a sentence starts
		m.linked++
	default:
		m.noun = 0
	}
	m.previous = m.word
}

// reverse masks a value that stands before its noun, as in "'x' is not a valid
// token" and "value 'x' at 'password'".
func (m *masker) reverse(kind nounKind) {
	switch {
	case m.quoted.end > 0 && m.said && kind&^(publicNoun|personNoun) != 0:
		word := m.text[m.quoted.start:m.quoted.end]
		m.said = false
		if kind&weakNoun == 0 || isRandomValue(word, 6) {
			m.spans = append(m.spans, m.quoted)
		}
		m.quoted = span{}
	case m.quoted.end > 0 && reverseWords[strings.ToLower(m.word)]:
		m.said = m.said || strings.EqualFold(m.word, "is") || strings.EqualFold(m.word, "at")
	case kind == 0 && m.mayBeValue():
		m.quoted, m.said = span{m.start, m.end}, false
	case m.noun == publicNoun, kind == 0:
		m.quoted = span{}
	}
}

// mayBeValue reports whether a word could be the value of a noun behind it.
func (m *masker) mayBeValue() bool {
	if m.gap.quote == 0 && m.classes&(hint|upperCase) == 0 {
		return false
	}
	closed := m.gap.quote != 0 && m.end < len(m.text) && m.text[m.end] == m.gap.quote && len(m.word) >= 3
	return closed && !isKnown(m.word) && !isPublic(m.word) && !isParameter(m.word) || m.noun != publicNoun && isRandomValue(m.word, 6)
}

// mask takes a part of the text for a secret and goes on behind it.
func (m *masker) mask(start, end int) {
	if m.spans == nil {
		m.spans = m.space[:0]
	}
	if strings.Trim(m.text[start:end], "*") != "" { // else masked already
		m.spans = append(m.spans, span{start, end})
	}
	m.end, m.noun, m.quoted, m.previous = end, 0, span{}, ""
}

// padded returns the end of a word with the equals signs that base64 puts there.
func (m *masker) padded(end int) int {
	n := end
	for n < len(m.text) && n < end+2 && m.text[n] == '=' {
		n++
	}
	if n < len(m.text) && isWordByte(m.text[n]) {
		return end
	}
	return n
}

// apply returns the shown text with the secrets replaced.
func (m *masker) apply(text string) string {
	if len(m.spans) == 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	shown := 0
	for _, s := range m.spans {
		b.WriteString(text[shown:m.origin(s.start)])
		b.WriteString(masked)
		shown = m.origin(s.end)
	}
	b.WriteString(text[shown:])
	return m.everywhere(text, b.String())
}

// everywhere masks the first secrets that were found in all other places where they
// stand, such as the password in "jane/hunter22".
func (m *masker) everywhere(text, shown string) string {
	for _, s := range m.spans[:min(len(m.spans), len(m.space))] {
		secret := text[m.origin(s.start):m.origin(s.end)]
		if digits, letters, _, _ := count(secret); digits > 0 && letters > 0 && len(secret) >= 6 {
			shown = strings.ReplaceAll(shown, secret, masked)
		}
	}
	return shown
}
