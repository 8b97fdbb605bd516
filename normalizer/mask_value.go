package normalizer

import "strings"

// nounValue is the possible value of a noun. It starts at the current word.
type nounValue struct {
	at   *cursor
	noun nounKind
}

// ending returns the end of the value, or zero if the word is not one.
func (v nounValue) ending() int {
	switch {
	case v.at.gap.equals:
		return v.assignedEnd()
	case v.at.gap.content && v.noun&weakNoun == 0:
		if end := v.contentEnd(); end > 0 {
			return end
		}
	case v.at.gap.quote != 0:
		if end := v.quotedEnd(); end > 0 {
			return end
		}
	}
	if v.isBareValue() {
		return v.bareEnd()
	}
	if v.at.gap.colon && v.at.gap.quote == 0 {
		return v.tellingEnd()
	}
	return 0
}

// assignedEnd returns the end of a value behind an equals sign: all of it.
func (v nounValue) assignedEnd() int {
	end := v.at.until("\t\r\n &,;'\"`)]}>#|")
	switch {
	case v.at.gap.quote != 0:
		end = v.at.closing()
	case v.noun&phraseNoun != 0:
		end = v.at.parameterEnd(len(v.at.text))
	}
	value := strings.TrimRight(v.at.text[v.at.start:end], ".!:?")
	if value == "" || stateWords[strings.ToLower(value)] || isPlaceholder(value) {
		return 0
	}
	if v.noun&weakNoun != 0 && !v.isWeakValue(value) {
		return 0
	}
	return v.at.start + len(value)
}

// contentEnd is for what stands in an element that is called by a noun: all of it, unless
// it is what errors are told with.
func (v nounValue) contentEnd() int {
	rest := v.at.text[v.at.start:min(len(v.at.text), v.at.start+maxWeak)]
	end := strings.IndexByte(rest, '<')
	value := strings.TrimSpace(rest[:max(0, end)])
	if value == "" || isPlaceholder(value) || unknownWords(value) == 0 {
		return 0
	}
	return v.at.start + len(value)
}

// maxWeak is how long a value may be that is no secret.
const maxWeak = 256

// isWeakValue reports whether a value assigned to a noun that is seldom a secret may
// be one.
func (v nounValue) isWeakValue(value string) bool {
	if len(value) > maxWeak || isRandomValue(value, 4) || v.areDigits(value) {
		return true
	}
	return v.noun&bareCode == 0 && len(value) >= 4 && !isKnown(value) && !isPublic(value)
}

// quotedEnd returns the end of a value in quotation marks behind a noun.
func (v nounValue) quotedEnd() int {
	end := v.at.closing()
	if end == len(v.at.text) {
		return 0 // an apostrophe
	}
	value := v.at.text[v.at.start:end]
	single := strings.IndexByte(value, ' ') < 0
	switch {
	case v.noun&weakNoun != 0:
		if !single || !isRandomValue(value, 4) && !v.areDigits(value) {
			return 0
		}
	case single && v.at.gap.colon && v.noun&phraseNoun != 0:
		if stateWords[strings.ToLower(value)] || isPlaceholder(value) {
			return 0
		}
	case single:
		if len(value) < 3 || isKnown(value) || isPublic(value) || isParameter(value) && isCamelName(value) {
			return 0
		}
	case v.noun&phraseNoun == 0 || unknownWords(value) == 0:
		return 0
	}
	return end
}

// isBareValue reports whether the current word is a value by its look.
func (v nounValue) isBareValue() bool {
	if v.areDigits(v.at.word) {
		return !v.at.isAmountHere()
	}
	shortest := 6
	if v.noun&(digitNoun|phraseNoun) != 0 {
		shortest = 4
	}
	if v.noun&weakNoun != 0 && isHyphenated(v.at.word) {
		return false // the name of a key
	}
	return v.noun&personNoun == 0 && isRandomValue(v.at.word, shortest)
}

// areDigits reports whether a word is of as many digits as the noun may have.
func (v nounValue) areDigits(word string) bool {
	digits, n := 0, len(word)
	for i := range n {
		if isDigit(word[i]) {
			digits++
		} else if word[i] != '-' {
			return false
		}
	}
	switch {
	case v.noun&(digitNoun|bareCode) != 0 && n >= 3 && v.at.isGroupedHere():
		return true
	case v.noun&cardNoun != 0:
		return digits == n && 3 <= n && n <= 4
	case v.noun&(digitNoun|phraseNoun) != 0:
		return 4 <= digits
	case v.noun&(bareCode|secretNoun) != 0:
		return 6 <= digits && digits <= 8
	}
	return false
}

// bareEnd returns the end of a value that is one by its look.
func (v nounValue) bareEnd() int {
	switch {
	case v.noun&(digitNoun|bareCode) != 0 && v.areDigits(v.at.word) && v.at.isGroupedHere():
		return v.at.end + 1 + len(v.at.word)
	case v.noun&phraseNoun != 0: // punctuation may be a part of it
		end := v.at.until("\t\r\n \"'`)]},;<")
		return v.at.start + len(strings.TrimRight(v.at.text[v.at.start:end], ".:?"))
	}
	return v.at.padded(v.at.end)
}

// tellingEnd returns the end of a value behind a noun and a colon. Error texts may follow
// there too, so only unusual words are values. A password may have several of them.
func (v nounValue) tellingEnd() int {
	if v.noun&weakNoun != 0 {
		return 0
	}
	if v.noun&phraseNoun != 0 && !isCapitalized(v.at.word) {
		if end := v.fewWordsEnd(); end > 0 {
			return end
		}
	}
	if len(v.at.word) < 4 || strings.Trim(v.at.word, "0123456789") == "" || isKnown(v.at.word) || isPublic(v.at.word) || isCamelName(v.at.word) {
		return 0
	}
	next, more := v.at.following()
	if more && (isCapitalized(v.at.word) || !isKnown(next)) || strings.HasPrefix(v.at.text[v.at.end:], "...") {
		return 0
	}
	return v.bareEnd()
}

// maxPhrase is of how many words a password in a sentence may be.
const maxPhrase = 6

// fewWordsEnd returns the end of a password of several words, most of them unusual in
// error texts, or zero.
func (v nounValue) fewWordsEnd() int {
	all := v.at.text[v.at.start:min(len(v.at.text), v.at.start+maxWeak)]
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
	end := v.at.parameterEnd(v.at.start + len(all))
	value := v.at.text[v.at.start:end]
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
