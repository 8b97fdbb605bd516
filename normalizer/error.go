package normalizer

import (
	"cmp"
	"mime"
	"net/http"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// Error is the canonical error that replaces a response. Only a [Decision] makes one, so
// it never holds a secret. The zero Error is no error.
type Error struct {
	status      int
	code        string
	description string
	uri         string
	members     []member
	challenge   challenges
	retryAfter  string // the value of Retry-After, or empty for none
	tokenLike   bool
}

// member is a further member of the canonical error: its name as JSON text, and its
// value as the provider sent it.
type member struct{ name, raw string }

// Status returns the HTTP status, or 0 for the zero Error.
func (e Error) Status() int { return e.status }

// Code returns the registered value of `error`.
func (e Error) Code() string { return e.code }

// Description returns the error_description, in the character set of RFC 6749.
func (e Error) Description() string { return e.description }

// URI returns the error_uri, or nothing.
func (e Error) URI() string { return e.uri }

// Error returns code and description.
func (e Error) Error() string {
	if e.code == "" {
		return "no error"
	}
	return e.code + ": " + e.description
}

// answers has the parts of canonical errors that depend on the table.
type answers struct {
	canonicalDescriptions bool
	realm                 realm
	kept                  kept
	docs                  errorDocs
}

// errorOf makes the canonical error of a finding.
func (a *answers) errorOf(entry *registry.Entry, f *Finding, x *exchange) Error {
	e := Error{
		code:        entry.Code,
		status:      statusOf(entry, f.row, x, f.Status),
		description: a.describe(entry, f, x),
		tokenLike:   x.endpoint.TokenLike(),
	}
	if !a.canonicalDescriptions { // a page may be about an account, and a scope, too
		e.uri = cleanURI(f.URI)
		if e.status == http.StatusForbidden && f.layer <= genericLayer && asksForScope(x) {
			e.status = http.StatusUnauthorized
		}
	}
	if e.uri == "" {
		e.uri = a.docs[entry.Code]
	}
	e.retryAfter = a.retryAfter(&e, f, x)
	if a.canonicalDescriptions && !(staysFixed("Retry-After", e.status) && isDelay(e.retryAfter)) {
		e.retryAfter = ""
	}
	e.challenge = a.challenge(entry, &e, x)
	return e
}

// adjust changes the error in cases where the request decides it (see [registry.Entry]):
//
//   - for a client that polls too often;
//   - for a caller of introspection that came with a token;
//   - for a public client, which cannot fail to authenticate: at a refresh its token is
//     dead;
//   - for a request with Basic and without a grant, whose user name and password are those
//     of the client;
//   - at a resource that refuses access by 401; but an answer about a client, to a request
//     without a token, is none of a resource, whatever challenge it has.
//
// An error that the provider itself named is changed only for polls.
func adjust(f *Finding, x *exchange) *registry.Entry {
	entry := f.registered
	other := ""
	switch {
	case x.polls() && f.Status == http.StatusTooManyRequests:
		other = entry.Polling
	case f.layer > genericLayer:
	case x.endpoint == registry.EndpointIntrospection && f.row.IsDefault() && registry.IsTokenScheme(x.scheme):
		other = entry.ForToken
	case x.grant == registry.GrantRefreshToken && x.public && f.Status == http.StatusUnauthorized && f.row.IsDefault():
		other = entry.ForPublic
	case x.endpoint == registry.EndpointToken && x.grant == registry.GrantNone && x.scheme == "Basic" && f.Status == http.StatusUnauthorized && len(f.row.Codes) == 0:
		other = entry.ForBasic
	case x.endpoint == registry.EndpointResource && x.status == http.StatusUnauthorized && (!entry.FollowsCredentials || registry.IsTokenScheme(x.scheme)):
		other = entry.AtResource
	}
	if other == "" {
		return entry
	}
	e, _ := registry.Lookup(other)
	return &e
}

// statusOf returns the HTTP status of a canonical error. In order:
//   - the to_status of the row;
//   - the provider's status at a path of unknown kind, and 401 at introspection;
//   - 401 for an error about credentials, if the request authenticated by an
//     Authorization field (RFC 6749 §5.2) or the provider said 401. Otherwise the status
//     of the registry, which more client libraries can read;
//   - the provider's status, if it has a meaning and the error allows it;
//   - the status that the registry has for the endpoint.
func statusOf(entry *registry.Entry, row *mapping.Row, x *exchange, upstream int) int {
	switch {
	case row != nil && row.ToStatus != 0:
		return row.ToStatus
	case x.endpoint == registry.EndpointNone && 400 <= upstream && upstream <= 599:
		return upstream
	case x.endpoint == registry.EndpointIntrospection && upstream == http.StatusUnauthorized && entry.StatusAt(x.endpoint) < 500:
		return upstream // whatever is wrong with the caller (RFC 7662 §2.3)
	case entry.FollowsCredentials && (x.scheme != "" || upstream == http.StatusUnauthorized):
		return http.StatusUnauthorized
	case entry.KeepsStatus && registry.KeptStatus(upstream):
		return upstream
	}
	return entry.StatusAt(x.endpoint)
}

// StatusOf returns the HTTP status of a registered error at a kind of endpoint, for
// the provider's status and a request without credentials in its header. It returns 0
// for a code that is not registered.
func StatusOf(code string, endpoint registry.Endpoint, upstream int) int {
	entry, ok := registry.Lookup(code)
	if !ok {
		return 0
	}
	return statusOf(&entry, nil, &exchange{endpoint: endpoint}, upstream)
}

// maxFreeText is how long a text in place of a code may be to serve as the
// description, in bytes. A longer one is a page, and not about the error.
const maxFreeText = 200

// describe chooses the description. In order:
//   - the registry's text, where descriptions are canonical;
//   - the text of the row;
//   - the provider's text, with more of the words in its body;
//   - a text in the members that frameworks use;
//   - the provider's free text in place of a code;
//   - the provider's phrase that only repeats the status;
//   - the registry's text.
func (a *answers) describe(entry *registry.Entry, f *Finding, x *exchange) string {
	if a.canonicalDescriptions {
		return entry.Description
	}
	if text := cleanDescription(f.row.ToDescription); text != "" {
		return text
	}
	said := f.Description
	if f.more != "" && f.more != f.Description {
		said = strings.TrimRight(said, " .;") + "; " + f.more
	}
	if text := cleanDescription(said); text != "" && !registry.IsPhrase(text) {
		return text
	}
	w := x.words()
	phrase := f.Description
	if strings.EqualFold(phrase, http.StatusText(x.status)) && w.phrase != "" {
		phrase = w.phrase
	}
	for _, said := range [...]string{w.said(), phrase, w.phrase} {
		if text := cleanDescription(said); text != "" {
			return text
		}
	}
	return cmp.Or(cleanDescription(freeText(f)), entry.Description)
}

// freeText returns the code if a person can read it: a sentence or a phrase in place of a
// code, or an unknown word.
func freeText(f *Finding) string {
	switch {
	case f.foreign || len(f.Code) > maxFreeText || isDigits(f.Code):
		return ""
	case f.known() && !strings.Contains(f.Code, " ") && !(registry.IsPhrase(f.Code) && strings.ToLower(f.Code) != f.Code && !strings.Contains(f.Code, "_")):
		return ""
	}
	return f.Code
}

// isPage reports whether the response is a page for a person: HTML at a path where a
// browser is expected, or HTML at a path of unknown kind if the request asked for a page
// or for no token, or if the page has a form. Client libraries never get an error as such
// a page.
func isPage(x *exchange) bool {
	if x.named || !isHTML(x.header) {
		return false
	}
	if x.endpoint.ServesPages() || wantsPage(x.asked["Accept"]) {
		return true
	}
	form, _ := x.body.Get(formPath).Text()
	return form != ""
}

// isHTML reports whether a response says that it is a page.
func isHTML(h http.Header) bool {
	switch mediaType(h) {
	case "text/html", "application/xhtml+xml":
		return true
	}
	return false
}

// mediaType returns the media type of a response, in lower case.
func mediaType(h http.Header) string {
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
