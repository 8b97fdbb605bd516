package caddyfile_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// told is the result for a response, from the server or from explain.
type told struct {
	outcome string // empty if the response is not looked at
	status  int
	header  string
	body    string
}

// outcomeField is the response header in which a site says what it made of the
// response. The directive stands before auth_errors in Caddy's order and is
// deferred, so the placeholder is replaced when the answer leaves.
const (
	outcomeField       = "X-Outcome"
	outcomePlaceholder = "http.auth_errors.outcome"
)

// startExplained runs a site for each provider, with a path for each kind of
// endpoint, and returns their addresses.
func startExplained(t *testing.T, up *upstream, providers []string) map[string]string {
	t.Helper()
	addresses := make(map[string]string)
	var sites strings.Builder
	for _, provider := range providers {
		addresses[provider] = freeAddress(t)
		options := ""
		for _, kind := range endpointKinds {
			options += fmt.Sprintf("endpoint %v /%v\n", kind, kind)
		}
		sites.WriteString(site(addresses[provider], "header >"+outcomeField+" {"+outcomePlaceholder+"}",
			"auth_errors "+provider+" {\n"+options+"}", "reverse_proxy "+up.address))
	}
	startCaddy(t, sites.String())
	return addresses
}

// wireOf is the response of an example as the provider sends it.
func wireOf(x *mapping.Example) string {
	var lines strings.Builder
	fmt.Fprintf(&lines, "HTTP/1.1 %d Example", x.Status)
	for _, name := range slices.Sorted(maps.Keys(x.Header)) {
		for _, value := range x.Header[name] {
			fmt.Fprintf(&lines, "\n%s: %s", name, value)
		}
	}
	return sized(lines.String(), x.Body)
}

// serverTells sends the response of an example through the running Caddy.
func serverTells(t *testing.T, address string, up *upstream, x *mapping.Example) told {
	t.Helper()
	up.script("example", answer{wire: wireOf(x)})
	header := http.Header{caseHeader: {"example"}, "Accept": {"application/json"}}
	if x.Authorization != "" {
		header.Set("Authorization", x.Authorization+" dummy")
	}
	_, got := ask{method: http.MethodPost, host: "gateway.test", path: fmt.Sprintf("/%v", x.Endpoint), header: header}.send(t, address)
	outcome := strings.Trim(got.header.Get(outcomeField), "{}")
	if outcome == outcomePlaceholder {
		outcome = "" // nobody replaced it
	}
	return told{outcome, got.status, fieldLines(got.header), got.body}
}

// ofTheProxy are the fields that Caddy writes or replaces by itself.
var ofTheProxy = []string{outcomeField, "Date", "Server", "Via"}

// fieldLines spells a header in a fixed order, without the fields of the proxy.
func fieldLines(h http.Header) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if slices.Contains(ofTheProxy, name) {
			continue
		}
		for _, value := range h[name] {
			b.WriteString(name + ": " + value + "\n")
		}
	}
	return b.String()
}

// explanation is what is taken from the output of explain: the outcome, and the
// answer or the new Location if there is one.
var explanation = regexp.MustCompile(`(?s)\nOutcome   (\w+)[^\n]*\n(?:Action [^\n]*\n)?(?:\nHTTP/1\.1 (\d+)[^\n]*\n(.*?)\n\n(.*)\n|\nLocation: ([^\n]*)\n)?$`)

// explainTells gives the response to the command, which runs in this process: a
// process for each of hundreds of examples would take minutes.
func explainTells(t *testing.T, provider string, x *mapping.Example) told {
	t.Helper()
	cmd := &cobra.Command{Use: "auth-errors"}
	caddycmd.Commands()["auth-errors"].CobraFunc(cmd)
	args := []string{"explain", "--provider", provider, "--endpoint", x.Endpoint.String(), "-"}
	if x.Authorization != "" {
		args = append(args, "--authorization", x.Authorization)
	}
	var out bytes.Buffer
	cmd.SetArgs(args)
	cmd.SetIn(strings.NewReader(wireOf(x)))
	cmd.SetOut(&out)
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatalf("caddy auth-errors %s: %v", strings.Join(args, " "), err)
	}
	m := explanation.FindStringSubmatch(out.String())
	if m == nil {
		t.Fatalf("caddy auth-errors %s: got\n%s\nwant an outcome, and the answer if there is one", strings.Join(args, " "), out.String())
	}
	unchanged := x.Header.Clone()
	unchanged.Set("Content-Length", fmt.Sprint(len(x.Body)))
	switch got := (told{m[1], x.Status, fieldLines(unchanged), x.Body}); {
	case m[5] != "":
		edited := reply{header: unchanged}
		edited.redirect(m[5])
		got.header, got.body = fieldLines(unchanged), ""
		return got
	case m[2] != "":
		if _, err := fmt.Sscan(m[2], &got.status); err != nil {
			t.Fatal(err)
		}
		got.header, got.body = "", m[4]
		for line := range strings.Lines(m[3] + "\n") {
			if name, _, _ := strings.Cut(line, ":"); !slices.Contains(ofTheProxy, name) {
				got.header += line
			}
		}
		return got
	case got.outcome == string(normalizer.OutcomeCanonical) && x.Status >= 400 && unchanged.Get("Cache-Control") == "":
		unchanged.Set("Cache-Control", "no-store")
		got.header = fieldLines(unchanged)
		return got
	default:
		return got
	}
}

// agree reports whether both have the same result. For a response that the server does
// not look at, explain only has to say that it leaves unchanged.
func (a told) agree(server told) bool {
	if server.outcome == "" && a.outcome != string(normalizer.OutcomeNormalized) {
		server.outcome = a.outcome
	}
	return a == server
}

// hardToExplain are responses with bodies that are decoded first, or not read at all.
var hardToExplain = []struct {
	name, provider string
	x              mapping.Example
}{
	{"over max_body, by the code", "auth0", mapping.Example{Status: 404, Endpoint: registry.EndpointResource, Header: field("Content-Type", "application/json"), Body: errorOfLength("invalid_token", 64<<10+1)}},
	{"over max_body, by the status", "auth0", mapping.Example{Status: 403, Endpoint: registry.EndpointToken, Header: field("Content-Type", "application/json"), Body: `{"trace":"` + incompressible(64<<10) + `","error":"invalid_grant"}`}},
	{"over max_body", "auth0", mapping.Example{Status: 404, Endpoint: registry.EndpointResource, Header: field("Content-Type", "application/json"), Body: `{"trace":"` + incompressible(64<<10) + `","error":"invalid_token"}`}},
	{"gzip", "auth0", mapping.Example{Status: 403, Endpoint: registry.EndpointToken, Header: http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}}, Body: gzipped(`{"error":"invalid_grant"}`)}},
	{"unknown coding", "auth0", mapping.Example{Status: 404, Endpoint: registry.EndpointResource, Header: http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"x-own"}}, Body: `{"error":"invalid_token"}`}},
	{"broken JSON", "auth0", mapping.Example{Status: 404, Endpoint: registry.EndpointResource, Header: field("Content-Type", "application/json"), Body: `{"error":`}},
	{"large success", "accelo", mapping.Example{Status: 200, Endpoint: registry.EndpointResource, Header: field("Content-Type", "application/json"), Body: `{"meta":{"status":"invalid_token","response_code":401},"x":"` + strings.Repeat("x", 8<<10) + `"}`}},
	{"success that is no text", "accelo", mapping.Example{Status: 200, Endpoint: registry.EndpointResource, Header: field("Content-Type", "image/png"), Body: `{"meta":{"status":"invalid_token","response_code":401}}`}},
	{"gRPC", "auth0", mapping.Example{Status: 403, Endpoint: registry.EndpointToken, Header: field("Content-Type", "application/grpc"), Body: "invalid_grant"}},
}

// TestExplainAgreesOnBodies: the same for bodies that no example has.
func TestExplainAgreesOnBodies(t *testing.T) {
	up := startUpstream(t)
	addresses := startExplained(t, up, []string{"auth0", "accelo"})
	for _, h := range hardToExplain {
		explained, served := explainTells(t, h.provider, &h.x), serverTells(t, addresses[h.provider], up, &h.x)
		if !explained.agree(served) {
			t.Errorf("%s: got\n%s\nfrom explain, want\n%s\nas from the server", h.name, excerpt(fmt.Sprintf("%+v", explained)), excerpt(fmt.Sprintf("%+v", served)))
		}
	}
}
