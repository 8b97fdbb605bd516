package mappings_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// asJSON is a YAML node as editors validate it: with YAML's types, and dates as
// text.
func asJSON(t *testing.T, n *yaml.Node) any {
	t.Helper()
	switch n.Kind {
	case yaml.DocumentNode:
		return asJSON(t, n.Content[0])
	case yaml.MappingNode:
		o := make(object)
		for i := 0; i+1 < len(n.Content); i += 2 {
			o[n.Content[i].Value] = asJSON(t, n.Content[i+1])
		}
		return o
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, item := range n.Content {
			list = append(list, asJSON(t, item))
		}
		return list
	}
	switch n.Tag {
	case "!!int", "!!float":
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil {
			return f
		}
	case "!!bool":
		return n.Value == "true"
	case "!!null":
		return nil
	}
	return n.Value
}

// parsed reads a file without the loader.
func parsed(t *testing.T, text string) any {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return asJSON(t, &n)
}

// TestSchemaFits: the schema accepts every file that the loader accepts: all shipped
// mappings, and all that README.md shows.
func TestSchemaFits(t *testing.T) {
	schema := compiledSchema(t)
	files, err := filepath.Glob("*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[file] = string(data)
	}
	for _, block := range strings.Split(readmeText(t), "```yaml\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		first, _, _ := strings.Cut(block, "\n")
		texts[readme+", "+first] = block
	}
	fitting := 0
	for file, text := range texts {
		if _, err := mapping.Load(file, []byte(text)); err != nil {
			continue // another block is about such files
		}
		fitting++
		if err := schema.Validate(parsed(t, text)); err != nil {
			t.Errorf("%s: got %v, want it to fit", file, err)
		}
	}
	if fitting <= len(files) {
		t.Errorf("got %d mappings that load, want those of %d files and some of %s", fitting, len(files), readme)
	}
}

// wrongFiles are mistakes that an editor must show before the loader does. Each text is
// added to a correct mapping.
var wrongFiles = []struct{ name, text string }{
	{"no version", "provider: wrong\n"},
	{"another version", "version: 2\nprovider: wrong\n"},
	{"no provider", "version: 1\n"},
	{"capitals in the provider", "version: 1\nprovider: Wrong\n"},
	{"unknown key", "version: 1\nprovider: wrong\neror: []\n"},
	{"unknown key of a source", "version: 1\nprovider: wrong\nsources: {docs: {title: Docs, href: x}}\n"},
	{"source without a title", "version: 1\nprovider: wrong\nsources: {docs: {url: x}}\n"},
	{"date", "version: 1\nprovider: wrong\nsources: {docs: {title: Docs, retrieved: 21.11.2026}}\n"},
	{"date that there is not", "version: 1\nprovider: wrong\nsources: {docs: {title: Docs, retrieved: 2026-02-30}}\n"},
	{"read that is no list", "version: 1\nprovider: wrong\nread: {code: error}\n"},
	{"read without a code", "version: 1\nprovider: wrong\nread: [{uri: error_uri}]\n"},
	{"search in a path", "version: 1\nprovider: wrong\nread: [{code: 'errors.#.code'}]\n"},
	{"empty name in a path", "version: 1\nprovider: wrong\nread: [{code: errors..code}]\n"},
	{"kind of endpoint", "version: 1\nprovider: wrong\nendpoints: {tokens: /token}\n"},
	{"relative path", "version: 1\nprovider: wrong\nendpoints: {token: token}\n"},
	{"no path", "version: 1\nprovider: wrong\nendpoints: {token: []}\n"},
	{"own member to keep", "version: 1\nprovider: wrong\nkeep: [fault.error]\n"},
	{"unknown key in a row", row("codes: E-1, error: access_denied")},
	{"unregistered error", row("code: E-1, error: acces_denied")},
	{"no result", row("code: E-1")},
	{"two results", row("code: E-1, error: access_denied, pass: true")},
	{"pass that is false", row("code: E-1, pass: false")},
	{"pass with a status", row("code: E-1, pass: true, to_status: 400")},
	{"row for everything", row("error: access_denied")},
	{"row for an endpoint", row("endpoint: token, error: access_denied")},
	{"status", row("status: 4o3, error: access_denied")},
	{"class", row("status: 1xx, code: E-1, error: access_denied")},
	{"status of a success to answer with", row("code: E-1, error: access_denied, to_status: 302")},
	{"empty list", row("code: [], error: access_denied")},
	{"no value", row("code: , error: access_denied")},
	{"blank", row("code: ' ', error: access_denied")},
	{"endpoint of a row", row("code: E-1, endpoint: tokens, error: access_denied")},
	{"condition without a value", row("code: E-1, when: {fault: }, error: access_denied")},
	{"list of conditions", row("code: E-1, when: [fault], error: access_denied")},
	{"example without a status", example("endpoint: token, expect: {pass: true}")},
	{"example without an endpoint", example("status: 400, expect: {pass: true}")},
	{"example without an expectation", example("endpoint: token, status: 400")},
	{"example with an unknown key", example("endpoint: token, status: 400, headers: {}, expect: {pass: true}")},
	{"example with a status in words", example("endpoint: token, status: bad, expect: {pass: true}")},
	{"body that is not quoted", example("endpoint: token, status: 400, body: {error: E-1}, expect: {pass: true}")},
	{"scheme", example("endpoint: token, status: 400, authorization: Digest, expect: {pass: true}")},
	{"expectation of both", example("endpoint: token, status: 400, expect: {pass: true, status: 400, error: access_denied}")},
	{"expectation of nothing", example("endpoint: token, status: 400, expect: {}")},
	{"expectation without a status", example("endpoint: token, status: 400, expect: {error: access_denied}")},
	{"expectation of an unregistered error", example("endpoint: token, status: 400, expect: {status: 400, error: acces_denied}")},
}

func row(text string) string { return "version: 1\nprovider: wrong\nerrors:\n  - {" + text + "}\n" }

func example(text string) string {
	return "version: 1\nprovider: wrong\nexamples:\n  - {" + text + "}\n"
}

// TestSchemaRefuses: both the schema and the loader refuse each of them.
func TestSchemaRefuses(t *testing.T) {
	schema := compiledSchema(t)
	for _, tc := range wrongFiles {
		if err := schema.Validate(parsed(t, tc.text)); err == nil {
			t.Errorf("%s: got it past the schema, want it refused:\n%s", tc.name, tc.text)
		}
		if _, err := mapping.Load("wrong.yaml", []byte(tc.text)); err == nil {
			t.Errorf("%s: got it loaded, want it refused:\n%s", tc.name, tc.text)
		}
	}
}
