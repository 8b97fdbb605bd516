package caddyfile_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// undoneBodies are errors whose gzip is small. Where the code stands behind so much else
// that it is found only if the body is read as a whole, it says so.
var undoneBodies = []struct{ name, body, want string }{
	{"small", `{"error":"invalid_grant","error_description":"Old."}`, "invalid_grant"},
	{"larger than max_body, the code first", `{"error":"invalid_grant","trace":"` + strings.Repeat("at line 1 ", 10_000) + `"}`, "invalid_grant"},
	{"larger than max_body, the code last", `{"trace":"` + strings.Repeat("at line 1 ", 10_000) + `","error":"invalid_grant"}`, "invalid_grant"},
	{"just in bounds, the code last", `{"trace":"` + strings.Repeat("x", 256<<10-60) + `","error":"invalid_grant"}`, "invalid_grant"},
	{"out of bounds, the code last", `{"trace":"` + strings.Repeat("x", 256<<10) + `","error":"invalid_grant"}`, "access_denied"},
	{"a page", "<title>Gone</title>" + strings.Repeat("<p>text</p>", 10_000), "access_denied"},
}

// TestWhoUndoesGzip: a client that asks for gzip gets the provider's coding undone by us;
// for one that does not ask, the transport of reverse_proxy asks and undoes it. The
// answers are the same.
func TestWhoUndoesGzip(t *testing.T) {
	up := startUpstream(t)
	for _, option := range []string{"", " {\n\t\tdescriptions canonical\n\t}"} {
		address := freeAddress(t)
		startCaddy(t, site(address, "auth_errors auth0"+option, "reverse_proxy "+up.address))
		for _, b := range undoneBodies {
			for _, v := range protocols(t) {
				var replies []reply
				for _, asks := range []string{"gzip", ""} {
					up.script(b.name, answer{wire: sized("HTTP/1.1 403 No\nContent-Type: application/json\nContent-Encoding: gzip", gzipped(b.body))})
					header := field(caseHeader, b.name)
					if asks != "" {
						header.Set("Accept-Encoding", asks)
					}
					got := send(t, v, http.MethodPost, "http://"+address+"/oauth/token", header, "")
					got.header.Del("Date")
					replies = append(replies, got)
				}
				ours, theirs := replies[0], replies[1]
				if fmt.Sprint(ours) != fmt.Sprint(theirs) {
					t.Errorf("%s%s over %s: got\n%s\nwhere we undo it, and\n%s\nwhere the transport does, want the same", b.name, option, v.name, excerpt(fmt.Sprint(ours)), excerpt(fmt.Sprint(theirs)))
				}
				var e struct{ Error string }
				if err := json.Unmarshal([]byte(ours.body), &e); err != nil || e.Error != b.want {
					t.Errorf("%s%s over %s: got %s, want %s", b.name, option, v.name, excerpt(ours.body), b.want)
				}
			}
		}
	}
}
