package normalizer

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestParseEndpoint(t *testing.T) {
	for e := range endpointCount {
		got, err := ParseEndpoint(e.String())
		if err != nil || got != e {
			t.Errorf("ParseEndpoint(%q): got %v, %v, want %v", e.String(), got, err, e)
		}
	}
	for _, name := range []string{"", "Token", "userinfo", "any"} {
		if _, err := ParseEndpoint(name); err == nil || !strings.Contains(err.Error(), "introspection") {
			t.Errorf("ParseEndpoint(%q): got error %v, want one that lists the kinds", name, err)
		}
	}
}

func TestTokenLike(t *testing.T) {
	for e := range endpointCount {
		want := e != EndpointNone && e != EndpointAuthorization && e != EndpointResource
		if got := e.tokenLike(); got != want {
			t.Errorf("%v: got token-like %v, want %v", e, got, want)
		}
	}
}

func TestEndpointSet(t *testing.T) {
	var all endpointSet
	token := all.with(EndpointToken)
	both := token.with(EndpointResource)
	for _, tt := range []struct {
		name      string
		got, want bool
	}{
		{"the empty set has any", all.has(EndpointPAR), true},
		{"the empty set names none", all.names(EndpointPAR), false},
		{"token has token", token.has(EndpointToken), true},
		{"token has resource", token.has(EndpointResource), false},
		{"both name resource", both.names(EndpointResource), true},
		{"none can be named", all.with(EndpointNone).names(EndpointNone), true},
		{"empty meets token", all.intersects(token), true},
		{"token meets both", token.intersects(both), true},
		{"token meets par", token.intersects(all.with(EndpointPAR)), false},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, tt.got, tt.want)
		}
	}
}

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
		Endpoints: map[Endpoint][]string{EndpointPAR: {"/pushed"}, EndpointResource: {"/only/this", "/oauth/tokens/*"}},
	}, endpointMapping, wellKnownMapping)
	for _, tt := range []struct {
		name, path string
		header     http.Header
		want       Endpoint
	}{
		{"of the configuration", "/pushed", nil, EndpointPAR},
		{"of the mapping", "/oauth/token", nil, EndpointToken},
		{"without case", "/OAuth/TOKEN", nil, EndpointToken},
		{"by a star", "/api/v1/x", nil, EndpointToken},
		{"the most literal characters", "/api/v2/clients", nil, EndpointRegistration},
		{"the configuration replaces the kind", "/users/me", nil, EndpointToken},
		{"its own paths", "/only/this", nil, EndpointResource},
		{"well-known", "/realms/x/authorize", nil, EndpointAuthorization},
		{"well-known none", "/.well-known/openid-configuration", nil, EndpointNone},
		{"a bearer", "/orders/1", http.Header{"Authorization": {"Bearer x"}}, EndpointResource},
		{"DPoP", "/orders/1", http.Header{"Authorization": {"dpop x"}}, EndpointResource},
		{"basic", "/orders/1", http.Header{"Authorization": {"Basic x"}}, EndpointToken},
		{"nothing known", "/orders/1", nil, EndpointToken},
		{"the whole path must match", "/oauth/token/x", nil, EndpointToken},
		{"a navigation", "/x/authorize", http.Header{"Sec-Fetch-Mode": {"navigate"}}, EndpointNone},
		{"a navigation to a path of the mapping", "/pushed", http.Header{"Sec-Fetch-Mode": {"navigate"}}, EndpointPAR},
		{"a script", "/x/authorize", http.Header{"Sec-Fetch-Mode": {"cors"}, "Accept": {"text/html"}}, EndpointAuthorization},
		{"a browser without metadata", "/x/token", http.Header{"Accept": {"text/html,*/*;q=0.8"}}, EndpointNone},
		{"an old client library", "/x/token", http.Header{"Accept": {"*/*"}}, EndpointToken},
		{"both alike", "/x/token", http.Header{"Accept": {"text/html, application/json"}}, EndpointToken},
		{"JSON in a second field", "/x/token", http.Header{"Accept": {"text/html;q=0.5", "application/json"}}, EndpointToken},
	} {
		r := httptest.NewRequest(http.MethodPost, "http://idp"+tt.path, nil)
		for name, values := range tt.header {
			r.Header[name] = values
		}
		if got := table.Endpoint(r); got != tt.want {
			t.Errorf("%s: %s %v: got %v, want %v", tt.name, tt.path, tt.header, got, tt.want)
		}
	}
}

// TestEndpointOfNavigations: where descriptions are canonical, a client that says it
// is a browser gets no other answer from a well-known endpoint.
func TestEndpointOfNavigations(t *testing.T) {
	for _, canonical := range []bool{false, true} {
		table, err := Compile(Config{Provider: "oauth2", CanonicalDescriptions: canonical}, shipped().Mapping)
		if err != nil {
			t.Fatal(err)
		}
		known := EndpointNone
		if canonical {
			known = EndpointToken
		}
		for path, want := range map[string]Endpoint{"/oauth/token": known, "/orders/1": EndpointNone} {
			r := httptest.NewRequest(http.MethodPost, "http://idp"+path, nil)
			r.Header.Set("Sec-Fetch-Mode", "navigate")
			if got := table.Endpoint(r); got != want {
				t.Errorf("%s, canonical %t: got %v, want %v", path, canonical, got, want)
			}
		}
	}
}

func TestAuthorizationScheme(t *testing.T) {
	for _, tt := range []struct{ value, want string }{
		{"", ""}, {"Basic dTpw", "Basic"}, {"bearer x", "Bearer"}, {"DPOP x", "DPoP"}, {" Bearer  x", "Bearer"},
		{"Bearer", "Bearer"}, {"Bearerx y", ""}, {"Negotiate x", ""}, {"Digest username=x", ""},
	} {
		if got := AuthorizationScheme(http.Header{"Authorization": {tt.value}}); got != tt.want {
			t.Errorf("AuthorizationScheme(%q): got %q, want %q", tt.value, got, tt.want)
		}
	}
}
