package normalizer

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// TestRequestsOfOtherKinds sends to well-known paths what is no request of OAuth, as
// applications do whose paths end in the same way: it is none of ours.
func TestRequestsOfOtherKinds(t *testing.T) {
	table := compileShipped(t, "oauth2")
	bearer, basic := "Bearer x", "Basic eDp5"
	for _, tt := range []struct {
		method, path, contentType, body, authorization string
		want                                           registry.Endpoint
	}{
		{"POST", "/token", formType, "username=a&password=b", "", registry.EndpointNone},
		{"POST", "/token", formType, "grant_type=password&username=a&password=b", "", registry.EndpointToken},
		{"POST", "/token", formType, "client_id=a&code=b", "", registry.EndpointToken},
		{"POST", "/token", formType, "refresh_token=b", "", registry.EndpointToken},
		{"POST", "/token", formType, "scope=a", basic, registry.EndpointToken},
		{"POST", "/token", formType, "", "", registry.EndpointToken},
		{"POST", "/api/token/", jsonType, `{"username":"a","password":"b"}`, "", registry.EndpointNone},
		{"POST", "/api/token/", jsonType, `{"grant_type":"password"}`, "", registry.EndpointToken},
		{"GET", "/api/token", "", "", "", registry.EndpointToken},
		{"GET", "/api/token", "", "", bearer, registry.EndpointResource},
		{"GET", "/oauth/access_token?client_id=a&code=b", "", "", "", registry.EndpointToken},
		{"GET", "/oauth/token?grant_type=refresh_token", "", "", "", registry.EndpointToken},
		{"POST", "/auth/register", jsonType, `{"email":"a","password":"b"}`, "", registry.EndpointNone},
		{"POST", "/auth/register", jsonType, `{"user":{"jwks":"a","grant_types":"b"}}`, "", registry.EndpointNone},
		{"POST", "/auth/register", formType, "email=a&password=b", "", registry.EndpointNone},
		{"POST", "/connect/register", jsonType, `{"redirect_uris":["https://app"],"client_name":"a"}`, "", registry.EndpointRegistration},
		{"POST", "/connect/register", jsonType, `{"jwks" : {"keys":[]}}`, "", registry.EndpointRegistration},
		{"POST", "/connect/register", jsonType, `{"software_statement":"a"}`, bearer, registry.EndpointRegistration},
		{"GET", "/register/a", "", "", bearer, registry.EndpointRegistration},
	} {
		r := httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body))
		if tt.contentType != "" {
			r.Header.Set("Content-Type", tt.contentType)
		}
		if tt.authorization != "" {
			r.Header.Set("Authorization", tt.authorization)
		}
		q := table.Request(r)
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Fatal(err)
		}
		if got := table.EndpointOf(&q, http.Header{}); got != tt.want {
			t.Errorf("%s %s %q with %q: got %s, want %s", tt.method, tt.path, tt.body, tt.authorization, got, tt.want)
		}
	}
}
