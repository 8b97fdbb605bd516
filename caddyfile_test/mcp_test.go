//go:build interop

package caddyfile_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// startAuthorizationServer runs as much of one as a client looks at before it sends the
// user there.
func startAuthorizationServer(t *testing.T) (issuer string) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/.well-known/oauth-authorization-server" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]any{
			"issuer": server.URL, "authorization_endpoint": server.URL + "/authorize", "token_endpoint": server.URL + "/token",
			"response_types_supported": []string{"code"}, "code_challenge_methods_supported": []string{"S256"},
		})
	})
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

// TestInteropMCP: in front of an API that answers 401 its own way, a client of MCP finds
// the authorization server by the challenge, with and without a token; without us it
// does not.
func TestInteropMCP(t *testing.T) {
	issuer, up := startAuthorizationServer(t), startUpstream(t)
	refusal := sized("HTTP/1.1 401 No\nContent-Type: application/json", `{"message":"Unauthorized"}`)
	up.script("", answer{wire: refusal})
	gateway, without := freeAddress(t), freeAddress(t)
	// Not where the client would look by itself.
	metadata := "http://" + gateway + "/elsewhere/metadata"
	document := fmt.Sprintf("`{\"resource\":\"http://%s/mcp\",\"authorization_servers\":[%q]}`", gateway, issuer)
	startCaddy(t, site(gateway, "handle /elsewhere/metadata {\n\theader Content-Type application/json\n\trespond "+document+"\n}",
		"handle {\n\tauth_errors {\n\t\tendpoint resource /mcp\n\t\tresource_metadata "+metadata+"\n\t}\n\treverse_proxy "+up.address+"\n}")+
		site(without, "reverse_proxy "+up.address))
	for _, tt := range []struct {
		address, token string
		found          bool
	}{{gateway, "", true}, {gateway, "dead", true}, {without, "", false}} {
		var seen struct {
			Authorization, How string
			Asked              []string
		}
		args := []string{"mcp.mjs", "http://" + tt.address + "/mcp"}
		if tt.token != "" {
			args = append(args, tt.token)
		}
		if err := json.Unmarshal(runNode(t, nil, args...), &seen); err != nil {
			t.Fatal(err)
		}
		if got := strings.HasPrefix(seen.Authorization, issuer+"/authorize?"); got != tt.found || slices.Contains(seen.Asked, metadata) != tt.found {
			t.Errorf("%s with token %q: got %s, %s after %v, want the user sent to %s: %t", tt.address, tt.token, seen.How, seen.Authorization, seen.Asked, issuer, tt.found)
		}
	}
}
