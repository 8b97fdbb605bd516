// Package registry is the vocabulary: the canonical errors with their statuses, texts and
// actions, the kinds of endpoint, the grant types, and the HTTP statuses with their own
// meaning. It is data and decides nothing.
package registry

import (
	"slices"
	"strings"
)

// Action is the remedy for an error, and who applies it. Operators see it in logs, and
// clients see it if it is exposed.
type Action string

// The actions.
const (
	ActionReauthorize Action = "reauthorize"
	ActionRetry       Action = "retry"
	ActionFixClient   Action = "fix_client"
	ActionFixRequest  Action = "fix_request"
	ActionAskUser     Action = "ask_user"
	ActionNone        Action = "none"
)

// meanings has an entry for each action.
var meanings = map[Action]string{
	ActionReauthorize: "the user signs in or consents again",
	ActionRetry:       "the client sends the request again, later or changed as the error says",
	ActionFixClient:   "an operator corrects the registration or the credentials of the client",
	ActionFixRequest:  "a developer corrects the request",
	ActionAskUser:     "the user takes another step or asks for access",
	ActionNone:        "the client can do nothing",
}

// Meaning describes the action in English. It is empty for an unknown action.
func (a Action) Meaning() string { return meanings[a] }

// Actions returns all actions.
func Actions() []Action {
	return []Action{ActionReauthorize, ActionRetry, ActionFixClient, ActionFixRequest, ActionAskUser, ActionNone}
}

// Entry is one canonical error of the registry.
type Entry struct {
	// Code is the value of `error`.
	Code string
	// Title is a short name for people; it never changes.
	Title string
	// Description is the `error_description` if the provider sent no text, or if
	// descriptions are canonical.
	Description string
	// Source is the specification that defines the error.
	Source string
	// Status is the usual HTTP status. StatusAt returns the status at a kind of endpoint.
	Status int
	// KeepsStatus says that an answer with this error keeps an HTTP status with its own
	// meaning, such as 404 or 429.
	KeepsStatus bool
	// NotAtResources says that the code belongs to other endpoints. At a resource the same
	// word is an error of the application, unless a row maps it.
	NotAtResources bool
	// InChallenge says that resources put the error into their challenge.
	InChallenge bool
	// Scheme is the scheme of that challenge, if the error decides it.
	Scheme string
	// Vague says that servers send the code for any error, so a text may say more.
	Vague bool
	// TellsOfAccounts says that an unknown user, a wrong password and a locked account all
	// become this error. Additional members would reveal which one it is.
	TellsOfAccounts bool
	// FollowsCredentials says that the status is 401 if the request had credentials in its
	// Authorization field (RFC 6749 §5.2), or if the provider sent 401.
	FollowsCredentials bool
	// BareWithoutToken says that the challenge omits this error if the request had no
	// token (RFC 6750 §3.1).
	BareWithoutToken bool
	// Polling is the error that replaces this one at 429 for a polling client, because
	// such a client stops at all other errors (RFC 8628 §3.5).
	Polling string
	// ForPublic is the error that replaces this one at a refresh of a client without
	// credentials, unless the provider named this one. A client without a secret cannot
	// fail to authenticate.
	ForPublic string
	// ForBasic is the error that replaces this one under 401 for a request with Basic and
	// without a grant, unless the provider named this one. Only the credentials of the
	// client can be wrong then (RFC 6749 §5.2).
	ForBasic string
	// ForToken is the error that replaces this one for a caller with a token, unless the
	// provider named this one (RFC 7662 §2.3).
	ForToken string
	// AtResource is the error that replaces this one at a resource under 401 (RFC 6750
	// §3.1).
	AtResource string
	// Failure says that the provider failed, not the client or the user.
	Failure bool
	// Action is the remedy for the error.
	Action Action

	at at // the endpoints with a status of their own
}

// at is short for the statuses by endpoint.
type at = map[Endpoint]int

// entries is the closed list of canonical errors, sorted by code.
var entries = []Entry{
	{Code: "access_denied", Title: "Access denied", Source: "RFC 6749 §4.1.2.1, RFC 8628 §3.5, OpenID CIBA Core §13",
		Description: "The user or the authorization server refused the request.",
		Status:      400, at: at{EndpointResource: 403, EndpointCIBA: 403}, Vague: true, TellsOfAccounts: true, AtResource: "invalid_token", Action: ActionAskUser},
	{Code: "account_selection_required", Title: "Account selection required", Source: "OpenID Connect Core §3.1.2.6",
		Description: "The user has to choose an account.", Status: 400, Action: ActionReauthorize},
	{Code: "authorization_pending", Title: "Authorization pending", Source: "RFC 8628 §3.5, OpenID CIBA Core §11",
		Description: "The user has not finished yet; keep polling.", Status: 400, NotAtResources: true, Action: ActionRetry},
	{Code: "consent_required", Title: "Consent required", Source: "OpenID Connect Core §3.1.2.6",
		Description: "The user has to give consent.", Status: 400, Action: ActionReauthorize},
	{Code: "expired_login_hint_token", Title: "Login hint token expired", Source: "OpenID CIBA Core §13",
		Description: "The login_hint_token has expired.", Status: 400, NotAtResources: true, Action: ActionFixRequest},
	{Code: "expired_token", Title: "Device code expired", Source: "RFC 8628 §3.5, OpenID CIBA Core §11",
		Description: "The device code or authentication request has expired; start again.", Status: 400, AtResource: "invalid_token", NotAtResources: true, Action: ActionReauthorize},
	{Code: "incompatible_ace_profiles", Title: "Incompatible ACE profiles", Source: "RFC 9200 §5.8.3",
		Description: "Client and resource share no profile.", Status: 400, Action: ActionFixClient},
	{Code: "insufficient_authorization", Title: "More authorization steps needed", Source: "draft-ietf-oauth-first-party-apps",
		Description: "The authorization needs another step.", Status: 400, Action: ActionAskUser},
	{Code: "insufficient_scope", Title: "Insufficient scope", Source: "RFC 6750 §3.1",
		Description: "The access token lacks a scope that this request needs.",
		Status:      403, InChallenge: true, Action: ActionAskUser},
	{Code: "insufficient_user_authentication", Title: "Stronger authentication needed", Source: "RFC 9470 §3",
		Description: "The authentication behind the access token is too weak or too old.",
		Status:      401, InChallenge: true, Action: ActionReauthorize},
	{Code: "interaction_required", Title: "Interaction required", Source: "OpenID Connect Core §3.1.2.6",
		Description: "The user has to take part to go on.", Status: 400, Action: ActionReauthorize},
	{Code: "invalid_authorization_details", Title: "Invalid authorization details", Source: "RFC 9396 §5",
		Description: "The authorization_details are unknown or malformed.", Status: 400, Action: ActionFixRequest},
	{Code: "invalid_binding_message", Title: "Invalid binding message", Source: "OpenID CIBA Core §13",
		Description: "The binding_message cannot be shown.", Status: 400, NotAtResources: true, Action: ActionFixRequest},
	{Code: "invalid_client", Title: "Client authentication failed", Source: "RFC 6749 §5.2",
		Description: "The client is unknown or could not be authenticated.",
		Status:      400, InChallenge: true, FollowsCredentials: true, ForPublic: "invalid_grant", ForToken: "invalid_token", AtResource: "invalid_token", Action: ActionFixClient},
	{Code: "invalid_client_attestation", Title: "Invalid client attestation", Source: "draft-ietf-oauth-attestation-based-client-auth",
		Description: "The client attestation was not accepted.", Status: 400, Action: ActionFixClient},
	{Code: "invalid_client_metadata", Title: "Invalid client metadata", Source: "RFC 7591 §3.2.2",
		Description: "A value of the client registration was not accepted.", Status: 400, NotAtResources: true, Action: ActionFixRequest},
	{Code: "invalid_dpop_proof", Title: "Invalid DPoP proof", Source: "RFC 9449 §5, §7.1",
		Description: "The DPoP proof was not accepted; check the clock and the key.",
		Status:      400, at: at{EndpointResource: 401}, InChallenge: true, Scheme: "DPoP", Action: ActionFixRequest},
	{Code: "invalid_grant", Title: "Invalid grant", Source: "RFC 6749 §5.2",
		Description: "The code, refresh token or credentials are wrong, used, expired or revoked.",
		Status:      400, TellsOfAccounts: true, AtResource: "invalid_token", ForBasic: "invalid_client", Action: ActionReauthorize},
	{Code: "invalid_issuer", Title: "Invalid issuer", Source: "OpenID Federation 1.0",
		Description: "The issuer cannot answer for the entity.", Status: 400, NotAtResources: true, Action: ActionNone},
	{Code: "invalid_metadata", Title: "Invalid metadata", Source: "OpenID Federation 1.0",
		Description: "Metadata and metadata policy do not fit.", Status: 400, NotAtResources: true, Action: ActionNone},
	{Code: "invalid_redirect_uri", Title: "Invalid redirect URI", Source: "RFC 7591 §3.2.2",
		Description: "A redirect URI of the registration was not accepted.", Status: 400, NotAtResources: true, Action: ActionFixRequest},
	{Code: "invalid_request", Title: "Invalid request", Source: "RFC 6749 §5.2, RFC 6750 §3.1",
		Description: "The request is malformed, incomplete or not supported here.",
		Status:      400, KeepsStatus: true, InChallenge: true, Vague: true, AtResource: "invalid_token", Action: ActionFixRequest},
	{Code: "invalid_request_object", Title: "Invalid request object", Source: "OpenID Connect Core §3.1.2.6, RFC 9101 §7",
		Description: "The request object was not accepted.", Status: 400, Action: ActionFixRequest},
	{Code: "invalid_request_uri", Title: "Invalid request URI", Source: "OpenID Connect Core §3.1.2.6, RFC 9101 §7",
		Description: "The request_uri cannot be used or has expired.", Status: 400, Action: ActionFixRequest},
	{Code: "invalid_scope", Title: "Invalid scope", Source: "RFC 6749 §5.2",
		Description: "A requested scope is unknown, malformed or not granted.", Status: 400, Action: ActionFixRequest},
	{Code: "invalid_software_statement", Title: "Invalid software statement", Source: "RFC 7591 §3.2.2",
		Description: "The software statement was not accepted.", Status: 400, NotAtResources: true, Action: ActionFixRequest},
	{Code: "invalid_subject", Title: "Invalid subject", Source: "OpenID Federation 1.0",
		Description: "The subject is not known here.", Status: 400, NotAtResources: true, Action: ActionNone},
	{Code: "invalid_target", Title: "Invalid target", Source: "RFC 8707 §2, RFC 8693 §2.2.2",
		Description: "The requested resource or audience is unknown or not allowed.", Status: 400, Action: ActionFixRequest},
	{Code: "invalid_token", Title: "Invalid token", Source: "RFC 6750 §3.1",
		Description: "The access token is missing, malformed, expired or revoked.",
		Status:      401, InChallenge: true, BareWithoutToken: true, Action: ActionReauthorize},
	{Code: "invalid_trust_anchor", Title: "Invalid trust anchor", Source: "OpenID Federation 1.0",
		Description: "The trust anchor cannot be used.", Status: 400, NotAtResources: true, Action: ActionNone},
	{Code: "invalid_trust_chain", Title: "Invalid trust chain", Source: "OpenID Federation 1.0",
		Description: "The trust chain could not be validated.", Status: 400, NotAtResources: true, Action: ActionNone},
	{Code: "invalid_user_code", Title: "Invalid user code", Source: "OpenID CIBA Core §13",
		Description: "The user code is wrong.", Status: 400, NotAtResources: true, Action: ActionAskUser},
	{Code: "login_required", Title: "Login required", Source: "OpenID Connect Core §3.1.2.6",
		Description: "The user has to sign in.", Status: 400, AtResource: "invalid_token", Action: ActionReauthorize},
	{Code: "mfa_required", Title: "Second factor required", Source: "used by several providers, not registered",
		Description: "The user has to prove a second factor.", Status: 403, Action: ActionAskUser},
	{Code: "missing_trust_anchor", Title: "Missing trust anchor", Source: "OpenID Federation, early drafts",
		Description: "No trust anchor in common was found.", Status: 400, NotAtResources: true, Action: ActionNone},
	{Code: "missing_user_code", Title: "Missing user code", Source: "OpenID CIBA Core §13",
		Description: "A user code is needed.", Status: 400, NotAtResources: true, Action: ActionAskUser},
	{Code: "need_info", Title: "More claims needed", Source: "UMA 2.0 Grant §3.3.6",
		Description: "The authorization server needs more claims.", Status: 403, Action: ActionAskUser},
	{Code: "registration_not_supported", Title: "Registration not supported", Source: "OpenID Connect Core §3.1.2.6",
		Description: "The registration parameter is not supported.", Status: 400, Action: ActionFixRequest},
	{Code: "request_denied", Title: "Request denied", Source: "UMA 2.0 Grant §3.3.6",
		Description: "The resource owner's policy refuses the request.", Status: 403, Action: ActionNone},
	{Code: "request_not_supported", Title: "Request parameter not supported", Source: "OpenID Connect Core §3.1.2.6, RFC 9101 §7",
		Description: "The request parameter is not supported.", Status: 400, Action: ActionFixRequest},
	{Code: "request_submitted", Title: "Request submitted", Source: "UMA 2.0 Grant §3.3.6",
		Description: "The resource owner has been asked; keep polling.", Status: 403, Action: ActionRetry},
	{Code: "request_uri_not_supported", Title: "Request URI not supported", Source: "OpenID Connect Core §3.1.2.6, RFC 9101 §7",
		Description: "The request_uri parameter is not supported.", Status: 400, Action: ActionFixRequest},
	{Code: "server_error", Title: "Server error", Source: "RFC 6749 §4.1.2.1",
		Description: "The identity provider failed to process the request.",
		Status:      500, KeepsStatus: true, Failure: true, Action: ActionRetry},
	{Code: "slow_down", Title: "Slow down", Source: "RFC 8628 §3.5, OpenID CIBA Core §11",
		Description: "Polling is too frequent; wait longer between requests.", Status: 400, NotAtResources: true, Action: ActionRetry},
	{Code: "temporarily_unavailable", Title: "Temporarily unavailable", Source: "RFC 6749 §4.1.2.1",
		Description: "The identity provider cannot handle the request at the moment; try again later.",
		Status:      503, KeepsStatus: true, Polling: "slow_down", Failure: true, Action: ActionRetry},
	{Code: "transaction_failed", Title: "Transaction failed", Source: "OpenID CIBA Core §12",
		Description: "The authentication transaction failed.", Status: 400, NotAtResources: true, Action: ActionReauthorize},
	{Code: "unapproved_software_statement", Title: "Software statement not approved", Source: "RFC 7591 §3.2.2",
		Description: "The software statement is not approved here.", Status: 400, NotAtResources: true, Action: ActionFixClient},
	{Code: "unauthorized_client", Title: "Client not allowed", Source: "RFC 6749 §5.2",
		Description: "The client may not use this grant type or request.", Status: 400, Vague: true, AtResource: "invalid_token", Action: ActionFixClient},
	{Code: "unknown_user_id", Title: "Unknown user", Source: "OpenID CIBA Core §13",
		Description: "The hint does not name a user.", Status: 400, NotAtResources: true, Action: ActionFixRequest},
	{Code: "unmet_authentication_requirements", Title: "Authentication requirements not met", Source: "OpenID Connect Core Error Code unmet_authentication_requirements §2",
		Description: "The user cannot be authenticated as strongly as required.", Status: 400, Action: ActionAskUser},
	{Code: "unsupported_grant_type", Title: "Grant type not supported", Source: "RFC 6749 §5.2",
		Description: "The grant type is not supported.", Status: 400, Action: ActionFixRequest},
	{Code: "unsupported_pop_key", Title: "Proof-of-possession key not supported", Source: "RFC 9200 §5.8.3",
		Description: "The proof-of-possession key cannot be used.", Status: 400, Action: ActionFixRequest},
	{Code: "unsupported_response_type", Title: "Response type not supported", Source: "RFC 6749 §4.1.2.1",
		Description: "The response type is not supported.", Status: 400, Action: ActionFixRequest},
	{Code: "unsupported_token_type", Title: "Token type not supported", Source: "RFC 7009 §2.2.1",
		Description: "The server does not take tokens of this type.", Status: 400, AtResource: "invalid_token", Action: ActionFixRequest},
	{Code: "use_attestation_challenge", Title: "Attestation challenge needed", Source: "draft-ietf-oauth-attestation-based-client-auth",
		Description: "Repeat the request with the challenge in the attestation.", Status: 400, Action: ActionRetry},
	{Code: "use_dpop_nonce", Title: "DPoP nonce needed", Source: "RFC 9449 §8, §9",
		Description: "Repeat the request with the nonce in the DPoP proof.",
		Status:      400, at: at{EndpointResource: 401}, InChallenge: true, Scheme: "DPoP", Action: ActionRetry},
	{Code: "use_fresh_attestation", Title: "Fresh attestation needed", Source: "draft-ietf-oauth-attestation-based-client-auth",
		Description: "Repeat the request with a new attestation.", Status: 400, Action: ActionRetry},
	{Code: "validation_failed", Title: "Trust chain validation failed", Source: "OpenID Federation, early drafts",
		Description: "The trust chain could not be validated.", Status: 400, NotAtResources: true, Action: ActionNone},
}

// All returns the canonical errors, sorted by code.
func All() []Entry { return slices.Clone(entries) }

// Codes returns the codes of all canonical errors, sorted.
func Codes() []string {
	out := make([]string, len(entries))
	for i := range entries {
		out[i] = entries[i].Code
	}
	return out
}

// Lookup returns the entry of a canonical error, spelled exactly.
func Lookup(code string) (Entry, bool) {
	i, ok := slices.BinarySearchFunc(entries, code, func(e Entry, code string) int { return strings.Compare(e.Code, code) })
	if !ok {
		return Entry{}, false
	}
	return entries[i], true
}

// StatusAt returns the HTTP status of the error at a kind of endpoint.
func (e *Entry) StatusAt(endpoint Endpoint) int {
	if status, ok := e.at[endpoint]; ok {
		return status
	}
	return e.Status
}
