package caddyfile_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// fences finds the fenced blocks of a page.
var fences = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// TestOperationsPage adapts every Caddyfile of the operations page, and loads every
// mapping.
func TestOperationsPage(t *testing.T) {
	const page = "../docs/operate.md"
	text := readText(t, page)
	counts := make(map[string]int)
	for _, m := range fences.FindAllStringSubmatch(text, -1) {
		counts[m[1]]++
		switch m[1] {
		case "caddyfile":
			if _, err := adapt(m[2]); err != nil {
				t.Errorf("%s: %v\n%s", page, err, m[2])
			}
		case "yaml":
			if _, err := mapping.Load("page.yaml", []byte(m[2])); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
	if counts["caddyfile"] < 3 || counts["yaml"] < 1 {
		t.Errorf("%s: got blocks %v, want Caddyfiles and mappings", page, counts)
	}
	if _, err := os.Stat("../docs/deploy/dashboard.json"); err != nil {
		t.Error(err)
	}
}
