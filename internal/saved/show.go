package saved

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
)

// mostShown is how much of a body is shown, in bytes.
const mostShown = 16 << 10

// hidden are header fields whose values are never shown.
var hidden = map[string]bool{"Set-Cookie": true, "Authorization": true, "Cookie": true}

// Fields returns header fields as curl -i prints them, with secrets masked.
func Fields(header http.Header) string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			if hidden[name] {
				value = "***"
			}
			text.WriteString(name + ": " + normalizer.Mask(value) + "\n")
		}
	}
	return text.String()
}

// Lines returns a response as curl -i prints it. JSON is indented, the body is cut after
// 16 KiB, secrets are masked, and control characters are escaped.
func Lines(status int, header http.Header, body []byte) []string {
	text := fmt.Sprintf("HTTP/1.1 %d %s\n", status, http.StatusText(status)) + Fields(header)
	var set bytes.Buffer
	if json.Indent(&set, body, "", "  ") == nil {
		body = set.Bytes()
	}
	more := ""
	if len(body) > mostShown {
		body, more = body[:mostShown], "\n…"
	}
	text += "\n" + normalizer.Mask(strings.ToValidUTF8(string(body), "\ufffd")) + more
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return '\ufffd'
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n"))
	return strings.Split(strings.TrimRight(text, "\n"), "\n")
}
