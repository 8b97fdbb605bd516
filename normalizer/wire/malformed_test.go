package wire

import "testing"

// TestChallengesMalformedParameter reads values without their quotes, and keeps
// everything around a parameter that cannot be read. URLs without quotes are common.
func TestChallengesMalformedParameter(t *testing.T) {
	for _, tt := range []struct{ value, want string }{
		{`Bearer scope="a", realm=https://x, error="invalid_token"`, `Bearer scope="a" realm="https://x" error="invalid_token"`},
		{`Bearer realm="x", error="invalid_token`, `Bearer realm="x"`},
		{`Bearer realm="x", error=inv@lid, scope="a"`, `Bearer realm="x" error="inv@lid" scope="a"`},
	} {
		if got := spell(Challenges([]string{tt.value})); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.value, got, tt.want)
		}
	}
}
