package caddyfile_test

import (
	"slices"
	"strings"

	"golang.org/x/text/encoding/unicode"
)

// legacyMapping is a user's own, for a provider that has collected a century of
// formats.
const legacyMapping = `version: 1
provider: legacy
title: Legacy Login
sources:
  docs: {title: Legacy Login handbook, url: "https://login.legacy.test/docs", retrieved: 2026-11-21}
read:
  - {code: error.code, description: error.message}
  - {code: errors.0.code, description: errors.0.message}
  - {code: 0.errorCode, description: 0.message}
  - {code: Body.Fault.faultcode, description: Body.Fault.faultstring}
  - {code: Body.Fault.Code.Subcode.Value, description: "Body.Fault.Reason.Text.#text"}
  - {code: "error.@code", description: "error.#text"}
  - {code: "@code", description: "#text"}
  - {code: title, description: h1}
  - {code: h1, description: text}
endpoints:
  token: [/legacy/token]
  authorization: [/legacy/authorize]
  resource: [/legacy/api/*]
errors:
  - {code: [E100, FailedAuthentication], error: invalid_grant}
  - {code: INVALID_SESSION_ID, error: invalid_token}
  - {code: Session expired, error: login_required}
  - {code: user_cancelled_login, error: access_denied}
  - {status: 302, endpoint: token, when: {header.Location: "*/login*"}, error: login_required}
  - {status: 302, endpoint: resource, when: {header.Location: "*/maintenance*"}, error: temporarily_unavailable}
  - {status: 200, endpoint: token, when: {title: "*maintenance*"}, error: temporarily_unavailable}
`

// chatMapping is for errors inside successes, in JSON and in forms.
const chatMapping = `version: 1
provider: chat
title: Chat
sources:
  docs: {title: Chat API, url: "https://chat.test/docs", retrieved: 2026-11-21}
endpoints:
  token: [/chat/token]
  resource: [/chat/api/*]
errors:
  - {status: 200, code: bad_verification_code, endpoint: token, error: invalid_grant}
  - {status: 200, code: [token_expired, invalid_auth], endpoint: resource, when: {ok: "false"}, error: invalid_token}
  - {status: 200, endpoint: resource, when: {ok: "false"}, error: invalid_request}
`

const (
	expiredJSON = `{"error":"invalid_grant","error_description":"The code has expired."}`
	latinJSON   = `{"error":"invalid_grant","error_description":"Ungültig"}`
	jsonType    = "application/json"
	soap11      = `<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:sf="urn:fault.sforce.test"><soapenv:Body><soapenv:Fault>` +
		`<faultcode>sf:INVALID_SESSION_ID</faultcode><faultstring>Session has ended.</faultstring></soapenv:Fault></soapenv:Body></soapenv:Envelope>`
	soap12 = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:t="urn:trust"><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value>` +
		`<s:Subcode><s:Value>t:FailedAuthentication</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">Wrong password.</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>`
	acceloYAML = "---\nmeta:\n  more_info: https://api.accelo.com/docs/#status-codes\n  status: duplicate\n  message: 'The title: it''s taken.'\nresponse: ~\n"
	acceloXML  = `<?xml version="1.0" encoding="utf-8"?><opt><meta><status>duplicate</status><message>The title is taken.</message></meta><response/></opt>`
)

// What the plain status of a response says at the endpoints of the carriers.
var (
	denied      = outcome{status: 400, code: "access_denied"}
	passed      = outcome{}
	notAllowed  = outcome{status: 401, code: "invalid_client"}
	grant       = outcome{status: 400, code: "invalid_grant", description: "The code has expired."}
	latinGrant  = outcome{status: 400, code: "invalid_grant", description: "Ungultig"}
	badRequest4 = outcome{status: 400, code: "invalid_request"}
	// codeOnly is grant without the provider's description.
	codeOnly = of(400, "invalid_grant", "The code, refresh token or credentials are wrong, used, expired or revoked.")
)

// of is an outcome with a description.
func of(status int, code, description string) outcome {
	return outcome{status: status, code: code, description: description}
}

// utf16 is a text in UTF-16, with or without the mark of its byte order.
func utf16(text string, order unicode.Endianness, mark unicode.BOMPolicy) string {
	coded, err := unicode.UTF16(order, mark).NewEncoder().String(text)
	if err != nil {
		panic(err)
	}
	return coded
}

// carriers are the rows of the matrix.
var carriers = slices.Concat(jsonCarriers, textCarriers, xmlCarriers, headerCarriers, successCarriers, unreadCarriers)

var jsonCarriers = []carrier{
	{"JSON", "oauth2", "/token", 403, jsonType, expiredJSON, nil, grant, denied},
	{"JSON in an envelope", "accelo", "/api/v0/companies", 400, jsonType, acceloBody("duplicate", "The title is taken."), nil, of(400, "invalid_request", "The title is taken."), passed},
	{"JSON with an object as the error", "legacy", "/legacy/token", 403, jsonType, `{"error":{"code":"E100","message":"The code has expired."}}`, nil, grant, denied},
	{"JSON with an array of errors", "legacy", "/legacy/api/jobs", 400, jsonType, `{"errors":[{"code":"E100","message":"The code has expired."},{"code":"E7"}]}`, nil, grant, passed},
	{"JSON that is an array", "legacy", "/legacy/api/jobs", 400, jsonType, `[{"errorCode":"INVALID_SESSION_ID","message":"Session has ended."}]`, nil, of(401, "invalid_token", "Session has ended."), passed},
	{"JSON with a number as the code", "asseco", "/oauth2/token", 440, jsonType, `{"code":53203,"message":"The user said no."}`, nil, of(400, "access_denied", "The user said no."), badRequest4},
	{"JSON with null members", "accelo", "/api/v0/companies", 400, jsonType, `{"response":null,"error":null,"status":null,"meta":{"status":"duplicate","message":"Taken.","more_info":null}}`, nil, of(400, "invalid_request", "Taken."), passed},
	{"JSON with a byte order mark", "oauth2", "/token", 403, jsonType, "\ufeff" + expiredJSON, nil, grant, denied},
	{"JSON after white space", "oauth2", "/token", 403, jsonType, "\r\n\t " + expiredJSON + "\n", nil, grant, denied},
	{"JSON in UTF-16 LE with a mark", "oauth2", "/token", 403, jsonType, utf16(latinJSON, unicode.LittleEndian, unicode.UseBOM), nil, latinGrant, denied},
	{"JSON in UTF-16 BE with a mark", "oauth2", "/token", 403, jsonType, utf16(latinJSON, unicode.BigEndian, unicode.UseBOM), nil, latinGrant, denied},
	{"JSON in UTF-16 BE that says so", "oauth2", "/token", 403, jsonType + "; charset=utf-16be", utf16(latinJSON, unicode.BigEndian, unicode.IgnoreBOM), nil, latinGrant, denied},
	{"JSON in UTF-16 LE that says so", "oauth2", "/token", 403, jsonType + "; charset=UTF-16LE", utf16(latinJSON, unicode.LittleEndian, unicode.IgnoreBOM), nil, latinGrant, denied},
	{"JSON in UTF-16 LE", "oauth2", "/token", 403, jsonType, utf16(latinJSON, unicode.LittleEndian, unicode.IgnoreBOM), nil, latinGrant, denied},
	{"JSON in UTF-16 BE", "oauth2", "/token", 403, jsonType, utf16(latinJSON, unicode.BigEndian, unicode.IgnoreBOM), nil, latinGrant, denied},
	{"JSON in Latin-1", "oauth2", "/token", 403, jsonType + "; charset=iso-8859-1", strings.ReplaceAll(latinJSON, "ü", "\xfc"), nil, latinGrant, denied},
	{"JSON in Latin-1 that does not say so", "oauth2", "/token", 403, jsonType, strings.ReplaceAll(latinJSON, "ü", "\xfc"), nil, latinGrant, denied},
	{"JSON as plain text", "oauth2", "/token", 403, "text/plain", expiredJSON, nil, grant, denied},
	{"JSON as HTML", "oauth2", "/token", 403, "text/html; charset=utf-8", expiredJSON, nil, grant, denied},
	{"JSON as a script", "oauth2", "/token", 403, "text/javascript", expiredJSON, nil, grant, denied},
	{"JSON without a type", "oauth2", "/token", 403, "", expiredJSON, nil, grant, denied},
	{"JSON that is canonical already", "oauth2", "/token", 400, jsonType, expiredJSON, []string{"Cache-Control: no-store"}, passed, badRequest4},
}

var textCarriers = []carrier{
	{"form", "oauth2", "/token", 403, "application/x-www-form-urlencoded", "error=invalid_grant&error_description=The+code+has%20expired.", nil, grant, denied},
	{"form as plain text", "oauth2", "/token", 403, "text/plain; charset=utf-8", "error=invalid_grant&error_description=The+code+has+expired.", nil, grant, denied},
	{"YAML of Accelo", "accelo", "/api/v0/companies.yaml", 400, "text/x-yaml", acceloYAML, nil, of(400, "invalid_request", "The title: it's taken."), passed},
	{"YAML of Accelo as plain text", "accelo", "/api/v0/companies.yaml", 400, "text/plain", strings.ReplaceAll(acceloYAML, "\n", "\r\n"), nil, of(400, "invalid_request", "The title: it's taken."), passed},
	{"YAML of Accelo without a marker", "accelo", "/api/v0/companies.yaml", 400, "application/x-yaml", strings.TrimPrefix(acceloYAML, "---\n"), nil, of(400, "invalid_request", "The title: it's taken."), passed},
	{"title of a page", "legacy", "/legacy/token", 403, "text/html", "<!doctype html><html><head><title> Session\n expired</title></head><body><h1>Sign in &amp; go on</h1></body></html>", nil, of(400, "login_required", "Sign in & go on"), denied},
	{"heading of a page", "legacy", "/legacy/token", 403, "text/html", "<html><body><H1>Session <b>expired</b></H1></body></html>", nil, of(400, "login_required", ""), denied},
	{"page that says nothing", "oauth2", "/token", 403, "text/html", "<html><title>Blocked by the firewall</title></html>", nil, denied, denied},
	{"code in plain text", "oauth2", "/token", 403, "text/plain", "invalid_grant\n", nil, of(400, "invalid_grant", ""), denied},
	{"plain text", "oauth2", "/token", 401, "", "Unauthorized", nil, of(401, "invalid_client", "Unauthorized"), notAllowed},
	{"nothing", "auth0", "/oauth/token", 500, "", "", nil, outcome{status: 500, code: "server_error"}, outcome{status: 500, code: "server_error"}},
	{"nothing at a resource", "oauth2", "/userinfo", 503, "", "", nil, outcome{status: 503, code: "temporarily_unavailable"}, passed},
}

var xmlCarriers = []carrier{
	{"XML", "oauth2", "/token", 403, "application/xml", "<e><error>invalid_grant</error><error_description>The code has expired.</error_description></e>", nil, grant, denied},
	{"XML as plain text", "oauth2", "/token", 403, "text/plain", "\n<e><error>invalid_grant</error></e>", nil, of(400, "invalid_grant", ""), denied},
	{"XML of Accelo", "accelo", "/api/v0/companies.xml", 400, "text/xml", acceloXML, nil, of(400, "invalid_request", "The title is taken."), passed},
	{"XML in attributes", "legacy", "/legacy/api/jobs", 400, "text/xml", `<r><error code="INVALID_SESSION_ID">Session has ended.</error></r>`, nil, of(401, "invalid_token", "Session has ended."), passed},
	{"XML in attributes of the root", "legacy", "/legacy/api/jobs", 400, "text/xml", `<c:failure xmlns:c="urn:cas" code="INVALID_SESSION_ID">Session has ended.</c:failure>`, nil, of(401, "invalid_token", "Session has ended."), passed},
	{"XML with namespaces", "oauth2", "/token", 403, "application/xml", `<a:e xmlns:a="urn:a" xmlns="urn:b"><a:error>invalid_grant</a:error><error_description>The code has expired.</error_description></a:e>`, nil, grant, denied},
	{"XML in Latin-1", "oauth2", "/token", 403, "text/xml", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><e><error>invalid_grant</error><error_description>Ung\xfcltig</error_description></e>", nil, latinGrant, denied},
	{"XML in UTF-16", "oauth2", "/token", 403, "text/xml", utf16("<?xml version=\"1.0\" encoding=\"UTF-16\"?><e><error>invalid_grant</error><error_description>Ungültig</error_description></e>", unicode.LittleEndian, unicode.UseBOM), nil, latinGrant, denied},
	{"SOAP 1.1", "legacy", "/legacy/api/jobs", 400, "text/xml; charset=utf-8", soap11, nil, of(401, "invalid_token", "Session has ended."), passed},
	{"SOAP 1.2", "legacy", "/legacy/token", 403, "application/soap+xml", soap12, nil, of(400, "invalid_grant", "Wrong password."), denied},
}

const (
	bearerChallenge = `WWW-Authenticate: Bearer realm="x", error="insufficient_scope", error_description="More is needed."`
	scopeChallenge  = bearerChallenge + `, scope="a b"`
	callback        = "https://client.test/cb?state=a%20b+c&error=user_cancelled_login&error_description=No+way&iss=https%3A%2F%2Fop.test"
	callbackCoded   = "https://client.test/cb?state=a%20b+c&error=access_denied&error_description=No+way&iss=https%3A%2F%2Fop.test"
)

var headerCarriers = []carrier{
	{"challenge", "oauth2", "/userinfo", 401, jsonType, "{}", []string{bearerChallenge}, of(403, "insufficient_scope", "More is needed."), of(403, "insufficient_scope", "More is needed.")},
	{"challenge for a scope", "oauth2", "/userinfo", 401, jsonType, "{}", []string{scopeChallenge}, of(401, "insufficient_scope", "More is needed."), of(401, "insufficient_scope", "More is needed.")},
	{"challenge for a scope, 403", "oauth2", "/userinfo", 403, jsonType, "{}", []string{scopeChallenge}, of(403, "insufficient_scope", "More is needed."), of(403, "insufficient_scope", "More is needed.")},
	{"one of several challenges", "oauth2", "/userinfo", 400, "", "", []string{`WWW-Authenticate: Negotiate, Basic realm="a, error=\"b\"", =, Token x y z`, `WWW-Authenticate: DPoP algs="ES256", Bearer error=invalid_token, error_description="Too\" old"`},
		of(401, "invalid_token", "Too' old"), of(401, "invalid_token", "Too' old")},
	{"challenge without an error", "oauth2", "/userinfo", 404, jsonType, unknownError, []string{`WWW-Authenticate: Bearer realm="x"`}, passed, passed},
	{"redirect", "legacy", "/legacy/authorize", 302, "text/html", "<a href=/>Found</a>", []string{"Location: " + callback}, outcome{status: 302, location: callbackCoded}, outcome{status: 302, location: callbackCoded}},
	{"redirect with a fragment", "legacy", "/legacy/authorize", 303, "", "", []string{"Location: app:/cb?a=b#error=user_cancelled_login&state=1"}, outcome{status: 303, location: "app:/cb?a=b#error=access_denied&state=1"}, outcome{status: 303, location: "app:/cb?a=b#error=access_denied&state=1"}},
	{"redirect with a registered error", "legacy", "/legacy/authorize", 302, "text/html", "Found", []string{"Location: https://client.test/cb?error=access_denied&state=a%20b+c"}, passed, passed},
	{"redirect with a signed response", "legacy", "/legacy/authorize", 302, "", "", []string{"Location: https://client.test/cb?response=eyJhbGciOiJub25lIn0.e30.&error=user_cancelled_login"}, passed, passed},
	{"redirect with an error in an inner URL", "legacy", "/legacy/authorize", 302, "", "", []string{"Location: /login?back=%2Fcb%3Ferror%3Duser_cancelled_login"}, passed, passed},
	{"redirect of a token request to a login page", "legacy", "/legacy/token", 302, "text/html", "<title>Found</title>", []string{"Location: https://sso.test/login?back=1"}, outcome{status: 400, code: "login_required"}, outcome{status: 400, code: "login_required"}},
	{"redirect of a resource to a maintenance page", "legacy", "/legacy/api/jobs", 302, "", "", []string{"Location: /maintenance.html"}, outcome{status: 503, code: "temporarily_unavailable"}, outcome{status: 503, code: "temporarily_unavailable"}},
	{"redirect of a browser to a login page", "legacy", "/legacy/authorize", 302, "", "", []string{"Location: /login?back=1"}, passed, passed},
}

var successCarriers = []carrier{
	{"success that is an error of Accelo", "accelo", "/api/v0/companies", 200, jsonType, `{"response":null,"meta":{"status":"invalid_permission","message":"May not be deleted.","response_code":403}}`, nil, of(403, "access_denied", "May not be deleted."), passed},
	{"success that is an error of Accelo in XML", "accelo", "/api/v0/companies", 200, "text/xml", `<opt><meta><status>server_error</status><response_code>500</response_code></meta></opt>`, nil, outcome{status: 500, code: "server_error"}, passed},
	{"success that is an error of Accelo in YAML", "accelo", "/api/v0/companies", 200, "text/x-yaml", "---\nmeta:\n  status: invalid_client\n  response_code: 401\n", nil, outcome{status: 401, code: "invalid_token"}, passed},
	{"success of Accelo", "accelo", "/api/v0/companies", 200, jsonType, `{"response":{"status":"server_error"},"meta":{"status":"ok","response_code":200}}`, nil, passed, passed},
	{"success that is not ok", "chat", "/chat/api/me", 200, jsonType, `{"ok":false,"error":"token_expired"}`, nil, outcome{status: 401, code: "invalid_token"}, passed},
	{"success that is not ok for another reason", "chat", "/chat/api/me", 200, jsonType, `{"ok":false,"error":"channel_not_found"}`, nil, of(400, "invalid_request", "channel_not_found"), passed},
	{"success that is ok", "chat", "/chat/api/me", 200, jsonType, `{"ok":true,"error":"token_expired"}`, nil, passed, passed},
	{"success that is an error in a form", "chat", "/chat/token", 200, "application/x-www-form-urlencoded", "error=bad_verification_code&error_description=The+code+has+expired.", nil, grant, passed},
	{"success in a form", "chat", "/chat/token", 200, "application/x-www-form-urlencoded", "access_token=aaaa&scope=&token_type=bearer", nil, passed, passed},
	{"success that is a maintenance page", "legacy", "/legacy/token", 200, "text/html", "<title>Planned maintenance</title>", nil, outcome{status: 503, code: "temporarily_unavailable"}, passed},
	{"success that is another page", "legacy", "/legacy/token", 200, "text/html", "<title>Welcome</title>", nil, passed, passed},
	{"success without a body", "chat", "/chat/api/me", 200, "", "", nil, passed, passed},
}

var unreadCarriers = []carrier{
	{"business error", "oauth2", "/api/orders", 400, jsonType, unknownError, nil, passed, passed},
	{"image", "oauth2", "/api/orders", 400, "image/png", "\x89PNG\r\n\x1a\n\x00\x00", nil, passed, passed},
	{"broken JSON", "oauth2", "/api/orders", 400, jsonType, `{"error":"invalid_token"`, nil, passed, passed},
	{"broken JSON with a status that says enough", "oauth2", "/token", 403, jsonType, `{"error":"invalid_grant"`, nil, denied, denied},
	{"JSON that nests too deep", "oauth2", "/api/orders", 400, jsonType, strings.Repeat(`{"error":`, 100) + `"invalid_token"` + strings.Repeat("}", 100), nil, passed, passed},
	{"broken XML", "oauth2", "/api/orders", 400, "text/xml", "<e><error>invalid_token</e>", nil, passed, passed},
	{"XML with entities", "oauth2", "/api/orders", 400, "application/xml", `<!DOCTYPE e [<!ENTITY t "invalid_token">]><e><error>&t;</error></e>`, nil, passed, passed},
	{"form that is none", "oauth2", "/api/orders", 400, "application/x-www-form-urlencoded", "%zz", nil, passed, passed},
}

// cutCarriers are those that say something else if their end is missing. What is broken
// as a whole may be a sound beginning, and the last pair of a form may be half a pair.
var cutCarriers = map[string]outcome{
	"JSON that is canonical already":             grant, // which the client could not read
	"form":                                       codeOnly,
	"form as plain text":                         denied, // any text may begin like a form
	"nothing at a resource":                      passed, // something may follow
	"success that is an error in a form":         codeOnly,
	"broken JSON":                                of(401, "invalid_token", "The access token is missing, malformed, expired or revoked."),
	"broken JSON with a status that says enough": codeOnly,
}
