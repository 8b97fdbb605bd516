package normalizer

import (
	"net/http"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// exchange is a response and its request: everything that rows are compared with.
type exchange struct {
	status   int
	header   http.Header
	body     wire.Tree         // the zero Tree if the body could not be read
	empty    bool              // there was no body; a body that could not be read is not empty
	unread   Outcome           // why the body could not be read as a whole, or empty
	endpoint registry.Endpoint // the kind of endpoint that answered
	named    bool              // the operator or the mapping names the path, as an endpoint of programs
	scheme   string            // how the request authenticated: Basic, Bearer, DPoP or empty
	grant    registry.Grant    // of a token request
	asked    http.Header       // of the request
	public   bool              // a token request without a secret, an assertion and an Authorization field
	said     *words            // the words of the body, once they were asked for
}

// polls reports whether the client polls for the outcome of a device or backchannel
// authorization (RFC 8628 §3.4, OpenID CIBA Core §10.1).
func (x *exchange) polls() bool { return x.endpoint == registry.EndpointToken && x.grant.Polls() }
