package normalizer

import "strings"

// isCertainSecret reports whether a word is an e-mail address or starts as the
// tokens of a known kind do.
func isCertainSecret(word string) bool {
	if i := strings.IndexByte(word, '@'); i > 0 && i < len(word)-1 {
		return true
	}
	if len(word) < 8 || !startsPrefix[word[0]] {
		return false
	}
	for _, prefix := range secretPrefixes {
		if len(word) >= len(prefix)+6 && strings.HasPrefix(word, prefix) {
			return looksRandom(word[len(prefix):]) || prefix == "eyJ" && !isCamelName(word)
		}
	}
	return false
}

// startsPrefix has the first characters of the prefixes.
var startsPrefix = func() (set [256]bool) {
	for _, prefix := range secretPrefixes {
		set[prefix[0]] = true
	}
	return set
}()

// looksRandom reports whether the text behind a known prefix is not a word.
func looksRandom(rest string) bool {
	digits, _, upper, lower := count(rest)
	return digits > 0 || upper > 0 && lower > 0 || strings.Contains(rest, "*") || upper >= 12
}

// isRandom reports whether a part of a word is random enough to be a token. Names
// may be long too, but their parts are words.
func isRandom(word string) bool {
	if len(word) < 16 || isUUID(word) || isTime(word) || isAddress(word) {
		return false
	}
	for part := range strings.FieldsFuncSeq(word, func(r rune) bool { return r == '.' || r == '/' }) {
		if len(part) < 16 || isUUID(part) || isTime(part) || isHyphenated(part) {
			continue
		}
		digits, letters, upper, lower := count(part)
		if digits >= 2 && letters >= 2 || len(part) >= 24 && digits >= 1 && upper >= 2 && lower >= 2 ||
			len(part) >= 20 && (isScrambled(part) || 5*caseChanges(part) >= 2*len(part) && !isCamelName(part) && !isKnown(part)) {
			return true
		}
	}
	return false
}

// isRandomValue reports whether a word behind a noun is a secret by its look, which
// may be shorter there: it has letters and digits, or capitals in random places, or
// no end.
func isRandomValue(word string, shortest int) bool {
	if len(word) < shortest {
		return false
	}
	digits, letters, upper, lower := count(word)
	random := false
	switch {
	case letters > 0 && digits > 0:
		random = true
	case upper >= 2 && lower >= 2 || letters == len(word) && upper > 0 && lower > 0:
		random = len(word) >= 6 && isScrambled(word) || len(word) >= 8 && caseChanges(word) >= 4 && !isCamelName(word) && !isKnown(word)
	}
	if !random && letters >= 24 && letters == len(word) {
		random = !isCamelName(word) && !isKnown(word)
	}
	if !random && letters+digits < len(word) {
		random = isUUID(word) || isGrouped(word)
	}
	return random && !isPublic(word)
}

// isPublic reports whether a word behind a noun is of a form that is never a
// secret: the number of an error, a time, a version, an address, a duration, a name
// of a technique or a placeholder.
func isPublic(word string) bool {
	return isErrorID(word) || isTime(word) || isAddress(word) || isAmount(word) || isPlaceholder(word) || isTechnical(word)
}

// isParameter reports whether a word is spelled as parameters are, such as
// redirect_uri.
func isParameter(word string) bool {
	return strings.Contains(word, "_") && hasOnly(word, &smallLetters)
}

// isCamelName reports whether a word is put together of words with a capital each, such
// as NoSuchUser.
func isCamelName(word string) bool {
	humps, short, run, parted := 0, 0, 0, false
	end := func() {
		if run == 1 { // such as Or and Id, which are few
			short++
		}
		if run > 0 {
			humps++
		}
		run = 0
	}
	for i := 0; i < len(word); i++ {
		switch c := word[i]; {
		case isLower(c):
			run++
		case isUpper(c) || c == '.' || c == '_':
			end()
			parted = parted || humps > 0
		default:
			return false
		}
	}
	end()
	return parted && 3*short <= humps
}

// isKnown reports whether a word is of those that texts about errors are made of,
// or is put together of them.
func isKnown(word string) bool {
	if strings.HasPrefix(word, masked) {
		return false
	}
	for len(word) > 0 {
		n := 1
		for isLetter(word[0]) && n < len(word) && isLetter(word[n]) && !(isUpper(word[n]) && (isLower(word[n-1]) || n+1 < len(word) && isLower(word[n+1]))) {
			n++
		}
		if part := word[:n]; isLetter(part[0]) && !isKnownPart(part) || isDigit(part[0]) {
			return false
		}
		word = word[n:]
	}
	return true
}

func isKnownPart(part string) bool {
	var buf [24]byte
	lower := lowered(buf[:0], part)
	if len(lower) == 1 {
		return true
	}
	return plainWords[string(lower)] || linkingWords[string(lower)] || secretNouns[string(lower)] != 0
}

// lowered appends a short word in lower case; a long one is in no table.
func lowered(dst []byte, word string) []byte {
	if len(word) > cap(dst) {
		return dst
	}
	for i := 0; i < len(word); i++ {
		c := word[i]
		if isUpper(c) {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}

// isScrambled reports whether capitals and small letters alternate as in random
// text: as often as each other, and more often than in the words of a name such as
// UserNotFoundException.
func isScrambled(word string) bool {
	_, _, upper, lower := count(word)
	return 3*min(upper, lower) > len(word) && 3*caseChanges(word) >= len(word)
}

// caseChanges counts where a capital and a small letter are side by side.
func caseChanges(word string) (changes int) {
	for i := 1; i < len(word); i++ {
		if isUpper(word[i]) && isLower(word[i-1]) || isLower(word[i]) && isUpper(word[i-1]) {
			changes++
		}
	}
	return changes
}

// isHyphenated reports whether a word is a name of words and small numbers, such
// as spring-boot-2 or saml2-bearer.
func isHyphenated(word string) bool {
	parts := 0
	for part := range strings.FieldsFuncSeq(word, func(r rune) bool { return r == '-' || r == '_' }) {
		parts++
		digits := len(part) - len(strings.TrimRight(part, "0123456789"))
		letters := part[:len(part)-digits]
		if digits > 4 || !isOneCase(letters) && !isCapitalized(letters) ||
			digits > 0 && letters != "" && len(letters) < 3 && letters != "v" {
			return false
		}
	}
	return parts > 1
}

// isOneCase reports whether a word has small letters only, or capitals only.
func isOneCase(word string) bool {
	return hasOnly(word, &smallLetters) || hasOnly(word, &capitals)
}

// isGrouped reports whether a word is written as codes for people to type are:
// capitals and digits in groups of the same length.
func isGrouped(word string) bool {
	if len(word) < 7 || strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
		return false
	}
	first := strings.IndexByte(word, '-')
	if first < 3 || (len(word)+1)%(first+1) != 0 {
		return false
	}
	for i := range len(word) {
		if (word[i] == '-') != (i%(first+1) == first) {
			return false
		}
	}
	return true
}

// count returns how many digits and letters a word has, and how many letters of each
// case.
func count(word string) (digits, letters, upper, lower int) {
	for i := 0; i < len(word); i++ {
		switch c := word[i]; {
		case isDigit(c):
			digits++
		case isUpper(c):
			upper++
		case isLower(c):
			lower++
		}
	}
	return digits, upper + lower, upper, lower
}

var (
	smallLetters = byteSet("abcdefghijklmnopqrstuvwxyz_")
	capitals     = byteSet("ABCDEFGHIJKLMNOPQRSTUVWXYZ_")
)

// hasOnly reports whether all characters of a word are of a set.
func hasOnly(word string, set *[256]bool) bool {
	for i := range len(word) {
		if !set[word[i]] {
			return false
		}
	}
	return true
}
