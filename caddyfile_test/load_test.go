package caddyfile_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// wrongTables are mapping files that must not be loaded, each with the lines of
// its mistakes and a word that has to be in the message about each.
var wrongTables = []struct {
	name string
	text string
	want []mistake
}{
	{"unknown key", `version: 1
provider: auth0
eror: []
`, []mistake{{3, `"eror"`}}},
	{"unknown key in a row", `version: 1
provider: auth0
errors:
  - {status: 418, codes: teapot, error: invalid_request}
`, []mistake{{4, `"codes"`}}},
	{"repeated key", `version: 1
provider: auth0
provider: auth0
`, []mistake{{3, `"provider"`}}},
	{"repeated key in a row", `version: 1
provider: auth0
errors:
  - {status: 418, code: teapot, error: invalid_request}
  - {status: 418, code: kettle, code: teapot, error: invalid_request}
`, []mistake{{5, `"code"`}}},
	{"unregistered error", `version: 1
provider: auth0
errors:
  - {status: 418, code: teapot, error: invalid_tea}
`, []mistake{{4, `"invalid_tea"`}}},
	{"overlapping rows", `version: 1
provider: auth0
errors:
  - {status: 418, code: teapot, error: invalid_request}
  - {status: 500, error: server_error}
  - {status: 418, code: [kettle, TEAPOT], error: access_denied}
`, []mistake{{4, `code: teapot, error: invalid_request`}, {6, `code: [kettle, TEAPOT], error: access_denied`}}},
	{"overlapping descriptions", `version: 1
provider: auth0
errors:
  - {code: teapot, description: "no tea*", error: invalid_request}
  - {code: teapot, description: "*no tea", error: access_denied}
`, []mistake{{4, `"no tea*"`}, {5, `"*no tea"`}}},
	{"two documents", `version: 1
provider: auth0
---
version: 1
`, []mistake{{3, `document`}}},
	{"an anchor", `version: 1
provider: auth0
errors:
  - &row {status: 418, code: teapot, error: invalid_request}
`, []mistake{{4, `&row`}}},
	{"an unknown source", `version: 1
provider: auth0
sources:
  docs: {title: Handbook, url: "https://login.test/docs", retrieved: 2026-11-21}
errors:
  - {status: 418, code: teapot, error: invalid_request, source: handbook}
`, []mistake{{6, `"handbook"`}}},
	{"a bad path", `version: 1
provider: auth0
read:
  - {code: errors.#.code}
`, []mistake{{4, `errors.#.code`}}},
	{"a bad status", `version: 1
provider: auth0
errors:
  - {status: 4o1, code: teapot, error: invalid_request}
`, []mistake{{4, `"4o1"`}}},
	{"another version", `version: 2
provider: auth0
`, []mistake{{1, `2`}}},
	{"no YAML", `version: 1
provider: auth0: staging
`, []mistake{{2, `not valid YAML`}}},
	{"an open bracket", `version: 1
provider: auth0
errors:
  - {status: [418, code: teapot, error: invalid_request}
`, []mistake{{4, `not valid YAML`}}},
	{"nothing", ``, []mistake{{1, `empty`}}},
	{"nested too deep", "version: 1\nprovider: " + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "\n", []mistake{{2, `32`}}},
	{"too large", "version: 1\nprovider: auth0\n#" + strings.Repeat("x", 1<<20), []mistake{{1, `1048576`}}},
	{"many at once", `version: 1
provider: auth0
titel: Auth0
endpoints:
  tokens: [/oauth/token]
keep: [error]
errors:
  - {status: 418, code: teapot, error: invalid_tea}
  - {status: 999, code: teapot, error: invalid_request}
  - {code: teapot}
`, []mistake{{3, `"titel"`}, {5, `"tokens"`}, {6, `"error"`}, {8, `"invalid_tea"`}, {9, `999`}, {10, `error`}}},
}

// mistake is a line of a mapping file and a part of the message about it.
type mistake struct {
	line int
	word string
}

// reportedIn tells whether the message names the line of the file, with the word
// in what it says from there on.
func (m mistake) reportedIn(message, file string) bool {
	position := fmt.Sprintf("%s:%d", file, m.line)
	for _, after := range strings.Split(message, position)[1:] {
		sameLine := after == "" || after[0] < '0' || after[0] > '9'
		if sameLine && strings.Contains(after, m.word) {
			return true
		}
	}
	return false
}

// loaders are the two ways to a running configuration. A Caddyfile is checked by
// the adapter already, so only JSON gets as far as the loader.
var loaders = []struct {
	name string
	load func(mapping string) error
}{
	{"Caddyfile", func(mapping string) error {
		return load("{\n\tadmin off\n\tpersist_config off\n}\n" + fmt.Sprintf("http://:0 {\n\tauth_errors auth0 {\n\t\tmapping %q\n\t}\n}\n", filepath.ToSlash(mapping)))
	}},
	{"JSON", func(mapping string) error {
		handler := map[string]any{"handler": "auth_errors", "provider": "auth0", "mappings": []any{map[string]string{"path": mapping}}}
		config, err := json.Marshal(map[string]any{
			"admin": map[string]any{"disabled": true, "config": map[string]any{"persist": false}},
			"apps": map[string]any{"http": map[string]any{"servers": map[string]any{"srv": map[string]any{
				"listen": []string{"127.0.0.1:0"}, "routes": []any{map[string]any{"handle": []any{handler}}}}}}},
		})
		if err != nil {
			return err
		}
		return caddy.Load(config, true)
	}},
}

// refusal loads a mapping file and returns why it was refused.
func refusal(t *testing.T, load func(string) error, mapping string) string {
	t.Helper()
	err := load(mapping)
	if err == nil {
		if err := caddy.Stop(); err != nil {
			t.Error(err)
		}
		return ""
	}
	return err.Error()
}

func TestWrongTables(t *testing.T) {
	for _, tc := range wrongTables {
		t.Run(strings.ReplaceAll(tc.name, " ", "_"), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "auth0.yaml")
			if err := os.WriteFile(file, []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, l := range loaders {
				message := refusal(t, l.load, file)
				if message == "" {
					t.Errorf("%s by %s: got it loaded, want it refused", tc.name, l.name)
					continue
				}
				for _, m := range tc.want {
					if !m.reportedIn(message, file) {
						t.Errorf("%s by %s: got\n%s\nwant line %d and %s in it", tc.name, l.name, message, m.line, m.word)
					}
				}
			}
		})
	}
}

func TestMissingTable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "nosuch.yaml")
	for _, l := range loaders {
		if message := refusal(t, l.load, file); !strings.Contains(message, file) {
			t.Errorf("a mapping that does not exist by %s: got %q, want an error with its name", l.name, message)
		}
	}
}

// TestIrregularTable: anything but a regular file is refused, because it may have no end.
// A link to a file is read like the file.
func TestIrregularTable(t *testing.T) {
	for _, l := range loaders {
		for _, irregular := range []string{os.DevNull, t.TempDir()} {
			if message := refusal(t, l.load, irregular); !strings.Contains(message, irregular+" is not a regular file") {
				t.Errorf("%s by %s: got error %q, want it refused because it is no regular file", irregular, l.name, message)
			}
		}
		own, err := filepath.Abs(filepath.Join("testdata", "mappings", "own.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		link := filepath.Join(t.TempDir(), "link.yaml")
		if err := os.Symlink(own, link); err != nil {
			t.Fatal(err)
		}
		if message := refusal(t, l.load, link); message != "" {
			t.Errorf("a link by %s: got error %s, want it loaded", l.name, message)
		}
	}
}

// TestRightTable: the loaders refuse the tables above for their content, because a
// correct table in the same place loads.
func TestRightTable(t *testing.T) {
	file, err := filepath.Abs(filepath.Join("testdata", "mappings", "own.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range loaders {
		if message := refusal(t, l.load, file); message != "" {
			t.Errorf("%s by %s: got error %s, want it loaded", file, l.name, message)
		}
	}
}

// TestEditedTable: the configuration has the checksum of a file. A file that has changed
// since then is refused, so that no part of it takes effect.
func TestEditedTable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "auth0.yaml")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("version: 1\nprovider: auth0\n")
	config, err := adapt(fmt.Sprintf("{\n\tadmin off\n\tpersist_config off\n}\nhttp://:0 {\n\tauth_errors auth0 {\n\t\tmapping %q\n\t}\n}\n", filepath.ToSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	write("version: 1\nprovider: auth0\nerrors:\n  - {status: 418, code: teapot, error: invalid_request}\n")
	if got := refusal(t, func(string) error { return caddy.Load(config, true) }, file); !strings.Contains(got, file) {
		t.Errorf("an edited mapping: got error %q, want one with its name", got)
	}
}

// TestRefusedReload: the running configuration stays when its successor is refused.
func TestRefusedReload(t *testing.T) {
	p := startPair(t, "auth_errors auth0")
	p.up.script("grant", answer{wire: sized("HTTP/1.1 403 Forbidden\nContent-Type: application/json", `{"error":"invalid_grant"}`)})
	if message := refusal(t, loaders[1].load, "testdata/mappings/broken.yaml"); !strings.Contains(message, "broken.yaml:3") {
		t.Fatalf("reloading: got error %q, want one about broken.yaml:3", message)
	}
	got := send(t, protocols(t)[0], http.MethodPost, "http://"+p.with+"/oauth/token", field(caseHeader, "grant"), "")
	if got.status != 400 || !strings.Contains(got.body, `"invalid_grant"`) {
		t.Errorf("after a refused reload: got %d %s, want 400 and invalid_grant", got.status, got.body)
	}
}
