package workbench

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
)

// mostShown is how much of a body is shown, in bytes.
const mostShown = 16 << 10

// linesOf returns a response as curl -i prints it, with JSON set in lines, and with secrets
// masked.
func linesOf(status int, header http.Header, body []byte) []line {
	text := fmt.Sprintf("HTTP/1.1 %d %s\n", status, http.StatusText(status))
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			if hidden[name] {
				value = "***"
			}
			text += name + ": " + normalizer.Mask(value) + "\n"
		}
	}
	var set bytes.Buffer
	if json.Indent(&set, body, "", "  ") == nil {
		body = set.Bytes()
	}
	more := ""
	if len(body) > mostShown {
		body, more = body[:mostShown], "\n…"
	}
	text += "\n" + normalizer.Mask(strings.ToValidUTF8(string(body), "\ufffd")) + more
	var lines []line
	for l := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		lines = append(lines, line{Text: l})
	}
	return lines
}

// hidden are header fields of which no value is shown.
var hidden = map[string]bool{"Set-Cookie": true, "Authorization": true, "Cookie": true}

// mark marks the lines that others do not have.
func mark(lines, others []line) {
	for i := range lines {
		lines[i].Changed = !slices.ContainsFunc(others, func(o line) bool { return o.Text == lines[i].Text })
	}
}

// harEntry is a request with its response, as browsers export them (HAR 1.2).
type harEntry struct {
	Request struct {
		URL string `json:"url"`
	} `json:"request"`
	Response *struct {
		Status  int `json:"status"`
		Headers []struct {
			Name  string `json:"name"`
			Value string `json:"value"`
		} `json:"headers"`
		Content struct {
			MimeType string `json:"mimeType"`
			Text     string `json:"text"`
			Encoding string `json:"encoding"`
		} `json:"content"`
	} `json:"response"`
}

// isHAR reports whether a text is such an entry, or a log of them.
func isHAR(text string) bool {
	return strings.HasPrefix(text, "{") && (strings.Contains(text, `"response"`) && strings.Contains(text, `"content"`) || strings.Contains(text, `"entries"`))
}

// readHAR reads an entry, or of a log the last one that failed.
func readHAR(text []byte) (resp normalizer.Response, from *url.URL, err error) {
	var har struct {
		harEntry
		Log struct {
			Entries []harEntry `json:"entries"`
		} `json:"log"`
	}
	if err := json.Unmarshal(text, &har); err != nil {
		return resp, nil, fmt.Errorf("reading the HAR: %w", err)
	}
	entry := &har.harEntry
	for i := range har.Log.Entries {
		if e := &har.Log.Entries[i]; e.Response != nil && (e.Response.Status >= 400 || entry.Response == nil) {
			entry = e
		}
	}
	if entry.Response == nil {
		return resp, nil, errors.New("reading the HAR: it has no response")
	}
	resp.Status, resp.Header, resp.Body = entry.Response.Status, make(http.Header), []byte(entry.Response.Content.Text)
	for _, h := range entry.Response.Headers {
		switch name := http.CanonicalHeaderKey(h.Name); {
		case strings.HasPrefix(name, ":"), name == "Content-Encoding": // which the browser has undone
		default:
			resp.Header.Add(name, h.Value)
		}
	}
	if resp.Header.Get("Content-Type") == "" && entry.Response.Content.MimeType != "" {
		resp.Header.Set("Content-Type", entry.Response.Content.MimeType)
	}
	if entry.Response.Content.Encoding == "base64" {
		if resp.Body, err = base64.StdEncoding.DecodeString(entry.Response.Content.Text); err != nil {
			return resp, nil, fmt.Errorf("reading the body of the HAR: %w", err)
		}
	}
	from, err = url.Parse(entry.Request.URL)
	return resp, from, err
}
