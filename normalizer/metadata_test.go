package normalizer

import (
	"net/http"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

const metadataURL = "https://api.example.com/.well-known/oauth-protected-resource"

// TestResourceMetadata: a challenge at a resource names the metadata of the resource,
// with and without a token. Metadata in the provider's own challenge stays, and no other
// challenge names it.
func TestResourceMetadata(t *testing.T) {
	const named = `, resource_metadata="` + metadataURL + `"`
	for _, tt := range []struct {
		name            string
		fixed           bool
		endpoint        registry.Endpoint
		scheme, offered string
		status          int
		body            string
		want            string
	}{
		{"no token", false, registry.EndpointResource, "", "", 401, ``, `Bearer realm="oauth2"` + named},
		{"no token, challenged already", false, registry.EndpointResource, "", `Bearer realm="x"`, 401, ``, `Bearer realm="x"` + named},
		{"a dead token", false, registry.EndpointResource, "Bearer", "", 401, `{"error":"invalid_token","error_description":"Gone"}`, `Bearer realm="oauth2", error="invalid_token", error_description="Gone"` + named},
		{"right already, but for this", false, registry.EndpointResource, "Bearer", `Bearer realm="x", error="invalid_token", error_description="Gone"`, 401, `{"error":"invalid_token","error_description":"Gone"}`, `Bearer realm="x", error="invalid_token", error_description="Gone"` + named},
		{"too little scope", false, registry.EndpointResource, "DPoP", `DPoP algs="ES256"`, 403, `{"error":"insufficient_scope","error_description":"No"}`, `DPoP algs="ES256", error="insufficient_scope", error_description="No"` + named},
		{"its own", false, registry.EndpointResource, "Bearer", `Bearer resource_metadata="https://own"`, 401, `{"error":"invalid_token","error_description":"Gone"}`, `Bearer resource_metadata="https://own", error="invalid_token", error_description="Gone"`},
		{"its own, in another scheme", false, registry.EndpointResource, "Bearer", `DPoP Resource_Metadata="https://own"`, 401, `{"error":"invalid_token","error_description":"Gone"}`, `Bearer realm="oauth2", error="invalid_token", error_description="Gone" | DPoP Resource_Metadata="https://own"`},
		{"fixed texts", true, registry.EndpointResource, "Bearer", `Bearer resource_metadata="https://own"`, 401, `{"error":"invalid_token","error_description":"Gone"}`, `Bearer realm="oauth2", error="invalid_token", error_description="The access token is missing; malformed; expired or revoked."` + named},
		{"an error without a challenge", false, registry.EndpointResource, "Bearer", "", 503, `{"error":"temporarily_unavailable"}`, ``},
		{"a token endpoint", false, registry.EndpointToken, "Basic", "", 401, `{"error":"invalid_client","error_description":"No"}`, `Basic realm="oauth2", error="invalid_client", error_description="No"`},
		{"registration", false, registry.EndpointRegistration, "Bearer", "", 401, `{"error":"invalid_token","error_description":"No"}`, `Bearer realm="oauth2", error="invalid_token", error_description="No"`},
	} {
		table, err := Compile(Config{ResourceMetadata: metadataURL, CanonicalDescriptions: tt.fixed})
		if err != nil {
			t.Fatal(err)
		}
		resp := exchange{status: tt.status, endpoint: tt.endpoint, scheme: tt.scheme, header: http.Header{"Content-Type": {"application/json"}}, empty: tt.body == ""}
		if tt.offered != "" {
			resp.header.Set("WWW-Authenticate", tt.offered)
		}
		e, _, _ := normalize(t, table, resp, tt.body)
		if got := e.challenge.sent(&resp); got != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

// TestResourceMetadataIsChecked: a URL that no client could fetch is refused, with the
// value.
func TestResourceMetadataIsChecked(t *testing.T) {
	for _, tt := range []struct {
		url string
		ok  bool
	}{
		{"", true}, {metadataURL, true}, {metadataURL + "/api/v1", true}, {"http://localhost:8080/m", true},
		{"/.well-known/oauth-protected-resource", false}, {"api.example.com", false}, {"ftp://a.example/", false}, {"https:///m", false},
		{"https://user:secret@a.example/", false}, {"https://a.example/#m", false}, {"https://a.example/\"x", false}, {"https://a.example/%zz", false}, {"https://a.example/\r\nX: y", false},
	} {
		_, err := Compile(Config{ResourceMetadata: tt.url})
		if (err == nil) != tt.ok || err != nil && !strings.Contains(err.Error(), "resource_metadata") {
			t.Errorf("%q: got error %v, want it accepted: %t", tt.url, err, tt.ok)
		}
	}
}
