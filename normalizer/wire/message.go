package wire

import "strings"

// message finds the message of a server's error page, besides the status. It recognizes
// pages by their structure, and not by the names of products:
//
//  1. the element that an id, a class or a role calls an error message;
//  2. a text labeled Message or Reason: Tomcat, JBoss, Jetty, Payara; and the text behind
//     a line that ends in `Reason:`, as in old pages of Jetty;
//  3. the line behind `There was an unexpected error (type=…, status=…).`: Spring;
//  4. where the title or the first heading is a status: the next heading, paragraph,
//     preformatted line or division that says more than the status: Apache, Flask,
//     Django, IIS, ASP.NET, Express.
//
// The status phrase, the version of a product, a date, a label, and the usual sentences
// that explain a status are not messages. A page without any of the four has no message.
func (p *page) message() string {
	for i, b := range p.blocks {
		if b.marked && saysMore(b.text) {
			return b.text
		}
		if isMessageLabel(b.label) {
			return orNone(b.text)
		}
		if strings.HasSuffix(b.text, "Reason:") || strings.HasPrefix(b.text, "There was an unexpected error (type=") {
			if i+1 < len(p.blocks) {
				return orNone(p.blocks[i+1].text)
			}
		}
	}
	return p.behindStatus()
}

// behindStatus finds the sentence behind a heading that is a status. If the title is the
// heading and the number of a status, as in Rails, the heading is the message.
func (p *page) behindStatus() string {
	title := p.first["title"]
	if before, number := cutNumber(title); number != 0 && before == strings.TrimRight(p.first["h1"], ".") {
		return orNone(p.first["h1"])
	}
	found := isStatus(title)
	for _, b := range p.blocks {
		text := withoutStatus(b.text)
		switch {
		case b.label != "" && found:
			return "" // the labels of a product
		case isStatus(b.text) || b.tag == "h1" && strings.HasPrefix(b.text, "Server Error"):
			found = true
		case found && isBoilerplate(text):
			return ""
		case !found || b.tag == "h1" || !isSentence(text) || !saysMore(text):
		default:
			return text
		}
	}
	return ""
}

// isSentence reports whether a text has three words, or two words that are not both
// capitalized as on a button: `Bad credentials`, but not `More Info`.
func isSentence(text string) bool {
	first, rest, ok := strings.Cut(text, " ")
	return ok && (strings.Contains(rest, " ") || lower(first[0]) == first[0] || lower(rest[0]) == rest[0])
}

// orNone returns a text that says more than the status, or nothing.
func orNone(text string) string {
	if saysMore(text) {
		return text
	}
	return ""
}

// isMessageLabel reports whether a label announces the message of a page.
func isMessageLabel(label string) bool {
	switch strings.TrimRight(strings.ToLower(label), " :") {
	case "message", "reason", "error message", "error description", "detail", "details":
		return true
	}
	return false
}

// saysMore reports whether a text is one for people, and not a status, a product, a
// date or a line of a stack trace.
func saysMore(text string) bool {
	if isStatus(text) || strings.HasPrefix(text, "at ") || strings.Contains(text, ".java:") {
		return false
	}
	for i := 1; i+1 < len(text); i++ { // nginx/1.25, Apache Tomcat/9.0.1
		if text[i] == '/' && isDigit(text[i+1]) && lower(text[i-1]) >= 'a' && len(text) < 64 {
			return false
		}
	}
	return !isDate(text)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isDate reports whether a text begins like the dates that pages carry.
func isDate(text string) bool {
	day, _, _ := strings.Cut(text, " ")
	switch strings.TrimRight(day, ",") {
	case "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun":
		return true
	}
	return false
}

// boilerplate is how sentences begin that explain a status and not a failure.
var boilerplate = []string{
	"From RFC", "The request requires user authentication", "The request requires HTTP authentication", "This request requires HTTP authentication",
	"The request has not been applied", "If you are the application owner", "Additionally, a", "Powered by",
}

func isBoilerplate(text string) bool {
	for _, begin := range boilerplate {
		if strings.HasPrefix(text, begin) {
			return true
		}
	}
	return false
}
