package normalizer

import "strings"

// reverseWords are words between a value and the noun that it is not one of.
var reverseWords = wordSet(`is not a an the at no valid invalid correct incorrect known unknown recognized recognised wrong access refresh authorization client user session api device
	auth security of for in parameter field attribute property value input`)

// wrongPrefixes are starts of names of errors that end in a noun.
var wrongPrefixes = []string{"invalid", "expired", "bad", "missing", "unknown", "no", "unsupported", "wrong", "revoked", "use", "unauthorized", "malformed"}

// nounHere returns the kind of noun of the current word, or zero. The word itself may
// decide (session_id, clientSecret), or the word before it (verification code).
func (m *masker) nounHere() nounKind {
	if isWide(m.at.word[0]) {
		return wideKind(m.at.word)
	}
	var buf [28]byte
	name := nameOf(buf[:0], m.at.word)
	if len(name) < 2 {
		return 0
	}
	kind := nounKind(0)
	if nounLengths[name[0]]>>len(name)&1 != 0 {
		kind = secretNouns[string(name)]
	}
	switch {
	case kind&headNoun != 0:
		kind = m.headed(nounHeads[string(name)], kind&^headNoun)
	case kind == 0 && (len(m.at.word) != len(name) || m.at.classes&upperCase != 0 || len(name) > 8):
		kind = compound(string(name), m.at.word)
	}
	if kind != 0 && kind != publicNoun && m.at.belongsTo() {
		return 0
	}
	return kind
}

// nounLengths has the lengths of the nouns with each first byte, as bits: most words are
// told from nouns without looking for them.
var nounLengths = func() (lengths [256]uint64) {
	for noun := range secretNouns {
		lengths[noun[0]] |= 1 << len(noun)
	}
	return lengths
}()

// wideKind returns the kind of the last noun in a word of a script without spaces.
func wideKind(word string) (kind nounKind) {
	last := -1
	for _, w := range wideNouns {
		if i := strings.LastIndex(word, w.noun); i > last {
			kind, last = w.kind, i
		}
	}
	return kind
}

// headed returns the kind of noun that the word before gives to a noun such as code, key
// or id.
func (m *masker) headed(table map[string]nounKind, kind nounKind) nounKind {
	var buf [28]byte
	if before := nameOf(buf[:0], m.previous); len(before) > 0 && (m.at.gap.plain || m.at.gap.quote != 0) {
		if k, ok := table[string(before)]; ok {
			return k
		}
	}
	if m.at.gap.query && (strings.HasSuffix(m.previous, "error") || strings.HasSuffix(m.previous, "errors")) {
		return publicNoun // of a page about errors
	}
	if kind == 0 && strings.EqualFold(m.at.word, "id") && !(m.noun != 0 && isLinking(m.previous)) {
		return publicNoun
	}
	return kind
}

// compound returns the kind of a name that ends in a noun, such as reset_token.
func compound(name, word string) nounKind {
	kind := nounKind(0)
	for _, suffix := range compoundNouns {
		if strings.HasSuffix(name, suffix.noun) {
			kind = suffix.kind
			break
		}
	}
	for _, head := range []string{"code", "key", "id", "number"} {
		if before, ok := strings.CutSuffix(name, head); ok && kind == 0 {
			kind = nounHeads[head][before]
		}
	}
	if kind == 0 {
		if strings.HasSuffix(word, "_id") || strings.HasSuffix(word, "-id") || strings.HasSuffix(word, "Id") || strings.HasSuffix(word, "ID") {
			return publicNoun
		}
		return 0
	}
	for _, prefix := range wrongPrefixes {
		if strings.HasPrefix(name, prefix) && isFirstWord(prefix, name, word) {
			return 0
		}
	}
	return kind
}

// isFirstWord reports whether a prefix of a name is a word of its own in the spelling of
// the name: use is that of use_dpop_nonce and UseToken, and not of user_password.
func isFirstWord(prefix, name, word string) bool {
	if len(word) == len(name) && secretNouns[name[len(prefix):]] != 0 {
		return true
	}
	if len(word) <= len(prefix) {
		return false
	}
	next := word[len(prefix)]
	return !isLower(next) && (!isUpper(next) || isLower(word[len(prefix)-1]))
}

// compoundNouns are the endings of names that have another word before them.
var compoundNouns = []struct {
	noun string
	kind nounKind
}{
	{"token", secretNoun}, {"secret", phraseNoun}, {"password", phraseNoun}, {"passphrase", phraseNoun}, {"apikey", secretNoun}, {"sessionid", secretNoun},
}

// reversal is a word that may turn out to be the value of a noun behind it, as in "'x'
// is not a valid token", "value 'x' at 'password'" and "'x' for the field password".
type reversal struct {
	quoted span // the word
	said   bool // that it is, or is not, something
	near   bool // that it is of something
}

// read takes note of the current word, with its kind and the kind of the noun before it.
// If the word is the noun of an earlier value, read returns that value.
func (r *reversal) read(c *cursor, noun, kind nounKind) (value span) {
	switch {
	case r.quoted.end > 0 && (r.said && kind&^(publicNoun|personNoun) != 0 || r.near && kind&(phraseNoun|digitNoun) != 0):
		if kind&weakNoun == 0 || isRandomValue(c.text[r.quoted.start:r.quoted.end], 6) {
			value = r.quoted
		}
		*r = reversal{}
	case r.quoted.end > 0 && reverseWords[strings.ToLower(c.word)]:
		r.said = r.said || strings.EqualFold(c.word, "is") || strings.EqualFold(c.word, "at")
		r.near = r.near || strings.EqualFold(c.word, "of") || strings.EqualFold(c.word, "for") || strings.EqualFold(c.word, "in")
	case kind == 0 && mayBeValue(c, noun):
		*r = reversal{quoted: span{c.start, c.end}}
	case noun == publicNoun, kind == 0:
		r.quoted = span{}
	}
	return value
}

// mayBeValue reports whether a word could be the value of a noun behind it.
func mayBeValue(c *cursor, noun nounKind) bool {
	if c.gap.quote == 0 && c.classes&(hint|upperCase) == 0 {
		return false
	}
	closed := c.gap.quote != 0 && c.end < len(c.text) && c.text[c.end] == c.gap.quote && len(c.word) >= 3
	return closed && !isKnown(c.word) && !isPublic(c.word) && !isParameter(c.word) || noun != publicNoun && isRandomValue(c.word, 6)
}

// nameOf appends a short word in lower case, without hyphens,
// underscores and dots.
func nameOf(dst []byte, word string) []byte {
	if len(word) > cap(dst) {
		return dst
	}
	for i := 0; i < len(word); i++ {
		switch c := word[i]; {
		case isUpper(c):
			dst = append(dst, c|0x20)
		case c != '-' && c != '_' && c != '.':
			dst = append(dst, c)
		}
	}
	return dst
}

func isLinking(word string) bool {
	var buf [24]byte
	return linkingWords[string(lowered(buf[:0], word))]
}
