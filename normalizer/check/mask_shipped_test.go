package check

import (
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// TestShippedCodesAreNotMasked: no code of a mapping looks like a secret, so logs show
// it.
func TestShippedCodesAreNotMasked(t *testing.T) {
	eachShipped(t, func(t *testing.T, m *mapping.Mapping, _ *normalizer.Table) {
		for _, row := range m.Rows {
			for _, code := range row.Codes {
				if got := normalizer.Mask(code); got != code {
					t.Errorf("%s: code %q: got %q, want it as it is", row.Position(), code, got)
				}
			}
		}
	})
}
