package wire

import "testing"

// TestChallengesMalformedParameter leaves a malformed parameter out, and nothing of
// what is around it. URLs without quotes are common.
func TestChallengesMalformedParameter(t *testing.T) {
	for _, tt := range []struct{ value, want string }{
		{`Bearer scope="a", realm=https://x, error="invalid_token"`, `Bearer scope="a" error="invalid_token"`},
		{`Bearer realm="x", error="invalid_token`, `Bearer realm="x"`},
		{`Bearer realm="x", error=inv@lid, scope="a"`, `Bearer realm="x" scope="a"`},
	} {
		if got := spell(Challenges([]string{tt.value})); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.value, got, tt.want)
		}
	}
}
