package normalizer

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
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
	table := compile(t, Config{Provider: "test", Files: []*mapping.Mapping{m}})
	if e, _, _ := table.normalize(respond(t, registry.EndpointToken, 400, `{"error":"q"}`)); e.description == "" {
		t.Error("got no description, want one")
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
	wantRule(t, "a code", table, respond(t, registry.EndpointToken, 999, `{"error":"a"}`), "invalid_scope")
	wantRule(t, "a description", table, respond(t, registry.EndpointToken, 999, `{"error_description":"xy"}`), "invalid_grant")
}

// TestRepeatedErrorIsNotCanonical holds that clients cannot read different errors.
func TestRepeatedErrorIsNotCanonical(t *testing.T) {
	table := compile(t, Config{Provider: "oauth2"})
	if _, _, got := table.normalize(respond(t, registry.EndpointToken, 400, `{"error":"invalid_grant","error":"nope"}`)); got != OutcomeNormalized {
		t.Errorf("got outcome %s, want %s", got, OutcomeNormalized)
	}
}

// TestAnswersShareNothing rewrites a value in place, as the header directive does,
// and expects the next answer not to have it.
func TestAnswersShareNothing(t *testing.T) {
	e := Error{code: "invalid_grant", status: 400, description: "x"}
	first, second := http.Header{}, http.Header{}
	e.editHeader(first, &rendering{}, 10)
	for _, values := range first {
		values[0] = "changed"
	}
	e.editHeader(second, &rendering{}, 10)
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
		endpoint              registry.Endpoint
	}{
		{"a byte order mark", "\ufeff" + `{"error":"invalid_grant"}`, "", 400, registry.EndpointToken},
		{"a link that runs code", `{"error":"invalid_grant","error_uri":"javascript:alert(1)"}`, "", 400, registry.EndpointToken},
		{"a text that is null, beside a text", `{"error":"invalid_grant","error_description":null,"error_description":"x"}`, "", 400, registry.EndpointToken},
		{"a secret in the challenge", `{"error":"invalid_token"}`, `Bearer error="invalid_token", error_description="token abc123def456 expired"`, 401, registry.EndpointResource},
	} {
		header := http.Header{"Content-Type": {"application/json"}}
		if tt.challenge != "" {
			header.Set("WWW-Authenticate", tt.challenge)
		}
		if _, _, outcome := normalize(t, table, exchange{status: tt.status, header: header, endpoint: tt.endpoint, scheme: "Bearer"}, tt.body); outcome != OutcomeNormalized {
			t.Errorf("%s: got %s, want %s", tt.name, outcome, OutcomeNormalized)
		}
	}
}

// TestMask checks which parts of a text are masked, and which stay for support.
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

// TestDeclaredStreams: a response declared as a stream, in any spelling, stays unchanged.
func TestDeclaredStreams(t *testing.T) {
	table, err := Compile(Config{})
	if err != nil {
		t.Fatal(err)
	}
	for contentType, want := range map[string]bool{
		"text/event-stream": false, "Text/Event-Stream; charset=utf-8": false, "application/grpc-web+proto": false, "APPLICATION/GRPC": false,
		"text/plain": true, "": true,
	} {
		q := table.Request(httptest.NewRequest(http.MethodPost, "http://idp.test/oauth/token", nil))
		if _, got := table.Candidate(&q, http.StatusForbidden, http.Header{"Content-Type": {contentType}}); got != want {
			t.Errorf("%q: got a candidate: %v, want %v", contentType, got, want)
		}
	}
}
