package wire

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// collapser collects up to about maxText bytes of text, with white space collapsed.
type collapser struct {
	b   strings.Builder
	gap bool // white space came since the last word
}

func (c *collapser) full() bool { return c.b.Len() > maxText }

func (c *collapser) isEmpty() bool { return c.b.Len() == 0 }

// space separates the text before it from the text after it.
func (c *collapser) space() { c.gap = true }

// word appends a part without white space.
func (c *collapser) word(part string) {
	if part == "" || c.full() {
		return
	}
	if c.gap && c.b.Len() > 0 {
		c.b.WriteByte(' ')
	}
	c.gap = false
	c.b.WriteString(part[:min(len(part), 2*maxText)])
}

// write appends text as markup has it, with its references resolved.
func (c *collapser) write(text string) {
	start := 0
	for i := 0; i < len(text) && !c.full(); {
		switch b := text[i]; {
		case b == '&':
			c.word(text[start:i])
			n := c.reference(text[i:])
			i += n
			start = i
		case b < utf8.RuneSelf && b > ' ':
			i++
		default:
			r, n := utf8.DecodeRuneInString(text[i:])
			if unicode.IsSpace(r) {
				c.word(text[start:i])
				c.space()
				start = i + n
			}
			i += n
		}
	}
	if !c.full() {
		c.word(text[start:])
	}
}

// maxHTMLReference is how long the longest named reference is, in bytes.
const maxHTMLReference = 33

// reference appends the character of the reference at the beginning of a text, and
// returns the length of the reference. For common references it does not call the
// library.
func (c *collapser) reference(text string) int {
	n := 1
	for n < len(text) && n < maxHTMLReference && (isNameByte(text[n]) && text[n] < utf8.RuneSelf || text[n] == '#') {
		n++
	}
	if n < len(text) && text[n] == ';' {
		n++
	}
	switch ref := text[:n]; ref {
	case "&nbsp;", "&#160;":
		c.space()
	case "&amp;":
		c.word("&")
	case "&lt;":
		c.word("<")
	case "&gt;":
		c.word(">")
	case "&quot;":
		c.word(`"`)
	case "&#39;":
		c.word("'")
	default:
		resolved := html.UnescapeString(ref)
		for i, word := range strings.FieldsFunc(resolved, unicode.IsSpace) {
			if i > 0 {
				c.space()
			}
			c.word(word)
		}
		if strings.TrimSpace(resolved) == "" {
			c.space()
		}
	}
	return n
}

// take returns the text and begins anew.
func (c *collapser) take() string {
	text := capText(c.b.String())
	c.b.Reset()
	c.gap = false
	return text
}
