package wire

import (
	"net/http"
	"strconv"
	"strings"
)

// isStatus reports whether a text is a status and nothing more: `401`, `401
// Unauthorized`, `Unauthorized`, `HTTP Status 403 – Forbidden`, `Error 401--Unauthorized`.
func isStatus(text string) bool {
	if len(text) > 80 {
		return false
	}
	rest, numbered := cutStatus(text)
	rest = strings.TrimRight(rest, statusMarks)
	switch {
	case rest == "":
		return numbered || hasPrefixFold(text, "error")
	case isPhrase(rest):
		return true
	}
	before, behind := cutNumber(rest)
	return behind != 0 && isPhrase(before)
}

// statusMarks stand around the parts of a status.
const statusMarks = " -\u2013\u2014:.,()|!"

// withoutStatus drops a status from the beginning of a text.
func withoutStatus(text string) string {
	rest, numbered := cutStatus(text)
	if !numbered || rest == "" {
		return text
	}
	if phrase, sentence, ok := strings.Cut(rest, ": "); ok && isPhrase(phrase) {
		return strings.TrimSpace(sentence)
	}
	return rest
}

// cutStatus drops words such as HTTP and Error, and the number, before the phrase of a
// status.
func cutStatus(text string) (rest string, numbered bool) {
	rest = strings.TrimLeft(text, statusMarks)
	for _, word := range []string{"http", "status", "error", "code", "status"} {
		if after, ok := cutFold(rest, word); ok && (after == "" || strings.ContainsAny(after[:1], " -:0123456789")) {
			rest = strings.TrimLeft(after, statusMarks)
		}
	}
	if len(rest) < 3 || rest[0] < '1' || rest[0] > '5' || !isDigit(rest[1]) || !isDigit(rest[2]) || len(rest) > 3 && isDigit(rest[3]) {
		return rest, false
	}
	rest = rest[3:]
	if len(rest) > 1 && rest[0] == '.' && isDigit(rest[1]) { // 401.2 of IIS
		rest = strings.TrimLeft(rest, ".0123456789")
	}
	return strings.TrimLeft(rest, statusMarks), true
}

// cutNumber drops a status in brackets from the end of a text: `Forbidden (403)`.
// Without one, the number is 0.
func cutNumber(text string) (before string, number int) {
	before, digits, _ := strings.Cut(strings.TrimRight(text, statusMarks), " (")
	if n, err := strconv.Atoi(digits); err == nil && 400 <= n && n <= 599 {
		return before, n
	}
	return text, 0
}

func cutFold(text, prefix string) (string, bool) {
	if !hasPrefixFold(text, prefix) {
		return text, false
	}
	return text[len(prefix):], true
}

// phrases are the texts of the statuses of errors, and headings that say no more.
var phrases = func() []string {
	list := []string{"Authorization Required", "Access Denied", "Access Forbidden", "Temporarily Unavailable", "Server Error", "Request Rejected",
		"An error has occurred", "An error occurred", "Something went wrong"}
	for status := 400; status < 600; status++ {
		if text := http.StatusText(status); text != "" {
			list = append(list, text)
		}
	}
	return list
}()

// isPhrase reports whether a text is the phrase of a status.
func isPhrase(text string) bool {
	text = strings.TrimRight(text, " .!")
	for _, phrase := range phrases {
		if strings.EqualFold(text, phrase) {
			return true
		}
	}
	return false
}
