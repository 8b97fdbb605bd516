package normalizer

import (
	"net/http"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// What a request or an answer shows of the kind of endpoint, beside its path.

// hasGrant reports whether the request has a grant_type, in its body or its query.
func (q *Request) hasGrant() bool {
	return q.Grant() != registry.GrantNone || strings.Contains(q.http.URL.RawQuery, "grant_type=")
}

// isOther reports whether the body of the request shows that it is none of OAuth, though
// its path ends as the well-known ones of a kind do. It is a sign-in or a sign-up of some
// application:
//
//   - at token, JSON without a grant_type, or a form that also names no client and no
//     grant;
//   - at registration, JSON without metadata of a client (RFC 7591 §2), or a form;
//   - at other endpoints of programs, JSON that names no client and no token, or an access
//     token and nothing else: POST /invitations/7/revoke.
func (q *Request) isOther(kind registry.Endpoint) bool {
	if q.grant == nil && !q.given && kind.TokenLike() && kind != registry.EndpointToken && kind != registry.EndpointRegistration {
		return registry.IsTokenScheme(q.scheme()) && q.http.URL.RawQuery == ""
	}
	if q.given || !q.grant.isWhole() || q.grant.grantType() != registry.GrantNone {
		return false
	}
	switch kind {
	case registry.EndpointToken:
		return q.grant.isJSON() || q.scheme() == "" && !q.grant.has(factOAuth)
	case registry.EndpointRegistration:
		return !q.grant.isJSON() || !q.grant.has(factMetadata)
	}
	return kind.TokenLike() && q.grant.isJSON() && !q.grant.has(factOAuth)
}

// isPlainGet reports whether the request is a GET without a parameter of a token request.
// With a token it is one for a resource: there are tokens that are no tokens of OAuth, and
// lists of them. Some providers take token requests by GET.
func (q *Request) isPlainGet() bool {
	return q.http.Method == http.MethodGet && !q.given &&
		!strings.Contains(q.http.URL.RawQuery, "grant_type=") && !strings.Contains(q.http.URL.RawQuery, "client_id=") && !strings.Contains(q.http.URL.RawQuery, "code=")
}

// offersToken reports whether an answer asks for a Bearer or DPoP token.
func offersToken(answer http.Header) bool {
	for _, value := range answer["Www-Authenticate"] {
		for _, scheme := range [...]string{"bearer", "dpop"} {
			if containsWord(value, scheme) {
				return true
			}
		}
	}
	return false
}

// containsWord reports whether a field has a challenge of the (lower-case) scheme: the
// word at the beginning or behind a comma, followed by a space or nothing.
func containsWord(value, scheme string) bool {
	for element := range strings.SplitSeq(value, ",") {
		word, _, _ := strings.Cut(strings.TrimSpace(element), " ")
		if strings.EqualFold(word, scheme) {
			return true
		}
	}
	return false
}
