package normalizer

import (
	"net/http"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// TestReadOrder holds which place the error is read from.
func TestReadOrder(t *testing.T) {
	m := load(t, `
version: 1
provider: acme
read:
  - {code: first, description: [text, message]}
  - {code: [second.a, second.b], description: second.text}
  - {code: header.X-Code, description: header.X-Text}
errors:
  - {code: known, error: invalid_scope}
  - {code: 4711, error: invalid_target}
`)
	table, err := Compile(Config{Provider: "acme", Files: []*mapping.Mapping{m}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, body         string
		header             http.Header
		code, text, result string
	}{
		{"the first", `{"first":"known","text":"T"}`, nil, "known", "T", "invalid_scope"},
		{"a known one before an unknown one", `{"first":"odd","text":"T","second":{"a":"known","text":"U"}}`, nil, "known", "U", "invalid_scope"},
		{"a registered one before an unknown one", `{"first":"odd","error":"invalid_grant","error_description":"R"}`, nil, "invalid_grant", "R", "invalid_grant"},
		{"the first of two unknown ones", `{"first":"odd","text":"T","second":{"a":"even","text":"U"}}`, nil, "odd", "T", "invalid_request"},
		{"an unknown one before a text", `{"text":"T","second":{"a":"even","text":"U"}}`, nil, "even", "U", "invalid_request"},
		{"the first text", `{"text":"T","second":{"text":"U"}}`, nil, "", "T", "invalid_request"},
		{"the next place of one entry", `{"first":"known","message":"M"}`, nil, "known", "M", "invalid_scope"},
		{"the next code of one entry", `{"second":{"a":"","b":"known"}}`, nil, "known", "", "invalid_scope"},
		{"a number", `{"first":4711}`, nil, "4711", "", "invalid_target"},
		{"a number as text", `{"first":"4711"}`, nil, "4711", "", "invalid_target"},
		{"not null, an object or a boolean", `{"first":null,"second":{"a":{},"b":true},"error":"invalid_grant"}`, nil, "invalid_grant", "", "invalid_grant"},
		{"a header field", `{}`, http.Header{"X-Code": {"known"}, "X-Text": {"T"}}, "known", "T", "invalid_scope"},
		{"a challenge", `{}`, http.Header{"Www-Authenticate": {`Bearer error="invalid_token", error_description="C"`}}, "invalid_token", "C", "invalid_grant"},
		{"the body before a challenge", `{"first":"known"}`, http.Header{"Www-Authenticate": {`Bearer error="invalid_token"`}}, "known", "", "invalid_scope"},
		{"a known challenge before an unknown body", `{"first":"odd"}`, http.Header{"Www-Authenticate": {`Key, Bearer error="invalid_token"`}}, "invalid_token", "", "invalid_grant"},
	} {
		header := http.Header{"Content-Type": {"application/json"}}
		for name, values := range tt.header {
			header[name] = values
		}
		e, f, _ := normalize(t, table, exchange{status: 400, header: header, endpoint: registry.EndpointToken}, tt.body)
		if f.Code != tt.code || f.Description != tt.text || e.code != tt.result {
			t.Errorf("%s, %s: got code %q, text %q, error %q, want %q, %q, %q", tt.name, tt.body, f.Code, f.Description, e.code, tt.code, tt.text, tt.result)
		}
	}
}

// TestTextBesideCommonCode: a row for a text fits beside a code that many servers send, in
// whatever member the text stands.
func TestTextBesideCommonCode(t *testing.T) {
	m := load(t, "version: 1\nprovider: acme\nerrors:\n  - {status: 401, description: No such seat, endpoint: token, error: access_denied}\n")
	table, err := Compile(Config{Provider: "acme", Files: []*mapping.Mapping{m}})
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{
		`{"status":401,"error":"Unauthorized","message":"No such seat"}`,
		`{"error":"unauthorized","detail":"No such seat"}`,
		`{"error":"Unauthorized","error_description":"Unauthorized","message":"No such seat"}`,
	} {
		e, _, _ := normalize(t, table, exchange{status: 401, endpoint: registry.EndpointToken}, body)
		if e.code != "access_denied" || e.description != "No such seat" {
			t.Errorf("%s: got %s %q, want access_denied with the text", body, e.code, e.description)
		}
	}
}

// TestFirewallBesideCode has a field that a firewall puts on each response it lets through:
// what the provider says counts.
func TestFirewallBesideCode(t *testing.T) {
	m := load(t, "version: 1\nprovider: acme\nerrors:\n  - {code: locked, error: access_denied}\n")
	table, err := Compile(Config{Provider: "acme", Files: []*mapping.Mapping{m}})
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{"Content-Type": {"application/json"}, "X-Datadome": {"protected"}}
	for body, want := range map[string]string{
		`{"error":"locked"}`:              "access_denied",
		`{"error":"invalid_grant"}`:       "invalid_grant",
		`{"url":"https://captcha.test/"}`: "temporarily_unavailable",
	} {
		e, _, _ := normalize(t, table, exchange{status: 403, header: header, endpoint: registry.EndpointToken}, body)
		if e.code != want {
			t.Errorf("%s: got %s, want %s", body, e.code, want)
		}
	}
}

// TestMovedStatus finds the row of a code that comes with another status, but not
// where a registered code or a row for any status fits.
func TestMovedStatus(t *testing.T) {
	m := load(t, `
version: 1
provider: acme
errors:
  - {status: 403, code: odd, error: invalid_scope}
  - {status: 403, code: invalid_grant, error: consent_required}
  - {status: 418, error: server_error}
  - {status: 200, code: even, error: invalid_scope}
`)
	table, err := Compile(Config{Provider: "acme", Files: []*mapping.Mapping{m}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		status int
		code   string
		want   string
	}{
		{403, "odd", "invalid_scope"},
		{400, "odd", "invalid_scope"},
		{418, "odd", "invalid_scope"},
		{418, "other", "server_error"},
		{403, "invalid_grant", "consent_required"},
		{400, "invalid_grant", "invalid_grant"},
		{400, "even", "invalid_request"}, // a success says nothing about failures
	} {
		e, f, _ := normalize(t, table, exchange{status: tt.status, endpoint: registry.EndpointToken}, `{"error":"`+tt.code+`"}`)
		if e.code != tt.want {
			t.Errorf("%d %s: got %s by %s, want %s", tt.status, tt.code, e.code, f.Position(), tt.want)
		}
	}
}

// TestRedirects corrects errors in URLs, and nothing else in them.
func TestRedirects(t *testing.T) {
	m := load(t, `
version: 1
provider: acme
errors:
  - {code: user_cancelled, error: access_denied}
  - {status: 401, code: odd, error: login_required}
  - {code: fine, pass: true}
`)
	table, err := Compile(Config{Provider: "acme", Files: []*mapping.Mapping{m}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ from, want string }{
		{"https://app/cb?state=a%2fb&error=user_cancelled&iss=x", "https://app/cb?state=a%2fb&error=access_denied&iss=x"},
		{"https://app/cb?a&error=user-cancelled&b=#frag", "https://app/cb?a&error=access_denied&b=#frag"},
		{"https://app/cb#state=1&error=user_cancelled&error_description=No+%22way%22", "https://app/cb#state=1&error=access_denied&error_description=No+%27way%27"},
		{"/cb?error=user_cancelled&error_description=It%20is", "/cb?error=access_denied&error_description=It%20is"},
		{"/cb?error=odd", "/cb?error=login_required"},
		{"/cb?error=user_cancelled&error_uri=javascript:alert(1)", "/cb?error=access_denied"},
		{"/cb?error=access_denied", ""},
		{"/cb?error=never_heard", ""},
		{"/cb?error=fine", ""},
		{"/cb?response=eyJ&error=user_cancelled", ""},
		{"/cb?next=%3Ferror%3Duser_cancelled", ""},
		{"/cb?xerror=user_cancelled", ""},
		{"/cb?error=%zz", ""},
	} {
		resp := &exchange{status: 302, header: http.Header{"Location": {tt.from}}, endpoint: registry.EndpointAuthorization}
		got := ""
		if isRedirectError(302, http.Header{"Location": {tt.from}}) {
			d := Decision{table: table, exchange: *resp}
			d.decideRedirect()
			got = d.location
		}
		if got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.from, got, tt.want)
		}
	}
}
