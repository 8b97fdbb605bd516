package caddyfile_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// ownPaths are the paths of every kind of endpoint, for each provider.
func ownPaths() map[registry.Endpoint][]string {
	paths := make(map[registry.Endpoint][]string)
	for _, kind := range registry.Endpoints() {
		paths[kind] = []string{"/" + kind.String()}
	}
	return paths
}

// startEverywhere runs one site with a directory for each provider, and in that the
// paths of ownPaths.
func startEverywhere(t *testing.T, up *upstream, providers []string) (address string) {
	t.Helper()
	options := ""
	for kind, paths := range ownPaths() {
		options += fmt.Sprintf("endpoint %v %s\n", kind, paths[0])
	}
	directives := []string{"header >" + outcomeField + " {" + outcomePlaceholder + "}"}
	for _, provider := range providers {
		directives = append(directives, fmt.Sprintf("handle_path /%s/* {\nauth_errors %s {\n%s}\nreverse_proxy %s\n}", provider, provider, options, up.address))
	}
	address = freeAddress(t)
	startCaddy(t, site(address, directives...))
	return address
}

// requestFor is the request that an example is an answer to.
func requestFor(t *testing.T, base string, x *mapping.Example) *http.Request {
	t.Helper()
	form := make(url.Values)
	if x.Grant != registry.GrantNone {
		form.Set("grant_type", x.Grant.Value())
		if !x.Public {
			form.Set("client_secret", "dummy")
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, fmt.Sprintf("%s/%v", base, x.Endpoint), strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{caseHeader: {"example"}, "Accept": {"application/json"}, "Content-Type": {"application/x-www-form-urlencoded"}}
	if x.Authorization != "" {
		r.Header.Set("Authorization", x.Authorization+" dummy")
	}
	return r
}

// clientTells sends the request of an example and returns what a client gets.
func clientTells(t *testing.T, tr http.RoundTripper, base string, x *mapping.Example) told {
	t.Helper()
	resp, err := tr.RoundTrip(requestFor(t, base, x))
	if err != nil {
		t.Fatalf("line %d: %v", x.Line, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("line %d: reading the body: %v", x.Line, err)
	}
	if want := resp.Header.Get("Content-Length"); want != "" && want != fmt.Sprint(resp.ContentLength) {
		t.Errorf("line %d: got the length %d, want %s as the header says", x.Line, resp.ContentLength, want)
	}
	outcome := strings.Trim(resp.Header.Get(outcomeField), "{}")
	if outcome == outcomePlaceholder {
		outcome = "" // nobody replaced it
	}
	return told{outcome, resp.StatusCode, fieldLines(resp.Header), string(body)}
}

// TestSameEverywhere: every example of every mapping gets the same answer through a
// running Caddy, through Transport and in explain. explain has no flag for the body of a
// token request.
func TestSameEverywhere(t *testing.T) {
	library := normalizer.Shipped
	up := startUpstream(t)
	gateway := "http://" + startEverywhere(t, up, library.Providers())
	plain := protocols(t)[0].transport
	seen := make(map[string]int)
	for _, provider := range library.Providers() {
		m, err := library.Mapping(provider)
		if err != nil {
			t.Fatal(err)
		}
		table, err := normalizer.Compile(normalizer.Config{Provider: provider, Endpoints: ownPaths()})
		if err != nil {
			t.Fatal(err)
		}
		transport := &normalizer.Transport{Table: table, Base: plain}
		for i := range m.Examples {
			x := &m.Examples[i]
			up.script("example", answer{wire: wireOf(x)})
			served := clientTells(t, plain, gateway+"/"+provider, x)
			direct := clientTells(t, transport, "http://"+up.address, x)
			if direct.outcome = served.outcome; direct != served {
				t.Errorf("%s:%d: got\n%+v\nfrom Transport, want\n%+v\nas from Caddy", m.File, x.Line, direct, served)
			}
			seen[served.outcome]++
			if x.Grant != registry.GrantNone || x.Public {
				continue
			}
			if explained := explainTells(t, provider, x); !explained.agree(served) {
				t.Errorf("%s:%d: got\n%+v\nfrom explain, want\n%+v\nas from Caddy", m.File, x.Line, explained, served)
			}
		}
	}
	for _, outcome := range []normalizer.Outcome{normalizer.OutcomeNormalized, normalizer.OutcomeCanonical, normalizer.OutcomePassed, normalizer.OutcomeUnmapped} {
		if seen[string(outcome)] == 0 {
			t.Errorf("got no example with the outcome %s, want some of each: %v", outcome, seen)
		}
	}
}
