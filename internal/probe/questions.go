package probe

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/auth-errors/caddy-auth-errors/internal/saved"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// Values that are sent in place of credentials. The host cannot exist (RFC 2606 §2).
const (
	nobody       = "auth-errors-probe"
	noSecret     = "no-secret"
	deadCode     = "dead-code"
	deadToken    = "dead-token"
	unknownGrant = "urn:auth-errors:probe"
	callback     = "https://auth-errors-probe.invalid/callback"
)

// who says which client authenticates a request.
type who int

const (
	noClient       who = iota
	nobodyInHeader     // a client that the server does not know, by Basic
	nobodyInBody
	nobodyPublic // without a secret
	ownClient    // the client that the user named, if any
	badToken     // a token in place of a client
)

// question is a request to send.
type question struct {
	name     string
	endpoint registry.Endpoint
	who      who
	form     url.Values // nil for GET
}

// questions are all requests. None can succeed, unless the server revokes or describes
// tokens that it has never issued.
var questions = []question{
	{"token, no client", registry.EndpointToken, noClient, url.Values{"grant_type": {"client_credentials"}}},
	{"token, unknown client in the header", registry.EndpointToken, nobodyInHeader, url.Values{"grant_type": {"client_credentials"}}},
	{"token, unknown client in the body", registry.EndpointToken, nobodyInBody, url.Values{"grant_type": {"client_credentials"}}},
	{"token, unknown grant type", registry.EndpointToken, ownClient, url.Values{"grant_type": {unknownGrant}}},
	{"token, dead code", registry.EndpointToken, ownClient, url.Values{"grant_type": {"authorization_code"}, "code": {deadCode}, "redirect_uri": {callback}}},
	{"token, dead refresh token", registry.EndpointToken, ownClient, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {deadToken}}},
	{"userinfo, no token", registry.EndpointResource, noClient, nil},
	{"userinfo, bad token", registry.EndpointResource, badToken, nil},
	{"par, unknown client", registry.EndpointPAR, nobodyInHeader, url.Values{"client_id": {nobody}, "response_type": {"code"}, "redirect_uri": {callback}}},
	{"device, unknown client", registry.EndpointDevice, nobodyPublic, url.Values{}},
	{"revocation, dead token", registry.EndpointRevocation, ownClient, url.Values{"token": {deadToken}}},
	{"introspection, no client", registry.EndpointIntrospection, noClient, url.Values{"token": {deadToken}}},
	{"introspection, dead token", registry.EndpointIntrospection, ownClient, url.Values{"token": {deadToken}}},
}

// client returns the id and secret to send, and whether they go into the header.
func (q *question) client(p *prober) (id, secret string, inHeader bool) {
	switch q.who {
	case nobodyInHeader:
		return nobody, noSecret, true
	case nobodyInBody:
		return nobody, noSecret, false
	case nobodyPublic:
		return nobody, "", false
	case ownClient:
		if p.ClientID == "" {
			return nobody, noSecret, p.takesBasic()
		}
		return p.ClientID, p.ClientSecret, p.ClientSecret != "" && p.takesBasic()
	}
	return "", "", false
}

// takesBasic reports whether clients may authenticate in the header. They may unless the
// metadata of the server says otherwise (RFC 8414 §2).
func (p *prober) takesBasic() bool {
	return len(p.metadata.Methods) == 0 || slices.Contains(p.metadata.Methods, "client_secret_basic")
}

// answerFrom returns the request for a URL, without an answer.
func (q *question) answerFrom(p *prober, target *url.URL) Answer {
	r := &http.Request{Method: http.MethodPost, URL: target, Header: make(http.Header)}
	if q.form == nil {
		r.Method = http.MethodGet
	}
	if id, secret, inHeader := q.client(p); inHeader {
		r.Header.Set("Authorization", "Basic "+basic(id, secret))
	}
	if q.who == badToken {
		r.Header.Set("Authorization", "Bearer "+deadToken)
	}
	return Answer{
		Name:     q.name,
		Endpoint: q.endpoint,
		Exchange: saved.Exchange{Request: r, Grant: registry.GrantOf(q.form.Get("grant_type"))},
	}
}

// body returns the form to send.
func (q *question) body(p *prober) string {
	form := make(url.Values)
	for name, values := range q.form {
		form[name] = values
	}
	if id, secret, inHeader := q.client(p); id != "" && !inHeader {
		form.Set("client_id", id)
		if secret != "" {
			form.Set("client_secret", secret)
		}
	}
	return form.Encode()
}
