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
	uriPath         = mustPath("error_uri")
)

func mustPath(spelled string) wire.Path {
	p, err := wire.ParsePath(spelled)
	if err != nil {
		panic(err)
	}
	return p
}

// Rendering says how an error is written for one request.
type Rendering struct {
	// Problem renders problem details (RFC 9457) instead of the object of RFC 6749
	// §5.2; the members of the latter are in it, too.
	Problem bool
	// Negotiated says that Accept decided, which caches have to know.
	Negotiated bool
	// RequestID is the UUID of the request: the instance of problem details.
	RequestID string
	// ExposeRequestID adds it as request_id.
	ExposeRequestID bool
	// Upstream is the upstream member as JSON text; empty for none.
	Upstream []byte
}

// typePrefix is the prefix of the problem types. A tag URI (RFC 4151) is stable
// without anybody having to run a server for it.
const typePrefix = "tag:auth-errors,2026:"

// Append appends the body. Code, description and URI hold no character that JSON
// escapes.
func (e *Error) Append(b []byte, r *Rendering) []byte {
	b = append(b, '{')
	if r.Problem {
		b = e.appendProblem(b, r)
	}
	b = append(b, `"error":"`...)
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
		if r.owns(m.Name) {
			continue
		}
		b = append(b, ',')
		b = append(b, m.Name...)
		b = append(b, ':')
		b = append(b, m.Raw...)
	}
	if len(r.Upstream) > 0 {
		b = append(b, `,"upstream":`...)
		b = append(b, r.Upstream...)
	}
	if r.ExposeRequestID {
		b = append(b, `,"request_id":"`...)
		b = append(b, r.RequestID...)
		b = append(b, '"')
	}
	return append(b, '}')
}

// appendProblem appends the members of RFC 9457 §3.1.
func (e *Error) appendProblem(b []byte, r *Rendering) []byte {
	entry, _ := Lookup(e.Code)
	b = append(b, `"type":"`+typePrefix...)
	b = append(b, e.Code...)
	b = append(b, `","title":"`...)
	b = append(b, entry.Title...)
	b = append(b, `","status":`...)
	b = strconv.AppendInt(b, int64(e.Status), 10)
	b = append(b, `,"detail":"`...)
	b = append(b, e.Description...)
	if r.RequestID != "" {
		b = append(b, `","instance":"urn:uuid:`...)
		b = append(b, r.RequestID...)
	}
	return append(b, `",`...)
}

// owns reports whether the rendering has a member of that (quoted) name itself,
// so that a kept one must not repeat it.
func (r *Rendering) owns(quoted string) bool {
	switch quoted {
	case `"type"`, `"title"`, `"status"`, `"detail"`, `"instance"`:
		return r.Problem
	case `"upstream"`:
		return len(r.Upstream) > 0
	case `"request_id"`:
		return r.ExposeRequestID
	}
	return false
}

// PrefersProblem reports whether a request ranks problem details above JSON.
func PrefersProblem(h http.Header) bool {
	accept := strings.Join(h.Values("Accept"), ",")
	return quality(accept, "application", "problem+json") > quality(accept, "application", "json")
}

// appendQuoted appends a string as JSON text.
func appendQuoted(b []byte, s string) []byte {
	text, _ := json.Marshal(s) // a string always marshals
	return append(b, text...)
}

// IsStale reports whether a field describes the body that is replaced, or would
// lead a client or a proxy astray. Trailer announces fields that do not follow any
// more.
func IsStale(name string) bool {
	switch name {
	case "Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding", "Content-Language", "Content-Location",
		"Content-Disposition", "Content-Range", "Location", "Refresh", "Proxy-Authenticate", "Etag", "Last-Modified", "Digest",
		"Content-Digest", "Repr-Digest", "Content-Md5", "Accept-Ranges", "Expires", "Age", "Trailer":
		return true
	}
	return false
}

// jsonType is the media type of the object of RFC 6749 §5.2.
const jsonType = "application/json"

// EditHeader makes the header of the provider's response, without its stale fields,
// that of the error, for a body of length bytes. Fields it does not name stay:
// cookies, CORS, request ids, rate limits, DPoP-Nonce.
func (e *Error) EditHeader(h http.Header, r *Rendering, length int) {
	// One allocation for all, and none of them shared between answers: directives
	// such as header rewrite values in place.
	values := []string{jsonType, strconv.Itoa(length), "no-store", "no-cache", "nosniff"}
	if r.Problem {
		values[0] = "application/problem+json"
	}
	for k, name := range []string{"Content-Type", "Content-Length", "Cache-Control", "Pragma", "X-Content-Type-Options"} {
		h[name] = values[k : k+1 : k+1]
	}
	setOrDelete(h, "Www-Authenticate", e.Challenge)
	setOrDelete(h, "Retry-After", e.RetryAfter)
	if e.Status == http.StatusMethodNotAllowed && e.tokenLike && h["Allow"] == nil {
		h["Allow"] = []string{http.MethodPost} // RFC 9110 §15.5.6 requires the field
	}
	if r.Negotiated && !lists(h["Vary"], "Accept") && !lists(h["Vary"], "*") {
		h["Vary"] = append(h["Vary"], "Accept")
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
	if !lists(h["Cache-Control"], "no-store") {
		h["Cache-Control"] = append(h["Cache-Control"], "no-store")
	}
}

// lists reports whether a member of a list is in the values of a field (RFC 9110
// §5.6.1).
func lists(values []string, member string) bool {
	for _, value := range values {
		for m := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(m), member) {
				return true
			}
		}
	}
	return false
}
