package normalizer

import (
	"math/rand/v2"
	"net/http"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// sent returns the challenges that a client gets.
func (c challenges) sent(x *exchange) string {
	if c.asCame {
		return strings.Join(x.header["Www-Authenticate"], " | ")
	}
	return strings.Join(c.values, " | ")
}

// anyEndpoint chooses a kind.
func anyEndpoint(r *rand.Rand) registry.Endpoint {
	kinds := registry.Endpoints()
	return kinds[r.IntN(len(kinds))]
}

// endpointOf is the kind of endpoint of a request that no answer settles.
func (t *Table) endpointOf(r *http.Request) registry.Endpoint {
	q := t.Request(r)
	return t.EndpointOf(&q, nil)
}

// normalize is the decision about a response that was read already.
func (t *Table) normalize(x *exchange) (Error, Finding, Outcome) {
	d := Decision{table: t, exchange: *x}
	t.decideBody(&d)
	return d.Error, d.Finding, d.Outcome
}
