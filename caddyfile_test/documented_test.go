package caddyfile_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// providers are the names that the sites of these tests are made for.
var providers = []string{"auth0", "asseco", "ecobee", "dll", "accelo"}

// startGateways runs one site per provider in front of the upstream, and one
// called plain without the module, and returns the address of each.
func startGateways(t *testing.T, up *upstream) map[string]string {
	t.Helper()
	addresses := map[string]string{"plain": freeAddress(t)}
	var sites strings.Builder
	sites.WriteString(site(addresses["plain"], "reverse_proxy "+up.address))
	for _, p := range providers {
		addresses[p] = freeAddress(t)
		sites.WriteString(site(addresses[p], "auth_errors "+p, "reverse_proxy "+up.address))
	}
	startCaddy(t, sites.String())
	return addresses
}

// String names the row by what the provider sends.
func (r row) String() string {
	return fmt.Sprintf("%s %s [%.6s] %d %s", r.provider, r.path, r.authorization, r.status, cmp.Or(r.body, "(empty)"))
}

// request is what a client sends to get the row's answer: the scripted upstream
// finds it by the case header.
func (r row) request() (method string, header http.Header) {
	header = http.Header{caseHeader: {r.String()}, "Accept": {"application/json"}}
	if r.authorization != "" {
		header.Set("Authorization", r.authorization)
	}
	if endpointOf(r.path) == "token" {
		return http.MethodPost, header
	}
	return http.MethodGet, header
}

// alike reports whether the provider's own answer may be the canonical one
// already, which then has to be left alone.
func (r row) alike() bool {
	return r.status == r.wantStatus && strings.Contains(r.body, fmt.Sprintf(`"error":%q`, r.wantError))
}

// challenged reports whether the provider challenges the client in its answer.
func (r row) challenged() bool { return r.status == 401 && r.wantError != "invalid_client" }

// answer is the provider's answer, with fields that describe its body and must
// not outlive it, and one that has nothing to do with it.
func (r row) answer() answer {
	fields := []string{fmt.Sprintf("HTTP/1.1 %d Legacy", r.status), "X-Request-Id: 7f3d"}
	if r.body != "" {
		fields = append(fields, "Content-Type: application/json")
	}
	if r.status == 429 || r.status == 503 {
		fields = append(fields, "Retry-After: 30")
	}
	if r.challenged() {
		scheme, _, _ := strings.Cut(r.authorization, " ")
		if scheme == "" {
			scheme = "Basic"
		}
		fields = append(fields, fmt.Sprintf("WWW-Authenticate: %s realm=\"legacy\"", scheme))
	}
	if !r.alike() {
		fields = append(fields, `ETag: "stale"`, "Last-Modified: Mon, 02 Jan 2006 15:04:05 GMT",
			"Expires: Mon, 02 Jan 2006 15:04:05 GMT", "Content-Language: en", "Cache-Control: public, max-age=60")
	}
	return answer{wire: sized(strings.Join(fields, "\n"), r.body)}
}

func TestDocumentedRows(t *testing.T) { testRows(t, documentedRows()) }

func TestSeenRows(t *testing.T) { testRows(t, seenRows) }

// testRows requests every row over each version of HTTP.
func testRows(t *testing.T, rows []row) {
	up := startUpstream(t)
	gateways := startGateways(t, up)
	for _, p := range protocols(t) {
		for _, r := range rows {
			up.script(r.String(), r.answer())
			method, header := r.request()
			got := send(t, p, method, "http://"+gateways[r.provider]+r.path, header, "")
			for _, problem := range r.compare(got) {
				t.Errorf("%s over %s: %s\nbody %s", r, p.name, problem, got.body)
			}
		}
	}
}

// compare says in what the answer differs from the canonical error.
func (r row) compare(got reply) []string {
	problems := slices.Concat(r.compareBody(got), r.compareFields(got), r.compareChallenge(got))
	if got.status != r.wantStatus {
		problems = append(problems, fmt.Sprintf("got status %d, want %d", got.status, r.wantStatus))
	}
	return problems
}

// compareBody looks at the JSON object and at what announces it.
func (r row) compareBody(got reply) (problems []string) {
	var object struct {
		Error string `json:"error"`
	}
	if err := json.Unmarshal([]byte(got.body), &object); err != nil {
		problems = append(problems, fmt.Sprintf("got no JSON object: %v", err))
	}
	if object.Error != r.wantError {
		problems = append(problems, fmt.Sprintf("got error %q, want %q", object.Error, r.wantError))
	}
	if got.body != r.body {
		problems = append(problems, schemaProblems(got)...)
	}
	if got, want := got.header.Get("Content-Length"), strconv.Itoa(len(got.body)); got != want {
		problems = append(problems, fmt.Sprintf("got Content-Length %q, want %q", got, want))
	}
	if r.alike() && r.authorization == "" && endpointOf(r.path) == "token" && got.body != r.body {
		problems = append(problems, fmt.Sprintf("got another body, want the provider's, which was canonical: %s", r.body))
	}
	return problems
}

// compareFields looks at the header, except for the challenge.
func (r row) compareFields(got reply) (problems []string) {
	want := map[string]string{"Content-Type": "application/json", "X-Request-Id": "7f3d"}
	if !r.alike() {
		for _, stale := range []string{"ETag", "Last-Modified", "Expires", "Content-Language", "Content-Encoding", "Transfer-Encoding", "Trailer"} {
			want[stale] = ""
		}
		want["Cache-Control"] = "no-store"
		want["Pragma"] = "no-cache"
		want["X-Content-Type-Options"] = "nosniff"
	}
	if r.status == 429 || r.status == 503 {
		want["Retry-After"] = "30"
	}
	if r.wantStatus == 405 && endpointOf(r.path) == "token" {
		want["Allow"] = "POST" // RFC 9110 §15.5.6 wants one, and the provider sent none
	}
	for name, value := range want {
		if all := strings.Join(got.header.Values(name), ", "); all != value {
			problems = append(problems, fmt.Sprintf("got %s %q, want %q", name, all, value))
		}
	}
	if cc := got.header.Get("Cache-Control"); !strings.Contains(cc, "no-store") {
		problems = append(problems, fmt.Sprintf("got Cache-Control %q, want no-store in it", cc))
	}
	return problems
}

// compareChallenge looks at WWW-Authenticate:
//   - none with status 400 at a token endpoint: several clients would read it
//     instead of the body;
//   - a resource says there what is wrong with the token (RFC 6750 §3);
//   - invalid_client challenges in the scheme that the client has used (RFC 6749
//     §5.2), and does not if it has used none.
func (r row) compareChallenge(got reply) (problems []string) {
	challenges := got.header.Values("WWW-Authenticate")
	scheme, _, _ := strings.Cut(r.authorization, " ")
	switch {
	case endpointOf(r.path) == "token" && r.wantStatus == 400,
		r.wantError == "invalid_client" && scheme == "":
		if len(challenges) != 0 {
			problems = append(problems, fmt.Sprintf("got challenges %q, want none", challenges))
		}
	case r.wantError == "invalid_client":
		if len(challenges) != 1 || !strings.HasPrefix(challenges[0], scheme+" ") {
			problems = append(problems, fmt.Sprintf("got challenges %q, want one of scheme %s", challenges, scheme))
		}
	case r.wantError == "invalid_token" || r.wantError == "insufficient_scope":
		param := fmt.Sprintf("error=%q", r.wantError)
		if len(challenges) != 1 || !strings.HasPrefix(challenges[0], "Bearer ") || !strings.Contains(challenges[0], param) {
			problems = append(problems, fmt.Sprintf("got challenges %q, want one of scheme Bearer with %s", challenges, param))
		}
	}
	return problems
}

// untouchedRows are the documented rows that are no errors, or reach the client
// in a redirect: nothing about them changes.
var untouchedRows = []struct{ provider, path, authorization, wire string }{
	{"ecobee", "/authorize", "", sized("HTTP/1.1 302 Found\nLocation: https://client.test/cb?error=access_denied&error_description=Denied+by+the+user&state=xyz", "")},
	{"accelo", "/api/v0/companies", bearer, sized("HTTP/1.1 200 OK\nContent-Type: application/json", `{"response":[],"meta":{"status":"ok","message":"Everything executed as expected.","more_info":"https://api.accelo.com/docs/#status-codes"}}`)},
	{"accelo", "/oauth2/v0/token", "", sized("HTTP/1.1 200 OK\nContent-Type: application/json", `{"access_token":"aaaa","token_type":"Bearer","expires_in":3600}`)},
}

func TestUntouchedRows(t *testing.T) {
	up := startUpstream(t)
	gateways := startGateways(t, up)
	for _, r := range untouchedRows {
		up.script(r.path, answer{wire: r.wire})
		header := http.Header{caseHeader: {r.path}}
		if r.authorization != "" {
			header.Set("Authorization", r.authorization)
		}
		got := blankDate(rawReply(t, gateways[r.provider], http.MethodGet, r.path, header))
		want := blankDate(rawReply(t, gateways["plain"], http.MethodGet, r.path, header))
		if got != want {
			t.Errorf("%s %s: got\n%s\nwant\n%s", r.provider, r.path, got, want)
		}
	}
}

// clientStatusRows vary what decides the status of invalid_client: how the
// client has authenticated, and what the provider has said.
var clientStatusRows = []row{
	{"auth0", "/oauth/token", "", 400, `{"error":"invalid_client"}`, 400, "invalid_client"},
	{"auth0", "/oauth/token", "", 403, `{"error":"invalid_client"}`, 400, "invalid_client"},
	{"auth0", "/oauth/token", "", 401, `{"error":"invalid_client"}`, 401, "invalid_client"},
	{"auth0", "/oauth/token", basic, 400, `{"error":"invalid_client"}`, 401, "invalid_client"},
	{"auth0", "/oauth/token", basic, 403, `{"error":"invalid_client"}`, 401, "invalid_client"},
	{"auth0", "/oauth/token", bearer, 400, `{"error":"invalid_client"}`, 401, "invalid_client"},
	{"auth0", "/oauth/token", "DPoP Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU", 403, `{"error":"invalid_client"}`, 401, "invalid_client"},
}

func TestClientStatus(t *testing.T) { testRows(t, clientStatusRows) }

// TestKeptMember: a client that lost mfa_token could not go on after this error.
func TestKeptMember(t *testing.T) {
	up := startUpstream(t)
	gateways := startGateways(t, up)
	up.script("mfa", answer{wire: sized("HTTP/1.1 403 Forbidden\nContent-Type: application/json",
		`{"error":"mfa_required","error_description":"Multifactor authentication required","mfa_token":"Fe26.2*\u002a~12"}`)})
	for _, p := range protocols(t) {
		got := send(t, p, http.MethodPost, "http://"+gateways["auth0"]+"/oauth/token", http.Header{caseHeader: {"mfa"}}, "")
		var object map[string]string
		if err := json.Unmarshal([]byte(got.body), &object); err != nil {
			t.Fatalf("%s: got body %q: %v", p.name, got.body, err)
		}
		if got.status != 403 || object["error"] != "mfa_required" || object["mfa_token"] != "Fe26.2**~12" {
			t.Errorf("%s: got status %d, body %s, want 403, mfa_required and its mfa_token", p.name, got.status, got.body)
		}
	}
}

// TestRetryAfterFromReset: Accelo says when its limit ends in a field of its own.
func TestRetryAfterFromReset(t *testing.T) {
	up := startUpstream(t)
	gateways := startGateways(t, up)
	reset := time.Now().Add(90 * time.Second).Unix()
	up.script("reset", answer{wire: sized(fmt.Sprintf("HTTP/1.1 429 Too Many Requests\nContent-Type: application/json\nX-RateLimit-Reset: %d", reset),
		acceloBody("too_many_requests", "Hourly limit exceeded."))})
	got := send(t, protocols(t)[0], http.MethodGet, "http://"+gateways["accelo"]+"/api/v0/companies",
		http.Header{caseHeader: {"reset"}, "Authorization": {bearer}}, "")
	seconds, err := strconv.Atoi(got.header.Get("Retry-After"))
	if err != nil || seconds < 90-int(patience.Seconds()) || seconds > 91 {
		t.Errorf("X-RateLimit-Reset in 90 s: got Retry-After %q, want about 90", got.header.Get("Retry-After"))
	}
	if want := strconv.FormatInt(reset, 10); got.header.Get("X-RateLimit-Reset") != want {
		t.Errorf("got X-RateLimit-Reset %q, want it kept: %s", got.header.Get("X-RateLimit-Reset"), want)
	}
}
