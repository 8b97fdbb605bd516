package normalizer

import (
	"net/http"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// TestPhraseBesideCode has bodies with the phrase of the status where others have a code: a
// code or a text beside it that a row names decides, and a code that no row names is found
// by whoever looks for unmapped errors.
func TestPhraseBesideCode(t *testing.T) {
	const head = "version: 1\nprovider: acme\nbase: spring-boot\n"
	const rows = "errors:\n  - {code: ACC-1042, error: access_denied}\n"
	for _, tt := range []struct {
		name, file  string
		status      int
		body        string
		header      http.Header
		grant       registry.Grant
		error, code string
		unmapped    bool
	}{
		{name: "a row's code where read names it", file: head + "read: [{code: code}]\n" + rows, status: 401,
			body: `{"error":"Unauthorized","code":"ACC-1042"}`, error: "access_denied", code: "ACC-1042"},
		{name: "a row's code where frameworks have it", file: head + rows, status: 401,
			body: `{"error":"Unauthorized","code":"ACC-1042"}`, error: "access_denied", code: "ACC-1042"},
		{name: "an unknown code where read names it", file: head + "read: [{code: code, description: message}]\n" + rows, status: 400,
			body: `{"error":"Bad Request","code":"ACC-9","message":"No"}`, error: "invalid_request", code: "ACC-9", unmapped: true},
		{name: "an unknown code in a place of its own", file: head + "read: [{code: x.id}]\n" + rows, status: 401,
			body: `{"error":"Unauthorized","x":{"id":"ACC-9"}}`, error: "invalid_client", code: "ACC-9", unmapped: true},
		{name: "an unknown code where frameworks have it", file: head + rows, status: 400,
			body: `{"error":"Bad Request","code":"ACC-9"}`, error: "invalid_request", code: "ACC-9", unmapped: true},
		{name: "an unknown number", file: head + rows, status: 400,
			body: `{"error":"Bad Request","errorCode":1050}`, error: "invalid_request", code: "1050", unmapped: true},
		{name: "no code", file: head + rows, status: 400,
			body: `{"status":400,"error":"Bad Request","message":"Missing","type":"about"}`, error: "invalid_request", code: "Bad Request"},
		{name: "another phrase", file: head + "read: [{code: code}]\n" + rows, status: 401,
			body: `{"error":"Unauthorized","code":"Error"}`, error: "invalid_client", code: "Unauthorized"},
		{name: "a text that a row of oauth2 has", file: head + rows, status: 401, grant: registry.GrantPassword,
			body: `{"error":"Unauthorized","message":"Bad credentials"}`, error: "invalid_grant", code: "Unauthorized"},
		{name: "the same beside an unknown code", file: head + "read: [{code: code, description: message}]\n" + rows, status: 401, grant: registry.GrantPassword,
			body: `{"error":"Unauthorized","message":"Bad credentials","code":"ACC-9"}`, error: "invalid_grant", code: "ACC-9"},
		{name: "a challenge", file: head + rows, status: 401, header: http.Header{"Www-Authenticate": {`Bearer error="invalid_token"`}},
			body: `{"error":"Unauthorized"}`, error: "invalid_grant", code: "invalid_token"},
		{name: "a row for the phrase and its text", file: head + "errors:\n  - {code: Unauthorized, description: Bad*, error: access_denied}\n", status: 401, grant: registry.GrantPassword,
			body: `{"error":"Unauthorized","message":"Bad credentials","code":"ACC-9"}`, error: "access_denied", code: "Unauthorized"},
		{name: "a code under no mapping", file: "version: 1\nprovider: acme\n", status: 400,
			body: `{"error":"Bad Request","code":"ACC-9"}`, error: "invalid_request", code: "ACC-9", unmapped: true},
		{name: "a number under no mapping", file: "version: 1\nprovider: acme\n", status: 400,
			body: `{"code":1042,"msg":"locked for 3 hours"}`, error: "invalid_request", code: "1042", unmapped: true},
		{name: "a number that says no more than yes or no", file: "version: 1\nprovider: acme\n", status: 400,
			body: `{"code":1,"msg":"locked for 3 hours"}`, error: "invalid_request", unmapped: true},
		{name: "the status as a number", file: "version: 1\nprovider: acme\n", status: 400,
			body: `{"code":400,"message":"locked for 3 hours"}`, error: "invalid_request", unmapped: true},
		{name: "a registered code under no mapping", file: "version: 1\nprovider: acme\n", status: 401,
			body: `{"error":"Unauthorized","code":"invalid_grant"}`, error: "invalid_grant", code: "invalid_grant"},
		{name: "a phrase that is unknown", file: "version: 1\nprovider: acme\n", status: 409,
			body: `{"error":"Conflict","code":"ACC-9"}`, error: "invalid_request", code: "ACC-9", unmapped: true},
	} {
		table, err := Compile(Config{Provider: "acme", Files: []*mapping.Mapping{load(t, tt.file)}})
		if err != nil {
			t.Fatal(err)
		}
		d := Decision{table: table, exchange: exchange{status: tt.status, header: http.Header{"Content-Type": {"application/json"}}, endpoint: registry.EndpointToken, grant: tt.grant}}
		for name, values := range tt.header {
			d.exchange.header[name] = values
		}
		d.exchange.read(&Response{Status: tt.status, Header: d.exchange.header, Body: []byte(tt.body)}, 1<<16)
		table.decideBody(&d)
		if d.Error.code != tt.error || d.Finding.Code != tt.code || d.IsUnmapped() != tt.unmapped {
			t.Errorf("%s: got %s, code %q, unmapped %v, want %s, %q, %v", tt.name, d.Error.code, d.Finding.Code, d.IsUnmapped(), tt.error, tt.code, tt.unmapped)
		}
	}
}
