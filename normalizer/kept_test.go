package normalizer

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// TestMembersOfResources: at a resource that nobody named, what the server itself says is
// wrong stays beside the canonical error, for the page that reads it. What could be a
// secret or hide the canonical error does not.
func TestMembersOfResources(t *testing.T) {
	const canonical = `{"error":"invalid_token","error_description":"Expired"`
	guessed, err := Compile(Config{Provider: "oauth2"})
	if err != nil {
		t.Fatal(err)
	}
	named, err := Compile(Config{Provider: "oauth2", Endpoints: map[registry.Endpoint][]string{registry.EndpointResource: {"/*"}}})
	if err != nil {
		t.Fatal(err)
	}
	alike, err := Compile(Config{Provider: "oauth2", CanonicalDescriptions: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, mediaType, body string
		table                 *Table
		want                  string
	}{
		{"code and text", "application/json", `{"detail":"Expired","code":"token_not_valid"}`, guessed, canonical + `,"detail":"Expired","code":"token_not_valid"}`},
		{"a list", "application/problem+json", `{"message":"Expired","errors":[{"field":"x"}],"status":401}`, guessed, canonical + `,"message":"Expired","errors":[{"field":"x"}],"status":401}`},
		{"nothing of the error", "application/json", `{"message":"Expired","order":7,"requestId":"a","path":"/x"}`, guessed, canonical + `,"message":"Expired"}`},
		{"a secret", "application/json", `{"message":"Expired","reason":"ghp_16C7e42F292c6912E7710c838347Ae178B4a"}`, guessed, canonical + `,"message":"Expired"}`},
		{"the same names in another case", "application/json", `{"Error":"no","ErrorDescription":"Expired"}`, guessed, canonical + `}`},
		{"a page", "text/html", `<title>Expired</title><h1>Expired</h1>`, guessed, canonical + `}`},
		{"a named resource", "application/json", `{"detail":"Expired","code":"token_not_valid"}`, named, canonical + `}`},
		{"canonical descriptions", "application/json", `{"detail":"Expired","code":"token_not_valid"}`, alike, `{"error":"invalid_token","error_description":"The access token is missing, malformed, expired or revoked."}`},
	} {
		r := httptest.NewRequest("GET", "/orders", nil)
		r.Header.Set("Authorization", "Bearer x")
		q := tt.table.Request(r)
		d := tt.table.Decide(&q, Response{Status: 401, Header: http.Header{"Content-Type": {tt.mediaType}}, Body: []byte(tt.body)})
		if _, got := d.Apply(http.Header{}); string(got) != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}
