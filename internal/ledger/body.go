package ledger

import (
	"cmp"
	"net/http"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// Example returns an example with a response like the one seen, without an expectation.
// Code and description are at their paths, or else in members that every mapping reads.
// makeBody returns a body with values at paths.
func (u *Unmapped) Example(makeBody func(map[string]string) string) mapping.Example {
	x := mapping.Example{Status: u.Status, Header: make(http.Header)}
	x.Endpoint, _ = registry.ParseEndpoint(u.Endpoint) // the zero Endpoint for none
	x.Grant, _ = registry.ParseGrant(u.Grant)
	if u.CodePath == "#text" {
		x.Body = u.Code
	} else {
		x.Header.Set("Content-Type", "application/json")
		x.Body = makeBody(map[string]string{cmp.Or(u.CodePath, "code"): u.Code, cmp.Or(u.DescriptionPath, "message"): u.Description})
	}
	return x
}
