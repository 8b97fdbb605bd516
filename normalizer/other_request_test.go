package normalizer

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// TestRequestsOfApplications: paths of applications end in words of OAuth too. What such a
// path is depends on what the request brings; a sign-in is no resource, whatever token a
// script sent along.
func TestRequestsOfApplications(t *testing.T) {
	table, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	const (
		person = `{"email":"a@example.com","password":"s3cr3t"}`
		client = `{"redirect_uris":["https://app.example/cb"]}`
	)
	for _, row := range []struct {
		name, method, path, contentType, body, authorization string
		want                                                 registry.Endpoint
	}{
		{"a client registers with a token", "POST", "/connect/register", jsonType, `{"client_name":"x"}`, "Bearer x", registry.EndpointRegistration},
		{"a person registers while signed in", "POST", "/register", jsonType, person, "Bearer x", registry.EndpointNone},
		{"an instance registers with a token", "POST", "/api/client/register", jsonType, `{"appName":"x"}`, "Bearer x", registry.EndpointNone},
		{"metadata inside a member", "POST", "/register", jsonType, `{"a":` + client + `}`, "", registry.EndpointNone},
		{"a token is revoked", "POST", "/revoke", formType, "token=x", "", registry.EndpointRevocation},
		{"a token is revoked by JSON", "POST", "/revoke", jsonType, `{"token":"x"}`, "", registry.EndpointRevocation},
		{"a token is revoked by nothing", "POST", "/revoke", formType, "x=", "Basic Yzpz", registry.EndpointRevocation},
		{"an invitation is revoked", "POST", "/invitations/7/revoke", "", "", "Bearer x", registry.EndpointResource},
		{"a session is revoked", "POST", "/sessions/revoke", jsonType, `{"id":7}`, "", registry.EndpointNone},
		{"a token in the query is introspected", "GET", "/introspect?token=x", "", "", "Bearer x", registry.EndpointIntrospection},
		{"a sign-in", "POST", "/login", jsonType, person, "", registry.EndpointNone},
		{"a sign-in beside an old token", "POST", "/login", jsonType, person, "Bearer old", registry.EndpointNone},
		{"a sign-in by a form beside an old token", "POST", "/login", formType, "username=a&password=b", "Bearer old", registry.EndpointNone},
		{"a password grant at an unknown path", "POST", "/login", formType, "grant_type=password&username=a&password=b", "", registry.EndpointToken},
		{"a change of a password", "POST", "/user", jsonType, `{"password":{"old":"a","new":"b"}}`, "Bearer x", registry.EndpointNone},
		{"no sign-in", "POST", "/orders", jsonType, `{"customer":{"password":"x"}}`, "Bearer x", registry.EndpointResource},
		{"GraphQL", "POST", "/api/graphql", jsonType, `{"query":"{me{id}}"}`, "Bearer x", registry.EndpointNone},
		{"whoever is signed in", "GET", "/me", "", "", "", registry.EndpointNone},
		{"a mounted oidc-provider", "POST", "/.oidc/request", formType, "client_id=x", "", registry.EndpointPAR},
	} {
		r := httptest.NewRequest(row.method, row.path, strings.NewReader(row.body))
		if row.contentType != "" {
			r.Header.Set("Content-Type", row.contentType)
		}
		if row.authorization != "" {
			r.Header.Set("Authorization", row.authorization)
		}
		q := table.Request(r)
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Fatal(err)
		}
		if got := table.EndpointOf(&q, http.Header{}); got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
}
