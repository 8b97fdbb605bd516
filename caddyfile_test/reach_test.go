package caddyfile_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// reachWarning is what the log says of an endpoint pattern that no path matches.
type reachWarning struct {
	Msg      string `json:"msg"`
	Endpoint string `json:"endpoint"`
	Pattern  string `json:"pattern"`
	Stripped string `json:"stripped"`
	Matcher  string `json:"matcher"`
	Write    string `json:"write"`
	PathSent string `json:"path_sent"`
	PathSeen string `json:"path_seen"`
}

// reachRows: directives of a site, and what is said of the patterns in them when the
// configuration is loaded, and after errors at the paths.
var reachRows = []struct {
	name       string
	directives string
	paths      []string
	atLoad     []reachWarning
	atRequest  []reachWarning
}{
	{
		name:       "handle_path",
		directives: "handle_path /auth/* {\n auth_errors {\n endpoint token /auth/sts/issue /sts/renew\n endpoint resource /AUTH/v1/*\n }\n %s\n}",
		paths:      []string{"/auth/sts/issue"},
		atLoad: []reachWarning{
			{Endpoint: "resource", Pattern: "/AUTH/v1/*", Stripped: "/auth", Write: "/v1/*"},
			{Endpoint: "token", Pattern: "/auth/sts/issue", Stripped: "/auth", Write: "/sts/issue"},
		},
	},
	{
		name:       "handle_path in handle_path",
		directives: "handle_path /a/* {\n handle_path /b/* {\n auth_errors {\n endpoint token /a/b/issue\n endpoint resource /b/v1* /a/v2\n }\n %s\n}\n}",
		atLoad: []reachWarning{
			{Endpoint: "resource", Pattern: "/b/v1*", Stripped: "/b", Write: "/v1*"},
			{Endpoint: "token", Pattern: "/a/b/issue", Stripped: "/a/b", Write: "/issue"},
		},
	},
	{
		name:       "the whole prefix",
		directives: "handle_path /auth* {\n auth_errors {\n endpoint resource /auth\n }\n %s\n}",
		atLoad:     []reachWarning{{Endpoint: "resource", Pattern: "/auth", Stripped: "/auth", Write: "/"}},
	},
	{
		name:       "strip_prefix in a subroute",
		directives: "handle /auth/* {\n uri strip_prefix auth\n auth_errors {\n endpoint token /auth/issue\n }\n %s\n}",
		atLoad:     []reachWarning{{Endpoint: "token", Pattern: "/auth/issue", Stripped: "/auth", Write: "/issue"}},
	},
	{
		name:       "patterns as the handler sees the path",
		directives: "handle_path /auth/* {\n auth_errors {\n endpoint token /issue */auth/other /authority\n }\n %s\n}",
		paths:      []string{"/auth/issue", "/auth/x"},
	},
	{
		name:       "nothing is stripped",
		directives: "handle /auth/* {\n auth_errors {\n endpoint token /auth/issue\n }\n %s\n}",
		paths:      []string{"/auth/issue"},
	},
	{
		name:       "stripped for another handler",
		directives: "handle_path /other/* {\n %[1]s\n}\nhandle {\n auth_errors {\n endpoint token /other/issue\n }\n %[1]s\n}",
	},
	{
		name:       "a matcher that keeps the path out",
		directives: "handle /auth/* {\n auth_errors {\n endpoint token /sts/issue /AUTH/issue */renew\n }\n %s\n}",
		atLoad:     []reachWarning{{Endpoint: "token", Pattern: "/sts/issue", Matcher: "/auth/*"}},
	},
	{
		name:       "a matcher of its own",
		directives: "@paths path /a /b/*\nauth_errors @paths {\n endpoint resource /c /b/c\n}\n%s",
		atLoad:     []reachWarning{{Endpoint: "resource", Pattern: "/c", Matcher: "/a /b/*"}},
	},
	{
		name:       "matchers of which one takes any path",
		directives: "handle {\n auth_errors {\n endpoint token /issue\n }\n %s\n}",
	},
	{
		name:       "the prefix is put back",
		directives: "handle_path /auth/* {\n rewrite * /auth{uri}\n auth_errors {\n endpoint token /auth/issue\n }\n %s\n}",
		paths:      []string{"/auth/issue"},
	},
	{
		name:       "stripped from some requests only",
		directives: "handle {\n @old header X-Old *\n uri @old strip_prefix /auth\n auth_errors {\n endpoint token /auth/issue\n }\n %s\n}",
		paths:      []string{"/auth/issue"},
	},
	{
		name:       "a rewrite that strips nothing by its name",
		directives: "uri path_regexp ^/auth/ /\nauth_errors {\n endpoint token /auth/issue\n}\n%s",
		paths:      []string{"/other", "/auth/other", "/auth/issue", "/auth/issue"},
		atRequest:  []reachWarning{{Pattern: "/auth/issue", PathSent: "/auth/issue", PathSeen: "/issue"}},
	},
	{
		name:       "strip_prefix beside auth_errors",
		directives: "uri /auth/* strip_prefix /auth\nauth_errors {\n endpoint token /auth/issue\n}\n%s",
		paths:      []string{"/auth/issue"},
		atRequest:  []reachWarning{{Pattern: "/auth/issue", PathSent: "/auth/issue", PathSeen: "/issue"}},
	},
	{
		name:       "a rewrite from one pattern to another",
		directives: "rewrite /auth/issue /token\nauth_errors {\n endpoint token /auth/issue /token\n}\n%s",
		paths:      []string{"/auth/issue"},
	},
}

// TestEndpointOutOfReach: a pattern of endpoint that rewrites around the handler put out of
// reach is warned about, once, and no other.
func TestEndpointOutOfReach(t *testing.T) {
	up := startUpstream(t)
	up.script("refused", answer{wire: sized("HTTP/1.1 400 Bad Request\r\nContent-Type: application/json", `{"error":"invalid_grant"}`)})
	for _, tt := range reachRows {
		t.Run(strings.ReplaceAll(tt.name, " ", "_"), func(t *testing.T) {
			gateway := freeAddress(t)
			config, logFile := withPreamble(t, site(gateway, strings.ReplaceAll(strings.ReplaceAll(tt.directives, "%[1]s", "%s"), "%s", "reverse_proxy "+up.address)))
			t.Cleanup(func() { _ = caddy.Stop() })
			if err := load(config); err != nil {
				t.Fatalf("loading the Caddyfile: %v\n%s", err, config)
			}
			compareReach(t, logFile, "when it is loaded", tt.atLoad)
			for _, path := range tt.paths {
				got := send(t, protocols(t)[0], http.MethodPost, "http://"+gateway+path, http.Header{caseHeader: {"refused"}}, "")
				if got.status != http.StatusBadRequest {
					t.Errorf("%s: got status %d, want 400: %s", path, got.status, got.body)
				}
			}
			compareReach(t, logFile, "after requests", slices.Concat(tt.atLoad, tt.atRequest))
		})
	}
}

// compareReach compares the warnings in a log.
func compareReach(t *testing.T, logFile, when string, want []reachWarning) {
	t.Helper()
	file, err := os.Open(logFile)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var got []reachWarning
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var w reachWarning
		if err := json.Unmarshal(lines.Bytes(), &w); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		if strings.Contains(w.Msg, "no path matches") {
			w.Msg = ""
			got = append(got, w)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: got warnings %+v, want %+v", when, got, want)
	}
}
