package ledger

import (
	"cmp"
	"net/http"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// Example returns a response like the one that was seen, as an example without an
// expectation: the code and the description where they were, or else in members that are
// read of any server. Nothing else of the response is known. makeBody makes a body that
// has values at paths.
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
