package caddyfile_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// bypass is the warning about a discovery document that makes clients bypass the gateway.
type bypass struct {
	Level     string `json:"level"`
	Provider  string `json:"provider"`
	Path      string `json:"path"`
	Host      string `json:"host"`
	TokenHost string `json:"token_host"`
}

const (
	openIDPath = "/.well-known/openid-configuration"
	oauthPath  = "/.well-known/oauth-authorization-server"
)

// metadataOf is a discovery document of an issuer.
func metadataOf(issuer string) string {
	return fmt.Sprintf(`{"issuer":%q,"authorization_endpoint":%[2]q,"token_endpoint":%[3]q,"jwks_uri":%[4]q}`, issuer, issuer+"/authorize", issuer+"/oauth/token", issuer+"/jwks")
}

// tenant is a document that names another host than that of the gateway.
var tenant = metadataOf("https://tenant.eu.auth0.com")

// discoveryRows are documents that pass, and whether they are warned of. The gateway is
// asked as gateway.test unless host says otherwise.
var discoveryRows = []struct {
	name, host, path string
	fields, body     string
	option           string
	warned           bool
}{
	{name: "OpenID Connect", path: openIDPath, body: tenant, warned: true},
	{name: "RFC 8414", path: oauthPath, body: tenant, warned: true},
	{name: "below a tenant", path: "/realms/one" + openIDPath, body: tenant, warned: true},
	{name: "before a tenant", path: oauthPath + "/one", body: tenant, warned: true},
	{name: "in shadow mode", path: openIDPath, body: tenant, option: "mode shadow", warned: true},
	{name: "successes looked into", path: openIDPath, body: tenant, option: "hidden_errors normalize", warned: true},
	{name: "canonical descriptions", path: openIDPath, body: tenant, option: "descriptions canonical", warned: true},
	{name: "gzip", path: openIDPath, fields: "\nContent-Encoding: gzip", body: gzipped(tenant), warned: true},
	{name: "another port", host: "localhost:8080", path: openIDPath, body: metadataOf("http://localhost:9001"), warned: true},
	{name: "this host", path: openIDPath, body: metadataOf("https://GATEWAY.test/one")},
	{name: "this host, behind a proxy with the port", path: openIDPath, body: metadataOf("https://gateway.test:8443")},
	{name: "this host, asked with a port", host: "gateway.test:8443", path: openIDPath, body: metadataOf("https://gateway.test")},
	{name: "no token endpoint", path: openIDPath, body: `{"issuer":"https://tenant.eu.auth0.com"}`},
	{name: "a relative token endpoint", path: openIDPath, body: `{"token_endpoint":"/oauth/token"}`},
	{name: "no JSON", path: openIDPath, body: "<title>It works</title>"},
	{name: "a broken coding", path: openIDPath, fields: "\nContent-Encoding: gzip", body: tenant},
	{name: "too large", path: openIDPath, body: tenant + strings.Repeat(" ", 64<<10)},
	{name: "another path", path: "/userinfo", body: tenant},
	{name: "a longer name", path: openIDPath + "x", body: tenant},
}

// TestDiscovery: a discovery document that names another host for the token endpoint is
// warned of, once, and every document leaves byte for byte.
func TestDiscovery(t *testing.T) {
	up := startUpstream(t)
	for _, tt := range discoveryRows {
		t.Run(strings.ReplaceAll(tt.name, " ", "_"), func(t *testing.T) {
			up.script(tt.name, answer{wire: sized("HTTP/1.1 200 OK\nContent-Type: application/json"+tt.fields, tt.body)})
			with, without := freeAddress(t), freeAddress(t)
			proxy := "reverse_proxy " + up.address
			logged := startLogged(t, site(with, "auth_errors auth0 {\n"+tt.option+"\n}", proxy)+site(without, proxy))
			host := "gateway.test"
			if tt.host != "" {
				host = tt.host
			}
			want := askAs(t, without, host, tt.path, tt.name)
			for range 2 {
				if got := askAs(t, with, host, tt.path, tt.name); got != want {
					t.Errorf("got\n%s\nwant it unchanged:\n%s", excerpt(got), excerpt(want))
				}
			}
			var warnings []bypass
			if tt.warned {
				tokenHost := "tenant.eu.auth0.com"
				if tt.host != "" {
					tokenHost = "localhost:9001"
				}
				warnings = []bypass{{"warn", "auth0", tt.path, host, tokenHost}}
			}
			compareBypasses(t, logged(), warnings)
		})
	}
}

// askAs returns the bytes of the answer to a request that names the host.
func askAs(t *testing.T, address, host, path, name string) string {
	t.Helper()
	conn := dial(t, address)
	request := requestText(http.MethodGet, path, http.Header{caseHeader: {name}, "Connection": {"close"}}, "")
	if _, err := io.WriteString(conn, strings.Replace(request, "Host: gateway.test\r\n", "Host: "+host+"\r\n", 1)); err != nil {
		t.Fatal(err)
	}
	wire, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("GET %s: reading the answer after %q: %v", path, wire, err)
	}
	return blankDate(string(wire))
}

// compareBypasses compares the warnings in a log, each of which says what to do.
func compareBypasses(t *testing.T, log string, want []bypass) {
	t.Helper()
	var got []bypass
	for line := range strings.Lines(log) {
		if !strings.Contains(line, "discovery document") {
			continue
		}
		var b bypass
		if err := json.Unmarshal([]byte(line), &b); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if !strings.Contains(line, `"do":"give the provider a custom domain`) {
			t.Errorf("got %s, want what to do", line)
		}
		got = append(got, b)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got warnings %+v, want %+v", got, want)
	}
}

// TestDiscoveryStreams: a document is not held until it is read. It would end this test
// with a deadline.
func TestDiscoveryStreams(t *testing.T) {
	up, next, gateway := startUpstream(t), make(chan struct{}), freeAddress(t)
	up.script("half", answer{play: func(t *testing.T, conn net.Conn, _ *bufio.Reader) {
		io.WriteString(conn, head("HTTP/1.1 200 OK\nContent-Type: application/json\nTransfer-Encoding: chunked")+"\r\n")
		fmt.Fprintf(conn, "%x\r\n%s\r\n", 10, tenant[:10])
		select {
		case <-next:
		case <-time.After(patience):
			t.Error("the first part has not reached the client")
		}
		fmt.Fprintf(conn, "%x\r\n%s\r\n0\r\n\r\n", len(tenant)-10, tenant[10:])
	}})
	logged := startLogged(t, site(gateway, "auth_errors auth0", "reverse_proxy "+up.address))
	got := readInTwo(t, protocols(t)[0], "http://"+gateway+openIDPath, "half", next)
	if got.body != tenant {
		t.Errorf("got %s, want %s", got.body, tenant)
	}
	compareBypasses(t, logged(), []bypass{{"warn", "auth0", openIDPath, gateway, "tenant.eu.auth0.com"}})
}
