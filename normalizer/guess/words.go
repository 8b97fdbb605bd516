package guess

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// text takes a text for people.
func (c *collector) text(text string) {
	text = text[:min(len(text), longestText)]
	if len(c.texts) < mostTexts {
		c.texts = append(c.texts, mapping.FoldText(text))
	}
	if _, rest, ok := strings.Cut(text, "://"); ok {
		if end := strings.IndexAny(rest, "/?# \"'"); end >= 0 {
			rest = rest[:end]
		}
		c.host(rest)
	}
	all := words(text)
	all = all[:min(len(all), mostWords)]
	if len(all) > 1 {
		c.add(kindText, strings.Join(all, " "))
	}
	for i, word := range all {
		c.add(kindWord, word)
		if i > 0 {
			c.add(kindWords, all[i-1]+" "+word)
		}
	}
	c.names(text)
}

// names takes the words of a text as names: alone, and with the next one.
func (c *collector) names(text string) {
	all := words(text)
	all = all[:min(len(all), mostWords)]
	for i, word := range all {
		c.add(kindName, word)
		if i > 0 {
			c.add(kindName, all[i-1]+word)
		}
	}
}

// host takes the domain of a host, and its words.
func (c *collector) host(host string) {
	host, _, _ = strings.Cut(strings.ToLower(host), ":")
	labels := strings.Split(host, ".")
	if len(labels) < 2 || len(host) > longestPath {
		return
	}
	c.add(kindName, strings.Join(labels[len(labels)-2:], "."))
	c.names(strings.Join(labels[:len(labels)-1], " "))
}

// path takes the beginnings and endings of a path, and its parts.
func (c *collector) path(path string) {
	path = path[:min(len(path), longestPath)]
	c.add(kindPath, path)
	for i := 0; i < len(path); i++ {
		if path[i] == '/' {
			c.add(kindPath, "*"+path[i:])
			c.add(kindPath, path[:i]+"/*")
		}
	}
	for part := range strings.SplitSeq(path, "/") {
		c.add(kindPath, part)
		c.names(part)
	}
}

// words returns the words of a text in lower case. A run of digits counts as one 0, for
// numbers differ from one response to the next; quotes and marks are left out.
func words(text string) []string {
	return strings.FieldsFunc(digitless(strings.ToLower(text)), func(r rune) bool {
		return !unicode.IsLetter(r) && r != '0' && r != '_'
	})
}

// digitless returns a text with a 0 for each run of digits.
func digitless(text string) string {
	var b strings.Builder
	last := rune(0)
	for _, r := range text {
		if unicode.IsDigit(r) {
			r = '0'
		}
		if r != '0' || last != '0' {
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}

// layoutOf describes the layout of a body: the first character of markup, or the use of
// white space in JSON, which differs between JSON libraries.
func layoutOf(body string) string {
	switch {
	case body == "":
		return ""
	case body[0] != '{' && body[0] != '[':
		return body[:1]
	case strings.Contains(body, "\n"):
		_, line, _ := strings.Cut(body, "\n")
		return "lines by " + strconv.Itoa(len(line)-len(strings.TrimLeft(line, " "))) + strconv.FormatBool(strings.Contains(body, `" :`))
	case strings.Contains(body, `": `):
		return "spaced"
	}
	return "dense"
}

// typeOf names the type of a JSON value by its first byte.
func typeOf(first byte) string {
	if strings.IndexByte(`{["ntf`, first) >= 0 {
		return string(rune(first))
	}
	return "number"
}

// styleOf describes the style of a text: its first letter, its quotes, and its end.
func styleOf(text string) string {
	style := ""
	for i, r := range text {
		switch {
		case r > unicode.MaxASCII:
			return "other script"
		case i == 0 && unicode.IsUpper(r):
			style += "A"
		case strings.ContainsRune("'`\"", r) && !strings.ContainsRune(style, r):
			style += string(r)
		}
	}
	if end := rune(text[len(text)-1]); !unicode.IsLetter(end) && !unicode.IsDigit(end) {
		style += string(end)
	}
	return style
}
