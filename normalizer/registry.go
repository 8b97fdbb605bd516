package normalizer

import "slices"

// Actor is who can do something about an error.
type Actor string

// The actors.
const (
	ActorDeveloper Actor = "developer" // of the client
	ActorUser      Actor = "user"
	ActorOperator  Actor = "operator" // of the provider, or whoever registered the client
	ActorClient    Actor = "client"   // the software, by itself
	ActorNobody    Actor = "nobody"   // it passes
)

// Entry is what the registry knows about one canonical error.
type Entry struct {
	// Code is the value of `error`.
	Code string
	// Title is a short name for people; it never changes.
	Title string
	// Description is what `error_description` says when the provider gave no
	// text, or when its text is not wanted.
	Description string
	// Source is the specification that defines the error.
	Source string
	// Status is the HTTP status, except at the endpoints in At.
	Status int
	// At lists the endpoints with a status of their own.
	At map[Endpoint]int
	// KeepsStatus says that an HTTP status with a meaning of its own, such as
	// 404 or 429, is kept in an answer with this error.
	KeepsStatus bool
	// NotAtResources says that the code belongs to other endpoints: what a resource
	// says in the same words is its own business, unless a row maps it.
	NotAtResources bool
	// InChallenge says that a resource carries the error in its challenge.
	InChallenge bool
	// Scheme is the scheme of that challenge, if the error decides it.
	Scheme string
	// Retryable says that the same request may succeed later.
	Retryable bool
	// Actor is who has to act.
	Actor Actor
}

// at is short for the statuses by endpoint.
type at = map[Endpoint]int

// registry is the closed list of canonical errors, sorted by code.
var registry = []Entry{
	{Code: "access_denied", Title: "Access denied", Source: "RFC 6749 §4.1.2.1, RFC 8628 §3.5, OpenID CIBA Core §13",
		Description: "The user or the authorization server refused the request.",
		Status:      400, At: at{EndpointResource: 403, EndpointCIBA: 403}, Actor: ActorUser},
	{Code: "account_selection_required", Title: "Account selection required", Source: "OpenID Connect Core §3.1.2.6",
		Description: "The user has to choose an account.", Status: 400, Actor: ActorUser},
	{Code: "authorization_pending", Title: "Authorization pending", Source: "RFC 8628 §3.5, OpenID CIBA Core §11",
		Description: "The user has not finished yet; keep polling.", Status: 400, Retryable: true, Actor: ActorUser},
	{Code: "consent_required", Title: "Consent required", Source: "OpenID Connect Core §3.1.2.6",
		Description: "The user has to give consent.", Status: 400, Actor: ActorUser},
	{Code: "expired_login_hint_token", Title: "Login hint token expired", Source: "OpenID CIBA Core §13",
		Description: "The login_hint_token has expired.", Status: 400, NotAtResources: true, Actor: ActorDeveloper},
	{Code: "expired_token", Title: "Device code expired", Source: "RFC 8628 §3.5, OpenID CIBA Core §11",
		Description: "The device code or authentication request has expired; start again.", Status: 400, Actor: ActorUser},
	{Code: "incompatible_ace_profiles", Title: "Incompatible ACE profiles", Source: "RFC 9200 §5.8.3",
		Description: "Client and resource share no profile.", Status: 400, Actor: ActorDeveloper},
	{Code: "insufficient_authorization", Title: "More authorization steps needed", Source: "draft-ietf-oauth-first-party-apps",
		Description: "The authorization needs another step.", Status: 400, Retryable: true, Actor: ActorUser},
	{Code: "insufficient_scope", Title: "Insufficient scope", Source: "RFC 6750 §3.1",
		Description: "The access token lacks a scope that this request needs.",
		Status:      403, InChallenge: true, Actor: ActorUser},
	{Code: "insufficient_user_authentication", Title: "Stronger authentication needed", Source: "RFC 9470 §3",
		Description: "The authentication behind the access token is too weak or too old.",
		Status:      401, InChallenge: true, Actor: ActorUser},
	{Code: "interaction_required", Title: "Interaction required", Source: "OpenID Connect Core §3.1.2.6",
		Description: "The user has to take part to go on.", Status: 400, Actor: ActorUser},
	{Code: "invalid_authorization_details", Title: "Invalid authorization details", Source: "RFC 9396 §5",
		Description: "The authorization_details are unknown or malformed.", Status: 400, Actor: ActorDeveloper},
	{Code: "invalid_binding_message", Title: "Invalid binding message", Source: "OpenID CIBA Core §13",
		Description: "The binding_message cannot be shown.", Status: 400, NotAtResources: true, Actor: ActorDeveloper},
	{Code: "invalid_client", Title: "Client authentication failed", Source: "RFC 6749 §5.2",
		Description: "The client is unknown or could not be authenticated.",
		Status:      400, InChallenge: true, Actor: ActorDeveloper},
	{Code: "invalid_client_attestation", Title: "Invalid client attestation", Source: "draft-ietf-oauth-attestation-based-client-auth",
		Description: "The client attestation was not accepted.", Status: 400, Actor: ActorDeveloper},
	{Code: "invalid_client_metadata", Title: "Invalid client metadata", Source: "RFC 7591 §3.2.2",
		Description: "A value of the client registration was not accepted.", Status: 400, NotAtResources: true, Actor: ActorDeveloper},
	{Code: "invalid_dpop_proof", Title: "Invalid DPoP proof", Source: "RFC 9449 §5, §7.1",
		Description: "The DPoP proof was not accepted; check the clock and the key.",
		Status:      400, At: at{EndpointResource: 401}, InChallenge: true, Scheme: "DPoP", Actor: ActorDeveloper},
	{Code: "invalid_grant", Title: "Invalid grant", Source: "RFC 6749 §5.2",
		Description: "The code, refresh token or credentials are wrong, used, expired or revoked.",
		Status:      400, Actor: ActorUser},
	{Code: "invalid_issuer", Title: "Invalid issuer", Source: "OpenID Federation 1.0",
		Description: "The issuer cannot answer for the entity.", Status: 400, NotAtResources: true, Actor: ActorOperator},
	{Code: "invalid_metadata", Title: "Invalid metadata", Source: "OpenID Federation 1.0",
		Description: "Metadata and metadata policy do not fit.", Status: 400, NotAtResources: true, Actor: ActorOperator},
	{Code: "invalid_redirect_uri", Title: "Invalid redirect URI", Source: "RFC 7591 §3.2.2",
		Description: "A redirect URI of the registration was not accepted.", Status: 400, NotAtResources: true, Actor: ActorDeveloper},
	{Code: "invalid_request", Title: "Invalid request", Source: "RFC 6749 §5.2, RFC 6750 §3.1",
		Description: "The request is malformed, incomplete or not supported here.",
		Status:      400, KeepsStatus: true, InChallenge: true, Actor: ActorDeveloper},
	{Code: "invalid_request_object", Title: "Invalid request object", Source: "OpenID Connect Core §3.1.2.6, RFC 9101 §7",
		Description: "The request object was not accepted.", Status: 400, Actor: ActorDeveloper},
	{Code: "invalid_request_uri", Title: "Invalid request URI", Source: "OpenID Connect Core §3.1.2.6, RFC 9101 §7",
		Description: "The request_uri cannot be used or has expired.", Status: 400, Actor: ActorClient},
	{Code: "invalid_scope", Title: "Invalid scope", Source: "RFC 6749 §5.2",
		Description: "A requested scope is unknown, malformed or not granted.", Status: 400, Actor: ActorDeveloper},
	{Code: "invalid_software_statement", Title: "Invalid software statement", Source: "RFC 7591 §3.2.2",
		Description: "The software statement was not accepted.", Status: 400, NotAtResources: true, Actor: ActorDeveloper},
	{Code: "invalid_subject", Title: "Invalid subject", Source: "OpenID Federation 1.0",
		Description: "The subject is not known here.", Status: 400, NotAtResources: true, Actor: ActorOperator},
	{Code: "invalid_target", Title: "Invalid target", Source: "RFC 8707 §2, RFC 8693 §2.2.2",
		Description: "The requested resource or audience is unknown or not allowed.", Status: 400, Actor: ActorDeveloper},
	{Code: "invalid_token", Title: "Invalid token", Source: "RFC 6750 §3.1",
		Description: "The access token is missing, malformed, expired or revoked.",
		Status:      401, InChallenge: true, Actor: ActorClient},
	{Code: "invalid_trust_anchor", Title: "Invalid trust anchor", Source: "OpenID Federation 1.0",
		Description: "The trust anchor cannot be used.", Status: 400, NotAtResources: true, Actor: ActorOperator},
	{Code: "invalid_trust_chain", Title: "Invalid trust chain", Source: "OpenID Federation 1.0",
		Description: "The trust chain could not be validated.", Status: 400, NotAtResources: true, Actor: ActorOperator},
	{Code: "invalid_user_code", Title: "Invalid user code", Source: "OpenID CIBA Core §13",
		Description: "The user code is wrong.", Status: 400, NotAtResources: true, Actor: ActorUser},
	{Code: "login_required", Title: "Login required", Source: "OpenID Connect Core §3.1.2.6",
		Description: "The user has to sign in.", Status: 400, Actor: ActorUser},
	{Code: "mfa_required", Title: "Second factor required", Source: "used by several providers, not registered",
		Description: "The user has to prove a second factor.", Status: 403, Retryable: true, Actor: ActorUser},
	{Code: "missing_trust_anchor", Title: "Missing trust anchor", Source: "OpenID Federation, early drafts",
		Description: "No trust anchor in common was found.", Status: 400, NotAtResources: true, Actor: ActorOperator},
	{Code: "missing_user_code", Title: "Missing user code", Source: "OpenID CIBA Core §13",
		Description: "A user code is needed.", Status: 400, NotAtResources: true, Actor: ActorUser},
	{Code: "need_info", Title: "More claims needed", Source: "UMA 2.0 Grant §3.3.6",
		Description: "The authorization server needs more claims.", Status: 403, Retryable: true, Actor: ActorUser},
	{Code: "registration_not_supported", Title: "Registration not supported", Source: "OpenID Connect Core §3.1.2.6",
		Description: "The registration parameter is not supported.", Status: 400, Actor: ActorDeveloper},
	{Code: "request_denied", Title: "Request denied", Source: "UMA 2.0 Grant §3.3.6",
		Description: "The resource owner's policy refuses the request.", Status: 403, Actor: ActorUser},
	{Code: "request_not_supported", Title: "Request parameter not supported", Source: "OpenID Connect Core §3.1.2.6, RFC 9101 §7",
		Description: "The request parameter is not supported.", Status: 400, Actor: ActorDeveloper},
	{Code: "request_submitted", Title: "Request submitted", Source: "UMA 2.0 Grant §3.3.6",
		Description: "The resource owner has been asked; keep polling.", Status: 403, Retryable: true, Actor: ActorUser},
	{Code: "request_uri_not_supported", Title: "Request URI not supported", Source: "OpenID Connect Core §3.1.2.6, RFC 9101 §7",
		Description: "The request_uri parameter is not supported.", Status: 400, Actor: ActorDeveloper},
	{Code: "server_error", Title: "Server error", Source: "RFC 6749 §4.1.2.1",
		Description: "The identity provider failed to process the request.",
		Status:      500, KeepsStatus: true, Retryable: true, Actor: ActorOperator},
	{Code: "slow_down", Title: "Slow down", Source: "RFC 8628 §3.5, OpenID CIBA Core §11",
		Description: "Polling is too frequent; wait longer between requests.", Status: 400, Retryable: true, Actor: ActorClient},
	{Code: "temporarily_unavailable", Title: "Temporarily unavailable", Source: "RFC 6749 §4.1.2.1",
		Description: "The identity provider cannot handle the request at the moment; try again later.",
		Status:      503, KeepsStatus: true, Retryable: true, Actor: ActorNobody},
	{Code: "transaction_failed", Title: "Transaction failed", Source: "OpenID CIBA Core §12",
		Description: "The authentication transaction failed.", Status: 400, NotAtResources: true, Actor: ActorUser},
	{Code: "unapproved_software_statement", Title: "Software statement not approved", Source: "RFC 7591 §3.2.2",
		Description: "The software statement is not approved here.", Status: 400, NotAtResources: true, Actor: ActorOperator},
	{Code: "unauthorized_client", Title: "Client not allowed", Source: "RFC 6749 §5.2",
		Description: "The client may not use this grant type or request.", Status: 400, Actor: ActorOperator},
	{Code: "unknown_user_id", Title: "Unknown user", Source: "OpenID CIBA Core §13",
		Description: "The hint does not name a user.", Status: 400, NotAtResources: true, Actor: ActorDeveloper},
	{Code: "unmet_authentication_requirements", Title: "Authentication requirements not met", Source: "OpenID Connect Core Error Code unmet_authentication_requirements §2",
		Description: "The user cannot be authenticated as strongly as required.", Status: 400, Actor: ActorUser},
	{Code: "unsupported_grant_type", Title: "Grant type not supported", Source: "RFC 6749 §5.2",
		Description: "The grant type is not supported.", Status: 400, Actor: ActorDeveloper},
	{Code: "unsupported_pop_key", Title: "Proof-of-possession key not supported", Source: "RFC 9200 §5.8.3",
		Description: "The proof-of-possession key cannot be used.", Status: 400, Actor: ActorDeveloper},
	{Code: "unsupported_response_type", Title: "Response type not supported", Source: "RFC 6749 §4.1.2.1",
		Description: "The response type is not supported.", Status: 400, Actor: ActorDeveloper},
	{Code: "unsupported_token_type", Title: "Token type not supported", Source: "RFC 7009 §2.2.1",
		Description: "Tokens of this type cannot be revoked.", Status: 400, Actor: ActorDeveloper},
	{Code: "use_attestation_challenge", Title: "Attestation challenge needed", Source: "draft-ietf-oauth-attestation-based-client-auth",
		Description: "Repeat the request with the challenge in the attestation.", Status: 400, Retryable: true, Actor: ActorClient},
	{Code: "use_dpop_nonce", Title: "DPoP nonce needed", Source: "RFC 9449 §8, §9",
		Description: "Repeat the request with the nonce in the DPoP proof.",
		Status:      400, At: at{EndpointResource: 401}, InChallenge: true, Scheme: "DPoP", Retryable: true, Actor: ActorClient},
	{Code: "use_fresh_attestation", Title: "Fresh attestation needed", Source: "draft-ietf-oauth-attestation-based-client-auth",
		Description: "Repeat the request with a new attestation.", Status: 400, Retryable: true, Actor: ActorClient},
	{Code: "validation_failed", Title: "Trust chain validation failed", Source: "OpenID Federation, early drafts",
		Description: "The trust chain could not be validated.", Status: 400, NotAtResources: true, Actor: ActorOperator},
}

// Registry returns the canonical errors, sorted by code.
func Registry() []Entry { return slices.Clone(registry) }

// Lookup returns the entry of a canonical error, spelled exactly.
func Lookup(code string) (*Entry, bool) {
	i, ok := slices.BinarySearchFunc(registry, code, func(e Entry, code string) int {
		switch {
		case e.Code < code:
			return -1
		case e.Code > code:
			return 1
		}
		return 0
	})
	if !ok {
		return nil, false
	}
	return &registry[i], true
}
