package normalizer

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// TestRequestsOfOtherKinds: paths of applications end in words of OAuth too. The request
// shows what such a path is, and a sign-in is no resource, whatever token came with it.
func TestRequestsOfOtherKinds(t *testing.T) {
	table := compileShipped(t, "oauth2")
	const (
		bearer, basic = "Bearer x", "Basic eDp5"
		person        = `{"email":"a@example.com","password":"s3cr3t"}`
		client        = `{"redirect_uris":["https://app.example/cb"]}`
	)
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

		{"POST", "/connect/register", jsonType, `{"client_name":"x"}`, bearer, registry.EndpointRegistration},
		{"POST", "/register", jsonType, person, bearer, registry.EndpointNone},
		{"POST", "/api/client/register", jsonType, `{"appName":"x"}`, bearer, registry.EndpointNone},
		{"POST", "/register", jsonType, `{"a":` + client + `}`, "", registry.EndpointNone},
		{"POST", "/revoke", formType, "token=x", "", registry.EndpointRevocation},
		{"POST", "/revoke", jsonType, `{"token":"x"}`, "", registry.EndpointRevocation},
		{"POST", "/revoke", formType, "x=", basic, registry.EndpointRevocation},
		{"POST", "/invitations/7/revoke", "", "", bearer, registry.EndpointResource},
		{"POST", "/sessions/revoke", jsonType, `{"id":7}`, "", registry.EndpointNone},
		{"GET", "/introspect?token=x", "", "", bearer, registry.EndpointIntrospection},
		{"POST", "/login", jsonType, person, "", registry.EndpointNone},
		{"POST", "/login", jsonType, person, bearer, registry.EndpointNone},
		{"POST", "/login", formType, "username=a&password=b", bearer, registry.EndpointNone},
		{"POST", "/login", formType, "grant_type=password&username=a&password=b", "", registry.EndpointToken},
		{"POST", "/user", jsonType, `{"password":{"old":"a","new":"b"}}`, bearer, registry.EndpointNone},
		{"POST", "/orders", jsonType, `{"customer":{"password":"x"}}`, bearer, registry.EndpointResource},
		{"POST", "/api/graphql", jsonType, `{"query":"{me{id}}"}`, bearer, registry.EndpointNone},
		{"GET", "/me", "", "", "", registry.EndpointNone},
		{"POST", "/.oidc/request", formType, "client_id=x", "", registry.EndpointPAR},
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
