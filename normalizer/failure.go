package normalizer

import (
	"net/http"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// Failure is the reason why the provider sent no response.
type Failure uint8

// The failures.
const (
	// FailureUnreachable: the provider could not be reached.
	FailureUnreachable Failure = iota
	// FailureUnavailable: no provider is available.
	FailureUnavailable
	// FailureTimeout: the provider did not answer in time.
	FailureTimeout
	// FailureTooLarge: the request body is larger than the proxy allows.
	FailureTooLarge
	// FailureCutShort: the response ended early.
	FailureCutShort
)

// failures has the answer to each failure. The texts reveal nothing about the servers
// behind the proxy; its log does.
var failures = [...]struct {
	status            int
	code, description string
}{
	FailureUnreachable: {http.StatusBadGateway, "temporarily_unavailable", "The identity provider could not be reached."},
	FailureUnavailable: {http.StatusServiceUnavailable, "temporarily_unavailable", "No identity provider is available at the moment."},
	FailureTimeout:     {http.StatusGatewayTimeout, "temporarily_unavailable", "The identity provider did not answer in time."},
	FailureTooLarge:    {http.StatusRequestEntityTooLarge, "invalid_request", "The request body is too large."},
	FailureCutShort:    {http.StatusBadGateway, "server_error", "The response of the identity provider ended early."},
}

// Fail decides about the answer when the provider sent no response, or only a part.
// header is the header of the answer so far. ok is false for a browser that navigates,
// which wants a page, and for a request for another protocol.
func (t *Table) Fail(q *Request, why Failure, header http.Header) (d Decision, ok bool) {
	if q.http == nil || int(why) >= len(failures) {
		return Decision{Outcome: OutcomeUnmapped}, false
	}
	t.paths.settle(q, header)
	answer := failures[why]
	entry, _ := registry.Lookup(answer.code)
	description := answer.description
	if t.answers.canonicalDescriptions {
		description = entry.Description
	}
	d = Decision{
		Outcome: OutcomeProxyError, Effect: EffectRewrite, table: t,
		Finding:  Finding{Error: entry.Code, Status: answer.status, registered: &entry},
		Error:    Error{code: entry.Code, status: answer.status, description: description, uri: t.answers.docs[entry.Code], tokenLike: q.endpoint.TokenLike()},
		exchange: exchange{status: answer.status, header: header, endpoint: q.endpoint, grant: q.Grant()},
	}
	d.rendering = t.style.renderingFor(q, &d)
	other := upgrades(q.http.Header) && !t.answers.canonicalDescriptions
	return d, !other && !(q.endpoint.ServesPages() && isNavigation(q.http.Header))
}
