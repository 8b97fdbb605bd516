package normalizer

import (
	"slices"

	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// isCanonical reports whether the response already says what e says: same status,
// JSON, `error` at the top spelled as registered, a clean description, and the
// challenge that e would send.
func (a *answers) isCanonical(e *Error, f *Finding, x *exchange) bool {
	switch {
	case x.unread != "":
		return false
	case isBare(e, x):
		return true
	case x.body.Recoded() || x.status != e.status || a.canonicalDescriptions || f.row.ToDescription != "" ||
		len(x.header["Content-Type"]) != 1 || mediaType(x.header) != jsonType:
		return false
	}
	return saysError(e, &x.body) && a.kept.quotesNothing(&x.body) && e.retryAfter == firstValue(x.header, "Retry-After") && e.challenge.asCame
}

// saysError reports whether a body says the error, once and in a way that every client
// reads alike.
func saysError(e *Error, body *wire.Tree) bool {
	if code, _ := body.Get(codePath).Code(); code != e.code {
		return false
	}
	if uri, _ := body.Get(uriPath).Code(); cleanURI(uri) != uri {
		return false
	}
	errors := 0 // libraries differ in which of two they read
	body.Each(func(name string, _ wire.Value) {
		if name == paramError || name == paramDescription {
			errors++
		}
	})
	d := body.Get(descriptionPath)
	if errors > 2 || errors == 2 && !d.Exists() { // a null is no text
		return false
	}
	if d.Exists() {
		if text, ok := d.Code(); !ok || cleanDescription(text) != text {
			return false
		}
	}
	return true
}

// isBare reports whether the response is all that a request without credentials must get:
// a challenge without an error, and no body (RFC 6750 §3.1).
func isBare(e *Error, x *exchange) bool {
	if !x.empty || x.status != 401 || e.status != 401 || !e.challenge.asCame {
		return false
	}
	offered := wire.Challenges(x.header["Www-Authenticate"])
	return len(offered) > 0 && !slices.ContainsFunc(offered, func(c wire.Challenge) bool { return c.Has(paramError) })
}
