package wire

import "strings"

// act notes signs that the page asks its reader to act.
func (p *page) act(t htmlToken) {
	switch t.tag {
	case "form":
		p.inForm = true
	case "input":
		p.isForm = p.isForm || p.inForm || strings.EqualFold(attribute(t.attrs, "type"), "password")
	case "meta":
		p.isForm = p.isForm || strings.EqualFold(attribute(t.attrs, "http-equiv"), "refresh")
	}
}

// skim takes only the visible text of a token, and the signs that act notes.
func (p *page) skim(t htmlToken) {
	switch {
	case t.tag == "" && p.hidden == "script":
		p.isForm = p.isForm || isRedirect(t.text)
	case t.tag == "" && p.hidden == "":
		p.text.write(t.text)
	case t.tag == "" || p.hidden != "" && t.tag != p.hidden:
	case t.closes:
		p.text.space()
		p.hidden = ""
		p.inForm = p.inForm && t.tag != "form"
	default:
		p.text.space()
		p.act(t)
		if isHidden(t.tag) && !t.self {
			p.hidden = t.tag
		}
	}
}

// maxRedirectScript is the longest script that counts as a redirect, in bytes. Longer
// ones name locations for other reasons.
const maxRedirectScript = 2 << 10

// isRedirect reports whether a script goes to another location.
func isRedirect(script string) bool {
	if len(script) > maxRedirectScript {
		return false
	}
	for rest := script; ; {
		_, after, ok := strings.Cut(rest, "location")
		if !ok {
			return false
		}
		rest = after
		for _, call := range []string{".replace(", ".assign("} {
			if strings.HasPrefix(rest, call) {
				return true
			}
		}
		value := strings.TrimSpace(strings.TrimPrefix(rest, ".href"))
		if strings.HasPrefix(value, "=") && !strings.HasPrefix(value, "==") {
			return true
		}
	}
}

// attribute returns the value of an attribute in its spelling. It searches for the name
// alone, so it may find the name inside another value.
func attribute(attrs, name string) string {
	for rest := attrs; ; {
		i := strings.IndexByte(rest, '=')
		if i < 0 {
			return ""
		}
		before := strings.TrimRight(rest[:i], " \t\r\n")
		rest = strings.TrimLeft(rest[i+1:], " \t\r\n")
		if len(before) < len(name) || !strings.EqualFold(before[len(before)-len(name):], name) {
			continue
		}
		if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
			value, _, _ := strings.Cut(rest[1:], rest[:1])
			return value
		}
		end := strings.IndexAny(rest, " \t\r\n/>")
		if end < 0 {
			end = len(rest)
		}
		return rest[:end]
	}
}

// isMarked reports whether the attributes call an element an error message: by an
// id, a class or a role.
func isMarked(attrs string) bool {
	if strings.EqualFold(attribute(attrs, "role"), "alert") {
		return true
	}
	for _, name := range []string{"id", "class"} {
		value := foldName(attribute(attrs, name))
		for _, word := range []string{"errormessage", "errordescription", "errordetail", "errortext"} {
			if strings.Contains(value, word) {
				return true
			}
		}
	}
	return false
}
