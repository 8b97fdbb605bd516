// Package normalizer turns the errors of identity providers into canonical
// OAuth 2.0 errors. [Load] reads mapping files, [Compile] makes a [Table] of
// them, [Table.Normalize] recognizes the error in a response and returns the
// canonical [Error], which knows its body and its headers.
package normalizer

import (
	"mime"
	"net/http"
	"slices"
	"strings"
)

// Outcome is what became of a candidate response.
type Outcome string

// The outcomes of [Table.Normalize].
const (
	// OutcomeNormalized is an answer that was rewritten.
	OutcomeNormalized Outcome = "normalized"
	// OutcomeCanonical is one that says already what would be rendered.
	OutcomeCanonical Outcome = "canonical"
	// OutcomePassed is one that a row lets pass.
	OutcomePassed Outcome = "passed"
	// OutcomeUnmapped is one that no row fits.
	OutcomeUnmapped Outcome = "unmapped"
)

// Error is the canonical error: what the client gets instead of the response.
type Error struct {
	// Status is the HTTP status.
	Status int
	// Code is the registered value of `error`.
	Code string
	// Description is in the character set of RFC 6749; never empty.
	Description string
	// URI is the error_uri, or empty.
	URI string
	// Members are kept from the provider's body.
	Members []Member
	// Challenge is the value of WWW-Authenticate, or empty for none.
	Challenge string
	// RetryAfter is the value of Retry-After, or empty for none.
	RetryAfter string

	tokenLike bool
}

// Member is a further member of the canonical error: its name as JSON text,
// and its value as the provider sent it.
type Member struct {
	Name, Raw string
}

// StatusClientGone is what reverse_proxy writes after the client went away. It is
// nobody's error, whatever a provider may mean by it.
const StatusClientGone = 499

// Normalize recognizes the error in a response and returns what to answer. The
// [Error] is meant for the client only if the outcome is [OutcomeNormalized];
// with every other outcome the response leaves as it came. A response below 400 is
// looked at only where a row says that it may be an error.
func (t *Table) Normalize(resp *Response) (Error, Finding, Outcome) {
	if resp.Status == StatusClientGone || resp.Status < 400 && !t.LooksInto(resp.Status, func() Endpoint { return resp.Endpoint }) {
		return Error{}, Finding{Status: resp.Status}, OutcomeUnmapped
	}
	f := t.Recognize(resp)
	switch {
	case f.Rule == nil || isPage(resp):
		return Error{}, f, OutcomeUnmapped
	case f.Rule.Pass:
		return Error{}, f, OutcomePassed
	}
	entry := adjust(&f, resp)
	f.Error = entry.Code
	e := Error{
		Code:        entry.Code,
		Status:      statusOf(entry, f.Rule, resp, f.Status),
		Description: t.describe(entry, &f),
		tokenLike:   resp.Endpoint.tokenLike(),
	}
	if !t.canonicalDescriptions { // a page may be about an account
		e.URI = cleanURI(f.URI)
	}
	e.RetryAfter = retryAfter(&e, f.Rule, resp)
	e.Challenge = t.challenge(entry, &e, resp)
	if t.isCanonical(&e, &f, resp) {
		return e, f, OutcomeCanonical
	}
	if !t.canonicalDescriptions || !tellsOfAccounts(entry) {
		e.Members = t.members(resp)
	}
	return e, f, OutcomeNormalized
}

// tellsOfAccounts reports whether an error is what an unknown user, a wrong password
// and a locked account come to, so that a member beside it would tell them apart.
func tellsOfAccounts(entry *Entry) bool {
	return entry.Code == "invalid_grant" || entry.Code == "access_denied"
}

// adjust changes an error where the request decides what it has to be:
//   - a client that polls is told to slow down, because it goes on after that and
//     gives up on anything else (RFC 8628 §3.5);
//   - a caller of introspection that came with a token is told about its token,
//     and not about a client (RFC 7662 §2.3), unless the provider named the error.
func adjust(f *Finding, resp *Response) *Entry {
	entry := f.registered
	switch {
	case resp.Poll && entry.Code == "temporarily_unavailable" && f.Status == http.StatusTooManyRequests:
		entry, _ = Lookup("slow_down")
	case resp.Endpoint == EndpointIntrospection && entry.Code == "invalid_client" && f.Rule.IsDefault() && isTokenScheme(resp.Scheme):
		entry, _ = Lookup("invalid_token")
	}
	return entry
}

// isPage reports whether the response is a page for a person: HTML where a
// browser is expected. Such a page is never an error to a client library.
func isPage(resp *Response) bool {
	return resp.Endpoint.ServesPages() && IsHTML(resp.Header)
}

// IsHTML reports whether a response says that it is a page.
func IsHTML(h http.Header) bool {
	switch MediaType(h) {
	case "text/html", "application/xhtml+xml":
		return true
	}
	return false
}

// MediaType returns the media type of a response, in lower case.
func MediaType(h http.Header) string {
	if values := h["Content-Type"]; len(values) == 1 && values[0] == jsonType {
		return values[0]
	}
	t, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		t, _, _ = strings.Cut(h.Get("Content-Type"), ";")
		t = strings.ToLower(strings.TrimSpace(t))
	}
	return t
}

// maxFreeText is how long a text in place of a code may be to serve as the
// description, in bytes. A longer one is a page, and not about the error.
const maxFreeText = 200

// describe chooses the description: that of the rule, the provider's own, the
// provider's free text in place of a code, ours.
func (t *Table) describe(entry *Entry, f *Finding) string {
	if text := cleanDescription(f.Rule.ToDescription); text != "" {
		return text
	}
	if t.canonicalDescriptions {
		return entry.Description
	}
	text := cleanDescription(f.Description)
	if text == "" && !f.known() && len(f.Code) <= maxFreeText {
		text = cleanDescription(f.Code)
	}
	if text == "" {
		text = entry.Description
	}
	return text
}

// members copies the kept members that the response has: those at the top in the
// order of the response, each once, and then those from deeper down.
func (t *Table) members(resp *Response) []Member {
	var out []Member
	add := func(name, raw string) {
		if raw != "" && raw != "null" && !slices.ContainsFunc(out, func(m Member) bool { return m.Name == name }) {
			out = append(out, Member{Name: name, Raw: raw})
		}
	}
	resp.Body.Each(func(name, raw string) {
		if quoted, ok := t.keepTop[name]; ok {
			add(quoted, raw)
		}
	})
	for _, k := range t.keepDeep {
		add(k.name, resp.Body.Get(k.path).Raw())
	}
	return out
}

// isCanonical reports whether the response already says what e says: same
// status, JSON, `error` at the top spelled as registered, a clean description,
// and the challenge that e would send.
func (t *Table) isCanonical(e *Error, f *Finding, resp *Response) bool {
	switch {
	case t.alwaysRender:
		return false
	case isBare(e, resp):
		return true
	case resp.Body.Recoded() || resp.Status != e.Status || t.canonicalDescriptions || f.Rule.ToDescription != "" ||
		MediaType(resp.Header) != "application/json":
		return false
	}
	if code, _ := resp.Body.Get(codePath).Code(); code != e.Code {
		return false
	}
	if uri, _ := resp.Body.Get(uriPath).Code(); cleanURI(uri) != uri {
		return false
	}
	errors := 0 // libraries differ in which of two they read
	resp.Body.Each(func(name, _ string) {
		if name == paramError || name == paramDescription {
			errors++
		}
	})
	d := resp.Body.Get(descriptionPath)
	if errors > 2 || errors == 2 && !d.Exists() { // a null is no text
		return false
	}
	if d.Exists() {
		if text, ok := d.Code(); !ok || cleanDescription(text) != text {
			return false
		}
	}
	if e.RetryAfter != resp.Header.Get("Retry-After") {
		return false
	}
	return sameChallenge(e, resp)
}

// ProxyError returns the error to answer with when there is no response of the
// provider: the proxy got none, or only a part.
func (t *Table) ProxyError(endpoint Endpoint, code string, status int, description string) Error {
	entry, _ := Lookup(code)
	if t.canonicalDescriptions {
		description = entry.Description
	}
	return Error{Code: entry.Code, Status: status, Description: description, tokenLike: endpoint.tokenLike()}
}
