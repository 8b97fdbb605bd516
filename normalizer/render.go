package normalizer

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// The RFC 6749 §5.2 names, as paths.
var (
	codePath        = mustPath("error")
	descriptionPath = mustPath("error_description")
)

func mustPath(spelled string) wire.Path {
	p, err := wire.ParsePath(spelled)
	if err != nil {
		panic(err)
	}
	return p
}

// AppendJSON appends the error as the object of RFC 6749 §5.2. Code, description
// and URI hold no character that JSON escapes.
func (e *Error) AppendJSON(b []byte) []byte {
	b = append(b, `{"error":"`...)
	b = append(b, e.Code...)
	b = append(b, `","error_description":"`...)
	b = append(b, e.Description...)
	b = append(b, '"')
	if e.URI != "" {
		b = append(b, `,"error_uri":"`...)
		b = append(b, e.URI...)
		b = append(b, '"')
	}
	for _, m := range e.Members {
		b = append(b, ',')
		b = append(b, m.Name...)
		b = append(b, ':')
		b = append(b, m.Raw...)
	}
	return append(b, '}')
}

// appendQuoted appends a string as JSON text.
func appendQuoted(b []byte, s string) []byte {
	text, _ := json.Marshal(s) // a string always marshals
	return append(b, text...)
}

// staleFields describe the body that is replaced, or would lead a client or a
// proxy astray. Trailer announces fields that do not follow any more.
var staleFields = []string{
	"Content-Encoding", "Transfer-Encoding", "Content-Language", "Content-Location", "Content-Disposition",
	"Content-Range", "Location", "Refresh", "Proxy-Authenticate", "Etag", "Last-Modified", "Digest",
	"Content-Digest", "Repr-Digest", "Content-Md5", "Accept-Ranges", "Expires", "Age", "Trailer",
}

// DropStale deletes the fields that belong to a body which is not sent.
func DropStale(h http.Header) {
	for _, name := range staleFields {
		delete(h, name)
	}
	delete(h, "Content-Length")
	delete(h, "Content-Type")
}

// EditHeader makes the header of the provider's response that of the error, for
// a body of length bytes. Fields it does not name stay: cookies, CORS, request
// ids, rate limits, DPoP-Nonce.
func (e *Error) EditHeader(h http.Header, length int) {
	DropStale(h)
	h["Content-Type"] = []string{"application/json"}
	h["Content-Length"] = []string{strconv.Itoa(length)}
	h["Cache-Control"] = []string{"no-store"}
	h["Pragma"] = []string{"no-cache"}
	h["X-Content-Type-Options"] = []string{"nosniff"}
	setOrDelete(h, "Www-Authenticate", e.Challenge)
	setOrDelete(h, "Retry-After", e.RetryAfter)
	if e.Status == http.StatusMethodNotAllowed && e.tokenLike && h["Allow"] == nil {
		h["Allow"] = []string{"POST"} // RFC 9110 §15.5.6 requires the field
	}
}

func setOrDelete(h http.Header, name, value string) {
	if value == "" {
		delete(h, name)
		return
	}
	h[name] = []string{value}
}

// ForbidStoring adds the no-store that RFC 6749 §5.1 wants on every answer of
// this kind, if the header lacks it.
func ForbidStoring(h http.Header) {
	for _, value := range h["Cache-Control"] {
		for directive := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(directive), "no-store") {
				return
			}
		}
	}
	h["Cache-Control"] = append(h["Cache-Control"], "no-store")
}
