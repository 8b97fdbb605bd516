//go:build load

package caddyfile_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

// loadCase is a request and what its answer has to be.
type loadCase struct {
	name, path string
	status     int // the provider's
	fields     http.Header
	body       string
	pieces     int         // in which the body is sent, without its length
	want       loadedReply // the zero value for what the provider sent
}

// loadedReply is what is checked of an answer.
type loadedReply struct {
	status int
	fields string // those of loadFields, with their values
	body   string
}

// loadFields are the fields that are checked: what describes the body, what says
// that nobody may store it, and one that is always the provider's.
var loadFields = []string{"Content-Type", "Content-Encoding", "Cache-Control", "X-Content-Type-Options", "X-Request-Id"}

// fieldsOf spells them.
func fieldsOf(h http.Header) string {
	var b strings.Builder
	for _, name := range loadFields {
		fmt.Fprintf(&b, "%s: %s; ", name, strings.Join(h.Values(name), ", "))
	}
	return b.String()
}

const (
	loadGrant   = `{"error":"invalid_grant","error_description":"Unknown or invalid refresh token"}`
	loadRefresh = `{"error":"access_denied","error_description":"Unknown or invalid refresh token"}`
	loadSuccess = `{"access_token":"dummy","token_type":"Bearer","expires_in":86400}`
)

// loadLarge is a body over the cap of 64 KiB.
var loadLarge = "[" + strings.Repeat("1,", 33_000) + "1]"

// canonicalReply is a rewritten answer with the body.
func canonicalReply(body string) loadedReply {
	return loadedReply{http.StatusBadRequest, fieldsOf(http.Header{
		"Content-Type": {jsonType}, "Cache-Control": {"no-store"}, "X-Content-Type-Options": {"nosniff"}, "X-Request-Id": {"7f3d"},
	}), body}
}

// anyEdition stands for the body of which the mapping says what is in it.
const anyEdition = "edition"

// unreached reports whether an answer is a failure of Caddy's proxy and not the
// provider's, and is as such right: a reload may close a connection to the provider
// that a request is about to use, with the module or without it.
func (r loadedReply) unreached(with bool) bool {
	want := loadedReply{http.StatusBadGateway, fieldsOf(nil), ""}
	if with {
		want.fields = fieldsOf(http.Header{"Content-Type": {jsonType}, "Cache-Control": {"no-store"}, "X-Content-Type-Options": {"nosniff"}})
		want.body = `{"error":"temporarily_unavailable","error_description":"The identity provider could not be reached."}`
	}
	return r == want
}

// loadCases are asked in turn. Half of them are errors.
var loadCases = []loadCase{
	{name: "success", path: "/oauth/token", status: 200, body: loadSuccess},
	{name: "error", path: "/oauth/token", status: 403, body: loadRefresh, want: canonicalReply(loadGrant)},
	{name: "success in pieces", path: "/oauth/token", status: 200, body: loadSuccess, pieces: 3},
	{name: "error in pieces", path: "/oauth/token", status: 403, body: loadRefresh, pieces: 3, want: canonicalReply(loadGrant)},
	{name: "page", path: "/login", status: 200, fields: http.Header{"Content-Type": {"text/html"}}, body: strings.Repeat("<p>page</p>", 3000)},
	{name: "error in gzip", path: "/oauth/token", status: 403, fields: http.Header{"Content-Encoding": {"gzip"}}, body: gzipped(loadRefresh), want: canonicalReply(loadGrant)},
	{name: "success of a resource", path: "/userinfo", status: 200, body: `{"sub":"1"}`},
	{name: "edited", path: "/oauth/token", status: 403, body: `{"error":"E-1"}`, want: canonicalReply(anyEdition)},
	{name: "nothing", path: "/userinfo", status: 204},
	{name: "error that is not ours", path: "/api/v2/jobs", status: 404, fields: http.Header{"Content-Type": {"text/plain"}}, body: "no such job"},
	{name: "large success", path: "/api/v2/jobs", status: 200, body: loadLarge},
	{name: "error over the cap", path: "/api/v2/jobs", status: 404, body: loadLarge},
}

// header is the provider's.
func (c loadCase) header() http.Header {
	h := http.Header{"X-Request-Id": {"7f3d"}}
	if c.body != "" {
		h.Set("Content-Type", jsonType)
	}
	for name, values := range c.fields {
		h[name] = values
	}
	return h
}

// expected is what the client gets with or without the module.
func (c loadCase) expected(with bool) loadedReply {
	if with && c.want != (loadedReply{}) {
		return c.want
	}
	return loadedReply{c.status, fieldsOf(c.header()), c.body}
}

// ServeHTTP plays the provider.
func (c loadCase) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	for name, values := range c.header() {
		w.Header()[name] = values
	}
	w.WriteHeader(c.status)
	rest := c.body
	for n := c.pieces; n > 0; n-- {
		piece := rest[:len(rest)/n]
		rest = rest[len(piece):]
		io.WriteString(w, piece)
		http.NewResponseController(w).Flush()
	}
	io.WriteString(w, rest)
}

// editionBody is the answer to the edited case under an edition of the mapping.
func editionBody(edition int64) string {
	return fmt.Sprintf(`{"error":"invalid_grant","error_description":"edition %d"}`, edition)
}

// editionText is the mapping.
func editionText(edition int64) string {
	return fmt.Sprintf("version: 1\nprovider: auth0\nerrors:\n  - {status: 403, code: E-1, error: invalid_grant, to_description: edition %d}\n", edition)
}
