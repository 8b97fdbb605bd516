package normalizer

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
)

// Apply edits the header of the response in place, and returns the status and the body
// for the client. If nothing changes, it returns those of the response. The header may be
// nil. Apply also applies decisions with [OutcomeShadow]: check the outcome first.
func (d *Decision) Apply(header http.Header) (status int, body []byte) {
	return d.AppendTo(nil, header)
}

// AppendTo is Apply with a buffer: it appends a rewritten body to buf. The body of a
// rewritten redirect is empty, because the old one links to the old URL.
func (d *Decision) AppendTo(buf []byte, header http.Header) (status int, body []byte) {
	if header == nil {
		header = make(http.Header)
	}
	switch {
	case d.table == nil: // the zero Decision
	case d.Effect == EffectSecure:
		forbidStoring(header)
	case d.Effect == EffectRedirect:
		d.dropFields(header, d.exchange.status)
		header["Location"] = []string{d.location}
		header["Content-Length"] = []string{"0"}
		if d.table.answers.canonicalDescriptions {
			header["Cache-Control"] = []string{"no-store"}
		}
		return d.exchange.status, nil
	case d.Effect == EffectRewrite:
		body = d.Error.append(buf, &d.rendering)
		d.dropFields(header, d.Error.status)
		d.Error.editHeader(header, &d.rendering, len(body)-len(buf))
		return d.Error.status, body
	}
	return d.exchange.status, d.body
}

// dropFields drops the fields that must not stay beside an answer: stale ones, and with
// canonical descriptions all that could tell accounts apart.
func (d *Decision) dropFields(header http.Header, status int) {
	fixed := d.table.answers.canonicalDescriptions
	maps.DeleteFunc(header, func(name string, _ []string) bool {
		if d.Effect == EffectRewrite {
			switch name { // editHeader writes them anew
			case "Content-Type", "Content-Length":
				return false
			case "Retry-After":
				return true
			case "Www-Authenticate":
				if !d.Error.challenge.asCame {
					return true
				}
			}
		}
		return IsStale(name) || fixed && !staysFixed(name, status)
	})
}

// editHeader turns h into the header of the error, for a body of length bytes. Remove
// stale fields first. Fields that the error does not set stay: cookies, CORS, request
// ids, rate limits, DPoP-Nonce.
func (e *Error) editHeader(h http.Header, r *rendering, length int) {
	// All values take one allocation. Answers share none, because directives such as
	// header rewrite values in place.
	values := []string{jsonType, strconv.Itoa(length), "no-store", "no-cache", "nosniff"}
	if r.problem {
		values[0] = "application/problem+json"
	}
	for k, name := range []string{"Content-Type", "Content-Length", "Cache-Control", "Pragma", "X-Content-Type-Options"} {
		h[name] = values[k : k+1 : k+1]
	}
	if len(e.challenge.values) > 0 && !e.challenge.asCame {
		h["Www-Authenticate"] = e.challenge.values
	}
	if e.retryAfter != "" {
		h["Retry-After"] = []string{e.retryAfter}
	}
	if e.status == http.StatusMethodNotAllowed && e.tokenLike && h["Allow"] == nil {
		h["Allow"] = []string{http.MethodPost} // RFC 9110 §15.5.6 requires the field
	}
	if r.negotiated && !lists(h["Vary"], "Accept") && !lists(h["Vary"], "*") {
		h["Vary"] = append(h["Vary"], "Accept")
	}
}

// forbidStoring adds the no-store that RFC 6749 §5.1 wants on every answer of this kind,
// if the header lacks it. It drops the fields that caches of CDNs follow instead.
func forbidStoring(header http.Header) {
	maps.DeleteFunc(header, func(name string, _ []string) bool { return classOfField(name) == fieldAtEdge })
	if !lists(header["Cache-Control"], "no-store") {
		header["Cache-Control"] = append(header["Cache-Control"], "no-store")
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
