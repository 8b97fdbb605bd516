package normalizer

import "strings"

// masked replaces a possible secret.
const masked = "***"

// Mask masks everything in a text that looks like a secret. The rest stays unchanged.
func Mask(text string) string { return maskSecrets(text, classesOf(text)) }

// maskSecrets replaces possible secrets in a text of a provider. Some providers quote the
// token, code, password or e-mail address that they refuse. It replaces
//
//   - anywhere, an e-mail address, a telephone number, a payment card, an IBAN, a token
//     of a known kind, or a word that is random enough to be a token;
//   - any value that is assigned by an equals sign to a noun such as token, code or
//     secret, up to the next parameter;
//   - behind such a noun and a colon, or in quotation marks, a value that is not a usual
//     word of error texts;
//   - behind such a noun, also with words such as "is" and "not found" between them, a
//     value with letters and digits, with capitals in random places, or, where a one-time
//     code may stand, of digits;
//   - a value that the text calls an invalid token, code or the like.
//
// Numbers of errors, parameters, placeholders, times and versions stay. UUIDs stay too,
// except behind a noun: support uses them to find a request.
func maskSecrets(text string, classes charClass) string {
	if isPlain(text, classes) {
		return text
	}
	return maskWords(text, classes)
}

// maskWords is maskSecrets for a text that may have some.
func maskWords(text string, classes charClass) string {
	as := fold(text, classes)
	m := masker{at: cursor{text: as.text}}
	for m.at.next() {
		m.read()
	}
	return m.found.replaced(text, &as)
}

// isPlain reports whether a text has only words and small numbers, as most texts have.
func isPlain(text string, classes charClass) bool {
	return classes&mixedCase == 0 && (classes&hint == 0 || onlySmallNumbers(text)) &&
		!hasLongWord(text) && !(classes&dash != 0 && hasGroups(text))
}

// onlySmallNumbers reports whether the hints of a text are only numbers of one or two
// digits between spaces, with a letter between two of them: no secret is made of these.
func onlySmallNumbers(text string) bool {
	letter := true // since the last number
	for i := 0; i < len(text); i++ {
		class := charClasses[text[i]]
		letter = letter || class&(lowerCase|upperCase) != 0
		if class&hint == 0 {
			continue
		}
		start := i
		for i < len(text) && isDigit(text[i]) {
			i++
		}
		n := i - start
		if !letter || n == 0 || n > 2 || start > 0 && text[start-1] != ' ' ||
			i < len(text) && strings.IndexByte(" .,;!", text[i]) < 0 {
			return false
		}
		letter = false
	}
	return true
}

// masker finds the secrets in a text.
type masker struct {
	at       cursor
	found    found
	reversal reversal

	noun     nounKind // kind of the noun before, or zero for none
	linked   int      // how many linking words have followed it
	previous string   // the word before the current one
}

type span struct{ start, end int }

// maxLetters is how many letters in a row a word has at most.
const maxLetters = 23

// hasLongWord reports whether a text has more letters in a row than a word has. It looks
// at few of them: if one of the letters ahead is none, it continues behind that.
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

// read decides about the current word.
func (m *masker) read() {
	if m.noun != 0 && m.at.isValueOfPair() {
		m.previous = m.at.word
		return
	}
	if m.at.gap.ends || m.at.gap.comma && m.linked == 0 {
		m.noun, m.reversal = 0, reversal{}
	}
	noun := m.noun
	if end := m.at.numberEnd(); end > 0 {
		m.mask(m.at.start, end)
		return
	}
	if m.at.word == masked || m.at.word[0] == '*' && strings.Trim(m.at.word, "*") == "" && !m.at.gap.equals {
		m.mask(m.at.start, m.at.end)
		return
	}
	kind := m.nounHere()
	if noun&secretNoun != 0 && m.at.gap.colon && kind == 0 && strings.HasPrefix(m.at.text[m.at.end:], "=") {
		m.noun, m.linked, m.previous = weakNoun|bareCode, 0, m.at.word // the name of a cookie or parameter
		return
	}
	if noun&^publicNoun != 0 && kind&schemeNoun == 0 {
		if m.at.isPlaceholderHere() {
			m.noun = 0
			return
		}
		if end := (nounValue{&m.at, m.noun}).ending(); end > 0 {
			m.mask(m.at.start, end)
			return
		}
	}
	if isCertainSecret(m.at.word) || noun != publicNoun && len(m.at.word) >= 16 && isRandom(m.at.word) {
		m.maskWord()
		return
	}
	m.remember(kind)
	if kind != 0 {
		m.at.skipAttributes()
	}
}

// remember keeps the kind of the current word for the words behind it.
func (m *masker) remember(kind nounKind) {
	if value := m.reversal.read(&m.at, m.noun, kind); value.end > 0 {
		m.found.add(value)
	}
	switch {
	case kind != 0:
		m.noun, m.linked = kind, 0
	case m.noun != 0 && m.linked < 8 && isLinking(m.at.word) && !(m.at.gap.colon && isCapitalized(m.at.word) && m.noun&phraseNoun == 0): // a sentence starts
		m.linked++
	default:
		m.noun = 0
	}
	m.previous = m.at.word
}

// maskWord masks the current word. In an address with a password, the text behind the
// password stays. In an address with a token at its end, the text before the token stays.
func (m *masker) maskWord() {
	start, end := m.at.start, m.at.padded(m.at.end)
	if at := strings.LastIndexByte(m.at.word, '@'); at > 0 && m.at.gap.colon && strings.HasPrefix(m.previous, "//") {
		end = start + at
	}
	if i := strings.LastIndexByte(m.at.word, '/'); strings.HasPrefix(m.at.word, "//") && isRandom(m.at.word[i+1:]) && !isRandom(m.at.word[:i]) {
		start += i + 1
	}
	m.mask(start, end)
}

// mask takes a part of the text for a secret and goes on behind it.
func (m *masker) mask(start, end int) {
	if strings.Trim(m.at.text[start:end], "*") != "" { // else masked already
		m.found.add(span{start, end})
	}
	m.at.end, m.noun, m.reversal, m.previous = end, 0, reversal{}, ""
}
