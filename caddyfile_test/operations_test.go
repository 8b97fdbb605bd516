package caddyfile_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// operations is the page for operators.
var operations = filepath.Join(top, "docs", "operate.md")

// fences finds the fenced blocks of a page.
var fences = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// TestOperationsPage adapts every Caddyfile of the operations page, and loads every
// mapping.
func TestOperationsPage(t *testing.T) {
	text := readText(t, operations)
	counts := make(map[string]int)
	for _, m := range fences.FindAllStringSubmatch(text, -1) {
		counts[m[1]]++
		switch m[1] {
		case "caddyfile":
			if _, err := adapt(m[2]); err != nil {
				t.Errorf("%s: %v\n%s", operations, err, m[2])
			}
		case "yaml":
			if _, err := mapping.Load("page.yaml", []byte(m[2])); err != nil {
				t.Errorf("%s: %v", operations, err)
			}
		}
	}
	if counts["caddyfile"] < 3 || counts["yaml"] < 1 {
		t.Errorf("%s: got blocks %v, want Caddyfiles and mappings", operations, counts)
	}
}

// TestNoMetricsOnLogins: no Caddyfile of the documents shows metrics where clients come.
func TestNoMetricsOnLogins(t *testing.T) {
	shown := 0
	for _, page := range append([]string{operations}, readmes...) {
		dir := writeMappings(t, page)
		for _, b := range blocksOf(t, page) {
			if b.language != "caddyfile" {
				continue
			}
			config, err := adaptIn(dir, b.text)
			if err != nil {
				t.Fatalf("%v: adapting: %v", b, err)
			}
			var root struct {
				Apps struct {
					HTTP struct{ Servers map[string]json.RawMessage }
				}
			}
			if err := json.Unmarshal(config, &root); err != nil {
				t.Fatal(err)
			}
			for name, server := range root.Apps.HTTP.Servers {
				metrics := strings.Contains(string(server), `"handler":"metrics"`)
				if metrics {
					shown++
				}
				if metrics && strings.Contains(string(server), `"handler":"auth_errors"`) {
					t.Errorf("%v: got metrics on the server %s, which has auth_errors, too", b, name)
				}
			}
		}
	}
	if shown == 0 {
		t.Error("got no Caddyfile with metrics, want one")
	}
}
