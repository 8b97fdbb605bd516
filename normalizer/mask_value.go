package normalizer

import "strings"

// valueEnd returns the end of the value of the noun that starts at the current
// word, or zero if the word is not one.
func (m *masker) valueEnd() int {
	switch {
	case m.gap.equals:
		return m.assignedEnd()
	case m.gap.quote != 0:
		if end := m.quotedEnd(); end > 0 {
			return end
		}
	}
	if m.isBareValue() {
		return m.bareEnd()
	}
	if m.gap.colon && m.gap.quote == 0 {
		return m.tellingEnd()
	}
	return 0
}

// assignedEnd is for what stands behind an equals sign: all of it.
func (m *masker) assignedEnd() int {
	end := m.until("\t\r\n &,;'\"`)]}>#|")
	switch {
	case m.gap.quote != 0:
		end = m.closing()
	case m.noun&phraseNoun != 0:
		end = m.parameterEnd(len(m.text))
	}
	value := strings.TrimRight(m.text[m.start:end], ".!:?")
	if value == "" || stateWords[strings.ToLower(value)] || isPlaceholder(value) {
		return 0
	}
	if m.noun&weakNoun != 0 && !m.isWeakValue(value) {
		return 0
	}
	return m.start + len(value)
}

// maxWeak is how long a value may be that is no secret.
const maxWeak = 256

// isWeakValue reports whether a value assigned to a noun that is seldom a secret may
// be one.
func (m *masker) isWeakValue(value string) bool {
	if len(value) > maxWeak || isRandomValue(value, 4) || m.areDigits(value) {
		return true
	}
	return m.noun&bareCode == 0 && len(value) >= 4 && !isKnown(value) && !isPublic(value)
}

// quotedEnd is for what stands in quotation marks behind a noun.
func (m *masker) quotedEnd() int {
	end := m.closing()
	if end == len(m.text) {
		return 0 // an apostrophe
	}
	value := m.text[m.start:end]
	single := strings.IndexByte(value, ' ') < 0
	switch {
	case m.noun&weakNoun != 0:
		if !single || !isRandomValue(value, 4) && !m.areDigits(value) {
			return 0
		}
	case single && m.gap.colon && m.noun&phraseNoun != 0:
		if stateWords[strings.ToLower(value)] || isPlaceholder(value) {
			return 0
		}
	case single:
		if len(value) < 3 || isKnown(value) || isPublic(value) || isParameter(value) && isCamelName(value) {
			return 0
		}
	case m.noun&phraseNoun == 0 || unknownWords(value) == 0:
		return 0
	}
	return end
}

// isBareValue reports whether the current word is a value by its look.
func (m *masker) isBareValue() bool {
	if m.areDigits(m.word) {
		return !m.isAmountHere()
	}
	shortest := 6
	if m.noun&(digitNoun|phraseNoun) != 0 {
		shortest = 4
	}
	if m.noun&weakNoun != 0 && isHyphenated(m.word) {
		return false // the name of a key
	}
	return m.noun&personNoun == 0 && isRandomValue(m.word, shortest)
}

// areDigits reports whether a word is of as many digits as the noun may have.
func (m *masker) areDigits(word string) bool {
	digits, n := 0, len(word)
	for i := range n {
		if isDigit(word[i]) {
			digits++
		} else if word[i] != '-' {
			return false
		}
	}
	switch {
	case m.noun&(digitNoun|bareCode) != 0 && n >= 3 && m.isGroupedHere():
		return true
	case m.noun&(digitNoun|phraseNoun) != 0:
		return 4 <= digits
	case m.noun&(bareCode|secretNoun) != 0:
		return 6 <= digits && digits <= 8
	}
	return false
}

// isGroupedHere reports whether the digits of the current word go on behind a space.
func (m *masker) isGroupedHere() bool {
	rest := m.text[m.end:]
	n := 1
	for n < len(rest) && isDigit(rest[n]) {
		n++
	}
	return len(rest) > 1 && rest[0] == ' ' && n-1 == len(m.word) && n >= 4 && (n == len(rest) || isBoundary[rest[n]] || rest[n] == '.')
}

// bareEnd returns the end of a value that is one by its look.
func (m *masker) bareEnd() int {
	switch {
	case m.noun&(digitNoun|bareCode) != 0 && m.areDigits(m.word) && m.isGroupedHere():
		return m.end + 1 + len(m.word)
	case m.noun&phraseNoun != 0: // punctuation may be a part of it
		end := m.until("\t\r\n \"'`)]},;")
		return m.start + len(strings.TrimRight(m.text[m.start:end], ".:?"))
	}
	return m.padded(m.end)
}

// isAmountHere reports whether the digits of the current word count something.
func (m *masker) isAmountHere() bool {
	next, ok := m.following()
	return ok && unitWords[strings.ToLower(next)]
}

// tellingEnd is for what stands behind a noun and a colon, where errors are told
// too: a word that errors are not told with, or more of them for a password.
func (m *masker) tellingEnd() int {
	if m.noun&weakNoun != 0 {
		return 0
	}
	if m.noun&phraseNoun != 0 && !isCapitalized(m.word) {
		if end := m.fewWordsEnd(); end > 0 {
			return end
		}
	}
	if len(m.word) < 4 || strings.Trim(m.word, "0123456789") == "" || isKnown(m.word) || isPublic(m.word) || isCamelName(m.word) {
		return 0
	}
	next, more := m.following()
	if more && (isCapitalized(m.word) || !isKnown(next)) || strings.HasPrefix(m.text[m.end:], "...") {
		return 0
	}
	return m.bareEnd()
}

// maxPhrase is of how many words a password in a sentence may be.
const maxPhrase = 6

// fewWordsEnd returns the end of a password of several words of which most are none
// that errors are told with, or zero.
func (m *masker) fewWordsEnd() int {
	all := m.text[m.start:min(len(m.text), m.start+maxWeak)]
	spaces := 0
	for i := range len(all) {
		if all[i] != ' ' {
			continue
		}
		if spaces++; spaces > maxPhrase {
			all = all[:i]
			break
		}
	}
	end := m.parameterEnd(m.start + len(all))
	value := m.text[m.start:end]
	words := strings.Count(value, " ") + 1
	if words == 1 || words > maxPhrase || strings.Contains(value, masked) || 2*unknownWords(value) < words {
		return 0
	}
	return end
}

// isCapitalized reports whether a word starts as a sentence does.
func isCapitalized(word string) bool {
	return isUpper(word[0]) && len(word) > 1 && hasOnly(word[1:], &smallLetters)
}

// unknownWords counts the words of a text that errors are not told with.
func unknownWords(text string) (unknown int) {
	for word := range strings.FieldsSeq(text) {
		if word = strings.Trim(word, ".,!?()"); word != "" && !isKnown(word) {
			unknown++
		}
	}
	return unknown
}

// following returns the next word, if it follows in the same clause.
func (m *masker) following() (string, bool) {
	if m.end >= len(m.text) || m.text[m.end] != ' ' {
		return "", false
	}
	rest := m.text[m.end+1:]
	n := 0
	for n < len(rest) && isWordByte(rest[n]) {
		n++
	}
	word := strings.TrimRight(rest[:n], ".!")
	return word, word != ""
}

// until returns the end of a value that goes up to one of the characters.
func (m *masker) until(stops string) int {
	if i := strings.IndexAny(m.text[m.start:], stops); i >= 0 {
		return m.start + i
	}
	return len(m.text)
}

// closing returns where the quotation of the current word ends.
func (m *masker) closing() int {
	if i := strings.IndexByte(m.text[m.start:], m.gap.quote); i >= 0 {
		return m.start + i
	}
	return len(m.text)
}

// parameterEnd returns the end of a value that may have spaces: the next parameter,
// sentence or quotation, or a limit.
func (m *masker) parameterEnd(limit int) int {
	i := m.start
	for ; i < limit; i++ {
		switch c := m.text[i]; {
		case strings.IndexByte("&,;\"'`)]}>|\r\n\t", c) >= 0:
			return i
		case (c == '.' || c == '!') && (i+1 == len(m.text) || i+2 < len(m.text) && m.text[i+1] == ' ' && (isUpper(m.text[i+2]) || m.text[i+2] == masked[0])):
			return i
		case c == ' ' && m.startsParameter(i+1):
			return i
		}
	}
	return i
}

// maxName is how long the name of a parameter is at most.
const maxName = 40

// startsParameter reports whether a name and an equals sign stand somewhere.
func (m *masker) startsParameter(i int) bool {
	start := i
	for i < len(m.text) && i < start+maxName && (isLetter(m.text[i]) || m.text[i] == '_' || m.text[i] == '-') {
		i++
	}
	return i > start && i < len(m.text) && m.text[i] == '='
}

// numberEnd returns the end of a payment card number or IBAN at the current word.
func (m *masker) numberEnd() int {
	n := 0
	switch {
	case len(m.word) < 4:
	case isDigit(m.word[0]):
		n = cardAt(m.text[m.start:])
	case isDigit(m.word[2]) && isDigit(m.word[3]):
		n = ibanAt(m.text[m.start:])
	}
	if n == 0 {
		return 0
	}
	end := m.start + n
	for end < len(m.text) && isWordByte(m.text[end]) { // the rest of its last word
		end++
	}
	return max(m.start+n, m.start+len(strings.TrimRight(m.text[m.start:end], ".!")))
}

// isPlaceholderHere reports whether brackets around the current words make them a
// placeholder, such as <access token>.
func (m *masker) isPlaceholderHere() bool {
	if m.gap.open == 0 || m.gap.quote != 0 {
		return false
	}
	rest := m.text[m.start:]
	i := strings.IndexAny(rest[:min(len(rest), 40)], ">}")
	return i > 0 && strings.Trim(rest[:i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_- ") == "" &&
		strings.Trim(rest[:i], "0123456789") == rest[:i]
}
