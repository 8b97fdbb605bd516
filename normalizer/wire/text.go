package wire

import (
	"strings"
	"unicode/utf8"
)

// parseText makes a tree of the text alone. It is `text`, as in HTML, and `#text`, as in
// an XML element with nothing but text.
func parseText(body string) Tree {
	text := strings.TrimSpace(capText(body))
	var o object
	o.set("text", text)
	o.set(textName, text)
	return o.tree()
}

// capText cuts a text at maxText bytes of valid UTF-8.
func capText(text string) string {
	return cutText(strings.ToValidUTF8(cutText(text), "\ufffd"))
}

// cutText cuts a text at maxText bytes, or before the character that stands there.
func cutText(text string) string {
	end := min(len(text), maxText)
	for end < len(text) && end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}
