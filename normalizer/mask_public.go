package normalizer

import "strings"

// isTechnical reports whether a word is the name of a technique.
func isTechnical(word string) bool {
	var buf [24]byte
	return technicalWords[string(lowered(buf[:0], word))]
}

// isPlaceholder reports whether a word stands for a value: $TOKEN, MY_TOKEN, %s.
func isPlaceholder(word string) bool {
	if word[0] == '$' || word[0] == '%' {
		return len(word) <= 3 || hasOnly(word[1:], &capitals)
	}
	return strings.Contains(word, "_") && hasOnly(word, &capitals) || word == "..." || strings.Trim(word, "xX") == ""
}

// isErrorID reports whether a word is the number of an error, such as
// AADSTS70008, E-117 or FBTOAU223E: capitals, digits, and at most one capital more.
func isErrorID(word string) bool {
	n := 0
	for n < len(word) && isUpper(word[n]) {
		n++
	}
	if n == 0 {
		return false
	}
	for n < len(word) && (isDigit(word[n]) || word[n] == '-') {
		n++
	}
	return n == len(word) || n+1 == len(word) && !isLower(word[n])
}

// isTime reports whether a word is a date or the end of a time, such as
// 2026-11-21T10, 20150830T123600Z, 02/28/2019 or 24.237Z.
func isTime(word string) bool {
	if len(word) < 3 || len(word) > 30 || !isDigit(word[0]) || strings.Trim(word, "0123456789-/.+TZ") != "" {
		return false
	}
	digits, _, _, _ := count(word)
	year := word[:2] == "19" || word[:2] == "20"
	switch {
	case strings.HasSuffix(word, "Z"):
		return true
	case year && len(word) >= 7 && strings.IndexByte("-/.", word[4]) >= 0:
		return true
	case year && len(word) >= 9 && word[8] == 'T':
		return true
	}
	return digits >= 4 && digits <= 8 && strings.Count(word, "/") == 2
}

// isAddress reports whether a word is an IPv4 address or a version: numbers and
// dots.
func isAddress(word string) bool {
	word = strings.TrimPrefix(word, "v")
	return strings.Contains(word, ".") && strings.Trim(word, "0123456789.") == ""
}

// isAmount reports whether a word is a number with its unit, such as 1h0m0s.
func isAmount(word string) bool {
	rest := strings.TrimRight(word, "smhdkKMGBbyte%")
	return rest != word && len(word) <= 10 && isDigit(word[0]) && strings.Trim(rest, "0123456789.hm") == "" && len(rest) <= 8 && !isUpper(word[len(word)-1]) &&
		len(word)-len(rest) <= 2
}

// isUUID reports whether a word has the form of a UUID.
func isUUID(word string) bool {
	if len(word) != 36 {
		return false
	}
	for i := 0; i < len(word); i++ {
		c := word[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
			return false
		}
	}
	return true
}
