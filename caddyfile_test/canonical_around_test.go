package caddyfile_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// locked is an answer that no row knows, and that tells of an account.
var locked = answer{wire: sized("HTTP/1.1 418 User Locked\nContent-Type: text/plain\nX-Locked: 1", "user locked")}

// TestHintsStayBehind: where descriptions are canonical, nothing goes ahead of an answer
// that could tell accounts apart, and the answer is the same.
func TestHintsStayBehind(t *testing.T) {
	up := startUpstream(t)
	address := freeAddress(t)
	startCaddy(t, site(address, "auth_errors {\n\t\tdescriptions canonical\n\t\tendpoint token /sts/issue\n\t}", "reverse_proxy "+up.address))
	up.script("plain", locked)
	ask := func(v protocol, name string) reply {
		return send(t, v, http.MethodPost, "http://"+address+"/sts/issue", http.Header{caseHeader: {name}}, "x=1")
	}
	for _, hint := range []string{"100 Continue", "102 Processing", "103 Early Hints", "199 Locked"} {
		up.script("hinted", answer{wire: strings.Repeat(head("HTTP/1.1 "+hint+"\nLink: </locked>")+"\r\n", 2) + locked.wire})
		for _, v := range protocols(t) {
			got, want := ask(v, "hinted"), ask(v, "plain")
			got.header.Set("Date", want.header.Get("Date"))
			if len(got.interims) > 0 || got.status != 400 || got.body != want.body || fmt.Sprint(got.header) != fmt.Sprint(want.header) {
				t.Errorf("%s over %s: got %q, then %d %v %s, want nothing, then %d %v %s", hint, v.name, got.interims, got.status, got.header, got.body, want.status, want.header, want.body)
			}
		}
	}
}

// TestPathBehindRewrites: a handler behind auth_errors that rewrites the path, as
// php_fastcgi does, does not hide the endpoint; and where descriptions are canonical, one
// before it does not, either.
func TestPathBehindRewrites(t *testing.T) {
	up := startUpstream(t)
	up.script("locked", locked)
	const canonical, named = "descriptions canonical\n", "endpoint token /sts/issue\n"
	for _, tt := range []struct {
		name, path, directives string
		want                   int
	}{
		{"behind", "/sts/issue", "route {\nauth_errors {\n" + named + "}\nrewrite * /index.php\n%s\n}", 400},
		{"behind, well known", "/oauth/token", "route {\nauth_errors\nrewrite * /index.php\n%s\n}", 400},
		{"behind, canonical", "/sts/issue", "route {\nauth_errors {\n" + canonical + named + "}\nrewrite * /index.php\n%s\n}", 400},
		{"before", "/sts/issue", "rewrite * /index.php\nauth_errors {\n" + named + "}\n%s", 418},
		{"before, canonical", "/sts/issue", "rewrite * /index.php\nauth_errors {\n" + canonical + named + "}\n%s", 400},
		{"stripped, canonical", "/idp/sts/issue", "handle_path /idp/* {\nauth_errors {\n" + canonical + "endpoint token /idp/sts/issue\n}\n%s\n}", 400},
		{"elsewhere", "/other", "route {\nauth_errors {\n" + canonical + named + "}\nrewrite * /index.php\n%s\n}", 418},
	} {
		t.Run(strings.ReplaceAll(tt.name, " ", "_"), func(t *testing.T) {
			address := freeAddress(t)
			startCaddy(t, site(address, fmt.Sprintf(tt.directives, "reverse_proxy "+up.address)))
			got := send(t, protocols(t)[0], http.MethodPost, "http://"+address+tt.path, http.Header{caseHeader: {"locked"}}, "x=1")
			if got.status != tt.want || (got.header.Get("X-Locked") != "") != (tt.want == 418 || !strings.Contains(tt.directives, canonical)) {
				t.Errorf("%s: got %d %v %s, want %d", tt.path, got.status, got.header, got.body, tt.want)
			}
		})
	}
}
