//go:build interop

package caddyfile_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// realServer is a server that people run, and what its clients do there. It is bound to
// the origin that clients see, so that it runs once behind each gateway.
type realServer struct {
	name    string
	clients string // their names, for the report
	serve   func(t *testing.T, origin string) *exec.Cmd
	ask     func(t *testing.T, origin string) string
	want    []serverStep
}

// serverStep is how a step ends without the module and with it.
type serverStep struct {
	name    string
	without string
	with    string // if it is not the same
}

// mcpSteps: the client asks for authorization where it does so without the module.
var mcpSteps = []serverStep{
	{"without a token", "registers, opens the browser for read, ends with UnauthorizedError", ""},
	{"after the login", "saves tokens, gets hello", ""},
	{"with a token", "gets hello", ""},
	{"tool that fails", "gets access_denied: no more of this", ""},
	{"dead token", "opens the browser for read, ends with UnauthorizedError", ""},
	{"dead token, live refresh token", "saves tokens, gets hello", ""},
	{"dead token, dead refresh token", "forgets tokens, opens the browser for read, ends with UnauthorizedError", ""},
	{"dead token, dead client", "forgets all, registers, opens the browser for read, ends with UnauthorizedError", ""},
	{"without a token, for less", "opens the browser for read, ends with UnauthorizedError", ""},
	{"after the login for less", "saves tokens, gets hello", ""},
	{"token for less", "opens the browser for admin, ends with UnauthorizedError", ""},
	{"after the login for more", "saves tokens, gets hello", ""},
	{"no such server", "ends with StreamableHTTPError", ""},
}

// legacyMCPSteps: the client forgets tokens that are dead, and opens the browser also where
// the server gave the error of a dead refresh token another name.
var legacyMCPSteps = []serverStep{
	{"without a token", "registers, opens the browser, ends with UnauthorizedError", ""},
	{"after the login", "saves tokens, gets hello", ""},
	{"with a token", "gets hello", ""},
	{"tool that fails", "gets access_denied: no more of this", ""},
	{"dead token", "opens the browser, ends with UnauthorizedError", ""},
	{"dead token, live refresh token", "saves tokens, gets hello", ""},
	{"dead token, dead refresh token", "forgets tokens, opens the browser, ends with UnauthorizedError", ""},
	{"dead token, dead client", "forgets all, registers, opens the browser, ends with UnauthorizedError", ""},
	{"dead refresh token, denied", "ends with AccessDeniedError", "forgets tokens, opens the browser, ends with UnauthorizedError"},
	{"dead refresh token, message", "opens the browser, ends with UnauthorizedError", "forgets tokens, opens the browser, ends with UnauthorizedError"},
	{"dead refresh token, nested", "opens the browser, ends with UnauthorizedError", "forgets tokens, opens the browser, ends with UnauthorizedError"},
	{"dead refresh token, request", "ends with InvalidRequestError", "forgets tokens, opens the browser, ends with UnauthorizedError"},
	{"no such server", "ends with StreamableHTTPError", ""},
}

// betterAuthSteps: what the application says to its own page stays; the errors of the
// identity provider are those of OAuth.
var betterAuthSteps = []serverStep{
	{"sign-in, nobody", "401 INVALID_EMAIL_OR_PASSWORD, Invalid email or password", ""},
	{"sign-up, short password", "400 PASSWORD_TOO_SHORT, Password too short", ""},
	{"sign-up, bad address", "400 VALIDATION_ERROR, [body.email] Invalid email address", ""},
	{"sign-up", "signed in as Peter", ""},
	{"sign-up again", "422 USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL, User already exists. Use another email.", ""},
	{"sign-in, wrong password", "401 INVALID_EMAIL_OR_PASSWORD, Invalid email or password", ""},
	{"reset, bad token", "400 INVALID_TOKEN, Invalid token", ""},
	{"change of a password without a session", "401 UNAUTHORIZED, Unauthorized", ""},
	{"sign-in", "signed in as Peter", ""},
	{"login", "string", ""},
	{"login for an unknown scope", "client is told invalid_scope", ""},
	{"login for an unknown response type", "client is told unsupported_response_type", ""},
	{"login for a foreign redirect URI", "/api/auth/error is told invalid_redirect", ""},
	{"userinfo", "string", ""},
	{"userinfo with a bad token", "WWWAuthenticateChallengeError invalid_token", ""},
	{"refresh", "string", ""},
	{"used refresh token", "ResponseBodyError invalid_grant, invalid refresh token", ""},
	{"bad refresh token", "ResponseBodyError invalid_grant, session not found", ""},
	{"wrong secret in the header", "WWWAuthenticateChallengeError OAUTH_WWW_AUTHENTICATE_CHALLENGE", "WWWAuthenticateChallengeError invalid_client"},
	{"wrong secret in the body", "ResponseBodyError invalid_client, client registered for client_secret_basic cannot use client_secret_post", ""},
	{"client credentials for an unknown scope", "ResponseBodyError unauthorized_client, client has no authorized client_credentials scopes", ""},
	{"unknown grant type", "ResponseBodyError unsupported_grant_type, unsupported grant_type urn:x", ""},
	{"device", "string", ""},
	{"device poll", "stopped by TimeoutError", ""},
	{"device poll with a bad code", "ResponseBodyError invalid_grant, Invalid device code", ""},
	{"introspection", "active false", ""},
	{"introspection with a wrong secret", "WWWAuthenticateChallengeError OAUTH_WWW_AUTHENTICATE_CHALLENGE", "WWWAuthenticateChallengeError invalid_client"},
	{"revocation of a bad token", "ResponseBodyError invalid_request, token not found", ""},
	{"registration by nobody", "WWWAuthenticateChallengeError OAUTH_WWW_AUTHENTICATE_CHALLENGE", ""},
}

// registrySteps: a challenge keeps what a client needs in order to ask for a token.
var registrySteps = []serverStep{
	{"ping", "bearer realm=/token service=registry.test", ""},
	{"challenge of the registry", "401 bearer realm=/token service=registry.test", ""},
	{"challenge of a repository", "401 bearer realm=/token scope=repository:hello:pull service=registry.test", ""},
	{"challenge to a bad token", "401 bearer error=invalid_token realm=/token scope=repository:hello:pull service=registry.test", ""},
	{"challenge to Basic", "401 bearer realm=/token service=registry.test", ""},
	{"push", "asks for a token for registry.test repository:hello:pull,push, done", ""},
	{"pull", "asks for a token for registry.test repository:hello:pull, done, layers: 1", ""},
	{"push by nobody", "asks for a token for registry.test repository:hello:pull,push, asks for a token for registry.test repository:hello:pull,push, ends with 401 UNAUTHORIZED", ""},
	{"pull with a wrong password", "asks for a token for registry.test repository:hello:pull, ends with 401", ""},
	{"pull what is not there", "asks for a token for registry.test repository:hello:pull, ends with 404 MANIFEST_UNKNOWN", ""},
	{"upload with a token to pull", "asks for a token for registry.test repository:hello:pull, asks for a token for registry.test repository:hello:pull repository:hello:pull,push, ends with 202", ""},
}

// nodeServer is a program for Node, with the flows of its clients beside it.
func nodeServer(name, clients string, want []serverStep, args ...string) realServer {
	return realServer{
		name:    strings.Join(append([]string{name}, args...), ", "),
		clients: clients,
		serve: func(_ *testing.T, origin string) *exec.Cmd {
			cmd := exec.Command("node", append([]string{name + "-server.mjs", origin}, args...)...)
			cmd.Dir = interopDir
			return cmd
		},
		ask: func(t *testing.T, origin string) string {
			return string(runNode(t, nil, append([]string{name + "-flows.mjs", origin}, args...)...))
		},
		want: want,
	}
}

// imageRegistry is the registry of container images, with its clients.
func imageRegistry(t *testing.T) realServer {
	binary := buildProgram(t, "registry")
	return realServer{
		name:    "docker/distribution",
		clients: "go-containerregistry, docker/distribution",
		serve: func(_ *testing.T, origin string) *exec.Cmd {
			return exec.Command(binary, "serve", origin)
		},
		ask: func(t *testing.T, origin string) string {
			out, err := exec.CommandContext(t.Context(), binary, "ask", origin).Output()
			if err != nil {
				t.Fatalf("asking the registry: %v\n%s", err, out)
			}
			return string(out)
		},
		want: registrySteps,
	}
}

// TestInteropServers: what clients go through at servers that no mapping knows ends as it
// does without the module, or better.
func TestInteropServers(t *testing.T) {
	var report strings.Builder
	report.WriteString(`# What clients do at real servers

Written by ` + "`caddyfile_test/interop/run.sh -update`" + `. Each server stands behind a Caddy with ` + "`auth_errors`" + ` and no more, and behind
one without it. A cell is left empty where the module makes no difference to what a client does and shows.
`)
	servers := []realServer{
		nodeServer("mcp", "its own client", mcpSteps),
		nodeServer("mcp", "its own client", legacyMCPSteps, "legacy"),
		nodeServer("better-auth", "its own client, openid-client", betterAuthSteps),
		imageRegistry(t),
	}
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			s.compare(t)
			report.WriteString(s.markdown())
		})
	}
	if strings.Count(report.String(), "\n## ") == len(servers) { // or -run left some out
		compareReport(t, filepath.Join(interopDir, reportFile), report.String())
	}
}

// compare goes through the steps behind both gateways.
func (s realServer) compare(t *testing.T) {
	with, without := freeAddress(t), freeAddress(t)
	proxy := func(address string) string {
		return "reverse_proxy " + startProcess(t, s.serve(t, "http://"+address))
	}
	startCaddy(t, site(with, "auth_errors", proxy(with))+site(without, proxy(without)))
	var wantWithout, wantWith strings.Builder
	for _, o := range s.want {
		fmt.Fprintf(&wantWithout, "%s: %s\n", o.name, o.without)
		fmt.Fprintf(&wantWith, "%s: %s\n", o.name, o.seen())
	}
	for _, tt := range []struct{ name, address, want string }{
		{"without the module", without, wantWithout.String()},
		{"with the module", with, wantWith.String()},
	} {
		if got := s.ask(t, "http://"+tt.address); got != tt.want {
			t.Errorf("%s, %s: got\n%s\n%s", s.name, tt.name, got, difference(got, tt.want))
		}
	}
}

// seen is how the step ends with the module.
func (o serverStep) seen() string {
	if o.with != "" {
		return o.with
	}
	return o.without
}

// markdown is the part of the report on a server.
func (s realServer) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n## %s: %s\n\n| step | without | with |\n|---|---|---|\n", s.name, s.clients)
	for _, o := range s.want {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", o.name, o.without, o.with)
	}
	return b.String()
}
