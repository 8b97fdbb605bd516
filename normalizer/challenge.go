package normalizer

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// challenges are the WWW-Authenticate fields of an answer.
type challenges struct {
	values []string
	asCame bool // the challenges of the response are right
}

// realm is the realm of the challenges of a table.
type realm struct {
	own     string // of every challenge; empty keeps the provider's
	missing string // of a challenge that has none

	// metadata is the URL of the resource's metadata, for each challenge at a resource.
	metadata string
}

// paramMetadata names the parameter of RFC 9728 §5.1.
const paramMetadata = "resource_metadata"

// checkMetadata refuses a URL that clients cannot fetch. It must be absolute, with http
// or https, and without user and fragment.
func checkMetadata(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.Fragment != "" || cleanParam(text) != text {
		return fmt.Errorf("resource_metadata %q: use an absolute URL without user and fragment, such as https://api.example.com/.well-known/oauth-protected-resource", text)
	}
	return nil
}

// challenge completes the challenges of the provider, or makes one:
//
//   - at a resource, 401 always has one (RFC 9110 §15.5.2), and 400 and 403 have one if
//     RFC 6750 §3.1 or an extension of it carries the error there;
//   - at a resource it names the resource metadata of the configuration, unless a
//     challenge of the provider names some (RFC 9728 §5.1);
//   - at a path of unknown kind, the provider's challenges stay unchanged;
//   - elsewhere only 401 has some: for the scheme of the request, or else for the schemes
//     that the provider asked for. None is invented.
//
// The provider's own challenge of the scheme keeps all its parameters; error and
// error_description are added or corrected. Challenges of other schemes stay beside it. A
// request for a resource that presented no token, or a password instead, gets a bare
// challenge, as RFC 6750 §3.1 wants it, unless the provider itself named an error.
func (a *answers) challenge(entry *registry.Entry, e *Error, x *exchange) challenges {
	values := x.header["Www-Authenticate"]
	if x.endpoint == registry.EndpointNone {
		return challenges{asCame: !a.canonicalDescriptions}
	}
	metadata := ""
	if x.endpoint == registry.EndpointResource {
		metadata = a.realm.metadata
	}
	if !wantsChallenge(entry, e, x) {
		return challenges{asCame: len(values) == 0 || x.endpoint == registry.EndpointResource && !a.canonicalDescriptions}
	}
	offered := wire.Challenges(values)
	if a.canonicalDescriptions {
		offered = nil // the scheme follows from the request and the error alone
	}
	scheme := challengeScheme(entry, x, offered)
	if a.canonicalDescriptions {
		if scheme == "" {
			return challenges{asCame: len(values) == 0}
		}
		return challenges{values: []string{a.realm.fixedChallenge(scheme, e, metadata)}}
	}
	if scheme == "" { // the provider asks for something that is none of ours
		return challenges{asCame: true}
	}
	own := slices.IndexFunc(offered, func(c wire.Challenge) bool { return strings.EqualFold(c.Scheme, scheme) })
	if own < 0 {
		offered = append([]wire.Challenge{{Scheme: scheme}}, offered...)
		own = 0
	}
	named := offered[own].Has(paramError)
	bare := isProtected(x.endpoint) && entry.BareWithoutToken && !registry.IsTokenScheme(x.scheme) && !named
	changed := a.realm.complete(&offered[own], e, bare)
	if metadata != "" && !slices.ContainsFunc(offered, func(c wire.Challenge) bool { return c.Has(paramMetadata) }) {
		changed = setParam(&offered[own], paramMetadata, metadata)
	}
	for i := range offered {
		changed = clean(&offered[i]) || changed
	}
	if !changed && own < len(offered) && len(values) > 0 {
		return challenges{asCame: true}
	}
	out := make([]string, len(offered))
	for i, c := range offered {
		out[i] = c.String()
	}
	return challenges{values: out}
}

// isProtected reports whether a kind of endpoint is protected like a resource.
// Registration is too (RFC 7592 §2).
func isProtected(kind registry.Endpoint) bool {
	return kind == registry.EndpointResource || kind == registry.EndpointRegistration
}

// wantsChallenge reports whether an answer has a challenge.
func wantsChallenge(entry *registry.Entry, e *Error, x *exchange) bool {
	if x.endpoint == registry.EndpointResource {
		return e.status == 401 || entry.InChallenge && (e.status == 400 || e.status == 403)
	}
	return e.status == 401
}

// asksForScope reports whether a resource refused access by 401, and its challenge says
// which scope a token has to have. Clients of image registries get a new token for it, and
// read no challenge beside another status.
func asksForScope(x *exchange) bool {
	return x.endpoint == registry.EndpointResource && x.status == http.StatusUnauthorized &&
		slices.ContainsFunc(wire.Challenges(x.header["Www-Authenticate"]), func(c wire.Challenge) bool {
			return registry.IsTokenScheme(c.Scheme) && c.Has("scope")
		})
}

// challengeScheme returns the scheme of the challenge that carries the error, or nothing
// for no such challenge.
func challengeScheme(entry *registry.Entry, x *exchange, offered []wire.Challenge) string {
	switch {
	case x.endpoint != registry.EndpointResource && x.scheme != "":
		return x.scheme
	case x.endpoint != registry.EndpointResource:
		return offeredScheme(offered, "Basic", "Bearer", "DPoP")
	case entry.Scheme != "":
		return entry.Scheme
	case registry.IsTokenScheme(x.scheme):
		return x.scheme
	}
	if scheme := offeredScheme(offered, "Bearer", "DPoP"); scheme != "" {
		return scheme
	}
	return "Bearer"
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

// complete adds missing parameters to a challenge, and reports whether it added any. A
// realm is always given: Basic requires it (RFC 7617 §2), and Bearer requires some
// parameter (RFC 6750 §3).
func (r *realm) complete(c *wire.Challenge, e *Error, bare bool) (changed bool) {
	switch {
	case r.own != "":
		changed = setParam(c, "realm", r.own)
	case len(c.Params) == 0 && c.Token68 == "" || strings.EqualFold(c.Scheme, "Basic") && !c.Has("realm"):
		c.Params = slices.Insert(c.Params, 0, wire.Param{Name: "realm", Value: r.missing})
		changed = true
	}
	if bare || c.Token68 != "" {
		return changed
	}
	said, named := c.Param(paramError)
	changed = setParam(c, paramError, e.code) || changed
	if text, ok := c.Param(paramDescription); !named || said != e.code || ok && cleanDescription(text) != text {
		changed = setParam(c, paramDescription, challengeText(e.description)) || changed
	}
	return changed
}

// setParam sets a parameter, and reports whether that was a change.
func setParam(c *wire.Challenge, name, value string) bool {
	for i, p := range c.Params {
		if strings.EqualFold(p.Name, name) {
			if p.Value == value {
				return false
			}
			c.Params[i] = wire.Param{Name: p.Name, Value: value}
			return true
		}
	}
	c.Params = append(c.Params, wire.Param{Name: name, Value: value})
	return true
}

// clean takes secrets out of the texts of a challenge, and what no field may have. What is
// no text stays, though it may look like a secret: the client has to answer with it, as
// with the nonce of Digest, the ticket of UMA and the claims of Entra ID. So does every
// text of a scheme that carries no errors.
func clean(c *wire.Challenge) (changed bool) {
	if registry.SchemeOf(c.Scheme) == "" {
		return c.Malformed
	}
	for i := range c.Params {
		p := &c.Params[i]
		if !strings.Contains(p.Value, " ") && !strings.EqualFold(p.Name, paramDescription) {
			continue
		}
		if value := cleanParam(p.Value); value != p.Value {
			p.Value, changed = value, true
		}
	}
	return changed || c.Malformed
}

// cleanParam masks secrets, and drops the characters that would need escaping.
func cleanParam(value string) string {
	if strings.IndexFunc(value, func(r rune) bool { return !inErrorSet(r) }) >= 0 {
		value = strings.Map(func(r rune) rune {
			if inErrorSet(r) {
				return r
			}
			return -1
		}, value)
	}
	if strings.Contains(value, "://") { // a place, and not a text
		return value
	}
	return Mask(value)
}

// fixedChallenge is a challenge that depends on the error alone.
func (r *realm) fixedChallenge(scheme string, e *Error, metadata string) string {
	c := wire.Challenge{Scheme: scheme, Params: []wire.Param{
		{Name: "realm", Value: cleanParam(cmp.Or(r.own, r.missing))}, {Name: paramError, Value: e.code}, {Name: paramDescription, Value: challengeText(e.description)},
	}}
	if metadata != "" {
		setParam(&c, paramMetadata, metadata)
	}
	return c.String()
}

// challengeText drops commas and equals signs, because several client libraries cut
// challenges at each of them.
func challengeText(description string) string {
	return strings.NewReplacer(",", ";", "=", ":").Replace(description)
}
