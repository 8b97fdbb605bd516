package wire

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestManyNamesCostLittle: eight times as many names cost about eight times as much, and
// not sixty-four times, in every carrier.
func TestManyNamesCostLittle(t *testing.T) {
	for _, r := range []struct{ name, contentType, before, each, behind string }{
		{"JSON", "application/json", `{"a":1`, `,"n%06d":"v"`, "}"},
		{"XML", "application/xml", "<r>", "<n%06d>v</n%06[1]d>", "</r>"},
		{"form", "application/x-www-form-urlencoded", "error=a", "&n%06d=v", ""},
		{"YAML", "application/yaml", "error: a\n", "n%06d: v\n", ""},
	} {
		cost := func(n int) time.Duration {
			var b strings.Builder
			b.WriteString(r.before)
			for k := range n {
				fmt.Fprintf(&b, r.each, k)
			}
			b.WriteString(r.behind)
			least := time.Hour
			for range 5 {
				began := time.Now()
				tree, err := Parse(r.contentType, []byte(b.String()))
				for range 8 {
					tree.Get(tree0)
				}
				if err != nil && err != ErrEmpty && n < 1000 {
					t.Fatalf("%s: %v", r.name, err)
				}
				least = min(least, time.Since(began))
			}
			return least
		}
		if few, many := cost(4_000), cost(32_000); many > 24*few {
			t.Errorf("%s: got %v for 4,000 names and %v for 32,000, want about eight times as much", r.name, few, many)
		}
	}
}

var tree0, _ = ParsePath("no.such.member")
