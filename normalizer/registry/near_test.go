package registry

import (
	"strings"
	"testing"
)

// TestNearest: a misspelled word is found, and another word is not.
func TestNearest(t *testing.T) {
	known := append(Codes(), "auth0", "okta", "keycloak", "azure-apim", "code", "description", "token")
	for word, want := range map[string]string{
		"invalid_grand": "invalid_grant", "Invalid-Grant": "invalid_grant", "invalidgrnat": "invalid_grant",
		"Auth0": "auth0", "keyclaok": "keycloak", "azureapim": "azure-apim", "codes": "code", "tokn": "token", "desciption": "description",
		"": "", "x": "", "fusion": "", "octopus": "", "banana": "", strings.Repeat("a", 1000): "",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("nearest to %q: got %q, want %q", word, got, want)
		}
	}
}

// TestDistance counts the edits.
func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"abc", "abd", 1}, {"abc", "ab", 1}, {"abc", "xabc", 1},
		{"abc", "acb", 1}, {"abcd", "badc", 2}, {"kitten", "sitting", 3}, {"ca", "abc", 3},
	} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("from %q to %q: got %d edits, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

// TestChoose names the nearest word first, and always the list.
func TestChoose(t *testing.T) {
	for word, want := range map[string]string{
		"tokn": `did you mean "token"? If not, use one of par, token`,
		"xyz":  "use one of par, token",
	} {
		if got := Choose(word, []string{"par", "token"}); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}
