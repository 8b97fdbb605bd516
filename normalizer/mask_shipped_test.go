package normalizer

import "testing"

// TestShippedCodesAreNotMasked: no code that a mapping names looks like a secret, so
// that logs tell what was received.
func TestShippedCodesAreNotMasked(t *testing.T) {
	eachShipped(t, func(t *testing.T, m *Mapping, _ *Table) {
		for _, rule := range m.Rules {
			for _, code := range rule.codes {
				if got := Mask(code); got != code {
					t.Errorf("%s: code %q: got %q, want it as it is", rule.Position(), code, got)
				}
			}
		}
	})
}
