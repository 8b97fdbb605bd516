package caddyfile_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// loggedSite is a site whose access log is a file. Fields of responses that have
// descriptions are taken out of it, as docs/security.md says.
const loggedSite = `http://%s {
	log {
		output file %q
		format filter {
			resp_headers>Location delete
			resp_headers>Www-Authenticate delete
		}
	}
	log_append code {http.auth_errors.code}
	log_append row {http.auth_errors.row}
	auth_errors auth0 {
		log_descriptions %s
		endpoint resource /api/*
	}
	reverse_proxy %s
}
`

// ofProxy is in the lines in which reverse_proxy, at debug level, tells of each response.
const ofProxy = `"logger":"http.handlers.reverse_proxy"`

// wordy are errors whose description has the word janedoe, where providers put it.
var wordy = []struct{ name, path, wire string }{
	{"a description", "/oauth/token", sized(badRequest, `{"error":"new_in_november","error_description":"janedoe is gone"}`)},
	{"in place of a code", "/oauth/token", sized(badRequest, `{"error":"janedoe is gone for good"}`)},
	{"in place of a code, in another script", "/oauth/token", sized(badRequest, `{"error":"用户janedoe不存在"}`)},
	{"of a framework", "/oauth/token", sized(badRequest, `{"message":"no account janedoe"}`)},
	{"a page", "/oauth/token", sized("HTTP/1.1 403 No\nContent-Type: text/html", "<h1>janedoe may not</h1>")},
	{"a text", "/oauth/token", sized("HTTP/1.1 403 No\nContent-Type: text/plain", "janedoe may not")},
	{"a code that is named", "/oauth/token", sized(badRequest, `{"error":"invalid_grant","error_description":"janedoe again"}`)},
	{"a challenge", "/api/v2/users", sized("HTTP/1.1 401 No\nWww-Authenticate: Bearer error=\"gone\", error_description=\"janedoe was here\"", "")},
	{"a redirect", "/authorize", sized("HTTP/1.1 302 Found\nLocation: https://client.test/cb?error=gone_today&error_description=janedoe+left", "")},
}

// TestLogDescriptions: with `log_descriptions off` neither a log at debug level, nor the
// access log, nor the table of unmapped errors has a text of the provider; codes are
// still there. The client gets its description.
func TestLogDescriptions(t *testing.T) {
	for _, value := range []string{"masked", "off"} {
		up := startUpstream(t)
		gateway, admin := freeAddress(t), freeAddress(t)
		access := filepath.ToSlash(filepath.Join(t.TempDir(), "access.log"))
		caddyfile, logFile := withPreamble(t, fmt.Sprintf(loggedSite, gateway, access, value, up.address))
		stopAtEnd(t)
		if err := load(strings.Replace(withAdmin(caddyfile, admin), "level WARN", "level DEBUG", 1)); err != nil {
			t.Fatal(err)
		}
		described := 0
		for _, w := range wordy {
			up.script(w.name, answer{wire: w.wire})
			got := send(t, protocols(t)[0], http.MethodPost, "http://"+gateway+w.path, field(caseHeader, w.name), "")
			if strings.Contains(got.body+fmt.Sprint(got.header), "janedoe") {
				described++
			}
		}
		if described < len(wordy)-2 {
			t.Errorf("%s: got %d of %d descriptions at the client, want nearly all", value, described, len(wordy))
		}
		table := fetch(t, "http://"+admin+"/auth_errors/unmapped").body
		if err := caddy.Stop(); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"Caddy's log": readText(t, logFile), "the access log": readText(t, access), "the table": table} {
			if !strings.Contains(text, "new_in_november") {
				t.Errorf("%s: got no code in %s, want it there", value, name)
			}
			for line := range strings.Lines(text) {
				if value == "off" && strings.Contains(line, "janedoe") && !strings.Contains(line, ofProxy) {
					t.Errorf("off: got a description in %s, want none:\n%s", name, line)
				}
			}
			if value == "masked" && !strings.Contains(text, "janedoe") {
				t.Errorf("masked: got no description in %s, want some:\n%s", name, excerpt(text))
			}
		}
	}
}
