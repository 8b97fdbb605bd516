package caddyfile_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	autherrors "github.com/auth-errors/caddy-auth-errors"
	"github.com/auth-errors/caddy-auth-errors/internal/ledger"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
)

// withAdmin makes a configuration that has the admin API at an address.
func withAdmin(caddyfile, admin string) string {
	return strings.Replace(caddyfile, "\tadmin off\n", "\tadmin "+admin+"\n", 1)
}

// startAdmin runs the sites and returns the address of the admin API.
func startAdmin(t *testing.T, sites string) (admin string) {
	t.Helper()
	admin = freeAddress(t)
	caddyfile, _ := withPreamble(t, sites)
	stopAtEnd(t)
	if err := load(withAdmin(caddyfile, admin)); err != nil {
		t.Fatalf("loading the Caddyfile: %v\n%s", err, caddyfile)
	}
	return admin
}

// fetch reads a page, on a connection of its own. The server of an old
// configuration may take one and close it while it stops, so it tries again.
func fetch(t *testing.T, url string) reply {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	for deadline := time.Now().Add(patience); ; {
		resp, err := client.Get(url)
		if err == nil {
			defer resp.Body.Close()
			var body []byte
			if body, err = io.ReadAll(resp.Body); err == nil {
				return reply{status: resp.StatusCode, header: resp.Header, body: string(body)}
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("GET %s: %v", url, err)
		}
	}
}

// view reads one of the views of the admin API.
func view[T any](t *testing.T, admin, name string) (v T) {
	t.Helper()
	got := fetch(t, "http://"+admin+"/auth_errors/"+name)
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "application/json" {
		t.Fatalf("GET /auth_errors/%s: got %d %s %s, want 200 and JSON", name, got.status, got.header.Get("Content-Type"), got.body)
	}
	if err := json.Unmarshal([]byte(got.body), &v); err != nil {
		t.Fatalf("GET /auth_errors/%s: %v in %s", name, err, got.body)
	}
	return v
}

// ledgerRows are errors of the provider, and how the ledger has them: not at all
// if there is no status.
var ledgerRows = []struct {
	name, site, path, wire string
	want                   ledger.Unmapped
}{
	{"unknown code", "auth0", "/oauth/token", sized(forbidden, `{"error":"tenant_suspended","error_description":"Ask your admin.","trace":"x"}`),
		ledger.Unmapped{Provider: "auth0", Endpoint: "token", Status: 403, MediaType: "application/json", Code: "tenant_suspended", Description: "Ask your admin.",
			Members: []string{"error", "error_description", "trace"}, CodePath: "error", DescriptionPath: "error_description", Outcome: "normalized", Error: "access_denied", Answered: 400}},
	{"no code", "mycorp", "/sts/issue", sized(forbidden, `{"fault":{"text":"Locked"}}`),
		ledger.Unmapped{Provider: "mycorp", Endpoint: "token", Status: 403, MediaType: "application/json", Description: "Locked",
			Members: []string{"fault"}, CodePath: "fault.id", DescriptionPath: "fault.text", Outcome: "normalized", Error: "access_denied", Answered: 400}},
	{"unmapped", "auth0", "/authorize", sized(forbidden, `{"error":"flow_expired"}`),
		ledger.Unmapped{Provider: "auth0", Endpoint: "authorization", Status: 403, MediaType: "application/json", Code: "flow_expired",
			Members: []string{"error"}, CodePath: "error", DescriptionPath: "error_description", Outcome: "unmapped"}},
	{"unreadable", "auth0", "/oauth/token", sized("HTTP/1.1 400 No\nContent-Type: application/json; charset=utf-8", `{"error":`),
		ledger.Unmapped{Provider: "auth0", Endpoint: "token", Status: 400, MediaType: "application/json", Outcome: "normalized", Error: "invalid_request", Answered: 400}},
	{"secrets", "auth0", "/oauth/token", sized(forbidden, `{"error":"bad_user","error_description":"8f2kd93jfm20dk3s9 of jane@example.com","8f2kd93jfm20dk3s9":1,"jane@example.com":2,"a b":3,"`+strings.Repeat("x", 50)+`":4}`),
		ledger.Unmapped{Provider: "auth0", Endpoint: "token", Status: 403, MediaType: "application/json", Code: "bad_user", Description: "*** of ***",
			Members: []string{"***", "error", "error_description"}, CodePath: "error", DescriptionPath: "error_description", Outcome: "normalized", Error: "access_denied", Answered: 400}},
	{"elsewhere", "auth0", "/oauth/token", sized(forbidden, `{"outcome":{"reasonCode":"SEAT-17","wording":"Ask jane@example.com"}}`),
		ledger.Unmapped{Provider: "auth0", Endpoint: "token", Status: 403, MediaType: "application/json", Code: "SEAT-17", Description: "Ask ***",
			Members: []string{"outcome"}, CodePath: "outcome.reasonCode", DescriptionPath: "outcome.wording", Outcome: "normalized", Error: "access_denied", Answered: 400}},
	{"long code", "auth0", "/oauth/token", sized(forbidden, `{"error":"`+strings.Repeat("long_", 20)+`"}`),
		ledger.Unmapped{Provider: "auth0", Endpoint: "token", Status: 403, MediaType: "application/json",
			Members: []string{"error"}, CodePath: "error", DescriptionPath: "error_description", Outcome: "normalized", Error: "access_denied", Answered: 400}},
	{"many members", "auth0", "/oauth/token", sized(forbidden, `{"error":"wide","a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1,"m":1,"n":1,"o":1,"p":1,"q":1}`),
		ledger.Unmapped{Provider: "auth0", Endpoint: "token", Status: 403, MediaType: "application/json", Code: "wide",
			Members: []string{"a", "b", "c", "d", "e", "error", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o"}, CodePath: "error", DescriptionPath: "error_description", Outcome: "normalized", Error: "access_denied", Answered: 400}},

	{"named", "auth0", "/oauth/token", sized(forbidden, `{"error":"access_denied"}`), ledger.Unmapped{}},
	{"registered", "auth0", "/oauth/token", sized(forbidden, `{"error":"invalid_target"}`), ledger.Unmapped{}},
	{"status row of the provider", "dll", "/oauth2/token", sized(forbidden, `{"message":"Forbidden"}`), ledger.Unmapped{}},
	{"let through", "mycorp", "/sts/issue", sized("HTTP/1.1 418 No", ""), ledger.Unmapped{}},
	{"business of a resource", "auth0", "/api/v2/users/1", sized(notFound, `{"error":"no_such_user"}`), ledger.Unmapped{}},
	{"page", "auth0", "/authorize", sized("HTTP/1.1 403 No\nContent-Type: text/html", "<h1>Sign in</h1>"), ledger.Unmapped{}},
	{"success", "auth0", "/oauth/token", sized(okJSON, `{"error":"new"}`), ledger.Unmapped{}},
	{"too large", "auth0", "/oauth/token", sized(forbidden, strings.Repeat("x", 64<<10+1)), ledger.Unmapped{}},
}

// ledgerSites are the sites of the rows.
func ledgerSites(t *testing.T, up *upstream) (addresses map[string]string, sites string) {
	t.Helper()
	addresses = make(map[string]string)
	for name, options := range map[string]string{"auth0": "", "mycorp": " {\n\t\tmapping testdata/command/mycorp.yaml\n\t\tmode enforce\n\t}", "dll": ""} {
		addresses[name] = freeAddress(t)
		sites += site(addresses[name], "auth_errors "+name+options, "reverse_proxy "+up.address)
	}
	return addresses, sites
}

// TestLedger: an error that no row names is kept as a fingerprint, with nothing in
// it that could be secret, and is counted when it comes again.
func TestLedger(t *testing.T) {
	up := startUpstream(t)
	addresses, sites := ledgerSites(t, up)
	admin := startAdmin(t, sites)
	if got := view[[]ledger.Unmapped](t, admin, "unmapped"); got == nil || len(got) != 0 {
		t.Fatalf("before any request: got %+v, want an empty list", got)
	}
	for _, r := range ledgerRows {
		up.script(r.name, answer{wire: r.wire})
		before := view[[]ledger.Unmapped](t, admin, "unmapped")
		for range 2 {
			send(t, protocols(t)[0], http.MethodPost, "http://"+addresses[r.site]+r.path, field(caseHeader, r.name), "")
		}
		got := view[[]ledger.Unmapped](t, admin, "unmapped")
		got = slices.DeleteFunc(got, func(u ledger.Unmapped) bool {
			return slices.ContainsFunc(before, func(b ledger.Unmapped) bool { return b.FirstSeen.Equal(u.FirstSeen) })
		})
		if r.want.Status == 0 {
			if len(got) != 0 {
				t.Errorf("%s: got %+v in the ledger, want nothing", r.name, got)
			}
			continue
		}
		if len(got) != 1 {
			t.Errorf("%s: got %+v in the ledger, want one entry", r.name, got)
			continue
		}
		u := got[0]
		if u.Count != 2 || u.FirstSeen.IsZero() || !u.LastSeen.After(u.FirstSeen) {
			t.Errorf("%s: got %d seen from %v to %v, want 2 at different times", r.name, u.Count, u.FirstSeen, u.LastSeen)
		}
		r.want.Count, r.want.FirstSeen, r.want.LastSeen = u.Count, u.FirstSeen, u.LastSeen
		if fmt.Sprintf("%+v", u) != fmt.Sprintf("%+v", r.want) {
			t.Errorf("%s: got\n%+v\nwant\n%+v", r.name, u, r.want)
		}
	}
}

// TestLedgerIsBounded: of more than 256 errors those stay that were seen last, the
// most frequent first.
func TestLedgerIsBounded(t *testing.T) {
	const most, sent = 256, 300
	up := startUpstream(t)
	gateway := freeAddress(t)
	admin := startAdmin(t, site(gateway, "auth_errors auth0", "reverse_proxy "+up.address))
	see := func(code string) {
		up.script(code, answer{wire: sized(badRequest, `{"error":"`+code+`"}`)})
		send(t, protocols(t)[0], http.MethodPost, "http://"+gateway+"/oauth/token", field(caseHeader, code), "")
	}
	for i := range sent {
		see("new_" + letters(i))
		if i == most/2 {
			see("new_" + letters(0)) // which is then not the one for longest unseen
		}
	}
	got := view[[]ledger.Unmapped](t, admin, "unmapped")
	var codes []string
	for _, u := range got {
		codes = append(codes, u.Code)
	}
	if len(codes) != most || codes[0] != "new_"+letters(0) || got[0].Count != 2 {
		t.Fatalf("got %d entries, %v, want %d and first the one seen twice", len(codes), codes, most)
	}
	for i := range sent {
		// 300 and no more than 256 of them: the first 44 but the one that came again.
		kept := i == 0 || i > sent-most
		if slices.Contains(codes, "new_"+letters(i)) != kept {
			t.Errorf("error %d of %d: got it kept: %t, want %t", i, sent, !kept, kept)
		}
	}
}

// TestAdminViews: the views are read-only, and show the state in force.
func TestAdminViews(t *testing.T) {
	up := startUpstream(t)
	addresses, sites := ledgerSites(t, up)
	admin := startAdmin(t, sites)
	library := normalizer.Shipped
	if got, want := view[[]string](t, admin, "providers"), library.Providers(); !slices.Equal(got, want) {
		t.Errorf("GET /auth_errors/providers: got %v, want %v", got, want)
	}
	if got := view[map[string]string](t, admin, "version"); len(got) != 1 || got["version"] != released(t) {
		t.Errorf("GET /auth_errors/version: got %v, want version %s", got, released(t))
	}
	handlers := view[[]struct {
		Provider, Mode string
		Mappings       []autherrors.MappingFile
		Rows           []struct {
			Position string
			Code     []string
		}
	}](t, admin, "handlers")
	var names []string
	for _, h := range handlers {
		names = append(names, h.Provider)
		if h.Mode != "enforce" || len(h.Rows) == 0 || h.Rows[len(h.Rows)-1].Position == "" {
			t.Errorf("GET /auth_errors/handlers: got %s in mode %q with %d rows, want enforce and where each row stands", h.Provider, h.Mode, len(h.Rows))
		}
		if own := h.Provider == "mycorp"; own != (len(h.Mappings) == 1) || own && (len(h.Mappings[0].SHA256) != 64 || !strings.HasSuffix(h.Mappings[0].Path, "mycorp.yaml") || len(h.Rows[0].Code) == 0 || h.Rows[0].Code[0] != "E-117") {
			t.Errorf("GET /auth_errors/handlers: got %s with the files %+v and first %+v, want what it was made of", h.Provider, h.Mappings, h.Rows[0])
		}
	}
	if want := []string{"auth0", "dll", "mycorp"}; !slices.Equal(names, want) {
		t.Errorf("GET /auth_errors/handlers: got %v, want %v", names, want)
	}
	for _, tc := range []struct {
		method, name string
		want         int
	}{
		{http.MethodPost, "unmapped", 405}, {http.MethodPut, "handlers", 405}, {http.MethodDelete, "handlers", 405}, {http.MethodPatch, "providers", 405},
		{http.MethodGet, "", 404}, {http.MethodGet, "nosuch", 404}, {http.MethodGet, "unmapped/1", 404},
	} {
		got := send(t, protocols(t)[0], tc.method, "http://"+admin+"/auth_errors/"+tc.name, http.Header{"Origin": {"http://" + admin}}, "")
		var said struct{ Error string }
		if err := json.Unmarshal([]byte(got.body), &said); got.status != tc.want || err != nil || !strings.Contains(said.Error, "use ") {
			t.Errorf("%s /auth_errors/%s: got %d %s, want %d and what to do", tc.method, tc.name, got.status, got.body, tc.want)
		}
	}
	if len(addresses) != len(handlers) {
		t.Errorf("GET /auth_errors/handlers: got %d, want %d", len(handlers), len(addresses))
	}
}
