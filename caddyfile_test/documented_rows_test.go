package caddyfile_test

import (
	"fmt"
	"slices"
)

// row is one line of a provider's documentation: what it answers to a request,
// and the canonical error that a client is to see instead. Everything is
// written by hand from the documents, so that a mapping cannot vouch for itself.
type row struct {
	provider      string
	path          string
	authorization string // the request's, "" for credentials in the body or none
	status        int
	body          string
	wantStatus    int
	wantError     string
}

// Tokens and passwords of the requests: they only have to look like some.
const (
	bearer = "Bearer 2YotnFZFEjr1zCsicMWpAA"
	basic  = "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW"
)

// endpointOf tells, for the paths of this table, what kind of endpoint they are.
func endpointOf(path string) string {
	switch path {
	case "/oauth/token", "/oauth2/token", "/token", "/oauth2/v0/token", "/dbconnections/signup":
		return "token"
	case "/authorize":
		return "authorization"
	}
	return "resource"
}

// documentedRows are all the rows of the five documents that are errors.
func documentedRows() []row {
	return slices.Concat(auth0Rows, assecoRows(), ecobeeRows, dllRows(), acceloRows)
}

// auth0Rows are the 16 of "Standard Error Responses" in their order (the first
// is listed twice there), the authorization endpoint's once more at its place.
var auth0Rows = []row{
	{"auth0", "/oauth/token", "", 400, `{"error":"invalid_request","error_description":"Missing required parameter: grant_type"}`, 400, "invalid_request"},
	{"auth0", "/oauth/token", "", 400, `{"error":"invalid_request","error_description":"Bad Request"}`, 400, "invalid_request"},
	{"auth0", "/oauth/token", "", 400, `{"error":"invalid_scope","error_description":"Scope must be an array or a string"}`, 400, "invalid_scope"},
	{"auth0", "/oauth/token", "", 401, `{"error":"invalid_client","error_description":"Client authentication is required"}`, 401, "invalid_client"},
	{"auth0", "/oauth/token", "", 401, `{"error":"requires_validation","error_description":"Suspicious request requires verification"}`, 400, "interaction_required"},
	{"auth0", "/oauth/token", "", 403, `{"error":"unauthorized_client","error_description":"Grant type 'password' not allowed for the client."}`, 400, "unauthorized_client"},
	{"auth0", "/oauth/token", "", 403, `{"error":"access_denied","error_description":"The user was blocked by a rule"}`, 400, "access_denied"},
	{"auth0", "/oauth/token", "", 403, `{"error":"access_denied","error_description":"Unknown or invalid refresh token"}`, 400, "invalid_grant"},
	{"auth0", "/oauth/token", "", 403, `{"error":"invalid_grant","error_description":"Invalid authorization code"}`, 400, "invalid_grant"},
	{"auth0", "/oauth/token", "", 404, `{"error":"endpoint_disabled","error_description":"This endpoint is disabled for your tenant"}`, 404, "invalid_request"},
	{"auth0", "/oauth/token", "", 405, `{"error":"method_not_allowed","error_description":"Use POST"}`, 405, "invalid_request"},
	{"auth0", "/oauth/token", "", 429, `{"error":"too_many_requests","error_description":"Global limit has been reached"}`, 429, "temporarily_unavailable"},
	{"auth0", "/oauth/token", "", 500, ``, 500, "server_error"},
	{"auth0", "/oauth/token", "", 501, `{"error":"unsupported_response_type","error_description":"Unsupported response type: magic"}`, 400, "unsupported_response_type"},
	{"auth0", "/oauth/token", "", 501, `{"error":"unsupported_grant_type","error_description":"Unsupported grant type: magic"}`, 400, "unsupported_grant_type"},
	{"auth0", "/oauth/token", "", 503, `{"error":"temporarily_unavailable","error_description":"Please try again later"}`, 503, "temporarily_unavailable"},

	{"auth0", "/authorize", "", 501, `{"error":"unsupported_response_type","error_description":"Unsupported response type: magic"}`, 400, "unsupported_response_type"},
	{"auth0", "/oauth/token", basic, 401, `{"error":"invalid_client","error_description":"Unauthorized"}`, 401, "invalid_client"},
}

// assecoProblems are the 16 literals of "Possible Authentication API Problems"
// with their numbers. All of them are sent with status 440.
var assecoProblems = []struct {
	problem    string
	number     int
	wantStatus int
}{
	{"invalid_request", 53201, 400},
	{"unauthorized_client", 53202, 400},
	{"access_denied", 53203, 400},
	{"unsupported_response_type", 53204, 400},
	{"invalid_scope", 53205, 400},
	{"server_error", 53206, 500},
	{"temporarily_unavailable", 53207, 503},
	{"interaction_required", 53208, 400},
	{"login_required", 53209, 400},
	{"account_selection_required", 53210, 400},
	{"consent_required", 53211, 400},
	{"invalid_request_uri", 53212, 400},
	{"invalid_request_object", 53213, 400},
	{"request_not_supported", 53214, 400},
	{"request_uri_not_supported", 53215, 400},
	{"registration_not_supported", 53216, 400},
}

// assecoRows has each problem by its literal and by its number, which the
// document gives no member for: it may stand for the literal or beside it.
func assecoRows() []row {
	rows := []row{
		// Any business error has status 440; of a resource it is no error of authorization, and passes.
		{"asseco", "/oauth2/token", "", 440, `{"problem":"quota-of-the-day","message":"No more today."}`, 400, "invalid_request"},
		{"asseco", "/oauth2/token", "", 440, `{"problem":"contract-closed","message":"The contract is closed."}`, 400, "invalid_request"},
	}
	for _, p := range assecoProblems {
		for _, body := range []string{
			fmt.Sprintf(`{"problem":%q,"message":"The request cannot be served.","details":"See the log."}`, p.problem),
			fmt.Sprintf(`{"problem":%d,"message":"The request cannot be served."}`, p.number),
			fmt.Sprintf(`{"problem":"%d","message":"The request cannot be served."}`, p.number),
			fmt.Sprintf(`{"code":%d,"message":"The request cannot be served."}`, p.number),
		} {
			rows = append(rows, row{"asseco", "/oauth2/token", "", 440, body, p.wantStatus, p.problem})
		}
	}
	return rows
}

// ecobeeRows are 12 of the 13 of "Authorization Requests and Errors"; the other
// one is a redirect, see untouchedRows.
var ecobeeRows = []row{
	{"ecobee", "/token", "", 400, ecobeeBody("invalid_request"), 400, "invalid_request"},
	{"ecobee", "/token", "", 401, ecobeeBody("invalid_client"), 401, "invalid_client"},
	{"ecobee", "/token", "", 400, ecobeeBody("invalid_grant"), 400, "invalid_grant"},
	{"ecobee", "/token", "", 400, ecobeeBody("unauthorized_client"), 400, "unauthorized_client"},
	{"ecobee", "/token", "", 400, ecobeeBody("unsupported_grant_type"), 400, "unsupported_grant_type"},
	{"ecobee", "/token", "", 400, ecobeeBody("invalid_scope"), 400, "invalid_scope"},
	{"ecobee", "/token", "", 400, ecobeeBody("not_supported"), 400, "invalid_request"},
	{"ecobee", "/token", "", 401, ecobeeBody("account_locked"), 400, "invalid_grant"},
	{"ecobee", "/token", "", 401, ecobeeBody("account_disabled"), 400, "invalid_grant"},
	{"ecobee", "/token", "", 401, ecobeeBody("authorization_pending"), 400, "authorization_pending"},
	{"ecobee", "/token", "", 401, ecobeeBody("authorization_expired"), 400, "expired_token"},
	{"ecobee", "/token", "", 401, ecobeeBody("slow_down"), 400, "slow_down"},
}

// ecobeeBody is the document's example, with the braces it has lost.
func ecobeeBody(code string) string {
	return fmt.Sprintf(`{"error":%q,"error_description":"Text of %s.","error_uri":"https://tools.ietf.org/html/rfc6749#section-5.2"}`, code, code)
}

// dllCodes are the 9 codes and 2 token codes of "Troubleshooting", which does
// not say with which status they come: these are the usual ones.
var dllCodes = []struct {
	code                                            string
	status, wantTokenStatus, wantResourceStatus     int
	wantTokenError, wantResourceError, descriptions string
}{
	{"invalid_request", 400, 400, 400, "invalid_request", "invalid_request", "The request is missing a required parameter."},
	{"invalid_client", 401, 401, 401, "invalid_client", "invalid_client", "The client authentication failed."},
	{"invalid_grant", 400, 400, 400, "invalid_grant", "invalid_grant", "The provided authorization grant is expired."},
	{"unauthorized_client", 400, 400, 400, "unauthorized_client", "unauthorized_client", "The client is not authorized to use this grant type."},
	{"unsupported_grant_type", 400, 400, 400, "unsupported_grant_type", "unsupported_grant_type", "The grant type is not supported."},
	{"invalid_scope", 400, 400, 400, "invalid_scope", "invalid_scope", "The requested scope is invalid."},
	{"access_denied", 403, 400, 403, "access_denied", "access_denied", "The request was denied."},
	{"server_error", 500, 500, 500, "server_error", "server_error", "An unexpected condition."},
	{"temporarily_unavailable", 503, 503, 503, "temporarily_unavailable", "temporarily_unavailable", "Down for maintenance."},
	{"invalid_token", 401, 400, 401, "invalid_grant", "invalid_token", "The provided token is expired."},
	{"insufficient_scope", 403, 400, 403, "invalid_scope", "insufficient_scope", "The token does not have sufficient scope."},
}

// dllStatuses are the 7 rows of the same document that have a status only. A
// body without a code decides nothing; at a resource it would be the API's own.
var dllStatuses = []row{
	{"dll", "/oauth2/token", "", 400, `{"message":"Bad Request"}`, 400, "invalid_request"},
	{"dll", "/oauth2/token", "", 401, `{"message":"Unauthorized"}`, 401, "invalid_client"},
	{"dll", "/oauth2/token", "", 403, `{"message":"Forbidden"}`, 400, "access_denied"},
	{"dll", "/oauth2/token", "", 404, `{"message":"Not Found"}`, 404, "invalid_request"},
	{"dll", "/oauth2/token", "", 405, `{"message":"Method Not Allowed"}`, 405, "invalid_request"},
	{"dll", "/oauth2/token", "", 500, `{"message":"Internal Server Error"}`, 500, "server_error"},
	{"dll", "/oauth2/token", "", 503, `{"message":"Service Unavailable"}`, 503, "temporarily_unavailable"},
	{"dll", "/oauth2/token", basic, 401, ``, 401, "invalid_client"},
	{"dll", "/api/contracts", bearer, 400, ``, 400, "invalid_request"},
	{"dll", "/api/contracts", bearer, 401, `{"message":"Unauthorized"}`, 401, "invalid_token"},
	{"dll", "/api/contracts", bearer, 403, `{"message":"Forbidden"}`, 403, "access_denied"},
	{"dll", "/api/contracts", bearer, 404, ``, 404, "invalid_request"},
	{"dll", "/api/contracts", bearer, 405, ``, 405, "invalid_request"},
	{"dll", "/api/contracts", bearer, 500, ``, 500, "server_error"},
	{"dll", "/api/contracts", bearer, 503, ``, 503, "temporarily_unavailable"},
}

// dllRows has each code at a token endpoint and at a resource.
func dllRows() []row {
	rows := slices.Clone(dllStatuses)
	for _, c := range dllCodes {
		body := fmt.Sprintf(`{"error":%q,"error_description":%q}`, c.code, c.descriptions)
		rows = append(rows,
			row{"dll", "/oauth2/token", "", c.status, body, c.wantTokenStatus, c.wantTokenError},
			row{"dll", "/api/contracts", bearer, c.status, body, c.wantResourceStatus, c.wantResourceError})
	}
	return rows
}

// acceloRows are 10 of the 11 of "Status Codes", flat at the token endpoint and
// in the envelope at the resources; the eleventh is ok, see untouchedRows.
var acceloRows = []row{
	{"accelo", "/oauth2/v0/token", "", 401, `{"error":"invalid_client","error_description":"The client was not found."}`, 401, "invalid_client"},
	{"accelo", "/oauth2/v0/token", "", 400, `{"error":"invalid_grant","error_description":"Grant was not found (possibly expired)."}`, 400, "invalid_grant"},
	{"accelo", "/oauth2/v0/token", "", 400, `{"error":"invalid_request","error_description":"Missing grant_type."}`, 400, "invalid_request"},
	{"accelo", "/oauth2/v0/token", "", 429, `{"error":"too_many_requests","error_description":"Slow down."}`, 429, "temporarily_unavailable"},
	{"accelo", "/oauth2/v0/token", "", 500, `{"error":"server_error","error_description":"Deployment can't be found."}`, 500, "server_error"},
	{"accelo", "/oauth2/v0/token", "", 400, `{"error":"invalid_scope","error_description":"Malformed scope."}`, 400, "invalid_scope"},
	{"accelo", "/oauth2/v0/token", "", 400, `{"error":"unsupported_grant_type","error_description":"No such grant type."}`, 400, "unsupported_grant_type"},
	{"accelo", "/oauth2/v0/token", "", 401, `{"error":"unauthorized client","error_description":"Issued to another client."}`, 400, "unauthorized_client"},
	{"accelo", "/oauth2/v0/token", "", 401, `{"error":"unauthorized_client","error_description":"Issued to another client."}`, 400, "unauthorized_client"},

	{"accelo", "/api/v0/companies", bearer, 401, acceloBody("invalid_client", "Token is invalid."), 401, "invalid_token"},
	{"accelo", "/api/v0/companies", bearer, 400, acceloBody("duplicate", "The title is taken."), 400, "invalid_request"},
	{"accelo", "/api/v0/monkeys", bearer, 400, acceloBody("invalid_request", "No such resource."), 400, "invalid_request"},
	{"accelo", "/api/v0/companies", bearer, 429, acceloBody("too_many_requests", "Hourly limit exceeded."), 429, "temporarily_unavailable"},
	{"accelo", "/api/v0/companies", bearer, 500, acceloBody("server_error", "Database connection error."), 500, "server_error"},
	{"accelo", "/api/v0/companies", bearer, 403, acceloBody("invalid_permission", "May not be deleted."), 403, "access_denied"},
}

// acceloBody is what Accelo's resources wrap everything in.
func acceloBody(status, message string) string {
	return fmt.Sprintf(`{"response":null,"meta":{"status":%q,"message":%q,"more_info":"https://api.accelo.com/docs/#status-codes"}}`, status, message)
}

// seenRows are not in the documents but in these providers' real answers.
var seenRows = []row{
	{"auth0", "/oauth/token", basic, 401, `{"error":"access_denied","error_description":"Unauthorized"}`, 401, "invalid_client"},
	{"auth0", "/oauth/token", "", 401, `{"error":"invalid_grant","error_description":"Invalid or expired auth_req_id"}`, 400, "invalid_grant"},
	{"auth0", "/dbconnections/signup", "", 400, `{"name":"BadRequestError","code":"user_exists","description":"The user already exists.","statusCode":400}`, 400, "invalid_request"},
	{"auth0", "/api/v2/users", bearer, 401, `{"statusCode":401,"error":"Unauthorized","message":"Invalid token","attributes":{"error":"Invalid token"}}`, 401, "invalid_token"},
	{"auth0", "/api/v2/users", bearer, 403, `{"statusCode":403,"error":"Forbidden","message":"Insufficient scope, expected any of: read:users","errorCode":"insufficient_scope"}`, 403, "insufficient_scope"},
	{"auth0", "/api/v2/users", bearer, 429, `{"statusCode":429,"error":"Too Many Requests","message":"Global limit has been reached","errorCode":"too_many_requests"}`, 429, "temporarily_unavailable"},
	{"asseco", "/oauth2/token", "", 440, `{"problem":"invalid-scope","message":"Kebab case is used as well."}`, 400, "invalid_scope"},
	{"ecobee", "/1/thermostat", bearer, 500, `{"status":{"code":1,"message":"Authentication failed."}}`, 401, "invalid_token"},
	{"ecobee", "/1/thermostat", bearer, 500, `{"status":{"code":14,"message":"Authentication token has expired. Refresh your tokens."}}`, 401, "invalid_token"},
	{"ecobee", "/1/thermostat", bearer, 500, `{"status":{"code":16,"message":"Token deauthorized by user."}}`, 401, "invalid_token"},
	{"ecobee", "/1/thermostat", bearer, 500, `{"status":{"code":2,"message":"Not authorized."}}`, 403, "insufficient_scope"},
	{"ecobee", "/1/thermostat", bearer, 500, `{"status":{"code":2,"message":"Application has been revoked."}}`, 401, "invalid_token"},
	{"accelo", "/api/v0/companies", bearer, 429, `{"message":"Hourly limit exceeded.","status":"too_many_requests","more_info":"https://api.accelo.com/docs/#rate-limiting"}`, 429, "temporarily_unavailable"},
}
