package normalizer

import (
	"net/http"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// TestStated: code and text have the paths where they stand, and what nobody reads is found
// by its looks. Both are masked. What has a value for a name is skipped.
func TestStated(t *testing.T) {
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
		{`{`, "#text", "{", "", ""},

		{`{"error":"seat_taken","error_description":"The seat is taken"}`, "error", "seat_taken", "error_description", "The seat is taken"},
		{`{"error":"seat_taken"}`, "error", "seat_taken", "error_description", ""},
		{`{"error":"seat_taken","msg":"The seat is taken"}`, "error", "seat_taken", "msg", "The seat is taken"},
		{`{"errcode":"seat_taken","errmsg":" The seat is taken "}`, "errcode", "seat_taken", "errmsg", "The seat is taken"},
		{`{"fault":{"msg":"The seat is taken"}}`, "", "", "fault.msg", "The seat is taken"},
		{`{"errors":[{"msg":"The seat is taken"},{"msg":"So is the other"}]}`, "", "", "errors.0.msg", "The seat is taken"},
		{`{"detail":{"seat":["must be set"]}}`, "", "", "", "seat: must be set"},
		{`{"errorCode":"E-17","error_description":"The seat is taken"}`, "errorCode", "E-17", "error_description", "The seat is taken"},

		{`{"jane@example.com":{"code":"E-1"},"8f2kd93jfm20dk3s9aa":"The seat is taken"}`, "", "", "", ""},
		{`{"4111 1111 1111 1111":{"code":"E-1"},"Jane Doe":"is not here"}`, "", "", "", ""},
		{`{"users":{"jane@bank.example":{"reason":"E-1"}},"eyJhbGciOiJIUzI1NiJ9abc":{"says":"Not for you"}}`, "", "", "", ""},
	} {
		q := table.Request(&http.Request{Method: http.MethodPost, Header: http.Header{}}).As(registry.EndpointToken, registry.GrantNone)
		d := table.Decide(&q, Response{Status: 403, Header: http.Header{}, Body: []byte(r.body)})
		code, text := d.Stated()
		if code != (Stated{r.codePath, r.code}) || text != (Stated{r.textPath, r.text}) {
			t.Errorf("%s: got code %+v and text %+v, want %q at %q and %q at %q", r.body, code, text, r.code, r.codePath, r.text, r.textPath)
		}
	}
}
