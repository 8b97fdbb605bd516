package caddyfile_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// keyTables are the tables of mappings/README.md, by their headings, and the
// words with which the loader names what they describe.
var keyTables = map[string]string{
	"### The file":                "the mapping",
	"### A source":                "source docs",
	"### An entry of read":        "an entry of read",
	"### A row":                   "a row",
	"### An example":              "an example",
	"### What an example expects": "expect",
}

// TestFormatKeys: the tables of keys have what the loader knows.
func TestFormatKeys(t *testing.T) {
	_, err := mapping.Load("keys.yaml", []byte(`version: 1
provider: keys
nosuch: 1
sources:
  docs: {title: Docs, nosuch: 1}
read:
  - {code: error, nosuch: 1}
errors:
  - {code: error, error: access_denied, nosuch: 1}
examples:
  - {endpoint: token, status: 400, expect: {pass: true, nosuch: 1}, nosuch: 1}
`))
	problems, ok := errors.AsType[*mapping.LoadError](err)
	if !ok {
		t.Fatalf("loading unknown keys: got %v, want a LoadError", err)
	}
	text := readText(t, format)
	for heading, what := range keyTables {
		var want []string
		for _, p := range problems.Problems {
			if _, list, ok := strings.Cut(p.Reason, `unknown key "nosuch" in `+what+": use one of "); ok {
				want = slices.Sorted(strings.SplitSeq(list, ", "))
			}
		}
		_, section, _ := strings.Cut(text, heading+"\n")
		section, _, _ = strings.Cut(section, "\n#")
		var got []string
		for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|").FindAllStringSubmatch(section, -1) {
			got = append(got, m[1])
		}
		if slices.Sort(got); len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%s: got the keys %v, want %v", heading, got, want)
		}
	}
	// The first mapping says that it has them all.
	first := findFenced(t, format, "yaml", "# acme.yaml").text
	for _, p := range problems.Problems {
		_, list, _ := strings.Cut(p.Reason, ": use one of ")
		for key := range strings.SplitSeq(list, ", ") {
			if key != "base" && !regexp.MustCompile(`(?m)(^|[ {])`+key+`: `).MatchString(strings.ReplaceAll(first, ":\n", ": \n")) {
				t.Errorf("acme.yaml: got no key %s, want every key but base", key)
			}
		}
	}
}
