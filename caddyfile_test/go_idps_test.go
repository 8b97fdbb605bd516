package caddyfile_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// call is a request to a real identity provider. With the module its answer is the same
// byte for byte, except for an added no-store. If the provider breaks the standards, the
// answer is the one that rewritten describes: status, error, and the scheme of the
// challenge if there is one.
type call struct {
	name      string
	method    string
	path      string
	header    http.Header
	body      string
	rewritten string
}

// The ways that clients authenticate in these calls, good and bad.
func basicAuth(id, secret string) http.Header {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(id, secret)
	return r.Header
}

// text spells the request of a call.
func (c call) text() string {
	h := c.header.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set("Connection", "close")
	if c.body != "" {
		h.Set("Content-Length", strconv.Itoa(len(c.body)))
		if h.Get("Content-Type") == "" {
			h.Set("Content-Type", "application/x-www-form-urlencoded")
		}
	} else if c.method == http.MethodPost {
		h.Set("Content-Length", "0")
	}
	return requestText(c.method, c.path, h, c.body)
}

// at returns the bytes that a site answers, until it closes the connection.
func (c call) at(t *testing.T, address string) string {
	t.Helper()
	conn := dial(t, address)
	defer conn.Close()
	if _, err := io.WriteString(conn, c.text()); err != nil {
		t.Fatalf("%s: sending the request: %v", c.name, err)
	}
	wire, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("%s: reading the response after %q: %v", c.name, wire, err)
	}
	return string(wire)
}

// blanks replaces what differs from one answer to the next: each expression has
// a group before it and a group after it.
type blanks []*regexp.Regexp

func (b blanks) apply(wire string) string {
	wire = blankDate(wire)
	for _, random := range b {
		wire = random.ReplaceAllString(wire, "${1}-${2}")
	}
	return wire
}

// member is a JSON member with a random value.
func member(names ...string) *regexp.Regexp {
	return regexp.MustCompile(`("(?:` + strings.Join(names, "|") + `)":\s*"?)[^",}]+("?)`)
}

// compareCalls makes every call at both sites, which differ in the module only.
func compareCalls(t *testing.T, with, without string, random blanks, calls []call) {
	t.Helper()
	for _, c := range calls {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			compareWires(t, c, random.apply(c.at(t, with)), random.apply(c.at(t, without)))
		})
	}
}

// compareWires returns the differences of an answer from the expected one.
func compareWires(t *testing.T, c call, got, want string) {
	t.Helper()
	if c.rewritten == "" {
		if trimmed := withoutAddedNoStore(got, want); trimmed != want {
			t.Errorf("%s: got it changed:\n%s", c.name, excerpt(difference(trimmed, want)))
		}
		return
	}
	if got == want {
		t.Errorf("%s: got it unchanged, want %s:\n%s", c.name, c.rewritten, excerpt(got))
	}
	if summary := summarize(t, got); summary != c.rewritten {
		t.Errorf("%s: got %s, want %s:\n%s", c.name, summary, c.rewritten, excerpt(got))
	}
}

// difference lists the lines that only one of two answers has.
func difference(got, want string) string {
	var b strings.Builder
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(want, "\n")
	for _, line := range gotLines {
		if !slices.Contains(wantLines, line) {
			b.WriteString("got  " + line + "\n")
		}
	}
	for _, line := range wantLines {
		if !slices.Contains(gotLines, line) {
			b.WriteString("want " + line + "\n")
		}
	}
	return b.String()
}

// noStore is the one field that may be added to an answer.
const noStore = "Cache-Control: no-store\r\n"

// withoutAddedNoStore takes that field out of got if want forbids no storing.
func withoutAddedNoStore(got, want string) string {
	wantHead, _, _ := strings.Cut(want, "\r\n\r\n")
	if strings.Contains(wantHead, "no-store") {
		return got
	}
	head, body, _ := strings.Cut(got, "\r\n\r\n")
	return strings.Replace(head+"\r\n", noStore, "", 1) + "\r\n" + body
}

// summarize returns the status and the error of an answer, and the scheme that
// it challenges in.
func summarize(t *testing.T, wire string) string {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(wire)), nil)
	if err != nil {
		t.Fatalf("got %q: %v", wire, err)
	}
	defer resp.Body.Close()
	var object struct {
		Error string `json:"error"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&object); err != nil {
		t.Fatalf("got %q: %v", wire, err)
	}
	scheme, _, _ := strings.Cut(resp.Header.Get("WWW-Authenticate"), " ")
	return strings.TrimSpace(fmt.Sprint(resp.StatusCode, " ", object.Error, " ", scheme))
}

// startSites runs two sites in front of an identity provider and returns their
// addresses: with and without the module.
func startSites(t *testing.T, upstream string) (with, without string) {
	t.Helper()
	with, without = freeAddress(t), freeAddress(t)
	proxy := "reverse_proxy " + upstream
	startCaddy(t, site(with, "auth_errors", proxy)+site(without, proxy))
	return with, without
}

// goOAuth2Calls: go-oauth2 has the errors of RFC 6749 with statuses of its own
// where §5.2 wants 400, and no challenge for a client that authenticated in the
// header. Its documentation has errors of the authorization endpoint in plain text.
var goOAuth2Calls = []call{
	{name: "token", method: "POST", path: "/oauth2/token", header: basicAuth("client", "secret"), body: "grant_type=client_credentials"},
	{name: "token, unknown client in the body", method: "POST", path: "/oauth2/token", body: "grant_type=client_credentials&client_id=client&client_secret=wrong"},
	{name: "token, unknown client in the header", method: "POST", path: "/oauth2/token", header: basicAuth("client", "wrong"), body: "grant_type=client_credentials", rewritten: "401 invalid_client Basic"},
	{name: "token, no client", method: "POST", path: "/oauth2/token", body: "grant_type=client_credentials"},
	{name: "token, bad code", method: "POST", path: "/oauth2/token", header: basicAuth("client", "secret"), body: "grant_type=authorization_code&code=x&redirect_uri=http://client.test/cb", rewritten: "400 invalid_grant"},
	{name: "token, bad refresh token", method: "POST", path: "/oauth2/token", header: basicAuth("client", "secret"), body: "grant_type=refresh_token&refresh_token=x", rewritten: "400 invalid_grant"},
	{name: "token, wrong password", method: "POST", path: "/oauth2/token", header: basicAuth("client", "secret"), body: "grant_type=password&username=peter&password=wrong", rewritten: "400 access_denied"},
	{name: "token, unknown grant type", method: "POST", path: "/oauth2/token", header: basicAuth("client", "secret"), body: "grant_type=magic", rewritten: "400 unsupported_grant_type"},
	{name: "token, no grant type", method: "POST", path: "/oauth2/token", header: basicAuth("client", "secret"), body: "a=b", rewritten: "400 unsupported_grant_type"},
	{name: "token, no code", method: "POST", path: "/oauth2/token", header: basicAuth("client", "secret"), body: "grant_type=authorization_code"},
	{name: "token, scope", method: "POST", path: "/oauth2/token", header: basicAuth("client", "secret"), body: "grant_type=client_credentials&scope=everything"},
	{name: "token, wrong method", method: "GET", path: "/oauth2/token"},
	{name: "authorize, denied", method: "GET", path: "/oauth2/authorize?response_type=code&client_id=client&redirect_uri=http%3A%2F%2Fclient.test%2Fcb&state=a+b", header: browser},
	{name: "authorize, denied, implicit", method: "GET", path: "/oauth2/authorize?response_type=token&client_id=client&redirect_uri=http%3A%2F%2Fclient.test%2Fcb&state=a+b", header: browser},
	{name: "authorize, allowed", method: "GET", path: "/oauth2/authorize?response_type=code&client_id=client&redirect_uri=http%3A%2F%2Fclient.test%2Fcb&state=1&consent=yes", header: browser},
	{name: "authorize, no response type", method: "GET", path: "/oauth2/authorize?client_id=client", header: browser, rewritten: "400 unsupported_response_type"},
	{name: "userinfo, bad token", method: "GET", path: "/userinfo", header: field("Authorization", "Bearer x"), rewritten: "401 invalid_token Bearer"},
	{name: "userinfo, no token", method: "GET", path: "/userinfo", rewritten: "401 invalid_token Bearer"},
	{name: "no such page", method: "GET", path: "/nowhere", header: browser},
}

var goOAuth2Random = blanks{member("access_token", "refresh_token"), regexp.MustCompile(`([?&]code=)[^&\r\n]+()`)}

// TestGoOAuth2IdP: a correct answer of go-oauth2 leaves unchanged.
func TestGoOAuth2IdP(t *testing.T) {
	with, without := startSites(t, startIdP(t, "gooauth2"))
	compareCalls(t, with, without, goOAuth2Random, goOAuth2Calls)
}

// startIdP runs an identity provider under interop, which is a module of its own, and
// returns its address.
func startIdP(t *testing.T, name string) string {
	t.Helper()
	return startProcess(t, exec.Command(buildProgram(t, name)))
}

// buildProgram builds one of the programs in Go under interop, once, and returns its path.
func buildProgram(t *testing.T, name string) string {
	t.Helper()
	binary := filepath.Join(scratch, name+".exe")
	if _, err := os.Stat(binary); err == nil {
		return binary
	}
	build := exec.Command("go", "test", "-c", "-o", binary, ".")
	build.Dir = filepath.Join("interop", name)
	build.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", name, err, out)
	}
	return binary
}

// startProcess runs a program that prints the address it listens on and ends
// with its standard input.
func startProcess(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var log bytes.Buffer
	cmd.Stderr = &log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address, readErr := bufio.NewReader(stdout).ReadString('\n')
	t.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v", cmd, err)
		}
		if t.Failed() && log.Len() > 0 {
			t.Logf("%s says:\n%s", cmd, log.String())
		}
	})
	if readErr != nil {
		t.Fatalf("%s: got %q, %v, want its address", cmd, address, readErr)
	}
	return strings.TrimSpace(address)
}

// fositeCallback is the redirect URI of fosite's example client.
const fositeCallback = "redirect_uri=http%3A%2F%2Flocalhost%3A3846%2Fcallback"

// fositeCalls: fosite does not challenge a client that authenticated in the header
// (RFC 6749 §5.2), and it has an error of its own for callers that may not
// introspect, where RFC 7662 §2.3 asks for those of RFC 6749 and RFC 6750.
var fositeCalls = []call{
	{name: "token", method: "POST", path: "/oauth2/token", header: basicAuth("my-client", "foobar"), body: "grant_type=client_credentials&scope=fosite"},
	{name: "token, wrong secret in the body", method: "POST", path: "/oauth2/token", body: "grant_type=client_credentials&client_id=my-client&client_secret=wrong"},
	{name: "token, wrong secret in the header", method: "POST", path: "/oauth2/token", header: basicAuth("my-client", "wrong"), body: "grant_type=client_credentials", rewritten: "401 invalid_client Basic"},
	{name: "token, unknown client", method: "POST", path: "/oauth2/token", header: basicAuth("nobody", "wrong"), body: "grant_type=client_credentials", rewritten: "401 invalid_client Basic"},
	{name: "token, no client", method: "POST", path: "/oauth2/token", body: "grant_type=client_credentials", rewritten: "400 invalid_client"},
	{name: "token, bad code", method: "POST", path: "/oauth2/token", header: basicAuth("my-client", "foobar"), body: "grant_type=authorization_code&code=x.y&" + fositeCallback},
	{name: "token, bad refresh token", method: "POST", path: "/oauth2/token", header: basicAuth("my-client", "foobar"), body: "grant_type=refresh_token&refresh_token=x.y"},
	{name: "token, wrong password", method: "POST", path: "/oauth2/token", header: basicAuth("my-client", "foobar"), body: "grant_type=password&username=peter&password=wrong"},
	{name: "token, unknown grant type", method: "POST", path: "/oauth2/token", header: basicAuth("my-client", "foobar"), body: "grant_type=magic"},
	{name: "token, no grant type", method: "POST", path: "/oauth2/token", header: basicAuth("my-client", "foobar"), body: "a=b"},
	{name: "token, no body", method: "POST", path: "/oauth2/token"},
	{name: "token, scope", method: "POST", path: "/oauth2/token", header: basicAuth("my-client", "foobar"), body: "grant_type=client_credentials&scope=everything"},
	{name: "token, wrong method", method: "GET", path: "/oauth2/token"},
	{name: "authorize, page", method: "GET", path: "/oauth2/auth?response_type=code&client_id=my-client&scope=fosite&state=0123456789&" + fositeCallback, header: browser},
	{name: "authorize, denied", method: "GET", path: "/oauth2/auth?response_type=code&client_id=my-client&scope=fosite&state=0123456789&consent=no&" + fositeCallback, header: browser},
	{name: "authorize, denied in a form post", method: "GET", path: "/oauth2/auth?response_type=code&response_mode=form_post&client_id=my-client&scope=fosite&state=0123456789&consent=no&" + fositeCallback, header: browser},
	{name: "authorize, allowed", method: "GET", path: "/oauth2/auth?response_type=code&client_id=my-client&scope=fosite&state=0123456789&consent=yes&" + fositeCallback, header: browser},
	{name: "authorize, implicit, scope", method: "GET", path: "/oauth2/auth?response_type=token&client_id=my-client&scope=everything&state=0123456789&" + fositeCallback, header: browser},
	{name: "authorize, short state", method: "GET", path: "/oauth2/auth?response_type=code&client_id=my-client&scope=fosite&state=1&" + fositeCallback, header: browser},
	{name: "authorize, response type", method: "GET", path: "/oauth2/auth?response_type=magic&client_id=my-client&scope=fosite&state=0123456789&" + fositeCallback, header: browser},
	{name: "authorize, unknown client", method: "GET", path: "/oauth2/auth?response_type=code&client_id=nobody", header: browser},
	{name: "authorize, wrong redirect URI", method: "GET", path: "/oauth2/auth?response_type=code&client_id=my-client&redirect_uri=http%3A%2F%2Fevil.test", header: browser},
	{name: "PAR", method: "POST", path: "/oauth2/par", header: basicAuth("my-client", "foobar"), body: "response_type=code&scope=fosite&state=0123456789&" + fositeCallback},
	{name: "PAR, wrong redirect URI", method: "POST", path: "/oauth2/par", header: basicAuth("my-client", "foobar"), body: "response_type=code&client_id=my-client&redirect_uri=http%3A%2F%2Fevil.test"},
	{name: "PAR, wrong secret", method: "POST", path: "/oauth2/par", header: basicAuth("my-client", "wrong"), body: "response_type=code&client_id=my-client&" + fositeCallback, rewritten: "401 invalid_client Basic"},
	{name: "PAR, request_uri", method: "POST", path: "/oauth2/par", header: basicAuth("my-client", "foobar"), body: "request_uri=urn:x&client_id=my-client&" + fositeCallback},
	{name: "introspection, inactive", method: "POST", path: "/oauth2/introspect", header: basicAuth("my-client", "foobar"), body: "token=x.y"},
	{name: "introspection, wrong secret", method: "POST", path: "/oauth2/introspect", header: basicAuth("my-client", "wrong"), body: "token=x.y", rewritten: "401 invalid_client Basic"},
	{name: "introspection, no client", method: "POST", path: "/oauth2/introspect", body: "token=x.y", rewritten: "401 invalid_client"},
	{name: "introspection, bad bearer", method: "POST", path: "/oauth2/introspect", header: field("Authorization", "Bearer x.z"), body: "token=x.y", rewritten: "401 invalid_token Bearer"},
	{name: "introspection, wrong method", method: "GET", path: "/oauth2/introspect"},
	{name: "revocation, unknown token", method: "POST", path: "/oauth2/revoke", header: basicAuth("my-client", "foobar"), body: "token=x.y"},
	{name: "revocation, wrong secret", method: "POST", path: "/oauth2/revoke", header: basicAuth("my-client", "wrong"), body: "token=x.y", rewritten: "401 invalid_client Basic"},
	{name: "revocation, no client", method: "POST", path: "/oauth2/revoke", body: "token=x.y"},
	{name: "revocation, no body", method: "POST", path: "/oauth2/revoke"},
	{name: "userinfo, no token", method: "GET", path: "/userinfo"},
	{name: "userinfo, bad token", method: "GET", path: "/userinfo", header: field("Authorization", "Bearer x.y")},
	{name: "no such page", method: "GET", path: "/nowhere", header: browser},
}

var fositeRandom = blanks{member("access_token", "refresh_token", "request_uri"), regexp.MustCompile(`([?&]code=)[^&\r\n]+()`)}

// TestFositeIdP: a correct answer of fosite leaves unchanged.
func TestFositeIdP(t *testing.T) {
	with, without := startSites(t, startIdP(t, "fosite"))
	compareCalls(t, with, without, fositeRandom, fositeCalls)
}
