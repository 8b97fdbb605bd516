package normalizer

import (
	"slices"
	"strings"
	"unicode"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// words are the texts and codes of a body that no entry of `read` finds. They come from
// the members that frameworks use ([registry.LookupMember]).
//
//   - The text of the best member counts. The phrase of a status or a bare number counts
//     only if there is nothing else.
//   - One more text may follow it: a hint, or the texts of a list.
//   - Codes are kept in the order of their members. A number that is an HTTP status is
//     not a code.
type words struct {
	text, phrase, more string
	rank, phraseRank   int // of text and phrase; 0 for none
	codes              [maxCodes]string
	ranks              [maxCodes]int
	count              int
}

const (
	maxCodes      = 6 // codes of one body
	maxWordsDepth = 4 // levels
	maxListed     = 6 // texts of a list
	perLevel      = 100
	longestPhrase = 48 // bytes of a text that may be a code
)

// words reads the body, once. Of a page the text as a whole is a last resort.
func (x *exchange) words() *words {
	if x.said != nil {
		return x.said
	}
	w := new(words)
	x.said = w
	if root := x.body.Root(); strings.HasPrefix(root.Raw(), "[") {
		w.nested(root, 0)
	} else {
		x.body.Each(func(name string, v wire.Value) { w.member(name, v, 0) })
	}
	if text, ok := x.body.Get(textPath).Text(); ok && w.text == "" && w.phrase == "" && len(text) <= maxFreeText {
		w.addText(text, 1)
	}
	return w
}

// read goes through the members of an object, or the elements of a list.
func (w *words) read(v wire.Value, depth int) {
	if depth <= maxWordsDepth {
		v.Each(func(name string, v wire.Value) { w.member(name, v, depth) })
	}
}

// member takes one member.
func (w *words) member(name string, v wire.Value, depth int) {
	var buf [64]byte
	if len(name) > len(buf) {
		return
	}
	m := registry.LookupMember(registry.FoldName(buf[:0], name))
	if m.Hidden || m == (registry.Member{}) || !v.Exists() || depth == 0 && name == "text" { // which is all of a page
		return
	}
	if text, ok := v.Code(); ok {
		w.scalar(m, text, depth)
	} else if m.Container || m.Text > 0 {
		w.nested(v, depth)
	}
}

// scalar takes the value of one member.
func (w *words) scalar(m registry.Member, text string, depth int) {
	switch {
	case m.Code > 0:
		w.addCode(text, m.Code+depth)
	case m.Text > 0 && len(text) < longestPhrase:
		w.addCode(text, perLevel+depth) // servers put codes where a text is meant to be
	}
	switch text = readable(text); {
	case text == "":
	case m.Joined:
		w.addMore(text)
	case m.Text > 0 || m.Code > 0 && strings.Contains(text, " ") && len(text) <= maxFreeText:
		rank := m.Text
		if rank == 0 {
			rank = perLevel / 2 // a sentence in place of a code
		}
		w.addText(text, rank+depth*perLevel)
	}
}

// nested takes an object, or a list of texts or objects.
func (w *words) nested(v wire.Value, depth int) {
	elements, isList := 0, strings.HasPrefix(v.Raw(), "[")
	if !isList {
		before := w.rank
		w.read(v, depth+1)
		if w.rank == before {
			w.fields(v)
		}
		return
	}
	v.Each(func(_ string, v wire.Value) {
		if elements++; elements > maxListed {
			return
		}
		if text, ok := v.Code(); ok {
			w.addListed(text)
			return
		}
		var one words
		one.read(v, depth+1)
		for i := range one.count {
			w.addCode(one.codes[i], one.ranks[i])
		}
		w.addListed(one.text)
		w.addMore(one.more)
	})
}

// fields takes an object of fields, each with a list of its problems.
func (w *words) fields(v wire.Value) {
	elements := 0
	v.Each(func(name string, v wire.Value) {
		if !strings.HasPrefix(v.Raw(), "[") || elements >= maxListed {
			return
		}
		for _, text := range v.Texts(1) {
			elements++
			w.addListed(name + ": " + text)
		}
	})
}

// addText takes a text if it is better than the current one.
func (w *words) addText(text string, rank int) {
	switch {
	case registry.IsPhrase(text) || isKey(text):
		if w.phrase == "" || isKey(text) && registry.IsPhrase(w.phrase) || rank < w.phraseRank {
			w.phrase, w.phraseRank = text, rank
		}
	case w.rank == 0 || rank < w.rank:
		if w.rank != 0 && rank/perLevel == w.rank/perLevel {
			w.addMore(w.text)
		}
		w.text, w.rank = text, rank
	case rank/perLevel == w.rank/perLevel:
		w.addMore(text)
	}
}

// addListed takes a text of a list, which stands behind a text of its own.
func (w *words) addListed(text string) {
	switch text = readable(text); {
	case text == "" || registry.IsPhrase(text):
	case w.rank == 0:
		w.text, w.rank = text, 2*perLevel-1
	default:
		w.addMore(text)
	}
}

// maxMore is how much is kept beside the text, in bytes: more would be cut anyway.
const maxMore = maxDescription

// addMore takes a further text, unless it says the same again.
func (w *words) addMore(text string) {
	if text == "" || registry.IsPhrase(text) || len(w.more)+len(text) > maxMore || strings.Contains(w.text, text) || strings.Contains(w.more, text) {
		return
	}
	if w.more != "" {
		w.more += "; "
	}
	w.more += text
}

// addCode takes a code. Codes of better members come first.
func (w *words) addCode(code string, rank int) {
	if len(code) > 80 || isHTTPStatus(code) || w.count == maxCodes || slices.Contains(w.codes[:w.count], code) {
		return
	}
	i := w.count
	for ; i > 0 && w.ranks[i-1] > rank; i-- {
		w.codes[i], w.ranks[i] = w.codes[i-1], w.ranks[i-1]
	}
	w.codes[i], w.ranks[i] = code, rank
	w.count++
}

// isHTTPStatus reports whether a code is a number that may be an HTTP status.
func isHTTPStatus(code string) bool {
	return len(code) == 3 && '1' <= code[0] && code[0] <= '5' && isDigits(code)
}

func isDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// lastName returns the last part of a name for programs, such as invalid_code in
// errors.auth.invalid_code. It returns nothing if that part is one word, because a single
// word may be the name of anything.
func lastName(code string) string {
	last := code[strings.LastIndexAny(code, ".:/")+1:]
	if !isKey(code) || len(last) == len(code) || !strings.Contains(last, "_") {
		return ""
	}
	return last
}

// isKey reports whether a text is a name for programs, such as errors.auth.invalid.
func isKey(text string) bool {
	return !strings.Contains(text, " ") && strings.ContainsAny(text, "._:/") && strings.IndexFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) < 0
}

// readable returns the part of a text for people: the text inside a JSON string, or the
// line before the dump of a program. A text without letters has no such part.
func readable(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "Traceback (most recent call last)") {
		return ""
	}
	if text[0] == '{' || text[0] == '[' {
		if tree, err := wire.Parse(jsonType, []byte(text)); err == nil {
			inner := exchange{body: tree}
			w := inner.words()
			return w.text
		}
	}
	if strings.IndexByte(text, ':') >= 0 {
		if class, rest, found := strings.Cut(text, ": "); found && isException(class) {
			text = strings.TrimSpace(rest)
		}
	}
	if line, rest, found := strings.Cut(text, "\n"); found && strings.HasPrefix(strings.TrimSpace(rest), "at ") {
		text = strings.TrimSpace(line)
	}
	if strings.IndexFunc(text, unicode.IsLetter) < 0 {
		return ""
	}
	return text
}

// isException reports whether a word is the class of an exception, with its package.
func isException(word string) bool {
	return strings.Count(word, ".") >= 2 && !strings.Contains(word, " ") && (strings.HasSuffix(word, "Exception") || strings.HasSuffix(word, "Error"))
}

// said returns the text of a body, with the texts that belong to it.
func (w *words) said() string {
	if w.text == "" || w.more == "" {
		return w.text
	}
	return strings.TrimRight(w.text, " .;") + "; " + w.more
}
