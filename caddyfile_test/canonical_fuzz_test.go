package caddyfile_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"

	autherrors "github.com/auth-errors/caddy-auth-errors"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// byNature are the fields that differ between any two responses anyway.
var byNature = regexp.MustCompile(`^(Access-Control-(Allow-(Origin|Credentials|Headers|Methods|Private-Network)|Expose-Headers|Max-Age)|Set-Cookie|Dpop-Nonce|Oauth-Client-Attestation-Challenge|Date|Via|` +
	`(X-)?Request-Id|(X-)?Correlation-Id|Request-Context|Trace(parent|state|response)|X-Trace-Id|X-B3-(Trace|Span)id|` +
	`X-Amzn-(Requestid|Trace-Id)|X-Amz-Cf-Id|X-Ms-Request-Id|Cf-Ray)$`)

// tokenSpellings and resourceSpellings are paths that some servers take for the named
// endpoint.
var (
	tokenSpellings = []string{
		"/sts/issue", "/sts/issue/", "//sts//issue", "/sts/issue;x", "/sts/issue;x=1/", "/sts;a/issue", "/sts/issue;/jwks", "/sts/issue%3B/jwks",
		"/sts/./issue", "/x/../sts/issue", "/STS/Issue", "/sts%2fissue", "/sts%2Fissue%2F", "/sts/%69ssue", "/sts/%2569ssue", "/sts/issue.json",
		"/sts/issue.", "/sts/issue%20", "/sts%5Cissue", "/sts/issue%00", "/sts/login.php", "/sts/login.php/jwks", "/sts/login.php/x/authorize",
		"/sts/login.php;/authorize", "/sts/login.php/..;/login.php",
		"/index.php/sts/issue", "/app.cgi;x//sts/issue/", "/sts/issue/index.html", "/sts/issue%3Fx", "/sts/issue%23/jwks", "/sts%25252fissue",
		"/sts%ef%bc%8fissue", "/%c5%bfts/is%e2%80%8bsue", "/sts/iss%09ue", "/(S(x))/sts/issue", "/sts%00/issue",
		"/sts/%2569ssue;%25zz", "/sts/issue.json.xml", "/sts/login.php.a.b.c", "/x" + strings.Repeat("/x", 2<<10),
	}
	resourceSpellings = []string{"/api/me", "/api/me/", "/api//me", "/api/me;v=2", "/API/me", "/api/me.xml"}
)

// askers are requests that differ in everything that a client can choose except its
// authentication.
var askers = []http.Header{
	{},
	{"Accept": {"text/html,application/xhtml+xml,*/*;q=0.8"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}},
	{"Accept": {"text/html"}},
	{"Accept": {"text/event-stream"}},
	{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}},
	{"Upgrade": {"h2c"}},
	{"Content-Type": {"application/grpc"}, "Te": {"trailers"}},
	{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept-Encoding": {"compress"}},
}

var askedBy = []string{http.MethodPost, http.MethodGet, http.MethodHead, http.MethodOptions}

// fixedAnswer is one response of a provider, and what its client got.
type fixedAnswer struct {
	status int // of the provider
	got    *httptest.ResponseRecorder
	method string
	error  string // empty for a response that passed
}

// FuzzCanonical plays two responses to two requests for one endpoint. If both get the
// same error and status, the answers are equal in every byte, except for fields that
// always differ and the body of HEAD. Responses that must not pass do not pass.
func FuzzCanonical(f *testing.F) {
	log := new(caddy.CustomLog)
	log.WriterRaw = caddyconfig.JSON(map[string]any{"output": "discard"}, nil)
	var handlers []*autherrors.Handler
	for _, provider := range []string{"oauth2", "cognito", "entra", "slack", "auth0", "keycloak"} {
		handlers = append(handlers, provisionedWith(f, &autherrors.Handler{
			Provider: provider, Descriptions: "canonical", Expose: []string{"provider", "action"},
			Endpoints: map[string][]string{"token": {"/sts/issue", "/sts/login.php"}, "resource": {"/api/me"}},
		}, log))
	}
	for _, seed := range canonicalSeeds {
		for k := range len(handlers) {
			f.Add(seed.status, seed.fields, []byte(seed.body), uint16(400), "Content-Type: application/json", []byte(`{"error":"invalid_grant"}`), uint32(k)|seed.choice<<8, "")
		}
	}
	for _, pair := range [][2]string{
		{`WWW-Authenticate: DPoP algs="ES256"`, `WWW-Authenticate: Bearer error="invalid_token", scope="locked"`},
		{"WWW-Authenticate: Basic realm=\"jane\"", "WWW-Authenticate: Negotiate"},
		{"X-Ratelimit-Remaining: 1", "Content-Language: de"},
	} {
		for k := range uint32(2) { // the token endpoint, and the resource
			f.Add(uint16(401), pair[0], []byte("user locked"), uint16(401), pair[1], []byte(`{"error":"invalid_token","scope":"x"}`), k<<8, "")
		}
	}
	f.Fuzz(func(t *testing.T, status1 uint16, fields1 string, body1 []byte, status2 uint16, fields2 string, body2 []byte, choice uint32, authorization string) {
		h := handlers[int(choice&0xff)%len(handlers)]
		token := choice>>8&1 == 0
		first, ok1 := playFixed(t, h, token, status1, fields1, body1, choice>>9, authorization)
		second, ok2 := playFixed(t, h, token, status2, fields2, body2, choice>>20, authorization)
		if !ok1 || !ok2 || first.error == "" || first.error != second.error || first.got.Code != second.got.Code {
			return
		}
		if problem := first.differs(second); problem != "" {
			t.Errorf("%d %q %q and %d %q %q: %s", status1, fields1, body1, status2, fields2, body2, problem)
		}
	})
}

// canonicalSeeds have what told accounts apart once.
var canonicalSeeds = []struct {
	status uint16
	fields string
	body   string
	choice uint32 // bit 0: resource; then method, asker, path, coding
}{
	{400, "X-Amzn-Errortype: UserNotFoundException\nX-Amzn-Errormessage: User does not exist.", `{"__type":"NotAuthorizedException"}`, 0},
	{400, "X-Ms-Locked: 1\nRetry-After: 300\nX-Ratelimit-Remaining: 2", `{"error":"invalid_grant","mfa_token":"x","suberror":"locked","claims":"{}"}`, 0},
	{401, "Content-Type: text/html", "<title>Locked</title><form></form>", 2<<3 | 1<<1},
	{401, "Content-Type: text/html\nWWW-Authenticate: Negotiate", "<title>Locked</title>", 1 << 3},
	{403, "Content-Type: text/event-stream", "data: locked\n\n", 3 << 3},
	{403, "Content-Type: application/grpc\nGrpc-Message: locked", "", 6 << 3},
	{401, `WWW-Authenticate: Bearer error="invalid_token", error_description="user locked", scope="a", acr_values="b"`, "", 1 | 2<<1},
	{401, `WWW-Authenticate: DPoP algs="ES256"`, "", 1},
	{418, "Content-Type: text/plain", "no such user", 0},
	{499, "Content-Type: text/plain", "no such user", 0},
	{999, "Content-Type: text/plain", "no such user", 0},
	{400, "Content-Encoding: compress\nContent-Type: application/json", "\x1f\x9d\x90", 7 << 3},
	{200, "Content-Type: application/json", `{"ok":false,"error":"invalid_auth","user":"jane"}`, 0},
	{302, "Location: /cb?error=access_denied&error_description=locked&error_uri=https://x/locked&error_subcode=7&state=1", "<a href=/>", 0},
	{302, "Location: /cb?error=user_locked&error_description=locked#error=b&message=c", "", 1},
	{400, "Content-Type: application/json", strings.Repeat(" ", 70<<10) + `{"error":"invalid_grant"}`, 0},
	{405, "Allow: GET\nStrict-Transport-Security: max-age=1\nLink: </locked>; rel=help", "", 1},
}

// playFixed plays one response, and checks it by itself. choice has the method, the
// asker, the path and the coding in its bits.
func playFixed(t *testing.T, h *autherrors.Handler, token bool, status uint16, fields string, body []byte, choice uint32, authorization string) (fixedAnswer, bool) {
	t.Helper()
	if status < 200 || status > 999 || status == http.StatusNoContent || status == http.StatusNotModified {
		return fixedAnswer{}, false
	}
	fields = cleanFields(fields)
	spellings := resourceSpellings
	if token {
		spellings = tokenSpellings
	}
	a := fixedAnswer{status: int(status), method: askedBy[choice&3], got: httptest.NewRecorder()}
	path := spellings[int(choice>>5&31)%len(spellings)]
	r := benchRequest("/")
	r.Method = a.method
	var err error
	if r.URL, err = url.Parse("http://idp.test" + path); err != nil {
		t.Fatal(err)
	}
	r.Header = askers[int(choice>>2&7)%len(askers)].Clone()
	if scheme := strings.TrimSpace(cleanFields(authorization)); scheme != "" {
		r.Header.Set("Authorization", scheme+" -")
	}
	if choice>>10&1 == 1 && !strings.Contains(strings.ToLower(fields), "content-encoding") {
		var coded bytes.Buffer
		z := gzip.NewWriter(&coded)
		z.Write(body)
		z.Close()
		fields, body = fields+"\nContent-Encoding: gzip", coded.Bytes()
	}
	if a.method == http.MethodHead {
		fields, body = fields+"\nContent-Length: "+strconv.Itoa(len(body)), nil
	}
	if err := h.ServeHTTP(a.got, r, played(a.status, fields, body)); err != nil {
		t.Errorf("got error %v, want none", err)
	}
	if problem := a.check(token, h.Provider, len(body) == 0 && a.method != http.MethodHead); problem != "" {
		t.Errorf("%s %s: %d %q %q: %s\ngot %d %v %q", a.method, path, status, fields, body, problem, a.got.Code, a.got.Header(), a.got.Body)
	}
	return a, true
}

// check returns the mistake in one answer, and finds its error.
func (a *fixedAnswer) check(token bool, provider string, empty bool) string {
	h := a.got.Header()
	if from := h.Get("Location"); a.got.Code/100 == 3 && normalizer.RedirectError(from) != "" {
		return a.checkRedirect(from)
	}
	closed := a.status >= 400 && (token || registry.RefusesAccess(a.status) || empty)
	if h.Get("Content-Type") != "application/json" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Pragma") != "no-cache" || h.Get("Cache-Control") != "no-store" || a.got.Code < 400 {
		if closed {
			return "the provider's own answer passed"
		}
		return ""
	}
	for name := range h {
		if !byNature.MatchString(name) && !slices.Contains([]string{"Content-Type", "Content-Length", "Cache-Control", "Pragma", "X-Content-Type-Options", "Www-Authenticate"}, name) &&
			!(name == "Retry-After" && (a.got.Code == 429 || a.got.Code == 503)) && !(name == "Allow" && a.got.Code == 405) {
			if !closed {
				return "" // nobody promises that it is ours
			}
			return "the field " + name + " stays"
		}
	}
	if a.method == http.MethodHead {
		a.error = "HEAD " + h.Get("Content-Length") // stands for the error, which has no two texts of one length
		return ""
	}
	var said struct{ Error string }
	if err := json.Unmarshal(a.got.Body.Bytes(), &said); err != nil && closed {
		return "the body is no JSON: " + err.Error()
	}
	entry, ok := registry.Lookup(said.Error)
	want := fmt.Sprintf(`{"error":%q,"error_description":%q,"action":%q,"upstream":{"provider":%q}}`, said.Error, entry.Description, entry.Action, provider)
	if !ok || a.got.Body.String() != want {
		if closed {
			return "the body says more than the error, want " + want
		}
		return ""
	}
	a.error = said.Error
	return ""
}

// checkRedirect says what a redirect says beside its error.
func (a *fixedAnswer) checkRedirect(location string) string {
	before, fragment, _ := strings.Cut(location, "#")
	_, query, _ := strings.Cut(before, "?")
	for _, part := range []string{query, fragment} {
		if strings.Contains("&"+part, "&response=") {
			return "" // it is signed
		}
	}
	code := normalizer.RedirectError(location)
	entry, _ := registry.Lookup(code)
	for _, part := range []string{query, fragment} {
		values, err := url.ParseQuery(part)
		if err != nil {
			continue
		}
		for name, said := range values {
			if strings.HasPrefix(name, "error_") && (name != "error_description" || len(said) != 1 || said[0] != entry.Description) {
				return name + " stays in the URL"
			}
		}
	}
	for name := range a.got.Header() {
		if !byNature.MatchString(name) && !slices.Contains([]string{"Location", "Content-Length", "Cache-Control"}, name) {
			return "the field " + name + " stays beside a redirect"
		}
	}
	if a.got.Body.Len() > 0 {
		return "the body stays beside a redirect"
	}
	return ""
}

// differs says how two answers with the same error can be told apart, or nothing.
func (a *fixedAnswer) differs(b fixedAnswer) string {
	if !bytes.Equal(a.got.Body.Bytes(), b.got.Body.Bytes()) {
		return fmt.Sprintf("got the bodies %q and %q", a.got.Body, b.got.Body)
	}
	for name := range maps.Keys(a.got.Header()) {
		if byNature.MatchString(name) || name == "Retry-After" || name == "Allow" {
			continue
		}
		if x, y := a.got.Header()[name], b.got.Header()[name]; !slices.Equal(x, y) {
			return fmt.Sprintf("got %s: %q and %q", name, x, y)
		}
	}
	if len(b.got.Header()["Www-Authenticate"]) != len(a.got.Header()["Www-Authenticate"]) {
		return fmt.Sprintf("got challenges %q and %q", a.got.Header()["Www-Authenticate"], b.got.Header()["Www-Authenticate"])
	}
	return ""
}
