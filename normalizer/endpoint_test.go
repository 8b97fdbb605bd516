package normalizer

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

const endpointMapping = `
version: 1
provider: test
endpoints:
  token: [/oauth/token, /API/*]
  resource: [/api/v2/*, "*/me"]
  registration: /api/v2/clients
`

const wellKnownMapping = `
version: 1
provider: oauth2
endpoints:
  token: ["*/token"]
  authorization: ["*/authorize"]
  none: ["/.well-known/*"]
`

func TestTableEndpoint(t *testing.T) {
	table := compile(t, Config{
		Provider:  "test",
		Endpoints: map[registry.Endpoint][]string{registry.EndpointPAR: {"/pushed"}, registry.EndpointResource: {"/only/this", "/oauth/tokens/*"}},
	}, endpointMapping, wellKnownMapping)
	for _, tt := range []struct {
		name, path string
		header     http.Header
		want       registry.Endpoint
	}{
		{"of the configuration", "/pushed", nil, registry.EndpointPAR},
		{"of the mapping", "/oauth/token", nil, registry.EndpointToken},
		{"without case", "/OAuth/TOKEN", nil, registry.EndpointToken},
		{"by a star", "/api/v1/x", nil, registry.EndpointToken},
		{"the most literal characters", "/api/v2/clients", nil, registry.EndpointRegistration},
		{"the configuration replaces the kind", "/users/me", nil, registry.EndpointNone},
		{"its own paths", "/only/this", nil, registry.EndpointResource},
		{"well-known", "/realms/x/authorize", nil, registry.EndpointAuthorization},
		{"well-known none", "/.well-known/openid-configuration", nil, registry.EndpointNone},
		{"a bearer", "/orders/1", http.Header{"Authorization": {"Bearer x"}}, registry.EndpointResource},
		{"DPoP", "/orders/1", http.Header{"Authorization": {"dpop x"}}, registry.EndpointResource},
		{"basic", "/orders/1", http.Header{"Authorization": {"Basic x"}}, registry.EndpointNone},
		{"nothing known", "/orders/1", nil, registry.EndpointNone},
		{"a grant type in the query", "/orders/1?grant_type=password", nil, registry.EndpointToken},
		{"a slash at the end", "/oauth/token/", nil, registry.EndpointToken},
		{"a doubled slash", "/oauth//token", nil, registry.EndpointToken},
		{"dot segments", "/oauth/x/../token/.", nil, registry.EndpointToken},
		{"parameters", "/oauth;v=2/token;jsessionid=1", nil, registry.EndpointToken},
		{"a parameter that looks like another path", "/oauth/token;/jwks", nil, registry.EndpointNone},
		{"the whole path must match", "/oauth/token/x", nil, registry.EndpointNone},
		{"a navigation", "/x/authorize", http.Header{"Sec-Fetch-Mode": {"navigate"}}, registry.EndpointNone},
		{"a navigation to a path of the mapping", "/pushed", http.Header{"Sec-Fetch-Mode": {"navigate"}}, registry.EndpointPAR},
		{"a script", "/x/authorize", http.Header{"Sec-Fetch-Mode": {"cors"}, "Accept": {"*/*"}}, registry.EndpointAuthorization},
		{"a script that wants a page", "/x/authorize", http.Header{"Sec-Fetch-Mode": {"cors"}, "Accept": {"text/vnd.turbo-stream.html, text/html"}}, registry.EndpointNone},
		{"a browser without metadata", "/x/token", http.Header{"Accept": {"text/html,*/*;q=0.8"}}, registry.EndpointNone},
		{"an old client library", "/x/token", http.Header{"Accept": {"*/*"}}, registry.EndpointToken},
		{"both alike", "/x/token", http.Header{"Accept": {"text/html, application/json"}}, registry.EndpointToken},
		{"JSON in a second field", "/x/token", http.Header{"Accept": {"text/html;q=0.5", "application/json"}}, registry.EndpointToken},
	} {
		r := httptest.NewRequest(http.MethodPost, "http://idp"+tt.path, nil)
		for name, values := range tt.header {
			r.Header[name] = values
		}
		if got := table.endpointOf(r); got != tt.want {
			t.Errorf("%s: %s %v: got %v, want %v", tt.name, tt.path, tt.header, got, tt.want)
		}
	}
}

// TestEndpointOfNavigations: where descriptions are canonical, a client that says it
// is a browser gets no other answer from a well-known endpoint.
func TestEndpointOfNavigations(t *testing.T) {
	for _, canonical := range []bool{false, true} {
		table, err := Compile(Config{Provider: "oauth2", CanonicalDescriptions: canonical})
		if err != nil {
			t.Fatal(err)
		}
		known := registry.EndpointNone
		if canonical {
			known = registry.EndpointToken
		}
		for path, want := range map[string]registry.Endpoint{"/oauth/token": known, "/orders/1": registry.EndpointNone} {
			r := httptest.NewRequest(http.MethodPost, "http://idp"+path, nil)
			r.Header.Set("Sec-Fetch-Mode", "navigate")
			if got := table.endpointOf(r); got != want {
				t.Errorf("%s, canonical %t: got %v, want %v", path, canonical, got, want)
			}
		}
	}
}
