package normalizer

import (
	"net/http"
	"net/url"
	"testing"
)

// TestErrorDocs checks the error_uri of an answer: the provider's, or else the page about
// the error.
func TestErrorDocs(t *testing.T) {
	const page = "https://auth.example/errors/invalid_grant.html"
	for _, tt := range []struct {
		name, docs, body string
		canonical        bool
		want             string
	}{
		{"page of the error", "https://auth.example/errors/*.html", `{"error":"invalid_grant"}`, false, page},
		{"one page for all", "https://auth.example/errors", `{"error":"invalid_grant"}`, false, "https://auth.example/errors"},
		{"the provider has one", "https://auth.example/errors/*.html", `{"error":"invalid_grant","error_uri":"https://idp.example/e"}`, false, "https://idp.example/e"},
		{"the provider has one with a secret", "https://auth.example/errors/*.html", `{"error":"invalid_grant","error_uri":"https://idp.example/e?access_token=x"}`, false, page},
		{"canonical descriptions", "https://auth.example/errors/*.html", `{"error":"invalid_grant","error_uri":"https://idp.example/e"}`, true, page},
		{"none", "", `{"error":"invalid_grant"}`, false, ""},
	} {
		table, err := Compile(Config{ErrorDocs: tt.docs, CanonicalDescriptions: tt.canonical})
		if err != nil {
			t.Fatal(err)
		}
		q := table.Request(&http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/token"}, Header: make(http.Header)})
		d := table.Decide(&q, Response{Status: 403, Header: make(http.Header), Body: []byte(tt.body)})
		if got := d.Error.URI(); got != tt.want || d.Effect != EffectRewrite {
			t.Errorf("%s: got error_uri %q, effect %v, want %q in an answer", tt.name, got, d.Effect, tt.want)
		}
	}
	table, _ := Compile(Config{ErrorDocs: "https://auth.example/#*"})
	q := table.Request(&http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/token"}, Header: make(http.Header)})
	if d, _ := table.Fail(&q, FailureUnreachable, nil); d.Error.URI() != "https://auth.example/#temporarily_unavailable" {
		t.Errorf("failure of the proxy: got error_uri %q, want the page about it", d.Error.URI())
	}
	for _, docs := range []string{"errors", "/errors/*", "ftp://auth.example/", "https://u:p@auth.example/", "https://auth.example/?access_token=x", "javascript:*", "https://auth.example/a b"} {
		if _, err := Compile(Config{ErrorDocs: docs}); err == nil {
			t.Errorf("error_docs %q: got no error, want one", docs)
		}
	}
}
