package mapping

import (
	"net/http"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// Example is a real response with the answer that it must get.
type Example struct {
	Line          int
	Endpoint      registry.Endpoint
	Path          string         // of the request, to check that it is that kind of endpoint; may be empty
	Grant         registry.Grant // of the request, if it is a token request
	Status        int
	Header        http.Header
	Body          string
	Authorization string // the scheme of the request's credentials, if any
	Public        bool   // the request carried no credentials of the client at all
	Expect        Expectation
}

// Expectation is the right side of an [Example].
type Expectation struct {
	Pass        bool
	Status      int
	Error       string
	Description string // not checked if empty
}
