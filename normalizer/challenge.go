package normalizer

import (
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// challenge builds the WWW-Authenticate value of an error, or returns nothing
// where there is to be none:
//
//   - at a resource, 401 always has one (RFC 9110 §15.5.2), 400 and 403 have one
//     if RFC 6750 §3.1 or an extension of it carries the error there;
//   - elsewhere only 401 has one, of the scheme the request used, or else of the
//     scheme the provider asked for. None is invented.
//
// A request for a resource that presented no token gets a bare challenge, as RFC
// 6750 §3.1 wants it, unless the provider itself named an error.
func (t *Table) challenge(entry *Entry, e *Error, resp *Response) string {
	offered := wire.Challenges(resp.Header["Www-Authenticate"])
	scheme := resp.Scheme
	atResource := resp.Endpoint == EndpointResource
	switch {
	case atResource:
		if e.Status != 401 && !(entry.InChallenge && (e.Status == 400 || e.Status == 403)) {
			return ""
		}
		if entry.Scheme != "" {
			scheme = entry.Scheme
		} else if scheme != "Bearer" && scheme != "DPoP" {
			scheme = offeredScheme(offered, "Bearer", "DPoP")
		}
		if scheme == "" {
			scheme = "Bearer"
		}
	case e.Status != 401:
		return ""
	case scheme == "":
		scheme = offeredScheme(offered, "Basic", "Bearer", "DPoP")
	}
	if scheme == "" {
		return ""
	}
	own := challengeOf(offered, scheme)
	_, named := own.Param("error")
	// Registration is protected like a resource (RFC 7592 §2).
	protected := atResource || resp.Endpoint == EndpointRegistration
	bare := protected && entry.Code == "invalid_token" && resp.Scheme == "" && !named
	return t.buildChallenge(scheme, own, e, bare)
}

// offeredScheme returns the first of the schemes that the provider offers.
func offeredScheme(offered []wire.Challenge, schemes ...string) string {
	for _, c := range offered {
		for _, scheme := range schemes {
			if strings.EqualFold(c.Scheme, scheme) {
				return scheme
			}
		}
	}
	return ""
}

// challengeOf returns the provider's challenge of a scheme, or an empty one.
func challengeOf(offered []wire.Challenge, scheme string) wire.Challenge {
	for _, c := range offered {
		if strings.EqualFold(c.Scheme, scheme) {
			return c
		}
	}
	return wire.Challenge{}
}

// carriedParams are parameters of the provider's challenge that clients act on:
// RFC 6750 §3, RFC 9470 §3, RFC 9449 §7.1, RFC 9728 §5.1.
var carriedParams = []string{"scope", "acr_values", "max_age", "algs", "resource_metadata"}

// buildChallenge writes one challenge. A realm is always given: Basic requires
// it (RFC 7617 §2), and Bearer requires some parameter (RFC 6750 §3).
func (t *Table) buildChallenge(scheme string, own wire.Challenge, e *Error, bare bool) string {
	realm := t.realm
	if realm == "" {
		realm, _ = own.Param("realm")
	}
	if realm == "" {
		realm = t.provider
	}
	b := make([]byte, 0, 160)
	b = append(b, scheme...)
	b = appendParam(b, ' ', "realm", realm)
	if !bare {
		b = appendParam(b, ',', "error", e.Code)
		b = appendParam(b, ',', "error_description", challengeText(e.Description))
	}
	for _, name := range carriedParams {
		if value, ok := own.Param(name); ok && value != "" {
			b = appendParam(b, ',', name, value)
		}
	}
	return string(b)
}

// appendParam appends a quoted parameter, with only characters that need no
// escaping inside the quotes.
func appendParam(b []byte, before byte, name, value string) []byte {
	b = append(b, before)
	if before == ',' {
		b = append(b, ' ')
	}
	b = append(b, name...)
	b = append(b, '=', '"')
	for i := 0; i < len(value); i++ {
		if c := value[i]; inErrorSet(rune(c)) {
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// challengeText drops what makes naive parsers stumble: several client
// libraries cut challenges at every comma and equals sign.
func challengeText(description string) string {
	return strings.NewReplacer(",", ";", "=", ":").Replace(description)
}

// sameChallenge reports whether the response's challenges say what e's does:
// none where e has none, else one of the same scheme and error. Next to it there
// may be one of the other token scheme, since a resource that takes Bearer and
// DPoP offers both (RFC 9449 §7.1), if it does not speak of another error.
func sameChallenge(e *Error, resp *Response) bool {
	values := resp.Header["Www-Authenticate"]
	if e.Challenge == "" {
		return len(values) == 0
	}
	ours := wire.Challenges([]string{e.Challenge})[0]
	want, _ := ours.Param("error")
	same := false
	for _, c := range wire.Challenges(values) {
		got, _ := c.Param("error")
		if text, _ := c.Param("error_description"); cleanDescription(text) != text {
			return false
		}
		switch {
		case strings.EqualFold(c.Scheme, ours.Scheme):
			if same || got != want {
				return false
			}
			same = true
		case !isTokenScheme(c.Scheme) || !isTokenScheme(ours.Scheme) || got != "" && got != want:
			return false
		}
	}
	return same
}

func isTokenScheme(scheme string) bool {
	return strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "DPoP")
}

// isBare reports whether the response is all that a request without credentials
// is to get: a challenge without an error, and no body (RFC 6750 §3.1).
func isBare(e *Error, resp *Response) bool {
	if !resp.Empty || resp.Status != 401 || e.Status != 401 || e.Challenge == "" {
		return false
	}
	_, named := wire.Challenges([]string{e.Challenge})[0].Param("error")
	return !named && sameChallenge(e, resp)
}
