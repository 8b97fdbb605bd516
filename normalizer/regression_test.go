package normalizer

import (
	"net/http"
	"strings"
	"testing"
)

// TestOverlapStarDescription has a pattern that ranks like none, and fits as much.
func TestOverlapStarDescription(t *testing.T) {
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("Compile: got panic %v, want an error that names both lines", r)
		}
	}()
	if err := compileRows(t, "{code: a, error: invalid_grant}", `{code: a, description: "*", error: invalid_scope}`); err == nil {
		t.Error("got no error, want one that names both lines")
	}
}

// TestCleanDescriptionIsIdempotent holds that cleaning leaves nothing to clean, as
// two instances in a row would find.
func TestCleanDescriptionIsIdempotent(t *testing.T) {
	for _, in := range []string{"a &amp;amp; b", "&amp;lt;b&amp;gt;", "\uff06lt;x", "\uff1cscript>x", "a &#38;quot; b"} {
		once := cleanDescription(in)
		if twice := cleanDescription(once); twice != once {
			t.Errorf("%q: got %q, and cleaned again %q, want the same", in, once, twice)
		}
	}
}

// TestToDescriptionIsNeverEmpty has a text that cleaning leaves nothing of.
func TestToDescriptionIsNeverEmpty(t *testing.T) {
	m := loadAs(t, "k.yaml", rows(`{code: q, error: invalid_grant, to_description: "\u0301"}`))
	table := compile(t, Config{Provider: "test", Files: []*Mapping{m}})
	if e, _, _ := table.Normalize(respond(t, EndpointToken, 400, `{"error":"q"}`)); e.Description == "" {
		t.Error("got no description, want one")
	}
}

// TestLoadIsStrictAboutExamples refuses what would be read as something else.
func TestLoadIsStrictAboutExamples(t *testing.T) {
	example := func(text string) string {
		return head + "examples:\n  - {endpoint: token, status: 400, " + text + "}\n"
	}
	for _, tt := range []refused{
		{"a body that is a mapping", example("body: {error: x}, expect: {pass: true}"), 4, "body"},
		{"a body that is a list", example("body: [x], expect: {pass: true}"), 4, "body"},
		{"an error without a status", example("expect: {error: slow_down}"), 4, "status"},
		{"an unregistered error", example("expect: {status: 400, error: nonsense}"), 4, "nonsense"},
		{"pass with a status", example("expect: {pass: true, status: 403}"), 4, "status"},
		{"a header name that is a list", example("header: {[a]: b}, expect: {pass: true}"), 4, "header"},
		{"a source name that is a list", head + "sources:\n  ? [a]\n  : {title: x}\n", 4, "sources"},
	} {
		tt.check(t)
	}
}

// TestLoadRefusesSuccessBehindError looks at every status of a list.
func TestLoadRefusesSuccessBehindError(t *testing.T) {
	refused{"a success behind an error", head + "errors:\n  - {status: [400, 200], error: invalid_grant}\n", 4, "200"}.check(t)
}

// TestNestingInScalars holds that brackets in text do not add up.
func TestNestingInScalars(t *testing.T) {
	for _, text := range []string{
		head + "errors:\n" + strings.Repeat("  - status: 400\n    code: a [ b\n    error: invalid_grant\n", 33),
		head + "examples:\n" + strings.Repeat("  - endpoint: token\n    status: 400\n    body: |\n      broken {{\n    expect: {pass: true}\n", 17),
	} {
		if _, err := Load("test.yaml", []byte(text)); err != nil {
			t.Errorf("got error %v, want none:\n%.150s", err, text)
		}
	}
}

// TestOverlapHeaderCase holds that a field is one place, however it is spelled.
func TestOverlapHeaderCase(t *testing.T) {
	if err := compileRows(t, `{when: {header.x-a: "1"}, error: invalid_grant}`, `{when: {header.X-A: "1"}, error: invalid_scope}`); err == nil {
		t.Error("got no error, want one that names both lines")
	}
}

// TestStatusBeyond599 has a status such as LinkedIn sends.
func TestStatusBeyond599(t *testing.T) {
	table := compile(t, Config{Provider: "test"}, rows(`{description: "x*", error: invalid_grant}`, `{code: a, error: invalid_scope}`))
	wantRule(t, "a code", table, respond(t, EndpointToken, 999, `{"error":"a"}`), "invalid_scope")
	wantRule(t, "a description", table, respond(t, EndpointToken, 999, `{"error_description":"xy"}`), "invalid_grant")
}

// TestRepeatedErrorIsNotCanonical holds that clients cannot read different errors.
func TestRepeatedErrorIsNotCanonical(t *testing.T) {
	table := compile(t, Config{Provider: "oauth2"})
	if _, _, got := table.Normalize(respond(t, EndpointToken, 400, `{"error":"invalid_grant","error":"nope"}`)); got != OutcomeNormalized {
		t.Errorf("got outcome %s, want %s", got, OutcomeNormalized)
	}
}

// TestLoadRefusesDefaultsAtPages refuses a row that could never decide.
func TestLoadRefusesDefaultsAtPages(t *testing.T) {
	refused{"a status default at a page", head + "errors:\n  - {status: 400, endpoint: authorization, error: invalid_grant}\n", 4, "at pages"}.check(t)
}

// TestAnswersShareNothing rewrites a value in place, as the header directive does,
// and expects the next answer not to have it.
func TestAnswersShareNothing(t *testing.T) {
	e := Error{Code: "invalid_grant", Status: 400, Description: "x"}
	first, second := http.Header{}, http.Header{}
	e.EditHeader(first, &Rendering{}, 10)
	for _, values := range first {
		values[0] = "changed"
	}
	e.EditHeader(second, &Rendering{}, 10)
	for name, values := range second {
		if values[0] == "changed" {
			t.Errorf("%s: got the value of another answer", name)
		}
	}
}

// TestNotCanonical has answers with the right status and error that a client cannot
// read, or should not.
func TestNotCanonical(t *testing.T) {
	table := compileShipped(t, "oauth2")
	for _, tt := range []struct {
		name, body, challenge string
		status                int
		endpoint              Endpoint
	}{
		{"a byte order mark", "\ufeff" + `{"error":"invalid_grant"}`, "", 400, EndpointToken},
		{"a link that runs code", `{"error":"invalid_grant","error_uri":"javascript:alert(1)"}`, "", 400, EndpointToken},
		{"a text that is null, beside a text", `{"error":"invalid_grant","error_description":null,"error_description":"x"}`, "", 400, EndpointToken},
		{"a secret in the challenge", `{"error":"invalid_token"}`, `Bearer error="invalid_token", error_description="token abc123def456 expired"`, 401, EndpointResource},
	} {
		header := http.Header{"Content-Type": {"application/json"}}
		if tt.challenge != "" {
			header.Set("WWW-Authenticate", tt.challenge)
		}
		if _, _, outcome := normalize(t, table, Response{Status: tt.status, Header: header, Endpoint: tt.endpoint, Scheme: "Bearer"}, tt.body); outcome != OutcomeNormalized {
			t.Errorf("%s: got %s, want %s", tt.name, outcome, OutcomeNormalized)
		}
	}
}

// TestMask holds what is masked in a text, and what is left for support to read.
func TestMask(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"Token eyJhbGciOiJub25lIn0.eyJzdWIiOiJqYW5lMSJ9.c2ln is invalid", "Token *** is invalid"},
		{"no user jane.doe@example.com here", "no user *** here"},
		{"client_secret=mysecretvalue&x=1", "client_secret=***&x=1"},
		{"password='hunter' is wrong", "password='***' is wrong"},
		{"code 4/0AX4XfWj1 was used", "code *** was used"},
		{"OTP 123456 is wrong", "OTP *** is wrong"},
		{"AADSTS70008: The code has expired", "AADSTS70008: The code has expired"},
		{"Trace ID: 0c9f2a2e-1d3b-4c55-9f0e-6a1f0f3f9a11", "Trace ID: 0c9f2a2e-1d3b-4c55-9f0e-6a1f0f3f9a11"},
		{"grant type urn:ietf:params:oauth:grant-type:saml2-bearer", "grant type urn:ietf:params:oauth:grant-type:saml2-bearer"},
		{"error code 900901", "error code 900901"},
		{"The code 482913 was used", "The code *** was used"},
		{"Code: 482913", "Code: ***"},
		{"no code 4829", "no code 4829"},
		{"Basic dXNlcjpwYXNz is wrong", "Basic *** is wrong"},
		{"Basic authentication is required", "Basic authentication is required"},
		{"the token 'abcdefgh' is unknown", "the token '***' is unknown"},
		{`the token "abcdefgh" is unknown`, `the token "***" is unknown`},
		{`"code" is missing`, `"code" is missing`},
		{"'password', 'username' are missing", "'password', 'username' are missing"},
		{"unknown ghp_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgHiJ here", "unknown *** here"},
		{"token InvalidTokenException", "token InvalidTokenException"},
		{"NotAuthorizedException in com.amazonaws.cognito.NotAuthorizedException", "NotAuthorizedException in com.amazonaws.cognito.NotAuthorizedException"},
		{"Unknown user jane@localhost", "Unknown user ***"},
		{"UserNotFoundException and UserAccountNotFoundInTenant", "UserNotFoundException and UserAccountNotFoundInTenant"},
		{"Code: NoSuchUser", "Code: NoSuchUser"},
		{"Invalid authorization code. 'redirect_uri' does not match", "Invalid authorization code. 'redirect_uri' does not match"},
		{"Unsupported token 'refresh_token'", "Unsupported token 'refresh_token'"},
		{"token 'refresh-me' is bad", "token '***' is bad"},
		{"HTTP code 500123", "HTTP code 500123"},
		{"@ is no address, nor is a@", "@ is no address, nor is a@"},
		{"oauth.v2.InvalidAccessToken at 2026-11-21T10:00:00Z", "oauth.v2.InvalidAccessToken at 2026-11-21T10:00:00Z"},
		{"Unsupported grant type: password", "Unsupported grant type: password"},
	} {
		if got := Mask(tt.text); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.text, got, tt.want)
		}
	}
}
