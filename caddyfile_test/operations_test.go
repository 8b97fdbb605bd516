package caddyfile_test

import (
	"os"
	"path/filepath"
	"regexp"
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
	if _, err := os.Stat("../docs/deploy/dashboard.json"); err != nil {
		t.Error(err)
	}
}
