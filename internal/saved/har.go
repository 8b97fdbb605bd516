package saved

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// harEntry has the members of a HAR entry that we use (HTTP Archive 1.2).
type harEntry struct {
	StartedDateTime time.Time
	Request         struct {
		Method, URL string
		Headers     harFields
		PostData    struct {
			Text   string
			Params harFields
		}
	}
	Response *struct {
		Status  int
		Headers harFields
		Content struct{ MimeType, Text, Encoding string }
	}
}

type harFields []struct{ Name, Value string }

// header returns the header fields without the pseudo-fields of HTTP/2, and without
// Content-Encoding and the like, because a HAR file has the decoded body.
func (f harFields) header() http.Header {
	h := make(http.Header)
	for _, field := range f {
		switch name := http.CanonicalHeaderKey(field.Name); {
		case strings.HasPrefix(name, ":"), name == "Content-Encoding", name == "Transfer-Encoding", name == "Content-Length":
		default:
			h.Add(name, field.Value)
		}
	}
	return h
}

// ReadHAR reads the exchanges of a HAR file, or a single entry of one. Requests without a
// response are left out.
func ReadHAR(in io.Reader) ([]Exchange, error) {
	text, err := io.ReadAll(io.LimitReader(in, Most+1))
	if err != nil {
		return nil, err
	}
	if len(text) > Most {
		return nil, fmt.Errorf("the file has more than %d bytes: save only the requests that matter", Most)
	}
	var file struct {
		harEntry
		Log struct{ Entries []harEntry }
	}
	err = json.Unmarshal([]byte(strings.TrimPrefix(string(text), "\ufeff")), &file)
	if file.Response != nil {
		file.Log.Entries = append(file.Log.Entries, file.harEntry)
	}
	if err != nil || file.Log.Entries == nil {
		return nil, errors.Join(errors.New("neither a response nor a HAR file: save the response with curl -i, or all of them as HAR in the network tool of a browser"), err)
	}
	var all []Exchange
	for i := range file.Log.Entries {
		if file.Log.Entries[i].Response == nil {
			continue
		}
		x, err := file.Log.Entries[i].exchange()
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		all = append(all, x)
	}
	return all, nil
}

func (e *harEntry) exchange() (x Exchange, err error) {
	u, err := url.Parse(e.Request.URL)
	if err != nil {
		return x, err
	}
	content := e.Response.Content
	body := []byte(content.Text)
	if content.Encoding == "base64" {
		if body, err = base64.StdEncoding.DecodeString(content.Text); err != nil {
			return x, fmt.Errorf("the body: %w", err)
		}
	}
	form, _ := url.ParseQuery(e.Request.PostData.Text) // an unreadable form has no grant type
	for _, p := range e.Request.PostData.Params {
		form.Add(p.Name, p.Value)
	}
	header := e.Response.Headers.header()
	if header.Get("Content-Type") == "" && content.MimeType != "" {
		header.Set("Content-Type", content.MimeType)
	}
	return Exchange{
		Request:  &http.Request{Method: e.Request.Method, URL: u, Header: e.Request.Headers.header()},
		Grant:    registry.GrantOf(form.Get("grant_type")),
		Response: normalizer.Response{Status: e.Response.Status, Header: header, Body: body},
		At:       e.StartedDateTime,
	}, nil
}
