package normalizer

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

const leaked = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJqYW5lMSJ9.c2lnbmF0dXJl"

// decideFor decides about a response at a kind of endpoint.
func decideFor(t *testing.T, c Config, kind registry.Endpoint, status int, header http.Header, body string) Decision {
	t.Helper()
	table, err := Compile(c)
	if err != nil {
		t.Fatal(err)
	}
	q := table.Request(httptest.NewRequest(http.MethodPost, "http://idp.test/x", nil)).As(kind, registry.GrantNone)
	return table.Decide(&q, Response{Status: status, Header: header, Body: []byte(body)})
}

// TestRedirectsAreClean: the texts about an error in a redirect are clean, even if its
// code is right, and in every place.
func TestRedirectsAreClean(t *testing.T) {
	for _, tt := range []struct {
		canonical  bool
		from, want string // empty: byte for byte
	}{
		{false, "https://app/cb?error=access_denied&error_description=No+access+for+J%C3%BCrgen&error_uri=https://docs/x&state=a%2fb", ""},
		{false, "/cb?error=access_denied&error_description=token+" + leaked + "+of+jane%40bank.example&state=1", "/cb?error=access_denied&error_description=token+%2A%2A%2A+of+%2A%2A%2A&state=1"},
		{false, "/cb?error=access_denied&error_description=%5B%0A%09%22scope%22%0D%0A%5D&state=1", ""},
		{false, "/cb?error=access_denied&error_description=<script>x</script>no", "/cb?error=access_denied&error_description=x%20no"},
		{false, "/cb?error=access_denied&error_uri=javascript:alert(1)&state=1", "/cb?error=access_denied&state=1"},
		{false, "/cb?error=access_denied&error_uri=https://x/?access_token=abc", "/cb?error=access_denied"},
		{false, "/cb?error=access_denied&error_hint=password%3Dletmein", "/cb?error=access_denied&error_hint=password%3D%2A%2A%2A"},
		{false, "/cb?error=access_denied&message=password%3Dletmein&Reason=token+" + leaked + "&x=y", "/cb?error=access_denied&message=password%3D%2A%2A%2A&Reason=token+%2A%2A%2A&x=y"},
		{false, "/cb?error=access_denied&error%5Fdescription=password%3Dletmein", "/cb?error=access_denied&error%5Fdescription=password%3D%2A%2A%2A"},
		{false, "/cb?error=access_denied&error=user_locked#error=user_unknown&error_uri=data:x", "/cb?error=access_denied&error=access_denied#error=access_denied"},
		{false, "/cb?error=never_heard&error_description=" + leaked, ""}, // an unknown code passes unchecked
		{true, "/cb?state=1&error=access_denied&iss=x", "/cb?state=1&error=access_denied&error_description=The%20user%20or%20the%20authorization%20server%20refused%20the%20request.&iss=x"},
		{true, "/cb?error_description=locked&error_uri=https://x/locked&error=access_denied&error_subcode=7&message=m&error=b", "/cb?error=access_denied&error_description=The%20user%20or%20the%20authorization%20server%20refused%20the%20request."},
		{true, "/cb?error=access_denied&login_error=locked&Msg=locked&x-error-code=7&cause=locked&state=1", "/cb?error=access_denied&error_description=The%20user%20or%20the%20authorization%20server%20refused%20the%20request.&state=1"},
		{false, "/cb?error=access_denied&login_error=password%3Dletmein&msg=password%3Dletmein", "/cb?error=access_denied&login_error=password%3D%2A%2A%2A&msg=password%3D%2A%2A%2A"},
		{true, "/cb?error=user_locked&error_description=locked&state=+", "/cb?error=user_locked&state=+"},
	} {
		d := decideFor(t, Config{CanonicalDescriptions: tt.canonical}, registry.EndpointAuthorization, 302, http.Header{"Location": {tt.from}, "Content-Type": {"text/html"}, "Etag": {"1"}, "X-Locked": {"1"}}, "<a href=x>")
		header := http.Header{"Location": {tt.from}, "Content-Type": {"text/html"}, "Etag": {"1"}, "X-Locked": {"1"}}
		status, body := d.Apply(header)
		if status != 302 {
			t.Errorf("%s: got status %d, want 302", tt.from, status)
		}
		if tt.want == "" {
			if d.Changes() || header.Get("Location") != tt.from || string(body) != "<a href=x>" {
				t.Errorf("%s: got %s %q, want it as it came", tt.from, header.Get("Location"), body)
			}
			continue
		}
		want := http.Header{"Location": {tt.want}, "Content-Length": {"0"}, "X-Locked": {"1"}}
		if tt.canonical {
			want = http.Header{"Location": {tt.want}, "Content-Length": {"0"}, "Cache-Control": {"no-store"}}
		}
		if fmt.Sprint(header) != fmt.Sprint(want) || len(body) != 0 {
			t.Errorf("%s:\ngot  %v %q\nwant %v and no body", tt.from, header, body, want)
		}
	}
}

// TestCanonicalAnswersAreClean: an answer leaves unchanged only if no member beside its
// error is a secret or a dump.
func TestCanonicalAnswersAreClean(t *testing.T) {
	for _, tt := range []struct {
		beside string
		clean  bool
	}{
		{`"refresh_token":"` + leaked + `"`, false},
		{`"refresh_token":"abcdef"`, false},
		{`"password":"letmein"`, false},
		{`"stack":"Error: x\n    at f (/srv/a.js:1:2)"`, false},
		{`"info":"java.lang.X: y\n\tat a.b(C.java:1)"`, false},
		{`"stackTrace":[{"methodName":"a"}]`, false},
		{`"details":{"request":{"user":"jane@bank.example"}}`, false},
		{`"error_debug":"query select * from users"`, false},
		{`"hint":"password is hunter22"`, false},
		{`"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","correlation_id":"9f3c0d5e-2b1a-4c8e-8f00-0123456789ab","timestamp":"2026-11-28 10:00:00Z"`, true},
		{`"requestId":"` + leaked + `"`, false},
		{`"interval":5,"ticket":"` + leaked + `","auth_session":"` + leaked + `"`, true},
		{`"status":400,"code":70008,"path":"/oauth/token","message":"The code has expired.","trace":null,"stack":""`, true},
		{`"hint":"Check the redirect_uri","suberror":"bad_token","error_codes":[70008]`, true},
		{`"debug":false,"errors":[{"field":"scope","message":"is unknown"}]`, true},
		{`"hints":["` + strings.Repeat("Check the scope. ", mostBeside/40) + `"]`, true},
		{`"hints":["` + strings.Repeat("Check the scope. ", mostBeside/16) + `"]`, false}, // more than is looked through
	} {
		body := `{"error":"invalid_grant","error_description":"The code has expired.",` + tt.beside + `}`
		d := decideFor(t, Config{}, registry.EndpointToken, 400, http.Header{"Content-Type": {"application/json"}}, body)
		if got := d.Outcome == OutcomeCanonical; got != tt.clean {
			t.Errorf("%.200s: got outcome %s, want it canonical: %t", tt.beside, d.Outcome, tt.clean)
		}
		if _, got := d.Apply(http.Header{}); !tt.clean && strings.Contains(string(got), "eyJ") {
			t.Errorf("%s: got %s, want it without the secret", tt.beside, got)
		}
	}
}

// TestClassesOfFields: fields that describe, digest, sign or cache a body are dropped
// with it. CDNs do not keep an answer that leaves unchanged.
func TestClassesOfFields(t *testing.T) {
	edges := []string{"Cdn-Cache-Control", "Cloudflare-Cdn-Cache-Control", "Netlify-Cdn-Cache-Control", "Vercel-Cdn-Cache-Control", "Surrogate-Control", "Surrogate-Key", "X-Accel-Expires", "Edge-Control"}
	stale := []string{"Content-Length", "Content-Type", "Content-Encoding", "Content-Language", "Content-Location", "Content-Range", "Content-Disposition", "Content-Digest",
		"Content-Md5", "Digest", "Repr-Digest", "X-Content-Sha256", "X-Amz-Content-Sha256", "Signature", "Signature-Input", "X-Hub-Signature", "Warning", "Sourcemap", "X-Sourcemap",
		"Delta-Base", "Im", "Accept-Ranges", "Expires", "Age", "Trailer", "Etag", "Last-Modified", "Location", "Refresh", "X-Accel-Redirect"}
	stays := []string{"Set-Cookie", "Access-Control-Allow-Origin", "Dpop-Nonce", "X-Request-Id", "X-Ratelimit-Remaining", "Strict-Transport-Security", "Content-Security-Policy",
		"Content-Security-Policy-Report-Only", "Vary", "Want-Digest", "Accept-Signature", "Link", "Server", "Date", "X-Content-Type-Options", "Accept-Ch"}
	all := http.Header{"Content-Type": {"application/json"}}
	for _, name := range slices.Concat(edges, stale, stays) {
		if name != "Content-Type" && name != "Content-Encoding" {
			all[name] = []string{"x"}
		}
	}
	rewritten, secured := all.Clone(), all.Clone()
	d := decideFor(t, Config{}, registry.EndpointToken, 403, all, `{"error":"invalid_grant"}`)
	d.Apply(rewritten)
	d = decideFor(t, Config{}, registry.EndpointToken, 400, all, `{"error":"invalid_grant"}`)
	d.Apply(secured)
	if d.Outcome != OutcomeCanonical {
		t.Fatalf("got outcome %s, want canonical", d.Outcome)
	}
	for _, name := range slices.Concat(edges, stale) {
		if got := rewritten[name]; !IsStale(name) || len(got) > 0 && got[0] == "x" {
			t.Errorf("%s: got %q in a rewritten answer, want it gone", name, got)
		}
	}
	for _, name := range stays {
		if IsStale(name) || len(rewritten[name]) == 0 {
			t.Errorf("%s: got it dropped, want it to stay", name)
		}
	}
	for name := range all {
		if _, got := secured[name]; got == slices.Contains(edges, name) {
			t.Errorf("%s: got it in an answer that was right: %t", name, got)
		}
	}
}

// TestContradictions: options that would tell accounts apart are refused together with
// canonical descriptions.
func TestContradictions(t *testing.T) {
	for _, tt := range []struct {
		c    Config
		want string
	}{
		{Config{Expose: []string{"provider", "code"}}, "expose code"},
		{Config{Expose: []string{"row"}}, "expose row"},
		{Config{Expose: []string{"status"}}, "expose status"},
		{Config{Keep: []string{"mfa_token"}}, "keep mfa_token"},
		{Config{NoDefaults: true}, "unmapped pass"},
		{Config{Expose: []string{"provider", "action", "request_id"}, Format: FormatAuto}, ""},
	} {
		tt.c.CanonicalDescriptions = true
		_, err := Compile(tt.c)
		if got := fmt.Sprint(err); (err != nil) != (tt.want != "") || !strings.Contains(got, tt.want) && err != nil {
			t.Errorf("%+v: got error %v, want one with %q", tt.c, err, tt.want)
		}
	}
}

// TestMaskMissesNothing has texts in which a secret was once missed, and texts that only
// look as if they had one.
func TestMaskMissesNothing(t *testing.T) {
	for text, secret := range map[string]string{
		"Invalid password: letmein":                                  "letmein",
		"password is hunter22":                                       "hunter22",
		"client_secret=correct horse battery staple":                 "battery",
		"verification code is 483920":                                "483920",
		"one-time password 483920":                                   "483920",
		"token 483920":                                               "483920",
		"Refresh token abcdefghijklmnopqrstuvwxyzabcdef":             "abcdefghijklm",
		"device_code GmRhmhcxhwAzkoEqiMEg":                           "GmRhmhcxhw",
		"user_code WDJB-MJHT":                                        "WDJB",
		"pwd=hunter":                                                 "hunter",
		"passphrase=hunter":                                          "hunter",
		"JSESSIONID=abcdefgh":                                        "abcdefgh",
		"key=sk_live_abcdEFGH":                                       "sk_live",
		"user jane%40bank.example":                                   "bank.example",
		"card 4111 1111 1111 1111":                                   "1111 1111",
		"IBAN DE89 3704 0044 0532 0130 00":                           "0532",
		"Access token expired: 4f0c1c2e-0000-4000-8000-000000000000": "4f0c1c2e",
	} {
		if got := cleanDescription(text); strings.Contains(got, secret) {
			t.Errorf("%s: got %s, want it without %s", text, got, secret)
		}
	}
	for _, text := range []string{
		"AADSTS70008: the code has expired", "The password is wrong", "Missing parameter: refresh_token", "Request id 4f0c1c2e-0000-4000-8000-000000000000", "error code 53003",
	} {
		if got := cleanDescription(text); got != text {
			t.Errorf("%s: got %s, want it as it is", text, got)
		}
	}
}

// TestTwoTypesAreNotCanonical: clients treat an answer with two Content-Type fields
// differently.
func TestTwoTypesAreNotCanonical(t *testing.T) {
	for _, types := range [][]string{{"application/json"}, {"application/json", "text/html"}, {"application/json", "application/json"}} {
		d := decideFor(t, Config{}, registry.EndpointToken, 400, http.Header{"Content-Type": types}, `{"error":"invalid_grant"}`)
		if got, want := d.Outcome == OutcomeCanonical, len(types) == 1; got != want {
			t.Errorf("%q: got outcome %s, want it canonical: %t", types, d.Outcome, want)
		}
	}
}

// TestLongTextsCostLittle: a description outside ASCII is cut before it is looked at.
func TestLongTextsCostLittle(t *testing.T) {
	short, long := strings.Repeat("é a1b2 ", 8<<10/8), strings.Repeat("é a1b2 ", 1<<20/8)
	cost := func(text string) time.Duration {
		least := time.Hour
		for range 5 {
			began := time.Now()
			cleanDescription(text)
			safeText(text)
			least = min(least, time.Since(began))
		}
		return least
	}
	if few, many := cost(short), cost(long); many > 16*few {
		t.Errorf("got %v for 8 KiB and %v for 1 MiB, want about the same", few, many)
	}
	if got := cleanDescription(long); len(got) > maxDescription {
		t.Errorf("got %d bytes, want at most %d", len(got), maxDescription)
	}
}
