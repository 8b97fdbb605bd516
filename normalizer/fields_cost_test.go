package normalizer

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// TestLongFieldsCostLittle: a header field that is 64 times as long costs at most about
// 64 times as much, and not four thousand times. Anything behind 64 KiB of challenges
// costs nothing.
func TestLongFieldsCostLittle(t *testing.T) {
	for _, r := range []struct {
		field, before, each string
		status, few, most   int
	}{
		{"Location", "/cb?error=access_denied", "&error=a", 302, 200, 800},
		{"Location", "/cb?error=access_denied", "&error_hint=password%3Dletmein", 302, 200, 800},
		{"Location", "/cb#error=authorization_expired", "&error_description=x", 302, 200, 800},
		{"Location", "/cb?error=access_denied", "&message=a", 302, 200, 800},
		{"Www-Authenticate", "", "a, ", 401, 32 << 10, 20},
		{"Www-Authenticate", `Bearer error="invalid_token"`, `, a="b"`, 401, 16 << 10, 20},
	} {
		for _, canonical := range []bool{false, true} {
			cost := func(n int) time.Duration {
				header := http.Header{r.field: {r.before + strings.Repeat(r.each, n)}}
				least := time.Hour
				for range 5 {
					began := time.Now()
					d := decideFor(t, Config{Provider: "ecobee", CanonicalDescriptions: canonical}, registry.EndpointAuthorization, r.status, header, "")
					d.Apply(header.Clone())
					least = min(least, time.Since(began))
				}
				return least
			}
			if few, many := cost(r.few), cost(64*r.few); many > time.Duration(r.most)*few {
				t.Errorf("%d times %s in %s: got %v, and %v for 64 times as many, want at most %d times as much (canonical %v)", r.few, r.each, r.field, few, many, r.most, canonical)
			}
		}
	}
}
