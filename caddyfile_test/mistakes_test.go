package caddyfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mistakes are what people write who use the module for the first time, and what they
// are told: where it is, what it is, and what to do.
var mistakes = []struct {
	name      string
	mapping   string // of a file mycorp.yaml, below its version and provider
	caddyfile string // of a site, or of one block of auth_errors; empty if the mapping is checked
	want      []string
}{
	{name: "no provider", mapping: "errors: []\n", caddyfile: "auth_errors {\n mapping mycorp.yaml\n}",
		want: []string{"mycorp.yaml:2:", `for provider "mycorp"`, "write auth_errors mycorp", "at Caddyfile:2"}},
	{name: "a tab", mapping: "errors:\n\t- {status: 403, error: access_denied}\n", want: []string{"mycorp.yaml:4:", "a tab in the indentation: use spaces"}},
	{name: "a tab further down", mapping: "errors:\n  - status: 403\n\terror: access_denied\n", want: []string{"mycorp.yaml:5:", "a tab in the indentation: use spaces"}},
	{name: "a colon in a value", mapping: "errors:\n  - status: 403\n    description: Bad: creds\n    error: access_denied\n",
		want: []string{"mycorp.yaml:5:", "a value with a colon and a space in it: put it in quotes"}},
	{name: "a colon in a row", mapping: "errors:\n  - {status: 403, description: Bad: creds, error: access_denied}\n",
		want: []string{"mycorp.yaml:4:", "a value with a colon and a space in it: put it in quotes"}},
	{name: "a star first", mapping: "errors:\n  - {status: 403, description: *creds*, error: access_denied}\n",
		want: []string{"mycorp.yaml:4:", "a value that begins with *: put it in quotes"}},
	{name: "an open row", mapping: "errors:\n  - {status: 403, code: x, error: access_denied\n  - {status: 403, code: y, error: access_denied}\n",
		want: []string{"mycorp.yaml:4:", "a { without its }: close it"}},
	{name: "an unknown base", mapping: "base: auth\nerrors: []\n", want: []string{"mycorp.yaml:3:", `provider "auth": did you mean "auth0"?`, "'caddy auth-errors list'"}},
	{name: "another version", mapping: "version: 2\n", want: []string{"mycorp.yaml:1:", `version "2": this release reads version 1: write version: 1`}},
	{name: "JSONPath", mapping: "read:\n  - {code: $.fault.id}\n", want: []string{"mycorp.yaml:4:", `path "$.fault.id" is JSONPath: write fault.id`}},
	{name: "a JSON pointer", mapping: "read:\n  - {code: /fault/id}\n", want: []string{"mycorp.yaml:4:", `path "/fault/id" is a JSON pointer: write fault.id`}},
	{name: "brackets", mapping: "read:\n  - {code: code, description: \"fault[0].text\"}\n", want: []string{"mycorp.yaml:4:", `path "fault[0].text" is an index in brackets: write fault.0.text`}},
	{name: "JSONPath in when", mapping: "errors:\n  - {when: {$.a.b: x}, error: access_denied}\n", want: []string{"mycorp.yaml:4:", "write a.b"}},
	{name: "a code with a star", mapping: "errors:\n  - {code: E*, error: access_denied}\n", want: []string{"mycorp.yaml:4:", `code "E*" looks like a pattern`, "name each code"}},
	{name: "a regular expression", mapping: "errors:\n  - {code: \"^E[0-9]+$\", error: access_denied}\n", want: []string{"mycorp.yaml:4:", "looks like a pattern", "name each code"}},
	{name: "a redirect that leads anywhere", mapping: "errors:\n  - {status: 302, error: login_required}\n", want: []string{"mycorp.yaml:4:", "status 302 alone is no error", "when"}},
	{name: "a redirect without its place", mapping: "errors:\n  - {status: 302, code: login, error: login_required}\n", want: []string{"mycorp.yaml:4:", "when: {header.Location:"}},
	{name: "a row twice", mapping: "errors:\n  - {status: 403, code: E-1, error: access_denied}\n  - {code: e1, status: 403, error: access_denied}\n",
		want: []string{"mycorp.yaml:5:", "says what the one at mycorp.yaml:4 says: drop one of them"}},
	{name: "one path, two kinds", mapping: "endpoints:\n  token: /login\n  resource: [/me, /login]\n", want: []string{"mycorp.yaml:5:", `path "/login" is under token and under resource: name it under one of them`}},
	{name: "one path, two kinds, in the Caddyfile", caddyfile: "auth_errors {\n endpoint token /login\n endpoint resource /login\n}",
		want: []string{`path "/login" is under token and under resource: name it under one of them`, "at Caddyfile:2"}},
	{name: "another name", caddyfile: "auth_errors azuread", want: []string{`provider "azuread": did you mean "entra"?`, "at Caddyfile:2"}},
	{name: "capitals", caddyfile: "auth_errors Auth0", want: []string{`provider "Auth0": did you mean "auth0"?`, "at Caddyfile:2"}},
	{name: "a misspelled error", caddyfile: "auth_errors {\n map 403 x invalid_grand\n}", want: []string{`did you mean "invalid_grant"?`, "'caddy auth-errors list --errors'", "at Caddyfile:3"}},
	{name: "a misspelled key", mapping: "errors:\n  - {codes: x, error: access_denied}\n", want: []string{"mycorp.yaml:4:", `unknown key "codes" in a row: did you mean "code"?`}},
	{name: "a misspelled subdirective", caddyfile: "auth_errors {\n formt oauth\n}", want: []string{`unrecognized subdirective 'formt': did you mean "format"?`, "at Caddyfile:3"}},
	{name: "a misspelled kind of endpoint", caddyfile: "auth_errors {\n endpoint tokn /x\n}", want: []string{`did you mean "token"?`, "at Caddyfile:3"}},
	{name: "a code in two words", caddyfile: "auth_errors {\n map 403 unauthorized client invalid_grant\n}",
		want: []string{"put a code with spaces in quotes", `"unauthorized client"`, "at Caddyfile:3"}},
	{name: "files by a pattern", caddyfile: "auth_errors {\n mapping *.yaml\n}", want: []string{"mapping '*.yaml'", "name each file", "at Caddyfile:3"}},
	{name: "behind the proxy", caddyfile: "route {\n reverse_proxy 127.0.0.1:9\n auth_errors auth0\n}", want: []string{`"level":"warn"`, "auth_errors stands behind reverse_proxy", "put auth_errors first"}},
	{name: "twice on one site", caddyfile: "auth_errors auth0\nauth_errors okta\nreverse_proxy 127.0.0.1:9", want: []string{`"level":"warn"`, "auth_errors stands twice", "keep one"}},
}

// TestMistakes makes each of them.
func TestMistakes(t *testing.T) {
	for _, tt := range mistakes {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			head := "version: 1\nprovider: mycorp\n"
			if strings.HasPrefix(tt.mapping, "version") {
				head = ""
			}
			write := func(file, text string) {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write("mycorp.yaml", head+tt.mapping)
			write("Caddyfile", ":8080 {\n"+tt.caddyfile+"\n}\n")
			args := []string{"auth-errors", "lint", "mycorp.yaml"}
			if tt.caddyfile != "" {
				args = []string{"validate", "--adapter", "caddyfile", "--config", "Caddyfile"}
			}
			said := runCaddy(t, dir, nil, args...)
			text := strings.ReplaceAll(said.out+said.err, `\"`, `"`)
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("%s:\ngot\n%s\nwant %q in it", strings.Join(args, " "), text, want)
				}
			}
		})
	}
}

// TestNoMistake: what looks like one and is none is not warned of.
func TestNoMistake(t *testing.T) {
	dir := t.TempDir()
	text := `:8080 {
	route /a/* {
		auth_errors auth0
		reverse_proxy 127.0.0.1:9
	}
	handle /b/* {
		auth_errors okta
		reverse_proxy 127.0.0.1:9
	}
	route /c/* {
		respond /c/ping pong
		auth_errors off
		auth_errors entra
		reverse_proxy 127.0.0.1:9
	}
	@d path /d/*
	@e path /e/*
	auth_errors @d google
	auth_errors @e google
	reverse_proxy 127.0.0.1:9
}
`
	if err := os.WriteFile(filepath.Join(dir, "Caddyfile"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	said := runCaddy(t, dir, nil, "validate", "--adapter", "caddyfile", "--config", "Caddyfile")
	if said.exit != 0 || strings.Contains(said.err+said.out, "auth_errors stands") {
		t.Errorf("validating\n%s: got exit %d and\n%s%s\nwant no warning", text, said.exit, said.out, said.err)
	}
}
