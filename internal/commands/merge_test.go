package commands

import (
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// added is the draft that the tests add.
var added = draft{
	provider: "mycorp",
	read:     []string{"- {code: fault.id}"},
	errors:   []string{"# Is it right?", "- {status: 403, code: E-1, error: access_denied}"},
	examples: []string{`- {endpoint: token, status: 403, body: '{"fault":{"id":"E-1"}}', expect: {status: 400, error: access_denied}}`},
}

// TestMerge adds a draft to files as people write them. In each, the added lines stand in
// the place of the lines of the draft; every other byte stays.
func TestMerge(t *testing.T) {
	const head = "version: 1\nprovider: mycorp\n"
	example := added.examples[0]
	for _, r := range []struct{ name, before, after string }{
		{"nothing but a head", head,
			head + "\nread:\n  - {code: fault.id}\n\nerrors:\n  # Is it right?\n  - {status: 403, code: E-1, error: access_denied}\n\nexamples:\n  " + example + "\n"},
		{"comments and spelling", "# Ours.\n" + head + "read:\n  - {code:   0123}   # odd\n# about rows\nerrors:  # all of them\n- {status: 0440, code: '07', error: invalid_grant}\n# not this one\n\n# about examples\nexamples: []   # none yet\n# the end\n",
			"# Ours.\n" + head + "read:\n  - {code:   0123}   # odd\n  - {code: fault.id}\n# about rows\nerrors:  # all of them\n- {status: 0440, code: '07', error: invalid_grant}\n# Is it right?\n- {status: 403, code: E-1, error: access_denied}\n# not this one\n\n# about examples\nexamples:    # none yet\n  " + example + "\n# the end\n"},
		{"other order, empty lists, no line end", "examples:\n    -\n      endpoint: token\n      status: 403\n      body: |\n        {\n        # no comment\n        }\n      expect: {status: 400, error: access_denied}\n\nerrors:\nprovider: mycorp\nread:\nversion: 1",
			"examples:\n    -\n      endpoint: token\n      status: 403\n      body: |\n        {\n        # no comment\n        }\n      expect: {status: 400, error: access_denied}\n    " + example + "\n\nerrors:\n  # Is it right?\n  - {status: 403, code: E-1, error: access_denied}\nprovider: mycorp\nread:\n  - {code: fault.id}\nversion: 1\n"},
	} {
		got, err := added.mergedInto("mycorp.yaml", r.before)
		if err != nil || got != r.after {
			t.Errorf("%s: got %v\n%s\nwant\n%s", r.name, err, got, r.after)
		}
		crlf := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
		if got, err := added.mergedInto("mycorp.yaml", crlf(r.before)); r.before != "" && (err != nil || got != crlf(r.after)) {
			t.Errorf("%s, with CR: got %v\n%q\nwant\n%q", r.name, err, got, crlf(r.after))
		}
	}
}

// TestMergeRefuses: where lines cannot be added, that is said, with the place.
func TestMergeRefuses(t *testing.T) {
	for _, r := range []struct{ text, want string }{
		{"version: 1\nprovider: mycorp\nerrors: [{status: 403, error: access_denied}]\n", "mycorp.yaml:3: errors is a list in brackets"},
		{"{version: 1, provider: mycorp}\n", "mycorp.yaml: cannot add rows to a file in one line"},
		{"a: b: c\n", "mycorp.yaml: "},
	} {
		if got, err := added.mergedInto("mycorp.yaml", r.text); err == nil || !strings.HasPrefix(err.Error(), r.want) {
			t.Errorf("%q: got %q, %v, want an error that begins with %q", r.text, got, err, r.want)
		}
	}
}

// TestDraftLoads: a draft is a mapping file that loads.
func TestDraftLoads(t *testing.T) {
	m, err := mapping.Load("mycorp.yaml", []byte(added.String()))
	if err != nil || m.Provider != "mycorp" || len(m.Read) != 1 || len(m.Rows) != 1 || len(m.Examples) != 1 {
		t.Errorf("got %+v, %v of\n%s\nwant all of it", m, err, added.String())
	}
}
