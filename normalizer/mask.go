package normalizer

import "strings"

// masked stands in place of what may be a secret.
const masked = "***"

// Mask replaces what looks like a secret in a text, and leaves the rest as it is.
func Mask(text string) string { return maskSecrets(text, classesOf(text)) }

// secretNouns are words behind which a value may be the thing itself.
var secretNouns = map[string]bool{
	"token": true, "access_token": true, "refresh_token": true, "id_token": true, "code": true, "secret": true,
	"client_secret": true, "password": true, "passcode": true, "otp": true, "pin": true, "ticket": true,
	"assertion": true, "verifier": true, "code_verifier": true, "session": true, "cookie": true, "nonce": true,
	"bearer": true, "basic": true, "dpop": true, "authorization": true, "apikey": true, "api_key": true,
}

// publicCodes are words before "code" that make it the number of an error.
var publicCodes = map[string]bool{
	"error": true, "status": true, "response": true, "result": true, "reason": true, "fault": true, "problem": true, "sub": true, "http": true,
}

// maskSecrets replaces what looks like a secret in the text of a provider: some
// of them quote the token, code, password or e-mail address they refuse.
//
//   - an e-mail address;
//   - a value that is random enough to be a token, whatever is around it;
//   - any value that is assigned by an equals sign to a word such as token, code
//     or secret, or stands behind it in quotation marks and is no name of a parameter;
//   - behind such a word, a value with letters and digits, or with capitals in
//     random places;
//   - digits alone behind otp, pin or passcode, and six of them or more behind
//     code, unless it is an error code.
//
// UUIDs stay, except behind such a word: they are how support finds a request.
func maskSecrets(text string, classes charClass) string {
	if classes&(hint|mixedCase) == 0 { // plain words, as most texts are
		return text
	}
	var b strings.Builder
	noun, previous := "", ""
	assigned, quoted, spaced := false, false, false
	for len(text) > 0 {
		n := strings.IndexFunc(text, isBoundary)
		if n < 0 {
			n = len(text)
		}
		if n == 0 {
			c := text[0]
			if c != ' ' && strings.IndexByte(`:='"([{`, c) < 0 {
				noun = ""
			}
			isQuote := c == '"' || c == '\''
			if isQuote {
				quoted = noun != "" && (assigned || spaced)
			}
			assigned = noun != "" && (c == '=' || isQuote && assigned)
			spaced = !isQuote
			b.WriteByte(c)
			text = text[1:]
			continue
		}
		word := strings.TrimRight(text[:n], ".!?")
		if isSecret(word, noun) || len(word) >= 4 && (assigned || quoted && !isParameter(word)) {
			b.WriteString(masked)
		} else {
			b.WriteString(word)
		}
		b.WriteString(text[len(word):n])
		text = text[n:]
		lower := strings.ToLower(word)
		noun, assigned, quoted, spaced = "", false, false, false
		if secretNouns[lower] && len(word) == n && !(lower == "code" && publicCodes[previous]) {
			noun = lower
		}
		previous = lower
	}
	return b.String()
}

// isParameter reports whether a word is spelled as parameters are, such as
// redirect_uri.
func isParameter(word string) bool {
	return strings.Contains(word, "_") && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz_") == ""
}

// isBoundary reports whether a character cannot be inside a secret, or stands
// between a name and its value.
func isBoundary(r rune) bool { return strings.ContainsRune(" ,;:'\"()[]{}<>=?&|", r) }

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

// isSecret reports whether a word is better not shown. noun is the secret noun
// before it, if there is one.
func isSecret(word, noun string) bool {
	if i := strings.IndexByte(word, '@'); i > 0 && i < len(word)-1 {
		return true
	}
	digits, letters, upper, lower := count(word)
	switch {
	case noun != "" && letters > 0 && digits > 0 && len(word) >= 6 && !isErrorID(word):
		return true
	case noun != "" && len(word) >= 8 && isScrambled(word):
		return true
	case (noun == "otp" || noun == "pin" || noun == "passcode") && digits >= 4 && letters == 0:
		return true
	case noun == "code" && digits >= 6 && letters == 0:
		return true
	case isUUID(word):
		return false
	}
	// A name may be long too, but its parts are words: look at them one by one.
	for part := range strings.FieldsFuncSeq(word, func(r rune) bool { return r == '.' || r == '/' }) {
		digits, letters, upper, lower = count(part)
		if len(part) >= 16 && digits >= 2 && letters >= 2 || len(part) >= 24 && digits >= 1 && upper >= 2 && lower >= 2 ||
			len(part) >= 20 && isScrambled(part) {
			return true
		}
	}
	return false
}

// isScrambled reports whether capitals and small letters alternate as in random
// text: as often as each other, and more often than in the words of a name such as
// UserNotFoundException.
func isScrambled(word string) bool {
	changes := 0
	for i := 1; i < len(word); i++ {
		if isUpper(word[i]) && isLower(word[i-1]) || isLower(word[i]) && isUpper(word[i-1]) {
			changes++
		}
	}
	_, _, upper, lower := count(word)
	return 3*changes >= len(word) && 3*min(upper, lower) > len(word)
}

// count returns how many digits and letters a word has, and of what case.
func count(word string) (digits, letters, upper, lower int) {
	for i := 0; i < len(word); i++ {
		switch c := word[i]; {
		case '0' <= c && c <= '9':
			digits++
		case isUpper(c):
			upper++
		case isLower(c):
			lower++
		}
	}
	return digits, upper + lower, upper, lower
}

// isErrorID reports whether a word is the number of an error, such as
// AADSTS70008 or FBTOAU223E: capitals, digits, and at most one capital more.
func isErrorID(word string) bool {
	rest := strings.TrimLeft(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	if rest == word {
		return false
	}
	rest = strings.TrimLeft(rest, "0123456789-")
	return len(rest) <= 1 && strings.ToUpper(rest) == rest
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
