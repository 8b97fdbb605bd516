package commands

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

// savedExchange is a request with its response, as a HAR file has them.
type savedExchange struct {
	request  *http.Request // without its body
	grant    registry.Grant
	response normalizer.Response
	at       time.Time
}

// harFile is what is read of a HAR file (HTTP Archive 1.2).
type harFile struct {
	Log struct {
		Entries []struct {
			StartedDateTime time.Time
			Request         struct {
				Method, URL string
				Headers     harFields
				PostData    struct {
					MimeType, Text string
					Params         harFields
				}
			}
			Response struct {
				Status      int
				Headers     harFields
				RedirectURL string
				Content     struct{ Text, Encoding string }
			}
		}
	}
}

type harFields []struct{ Name, Value string }

// header returns header fields without those that are part of the framing of HTTP/2, and
// without those that the body does not have any more: it is saved decoded.
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

// readHAR reads the exchanges of a HAR file.
func readHAR(in io.Reader) ([]savedExchange, error) {
	text, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	if len(text) > maxExplained {
		return nil, fmt.Errorf("the file has more than %d bytes: save only the requests that matter", maxExplained)
	}
	var file harFile
	err = json.Unmarshal([]byte(strings.TrimPrefix(string(text), "\ufeff")), &file)
	if err != nil || file.Log.Entries == nil {
		return nil, errors.Join(errors.New("neither a response nor a HAR file: save the response with curl -i, or all of them as HAR in the network tool of a browser"), err)
	}
	var all []savedExchange
	for i, e := range file.Log.Entries {
		u, err := url.Parse(e.Request.URL)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		body := []byte(e.Response.Content.Text)
		if e.Response.Content.Encoding == "base64" {
			if body, err = base64.StdEncoding.DecodeString(e.Response.Content.Text); err != nil {
				return nil, fmt.Errorf("entry %d: the body: %w", i+1, err)
			}
		}
		params := e.Request.PostData.Params
		form, _ := url.ParseQuery(e.Request.PostData.Text)
		for _, p := range params {
			form.Add(p.Name, p.Value)
		}
		all = append(all, savedExchange{
			request:  &http.Request{Method: e.Request.Method, URL: u, Header: e.Request.Headers.header()},
			grant:    registry.GrantOf(form.Get("grant_type")),
			response: normalizer.Response{Status: e.Response.Status, Header: e.Response.Headers.header(), Body: body},
			at:       e.StartedDateTime,
		})
	}
	return all, nil
}
