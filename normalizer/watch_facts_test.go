package normalizer

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// TestWatchFacts: forms and JSON yield the grant type and whether there was a secret,
// however they arrive. The body stays unchanged, and no byte of it is kept.
func TestWatchFacts(t *testing.T) {
	const refresh, code = registry.GrantRefreshToken, registry.GrantAuthorizationCode
	long := strings.Repeat("s3cr3t", 100)
	for _, row := range []struct {
		name, contentType, body string
		grant                   registry.Grant
		public                  bool
	}{
		{"form", formType, "grant_type=refresh_token&refresh_token=x", refresh, true},
		{"form with a secret", formType, "grant_type=refresh_token&refresh_token=x&client_secret=s3cr3t", refresh, false},
		{"form with a secret before", formType, "client_secret=s3cr3t&grant_type=refresh_token&refresh_token=x", refresh, false},
		{"form with an empty secret", formType, "grant_type=refresh_token&refresh_token=x&client_secret=", refresh, true},
		{"form with an assertion", formType, "grant_type=refresh_token&client_assertion=" + long, refresh, false},
		{"form with a charset", formType + "; charset=utf-8", "grant_type=refresh_token&refresh_token=x", refresh, true},
		{"form that is too long to know", formType, "grant_type=refresh_token&refresh_token=" + strings.Repeat("x", watchedLength), refresh, false},
		{"JSON", jsonType, `{"grant_type":"refresh_token","refresh_token":"x"}`, refresh, true},
		{"JSON with blanks", jsonType, " {\n \"grant_type\" : \"refresh_token\" , \"refresh_token\" : \"x\" } \n", refresh, true},
		{"JSON with a secret", jsonType, `{"grant_type":"refresh_token","client_secret":"s3cr3t"}`, refresh, false},
		{"JSON with a long secret before", jsonType, `{"client_secret":"` + long + `","grant_type":"refresh_token"}`, refresh, false},
		{"JSON with null for a secret", jsonType, `{"grant_type":"refresh_token","client_secret":null}`, refresh, true},
		{"JSON, escaped as no client does", jsonType, `{"gr\u0061nt_type":"refresh_token"}`, registry.GrantNone, true},
		{"JSON, inside a member", jsonType, `{"a":{"grant_type":"refresh_token"},"grant_type":"authorization_code"}`, code, true},
		{"JSON, inside a list", jsonType, `[{"grant_type":"refresh_token"}]`, registry.GrantNone, true},
		{"JSON, inside a value", jsonType, `{"a":"\"grant_type\":\"refresh_token\""}`, registry.GrantNone, true},
		{"JSON, no text", jsonType, `{"grant_type":17}`, registry.GrantNone, true},
		{"another format", "text/plain", "grant_type=refresh_token", registry.GrantNone, false},
	} {
		for _, s := range splits {
			r := httptest.NewRequest(http.MethodPost, "/anywhere", s.split(strings.NewReader(row.body)))
			r.Header.Set("Content-Type", row.contentType)
			g := watchGrant(r)
			if got, err := io.ReadAll(r.Body); string(got) != row.body || err != nil {
				t.Errorf("%s, %s: got body %.80q, %v, want it unchanged", row.name, s.name, got, err)
			}
			if got := g.grantType(); got != row.grant && !(row.grant == registry.GrantNone && got == registry.GrantOther) {
				t.Errorf("%s, %s: got grant %s, want %s", row.name, s.name, got, row.grant)
			}
			if row.grant == refresh && g.isPublic() != row.public {
				t.Errorf("%s, %s: got public %v, want %v", row.name, s.name, g.isPublic(), row.public)
			}
			if g == nil {
				continue
			}
			if kept := g.kept(); bytes.ContainsFunc(kept, func(c rune) bool { return c != 0 }) {
				t.Errorf("%s, %s: got %.40q left, want nothing", row.name, s.name, kept)
			}
		}
	}
}

// TestPublicRefresh: a bare 401 to a refresh is about the grant where no client was to be
// authenticated, and about the client elsewhere.
func TestPublicRefresh(t *testing.T) {
	table, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	const form = "grant_type=refresh_token&refresh_token=x"
	for _, row := range []struct {
		name, target, body, authorization string
		status                            int
		want                              string
	}{
		{"public", "/token", form, "", 401, "invalid_grant"},
		{"public, at a path that nobody named", "/login/refresh", form, "", 401, "invalid_grant"},
		{"with a secret", "/token", form + "&client_secret=s3cr3t", "", 401, "invalid_client"},
		{"with Basic", "/token", form, "Basic eDp5", 401, "invalid_client"},
		{"another grant", "/token", "grant_type=authorization_code&code=x", "", 401, "invalid_client"},
		{"in the query", "/login?grant_type=refresh_token&refresh_token=x", "", "", 403, "access_denied"},
	} {
		r := httptest.NewRequest(http.MethodPost, row.target, strings.NewReader(row.body))
		r.Header.Set("Content-Type", formType)
		if row.authorization != "" {
			r.Header.Set("Authorization", row.authorization)
		}
		q := table.Request(r)
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Fatal(err)
		}
		d := table.Decide(&q, Response{Status: row.status, Header: make(http.Header)})
		if got := d.Error.Code(); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}
