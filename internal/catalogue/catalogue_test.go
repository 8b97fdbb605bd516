package catalogue

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

func shipped(t *testing.T) *Catalogue {
	t.Helper()
	c, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSearch checks the results of searches, and their order.
func TestSearch(t *testing.T) {
	c := shipped(t)
	for _, tt := range []struct {
		query, provider, code, error string
		answer                       int
	}{
		{"auth0 403 refresh token", "auth0", "access_denied", "invalid_grant", 400},
		{"Unknown or invalid REFRESH token auth0", "auth0", "access_denied", "invalid_grant", 400},
		{"asseco 53203", "asseco", "53203", "access_denied", 400},
		{"ecobee authorization_expired", "ecobee", "authorization_expired", "expired_token", 400},
	} {
		found, all := c.Search(tt.query, 5)
		if len(found) == 0 || all < len(found) {
			t.Errorf("%q: got %d of %d rows, want some", tt.query, len(found), all)
			continue
		}
		if e := found[0]; e.Provider != tt.provider || !strings.Contains(e.Code, tt.code) || e.Error != tt.error || e.Answer != tt.answer || e.Action == "" || e.Example == "" || e.Source == "" {
			t.Errorf("%q: got %+v, want %+v first", tt.query, e, tt)
		}
	}
	for _, query := range []string{"", "  ", "no such words in any row"} {
		if found, all := c.Search(query, 5); len(found) > 0 || all > 0 {
			t.Errorf("%q: got %v, want nothing", query, found)
		}
	}
	if found, all := c.Search("invalid_grant 403", 5); len(found) != 5 || all < 6 {
		t.Errorf("got %d of %d rows, want five of more", len(found), all)
	}
}

var link = regexp.MustCompile(`(?:href|src)="([^"]*)"`)

// TestWrite holds that there is a page for each provider and error, that every link leads
// to a page, and that nothing is loaded from elsewhere.
func TestWrite(t *testing.T) {
	dir := t.TempDir()
	if err := shipped(t).Write(dir); err != nil {
		t.Fatal(err)
	}
	want := []string{"index.html", "style.css"}
	for _, provider := range normalizer.Shipped.Providers() {
		want = append(want, "providers/"+provider+".html")
	}
	for _, e := range registry.All() {
		want = append(want, "errors/"+e.Code+".html")
	}
	for _, name := range want {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		if strings.Contains(string(data), "<script") {
			t.Errorf("%s: got a script, want none", name)
		}
		for _, m := range link.FindAllStringSubmatch(string(data), -1) {
			if strings.HasPrefix(m[1], "https://") || strings.HasPrefix(m[1], "http://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(dir, filepath.Dir(name), m[1])); err != nil {
				t.Errorf("%s: got a link to %s, which there is not", name, m[1])
			}
		}
	}
	page, _ := os.ReadFile(filepath.Join(dir, "providers", "auth0.html"))
	for _, text := range []string{"Unknown or invalid refresh token*", `errors/invalid_grant.html`, "reauthorize", "auth0.com/docs"} {
		if !strings.Contains(string(page), text) {
			t.Errorf("providers/auth0.html: got no %q in it", text)
		}
	}
}
