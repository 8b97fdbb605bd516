package caddyfile_test

import (
	"strings"
	"testing"
)

// TestExplainMasks: what explain reads of a response it shows as logs do, since people put
// its output into issues.
func TestExplainMasks(t *testing.T) {
	const token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJl"
	for _, response := range []string{
		"HTTP/1.1 403 Forbidden\nContent-Type: application/json\n\n" + `{"error":"jane@bank.example","error_description":"password=letmein","message":"` + token + `"}`,
		"HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer error=\"invalid_token\", error_description=\"token " + token + "\"\n\n",
		"HTTP/1.1 302 Found\nLocation: /cb?error=authorization_expired&error_description=token+" + token + "\n\n",
	} {
		got := runCaddy(t, commandDir, strings.NewReader(response), "auth-errors", "explain", "--provider", "auth0", "-").String()
		if !strings.Contains(got, "Outcome") {
			t.Errorf("%q: got %s, want an explanation", response, got)
		}
		for _, secret := range []string{"jane@bank", "letmein", "eyJ"} {
			if strings.Contains(got, secret) {
				t.Errorf("%q: got %s, want it without %s", response, got, secret)
			}
		}
	}
}
