//go:build interop

package caddyfile_test

import (
	"strings"
	"testing"
)

// TestInteropProbe asks real servers, each behind a Caddy that it takes for itself, as those
// of TestProbe.
func TestInteropProbe(t *testing.T) {
	for _, tt := range []struct {
		server realServer
		args   []string
		path   string
		want   string
	}{
		{nodeServer("better-auth", "", nil), nil, "/api/auth", "canonical"},
		{nodeServer("mcp", "", nil), []string{"--userinfo", "/mcp"}, "", "invalid_token"},
		{nodeServer("mcp", "", nil, "legacy"), []string{"--token", "/token", "--userinfo", "/mcp"}, "", "invalid_token"},
		{imageRegistry(t), []string{"--token", "/token", "--userinfo", "/v2/"}, "", "incorrect username or password"},
	} {
		t.Run(tt.server.name, func(t *testing.T) {
			address := freeAddress(t)
			startCaddy(t, site(address, "reverse_proxy "+startProcess(t, tt.server.serve(t, "http://"+address))))
			if got := holdProbe(t, append(tt.args, "http://"+address+tt.path)...); !strings.Contains(got, tt.want) {
				t.Errorf("got\n%s\nwant %s in it", got, tt.want)
			}
		})
	}
	t.Run("oidc-provider", func(t *testing.T) {
		if got := holdProbe(t, "--client-id", "header", "--client-secret", "secret", "http://"+startOIDCProvider(t)); !strings.Contains(got, "invalid_grant") {
			t.Errorf("got\n%s\nwant invalid_grant in it", got)
		}
	})
}
