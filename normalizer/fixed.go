package normalizer

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// This file has what only tables with canonical descriptions do: two answers with the
// same error have the same bytes, no client can opt out of it, and nothing fails open.

// tellers are the exposed members that could tell accounts apart.
var tellers = []string{"status", "code", "row"}

// contradiction refuses options under which accounts could be told apart though
// descriptions are canonical.
func (c *Config) contradiction() error {
	if !c.CanonicalDescriptions {
		return nil
	}
	const why = "with descriptions canonical, answers with the same error are identical"
	for _, name := range c.Expose {
		if slices.Contains(tellers, name) {
			return fmt.Errorf("%s: leave out expose %s", why, name)
		}
	}
	switch {
	case len(c.Keep) > 0:
		return fmt.Errorf("%s: leave out keep %s", why, strings.Join(c.Keep, " "))
	case c.NoDefaults:
		return fmt.Errorf("%s: leave out unmapped pass, which passes errors unchanged", why)
	}
	return nil
}

// fixedKindOf returns the kind of a path by its name, however the client spells it, and
// of a request with a grant type, whatever else the client says. Kinds that serve pages
// come only from paths that the configuration or the provider's mapping names. A path that
// is too long to be looked through counts as that of a token endpoint.
func (p *paths) fixedKindOf(q *Request, folded string) (kind registry.Endpoint, ok bool) {
	if kind, ok = p.namedKind(folded); ok && !kind.ServesPages() {
		return kind, true
	}
	spellings, short := spellingsOf(q.http.URL.Path)
	for _, before := range [...]string{q.arrived, q.Sent} {
		if before != "" && before != q.http.URL.Path {
			more, isShort := spellingsOf(before)
			spellings, short = append(spellings, more...), short && isShort
		}
	}
	if !short {
		return registry.EndpointToken, true
	}
	for _, spelled := range spellings {
		if other, found := p.namedKind(spelled); found && !other.ServesPages() {
			return other, true
		}
	}
	if ok {
		return kind, true
	}
	for _, spelled := range append(spellings, folded) {
		if other, found := p.wellKnown.find(spelled); found && !other.ServesPages() {
			return other, true
		}
	}
	return registry.EndpointToken, q.hasGrant()
}

// failsClosed reports whether the status must decide if nothing else does, because the
// error must not leave unchanged. That is so for any error of an endpoint of OAuth, and
// at a resource for an error that refuses access or cannot be read.
func (x *exchange) failsClosed() bool {
	if !x.named || x.status < 400 {
		return false
	}
	return x.endpoint.TokenLike() || registry.RefusesAccess(x.status) || x.empty || x.unread != ""
}

// decideByStatus finds the row for a status, or makes one: server_error for a status from
// 500 on, and invalid_request for any other.
func (r *rowIndex) decideByStatus(f *Finding, x *exchange) {
	f.named = false
	for _, c := range r.bareFor(x.status) {
		if c.IsDefault() && c.entry != nil && c.Endpoints.Has(x.endpoint) && c.Grants.Has(x.grant) && c.status.Has(x.status) {
			f.row, f.registered, f.layer = c.Row, c.entry, c.layer
			return
		}
	}
	code := "invalid_request"
	if x.status >= http.StatusInternalServerError {
		code = "server_error"
	}
	entry, _ := registry.Lookup(code)
	f.row, f.registered = &mapping.Row{File: "registry", Text: code + ", by the status", Error: code}, &entry
}

// isDelay reports whether the value of a Retry-After is valid: a number of seconds or a
// date.
func isDelay(value string) bool {
	if value != "" && len(value) <= 10 && isDigits(value) {
		return true
	}
	_, err := http.ParseTime(value)
	return err == nil
}
