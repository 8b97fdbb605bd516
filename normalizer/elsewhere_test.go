package normalizer

import (
	"net/http"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// TestElsewhere: what nobody reads is found by its looks, with its path, and masked.
func TestElsewhere(t *testing.T) {
	table, err := New("oauth2")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []struct{ body, codePath, code, textPath, text string }{
		{`{"outcome":{"wording":"The seat is taken","reasonCode":"X-17"}}`, "outcome.reasonCode", "X-17", "outcome.wording", "The seat is taken"},
		{`{"a.b":[{"id":"E-1"},{"says":"Ask jane@example.com now"}]}`, `a\.b.0.id`, "E-1", `a\.b.1.says`, "Ask *** now"},
		{`{"outcome":{"id":"8f2kd93jfm20dk3s9aa","x":"8f2kd93jfm20dk3s9aa"}}`, "", "", "", ""},
		{`{"outcome":{"code":403,"type":"error","message":"Gone away"}}`, "", "", "outcome.message", "Gone away"},
		{`{"trace":{"code":"E-1","message":"at line 3"}}`, "", "", "", ""},
		{`<x><kind>N-2</kind><y>Not so</y></x>`, "kind", "N-2", "y", "Not so"},
		{`{"users":{"jane@bank.example":{"reason":"E-1"}},"eyJhbGciOiJIUzI1NiJ9abc":{"says":"Not for you"}}`, "", "", "", ""},
		{`{`, "", "", "", ""},
	} {
		q := table.Request(&http.Request{Method: http.MethodPost, Header: http.Header{}}).As(registry.EndpointToken, registry.GrantNone)
		d := table.Decide(&q, Response{Status: 403, Header: http.Header{}, Body: []byte(r.body)})
		code, text := d.Elsewhere()
		if code != (Stated{r.codePath, r.code}) || text != (Stated{r.textPath, r.text}) {
			t.Errorf("%s: got code %+v and text %+v, want %q at %q and %q at %q", r.body, code, text, r.code, r.codePath, r.text, r.textPath)
		}
	}
}
