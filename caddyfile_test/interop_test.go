//go:build interop

package caddyfile_test

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// interopDir is where the programs for Node are. interop/run.sh installs the
// libraries that they use and runs these tests.
const interopDir = "interop"

// reportFile has what the libraries show, as -update has written it.
const reportFile = "RESULTS.md"

// clientLibrary is a library that programs get their tokens with.
type clientLibrary struct {
	name string
	// property is where a program finds the error.
	property string
	// never says of which answers the library shows no error at all, whatever is
	// in them: by the status that the client gets.
	never func(status int) bool
	// ask makes the calls and returns what a program sees, by the id of the call.
	ask func(t *testing.T, calls []clientCall) map[string]shownError
}

// noBodyAbove499: what is no client error is not read at all, so that programs
// see nothing but the status.
func noBodyAbove499(status int) bool { return status >= 500 }

func readsAll(int) bool { return false }

// clientLibraries: every library shows every error, but for the answers that it
// never reads.
var clientLibraries = []clientLibrary{
	{"oauth4webapi", "ResponseBodyError.error, or WWWAuthenticateChallengeError.cause[0].parameters.error", noBodyAbove499, askNode},
	{"openid-client", "ResponseBodyError.error, or WWWAuthenticateChallengeError.cause[0].parameters.error", noBodyAbove499, askNode},
	{"simple-oauth2", "data.payload.error", readsAll, askNode},
	{"passport-oauth2", "TokenError.code", readsAll, askNode},
	{"golang.org/x/oauth2", "RetrieveError.ErrorCode", readsAll, askGo},
}

// clientCall is one request for a token: ask.mjs reads it.
type clientCall struct {
	ID       string `json:"id"`
	Library  string `json:"-"`
	TokenURL string `json:"tokenURL"`
	Auth     string `json:"auth"` // post or basic
	Case     string `json:"case"`
	Poll     bool   `json:"poll"`
}

// shownError is what a program sees: ask.mjs writes it.
type shownError struct {
	ID    string `json:"id"`
	Error string `json:"error"`
	How   string `json:"how"`
}

// String spells an answer for the tables.
func (s shownError) String() string {
	if s.Error != "" {
		return s.Error
	}
	return "(" + s.How + ")"
}

// clientWays are how the calls are made: with credentials in the body and in the
// header, through the module and without it.
var clientWays = []struct{ auth, gateway string }{{"post", "without"}, {"basic", "without"}, {"post", "with"}, {"basic", "with"}}

// clientRow is a row and what a library shows of it in each of the ways.
type clientRow struct {
	row
	shown [4]shownError
}

// runNode runs a program of Node on the input and returns its output.
func runNode(t *testing.T, input []byte, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", args...)
	cmd.Dir = interopDir
	cmd.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v (does interop/run.sh succeed?)\n%s", cmd, err, stderr.String())
	}
	return out
}

// askNode makes the calls with a library for Node.
func askNode(t *testing.T, calls []clientCall) map[string]shownError {
	t.Helper()
	input, err := json.Marshal(calls)
	if err != nil {
		t.Fatal(err)
	}
	var answers []shownError
	if err := json.Unmarshal(runNode(t, input, "ask.mjs", calls[0].Library), &answers); err != nil {
		t.Fatalf("reading the answers: %v", err)
	}
	byID := make(map[string]shownError, len(answers))
	for _, a := range answers {
		byID[a.ID] = a
	}
	return byID
}

// askGo makes the calls with golang.org/x/oauth2.
func askGo(t *testing.T, calls []clientCall) map[string]shownError {
	t.Helper()
	styles := map[string]oauth2.AuthStyle{"post": oauth2.AuthStyleInParams, "basic": oauth2.AuthStyleInHeader}
	byID := make(map[string]shownError, len(calls))
	for _, c := range calls {
		if failure := exchangeCode(t, c.TokenURL, c.Case, styles[c.Auth]); failure != nil {
			byID[c.ID] = shownError{c.ID, failure.ErrorCode, "RetrieveError"}
		}
	}
	return byID
}

// TestInteropClients: every library shows the canonical error of every row of the
// documents, however the client authenticates, but for what it never reads.
func TestInteropClients(t *testing.T) {
	rows := slices.DeleteFunc(documentedRows(), func(r row) bool { return endpointOf(r.path) != "token" })
	up := startUpstream(t)
	gateways := startGateways(t, up)
	for i, r := range rows {
		up.script(fmt.Sprint("row ", i), r.answer())
	}
	var tables []clientTable
	for _, library := range clientLibraries {
		t.Run(library.name, func(t *testing.T) {
			table := clientTable{clientLibrary: library, rows: askRows(t, library, rows, gateways)}
			for _, r := range table.rows {
				table.check(t, r)
			}
			t.Logf("%s:\n%s", library.name, table.text())
			tables = append(tables, table)
		})
	}
	t.Logf("\n%s", summaryTable(tables))
	if len(tables) == len(clientLibraries) { // or -run left some out
		compareReport(t, filepath.Join(interopDir, reportFile), markdown(tables))
	}
}

// compareReport keeps the published tables true. The file has several reports: each begins
// with its title.
func compareReport(t *testing.T, file, report string) {
	t.Helper()
	if t.Failed() {
		return
	}
	before, published, after := cutReport(t, file, report)
	if published == report {
		return
	}
	if !*update {
		t.Errorf("%s is not what the libraries show (-update rewrites it):\n%s", file, excerpt(difference(report, published)))
		return
	}
	if err := os.WriteFile(file, []byte(before+report+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// cutReport finds the report with the same title in a file, and what stands around it. A
// blank line is between two reports.
func cutReport(t *testing.T, file, report string) (before, published, after string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	title, _, _ := strings.Cut(report, "\n")
	before, published, found := strings.Cut("\n"+string(text), "\n"+title+"\n")
	if !found {
		return string(text) + "\n", "", ""
	}
	published = title + "\n" + published
	if i := strings.Index(published, "\n\n# "); i >= 0 {
		published, after = published[:i+1], published[i+1:]
	}
	return strings.TrimPrefix(before+"\n", "\n"), published, after
}

// stillPolling is what poll of openid-client.mjs answers if the library went on.
const stillPolling = "still polling"

// TestInteropDevicePolls: openid-client goes on after authorization_pending and
// slow_down, and gives up at anything else. It reads no body of a server error.
func TestInteropDevicePolls(t *testing.T) {
	up := startUpstream(t)
	gateways := startGateways(t, up)
	var calls []clientCall
	for _, a := range pollAnswers {
		up.script(a.name, answer{wire: sized(a.lines, a.body)})
		calls = append(calls, clientCall{ID: a.name, Library: "openid-client", TokenURL: "http://" + gateways[a.provider] + "/oauth2/token", Auth: "post", Case: a.name, Poll: true})
	}
	answers := askNode(t, calls)
	for _, a := range pollAnswers {
		got := answers[a.name]
		switch {
		case a.want == "" && got.How != stillPolling,
			a.want != "" && got.Error != a.want && !strings.Contains(a.lines, " 503 "),
			a.want != "" && got.How == stillPolling:
			t.Errorf("%s: openid-client shows %s, want %s", a.name, got, cmp.Or(a.want, stillPolling))
		}
	}
}

// askRows has a library ask for every row in each of the ways.
func askRows(t *testing.T, library clientLibrary, rows []row, gateways map[string]string) []clientRow {
	t.Helper()
	var calls []clientCall
	for i, r := range rows {
		for j, way := range clientWays {
			gateway := gateways["plain"]
			if way.gateway == "with" {
				gateway = gateways[r.provider]
			}
			calls = append(calls, clientCall{
				ID: fmt.Sprint(i, "/", j), Library: library.name, TokenURL: "http://" + gateway + r.path, Auth: way.auth, Case: fmt.Sprint("row ", i)})
		}
	}
	answers := library.ask(t, calls)
	asked := make([]clientRow, len(rows))
	for i, r := range rows {
		asked[i].row = r
		for j := range clientWays {
			id := fmt.Sprint(i, "/", j)
			answer, ok := answers[id]
			if !ok {
				t.Fatalf("%s: no answer to %s of %s", library.name, id, r)
			}
			asked[i].shown[j] = answer
		}
	}
	return asked
}

// clientTable is what one library shows of all rows.
type clientTable struct {
	clientLibrary
	rows []clientRow
}

// check compares what the library shows through the module with the row.
func (c clientTable) check(t *testing.T, r clientRow) {
	t.Helper()
	for j, way := range clientWays {
		if way.gateway != "with" {
			continue
		}
		got := r.shown[j]
		switch {
		case c.never(r.wantStatus) && got.Error != "":
			t.Errorf("%s, %s: %s shows %s, want it to show nothing of status %d", r, way.auth, c.name, got, r.wantStatus)
		case !c.never(r.wantStatus) && got.Error != r.wantError:
			t.Errorf("%s, %s: %s shows %s, want %s", r, way.auth, c.name, got, r.wantError)
		}
	}
}

// right counts the rows whose error a program sees in all the ways through a
// gateway; total counts those that it can see at all.
func (c clientTable) right(gateway string) (right, total int) {
	for _, r := range c.rows {
		if c.never(r.wantStatus) {
			continue
		}
		total++
		if !slices.ContainsFunc(r.through(gateway), func(s shownError) bool { return s.Error != r.wantError }) {
			right++
		}
	}
	return right, total
}

// through returns what is shown in each of the ways through a gateway.
func (r clientRow) through(gateway string) []shownError {
	var shown []shownError
	for j, way := range clientWays {
		if way.gateway == gateway {
			shown = append(shown, r.shown[j])
		}
	}
	return shown
}

// cell spells it: once if credentials in the body and in the header make no
// difference.
func (r clientRow) cell(gateway string) string {
	shown := r.through(gateway)
	if shown[0].String() == shown[1].String() {
		return shown[0].String()
	}
	return fmt.Sprintf("body: %s, header: %s", shown[0], shown[1])
}

// verdict is the last column.
func (c clientTable) verdict(r clientRow) string {
	if c.never(r.wantStatus) {
		return "never shown"
	}
	if slices.ContainsFunc(r.through("with"), func(s shownError) bool { return s.Error != r.wantError }) {
		return "wrong"
	}
	return "right"
}

// text is the table of a library, in Markdown.
func (c clientTable) text() string {
	var b strings.Builder
	b.WriteString("| provider | sends | canonical | without | with | |\n|---|---|---|---|---|---|\n")
	for _, r := range c.rows {
		fmt.Fprintf(&b, "| %s | %d %s | %d %s | %s | %s | %s |\n", r.provider, r.status, asCode(r.body),
			r.wantStatus, r.wantError, r.cell("without"), r.cell("with"), c.verdict(r))
	}
	return b.String()
}

// asCode marks a body as it came.
func asCode(body string) string {
	return "`" + strings.ReplaceAll(cmp.Or(body, "(empty)"), "|", `\|`) + "`"
}

// summaryTable counts the rows of all libraries.
func summaryTable(tables []clientTable) string {
	var b strings.Builder
	b.WriteString("| library | a program reads | without | with | never shown |\n|---|---|---|---|---|\n")
	for _, c := range tables {
		without, total := c.right("without")
		with, _ := c.right("with")
		fmt.Fprintf(&b, "| %s | `%s` | %d of %d | %d of %d | %d |\n", c.name, c.property, without, total, with, total, len(c.rows)-total)
	}
	return b.String()
}

// markdown is the report on all libraries.
func markdown(tables []clientTable) string {
	var b strings.Builder
	b.WriteString(`# What client libraries show of the documented errors

Written by ` + "`caddyfile_test/interop/run.sh -update`" + `. Each row of the documents that a token endpoint can answer is
asked for with the client's credentials in the body and in the header, through the module and without it. A row
is right if a program sees the canonical error, in the property that the library has for it, in both cases.
Never shown are answers with a status of 500 or more, where the library does not read them: programs see the
status.

`)
	b.WriteString(summaryTable(tables))
	for _, c := range tables {
		fmt.Fprintf(&b, "\n## %s\n\n%s", c.name, c.text())
	}
	return b.String()
}

// startOIDCProvider serves the certified identity provider and returns its
// address.
func startOIDCProvider(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("node", append([]string{"oidc-provider.mjs"}, args...)...)
	cmd.Dir = interopDir
	return startProcess(t, cmd)
}

// freshCall is a call with something in it that can be used once: fresh gets it
// from the provider, as replacements for the names in braces.
type freshCall struct {
	call
	fresh func(t *testing.T, idp string) []string
}

// at makes the call at a site.
func (c freshCall) at(t *testing.T, address, idp string) string {
	t.Helper()
	if c.fresh == nil {
		return c.call.at(t, address)
	}
	values := strings.NewReplacer(c.fresh(t, idp)...)
	made := c.call
	made.path, made.body, made.header = values.Replace(made.path), values.Replace(made.body), http.Header{}
	for name := range c.header {
		made.header.Set(name, values.Replace(c.header.Get(name)))
	}
	return made.at(t, address)
}

// issuedMembers has the provider answer to a form, and returns members of the answer as
// replacements.
func issuedMembers(path string, header http.Header, body string, members ...string) func(*testing.T, string) []string {
	return func(t *testing.T, idp string) []string {
		t.Helper()
		c := call{name: "getting " + strings.Join(members, ", "), method: http.MethodPost, path: path, header: header, body: body}
		wire := c.at(t, idp)
		resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(wire)), nil)
		if err != nil {
			t.Fatalf("%s: got %q: %v", c.name, wire, err)
		}
		defer resp.Body.Close()
		var object map[string]any
		if err := json.NewDecoder(resp.Body).Decode(&object); err != nil {
			t.Fatalf("%s: got %q: %v", c.name, wire, err)
		}
		var values []string
		for _, m := range members {
			value, ok := object[m].(string)
			if !ok {
				t.Fatalf("%s: got %q, want %s in it", c.name, wire, m)
			}
			values = append(values, "{"+m+"}", value)
		}
		return values
	}
}

// startedLogin starts a login and returns its page and its cookies.
func startedLogin(t *testing.T, idp string) []string {
	t.Helper()
	c := call{name: "starting a login", method: http.MethodGet, path: "/auth?" + publicClient + "&response_type=code&scope=openid", header: browser}
	wire := c.at(t, idp)
	resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(wire)), nil)
	if err != nil {
		t.Fatalf("%s: got %q: %v", c.name, wire, err)
	}
	resp.Body.Close()
	page, err := resp.Location()
	if err != nil {
		t.Fatalf("%s: got %q: %v", c.name, wire, err)
	}
	var cookies []string
	for _, cookie := range resp.Cookies() {
		cookies = append(cookies, cookie.Name+"="+cookie.Value)
	}
	return []string{"{page}", page.Path, "{cookies}", strings.Join(cookies, "; ")}
}

// dpopProof makes a DPoP proof (RFC 9449 §4.2) without a nonce.
func dpopProof(method, uri string) func(*testing.T, string) []string {
	return func(t *testing.T, _ string) []string {
		t.Helper()
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		point, err := key.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		encode := base64.RawURLEncoding.EncodeToString
		signed := encode(fmt.Appendf(nil, `{"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":%q,"y":%q}}`, encode(point[1:33]), encode(point[33:]))) +
			"." + encode(fmt.Appendf(nil, `{"jti":%q,"htm":%q,"htu":%q,"iat":%d}`, rand.Text(), method, uri, time.Now().Unix()))
		digest := sha256.Sum256([]byte(signed))
		r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		return []string{"{proof}", signed + "." + encode(signature)}
	}
}

// withField adds a field to a header.
func withField(header http.Header, name, value string) http.Header {
	h := header.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set(name, value)
	return h
}

var (
	clientInHeader = basicAuth("header", "secret")
	wrongInHeader  = basicAuth("header", "wrong")
	asJSON         = field("Content-Type", "application/json")
	spaOrigin      = field("Origin", "https://spa.test")
)

const (
	clientInBody   = "client_id=body&client_secret=secret"
	wrongInBody    = "client_id=body&client_secret=wrong"
	deviceGrant    = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"
	cibaGrant      = "grant_type=urn%3Aopenid%3Aparams%3Agrant-type%3Aciba"
	publicCallback = "redirect_uri=https%3A%2F%2Fclient.test%2Fcb"
	publicClient   = "client_id=public&state=a+b&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&" + publicCallback
)

// oidcProviderCalls are what a compliant provider is asked for, at all of its
// endpoints: nothing but an added no-store may tell that the module is there. The
// exceptions are no errors of OAuth at all: a GET where the endpoint wants a POST is
// answered in plain text or with a page, and the status says what it means.
var oidcProviderCalls = []freshCall{
	{call: call{name: "discovery", method: "GET", path: "/.well-known/openid-configuration"}},
	{call: call{name: "discovery, OAuth", method: "GET", path: "/.well-known/oauth-authorization-server"}},
	{call: call{name: "discovery, CORS", method: "GET", path: "/.well-known/openid-configuration", header: spaOrigin}},
	{call: call{name: "discovery, wrong method", method: "POST", path: "/.well-known/openid-configuration", body: "a=b"}},
	{call: call{name: "no such metadata", method: "GET", path: "/.well-known/nothing"}},
	{call: call{name: "JWKS", method: "GET", path: "/jwks"}},
	{call: call{name: "JWKS, HEAD", method: "HEAD", path: "/jwks"}},
	{call: call{name: "no such page", method: "GET", path: "/nowhere", header: browser}},

	{call: call{name: "token, header", method: "POST", path: "/token", header: clientInHeader, body: "grant_type=client_credentials&scope=api"}},
	{call: call{name: "token, body", method: "POST", path: "/token", body: "grant_type=client_credentials&" + clientInBody}},
	{call: call{name: "token, CORS preflight", method: "OPTIONS", path: "/token", header: withField(spaOrigin, "Access-Control-Request-Method", "POST")}},
	{call: call{name: "token, invalid_client in the header", method: "POST", path: "/token", header: wrongInHeader, body: "grant_type=client_credentials"}},
	{call: call{name: "token, invalid_client in the body", method: "POST", path: "/token", body: "grant_type=client_credentials&" + wrongInBody}},
	{call: call{name: "token, unknown client in the header", method: "POST", path: "/token", header: basicAuth("nobody", "secret"), body: "grant_type=client_credentials"}},
	{call: call{name: "token, unknown client in the body", method: "POST", path: "/token", body: "grant_type=client_credentials&client_id=nobody&client_secret=x"}},
	{call: call{name: "token, client of the other method", method: "POST", path: "/token", header: basicAuth("body", "secret"), body: "grant_type=client_credentials"}},
	{call: call{name: "token, malformed Basic", method: "POST", path: "/token", header: field("Authorization", "Basic x"), body: "grant_type=client_credentials"}},
	{call: call{name: "token, no client", method: "POST", path: "/token", body: "grant_type=client_credentials", rewritten: "400 invalid_client"}},
	{call: call{name: "token, client in both places", method: "POST", path: "/token", header: clientInHeader, body: "grant_type=client_credentials&" + clientInBody}},
	{call: call{name: "token, bad assertion", method: "POST", path: "/token", body: "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=x.y.z"}},
	{call: call{name: "token, invalid_grant of a code", method: "POST", path: "/token", header: clientInHeader, body: "grant_type=authorization_code&code=x&redirect_uri=http%3A%2F%2Flocalhost%2Fcb"}},
	{call: call{name: "token, invalid_grant of a refresh token", method: "POST", path: "/token", body: "grant_type=refresh_token&refresh_token=x&" + clientInBody}},
	{call: call{name: "token, unsupported_grant_type", method: "POST", path: "/token", header: clientInHeader, body: "grant_type=magic"}},
	{call: call{name: "token, unauthorized_client", method: "POST", path: "/token", body: "grant_type=client_credentials&client_id=public", rewritten: "400 unauthorized_client"}},
	{call: call{name: "token, invalid_request", method: "POST", path: "/token", header: clientInHeader, body: "a=b"}},
	{call: call{name: "token, repeated parameter", method: "POST", path: "/token", header: clientInHeader, body: "grant_type=client_credentials&scope=api&scope=openid"}},
	{call: call{name: "token, invalid_scope", method: "POST", path: "/token", header: clientInHeader, body: "grant_type=client_credentials&scope=openid+offline_access"}},
	{call: call{name: "token, invalid_target", method: "POST", path: "/token", header: clientInHeader, body: "grant_type=client_credentials&resource=urn%3Ax"}},
	{call: call{name: "token, JSON", method: "POST", path: "/token", header: withField(clientInHeader, "Content-Type", "application/json"), body: `{"grant_type":"client_credentials"}`}},
	{call: call{name: "token, wrong method", method: "GET", path: "/token", rewritten: "404 invalid_request"}},
	{call: call{name: "token, broken proof", method: "POST", path: "/token", header: withField(clientInHeader, "DPoP", "x"), body: "grant_type=client_credentials"}},
	{call: call{name: "token, use_dpop_nonce", method: "POST", path: "/token", header: withField(clientInHeader, "DPoP", "{proof}"), body: "grant_type=client_credentials"}, fresh: dpopProof("POST", "http://gateway.test/token")},

	{call: call{name: "device authorization", method: "POST", path: "/device/auth", header: clientInHeader, body: "scope=openid"}},
	{call: call{name: "device authorization, invalid_client", method: "POST", path: "/device/auth", header: wrongInHeader, body: "scope=openid"}},
	{call: call{name: "device authorization, unauthorized_client", method: "POST", path: "/device/auth", body: "client_id=public"}},
	{call: call{name: "device authorization, wrong method", method: "GET", path: "/device/auth", rewritten: "500 server_error"}},
	{call: call{name: "device poll, authorization_pending", method: "POST", path: "/token", header: clientInHeader, body: deviceGrant + "&device_code={device_code}"}, fresh: issuedMembers("/device/auth", clientInHeader, "scope=openid", "device_code")},
	{call: call{name: "device poll, authorization_pending, body", method: "POST", path: "/token", body: deviceGrant + "&device_code={device_code}&" + clientInBody}, fresh: issuedMembers("/device/auth", nil, "scope=openid&"+clientInBody, "device_code")},
	{call: call{name: "device poll, somebody else's", method: "POST", path: "/token", header: clientInHeader, body: deviceGrant + "&device_code={device_code}"}, fresh: issuedMembers("/device/auth", nil, "scope=openid&"+clientInBody, "device_code")},
	{call: call{name: "device poll, invalid_grant", method: "POST", path: "/token", header: clientInHeader, body: deviceGrant + "&device_code=x"}},
	{call: call{name: "device poll, no code", method: "POST", path: "/token", header: clientInHeader, body: deviceGrant}},
	{call: call{name: "device poll, invalid_client", method: "POST", path: "/token", header: wrongInHeader, body: deviceGrant + "&device_code=x"}},
	{call: call{name: "device page", method: "GET", path: "/device", header: browser}},
	{call: call{name: "device page, wrong code", method: "GET", path: "/device?user_code=x", header: browser}},
	{call: call{name: "device page, foreign form", method: "POST", path: "/device", header: browser, body: "user_code=x&xsrf=y"}},

	{call: call{name: "CIBA", method: "POST", path: "/backchannel", header: clientInHeader, body: "scope=openid&login_hint=peter"}},
	{call: call{name: "CIBA, unknown_user_id", method: "POST", path: "/backchannel", header: clientInHeader, body: "scope=openid&login_hint=nobody"}},
	{call: call{name: "CIBA, invalid_request", method: "POST", path: "/backchannel", header: clientInHeader, body: "scope=openid"}},
	{call: call{name: "CIBA, invalid_client", method: "POST", path: "/backchannel", header: wrongInHeader, body: "scope=openid&login_hint=peter"}},
	{call: call{name: "CIBA, unauthorized_client", method: "POST", path: "/backchannel", body: "scope=openid&login_hint=peter&" + clientInBody}},
	{call: call{name: "CIBA poll, authorization_pending", method: "POST", path: "/token", header: clientInHeader, body: cibaGrant + "&auth_req_id={auth_req_id}"}, fresh: issuedMembers("/backchannel", clientInHeader, "scope=openid&login_hint=peter", "auth_req_id")},
	{call: call{name: "CIBA poll, invalid_grant", method: "POST", path: "/token", header: clientInHeader, body: cibaGrant + "&auth_req_id=x"}},

	{call: call{name: "PAR", method: "POST", path: "/request", body: publicClient + "&response_type=code&scope=openid"}},
	{call: call{name: "PAR, invalid_request", method: "POST", path: "/request", body: publicClient + "&scope=openid"}},
	{call: call{name: "PAR, invalid_redirect_uri", method: "POST", path: "/request", header: clientInHeader, body: "response_type=code&client_id=header&scope=openid&redirect_uri=https%3A%2F%2Fevil.test"}},
	{call: call{name: "PAR, invalid_client", method: "POST", path: "/request", header: wrongInHeader, body: "response_type=code"}},
	{call: call{name: "PAR, invalid_client in the body", method: "POST", path: "/request", body: "response_type=code&" + wrongInBody}},
	{call: call{name: "PAR, broken request object", method: "POST", path: "/request", header: clientInHeader, body: "client_id=header&request=x.y.z"}},
	{call: call{name: "PAR, request_uri", method: "POST", path: "/request", header: clientInHeader, body: "client_id=header&request_uri=urn%3Ax"}},
	{call: call{name: "PAR, wrong method", method: "GET", path: "/request", rewritten: "404 invalid_request"}},

	{call: call{name: "authorize, page", method: "GET", path: "/auth?" + publicClient + "&response_type=code&scope=openid", header: browser}},
	{call: call{name: "authorize, pushed", method: "GET", path: "/auth?client_id=public&request_uri={request_uri}", header: browser}, fresh: issuedMembers("/request", nil, publicClient+"&response_type=code&scope=openid", "request_uri")},
	{call: call{name: "authorize, login page", method: "GET", path: "{page}", header: withField(browser, "Cookie", "{cookies}")}, fresh: startedLogin},
	{call: call{name: "authorize, login page without a session", method: "GET", path: "/interaction/x", header: browser}},
	{call: call{name: "authorize, login aborted", method: "GET", path: "{page}/abort", header: withField(browser, "Cookie", "{cookies}")}, fresh: startedLogin},
	{call: call{name: "authorize, login_required", method: "GET", path: "/auth?" + publicClient + "&response_type=code&scope=openid&prompt=none", header: browser}},
	{call: call{name: "authorize, login_required to a program", method: "GET", path: "/auth?" + publicClient + "&response_type=code&scope=openid&prompt=none"}},
	{call: call{name: "authorize, login_required in the fragment", method: "GET", path: "/auth?" + publicClient + "&response_type=id_token&nonce=n&scope=openid&prompt=none", header: browser}},
	{call: call{name: "authorize, login_required in a form post", method: "GET", path: "/auth?" + publicClient + "&response_type=code&response_mode=form_post&scope=openid&prompt=none", header: browser}},
	{call: call{name: "authorize, unsupported_response_type", method: "GET", path: "/auth?" + publicClient + "&response_type=magic&scope=openid", header: browser}},
	{call: call{name: "authorize, unauthorized_client", method: "GET", path: "/auth?" + publicClient + "&response_type=none&scope=openid", header: browser}},
	{call: call{name: "authorize, invalid_scope", method: "GET", path: "/auth?" + publicClient + "&response_type=code&scope=openid+api", header: browser}},
	{call: call{name: "authorize, no response type", method: "GET", path: "/auth?" + publicClient + "&scope=openid", header: browser}},
	{call: call{name: "authorize, request_uri_not_supported", method: "GET", path: "/auth?" + publicClient + "&request_uri=https%3A%2F%2Fclient.test%2Fr", header: browser}},
	{call: call{name: "authorize, broken request object", method: "GET", path: "/auth?" + publicClient + "&request=x.y.z", header: browser}},
	{call: call{name: "authorize, unknown client", method: "GET", path: "/auth?client_id=nobody&response_type=code&scope=openid", header: browser}},
	{call: call{name: "authorize, unknown client, program", method: "GET", path: "/auth?client_id=nobody&response_type=code&scope=openid", header: field("Accept", "application/json")}},
	{call: call{name: "authorize, wrong redirect URI", method: "GET", path: "/auth?client_id=public&redirect_uri=https%3A%2F%2Fevil.test&response_type=code&scope=openid", header: browser}},
	{call: call{name: "authorize, wrong redirect URI, anybody", method: "GET", path: "/auth?client_id=public&redirect_uri=https%3A%2F%2Fevil.test&response_type=code&scope=openid"}},
	{call: call{name: "authorize, dead session", method: "GET", path: "/auth/x", header: browser}},

	{call: call{name: "userinfo, no token", method: "GET", path: "/me"}},
	{call: call{name: "userinfo, no token, POST", method: "POST", path: "/me"}},
	{call: call{name: "userinfo, bad token", method: "GET", path: "/me", header: field("Authorization", bearer)}},
	{call: call{name: "userinfo, bad token, CORS", method: "GET", path: "/me", header: withField(spaOrigin, "Authorization", bearer)}},
	{call: call{name: "userinfo, bad token in the body", method: "POST", path: "/me", body: "access_token=x"}},
	{call: call{name: "userinfo, malformed header", method: "GET", path: "/me", header: field("Authorization", "Bearer")}},
	{call: call{name: "userinfo, other scheme", method: "GET", path: "/me", header: field("Authorization", "Basic eDp5")}},
	{call: call{name: "userinfo, token without openid", method: "GET", path: "/me", header: field("Authorization", "Bearer {access_token}")}, fresh: issuedMembers("/token", clientInHeader, "grant_type=client_credentials&scope=api", "access_token")},
	{call: call{name: "userinfo, no proof", method: "GET", path: "/me", header: field("Authorization", "DPoP x")}},
	{call: call{name: "userinfo, use_dpop_nonce", method: "GET", path: "/me", header: withField(field("Authorization", "DPoP x"), "DPoP", "{proof}")}, fresh: dpopProof("GET", "http://gateway.test/me")},

	{call: call{name: "introspection, inactive", method: "POST", path: "/token/introspection", header: clientInHeader, body: "token=x"}},
	{call: call{name: "introspection, active", method: "POST", path: "/token/introspection", header: clientInHeader, body: "token={access_token}"}, fresh: issuedMembers("/token", clientInHeader, "grant_type=client_credentials&scope=api", "access_token")},
	{call: call{name: "introspection, no token", method: "POST", path: "/token/introspection", header: clientInHeader, body: "a=b"}},
	{call: call{name: "introspection, invalid_client", method: "POST", path: "/token/introspection", header: wrongInHeader, body: "token=x"}},
	{call: call{name: "introspection, invalid_client in the body", method: "POST", path: "/token/introspection", body: "token=x&" + wrongInBody}},
	{call: call{name: "introspection, no client", method: "POST", path: "/token/introspection", body: "token=x", rewritten: "400 invalid_client"}},

	{call: call{name: "revocation", method: "POST", path: "/token/revocation", header: clientInHeader, body: "token={access_token}"}, fresh: issuedMembers("/token", clientInHeader, "grant_type=client_credentials&scope=api", "access_token")},
	{call: call{name: "revocation, unknown token", method: "POST", path: "/token/revocation", header: clientInHeader, body: "token=x"}},
	{call: call{name: "revocation, no token", method: "POST", path: "/token/revocation", header: clientInHeader, body: "a=b"}},
	{call: call{name: "revocation, invalid_client", method: "POST", path: "/token/revocation", header: wrongInHeader, body: "token=x"}},
	{call: call{name: "revocation, no client", method: "POST", path: "/token/revocation", body: "token=x", rewritten: "400 invalid_client"}},

	{call: call{name: "registration", method: "POST", path: "/reg", header: asJSON, body: `{"redirect_uris":["https://client.test/cb"]}`}},
	{call: call{name: "registration, invalid_redirect_uri", method: "POST", path: "/reg", header: asJSON, body: `{"redirect_uris":["x"]}`}},
	{call: call{name: "registration, invalid_client_metadata", method: "POST", path: "/reg", header: asJSON, body: `{"redirect_uris":["https://client.test/cb"],"grant_types":["magic"]}`}},
	{call: call{name: "registration, broken JSON", method: "POST", path: "/reg", header: asJSON, body: `{"redirect`}},
	{call: call{name: "registration, form", method: "POST", path: "/reg", body: "a=b"}},
	{call: call{name: "registration management", method: "GET", path: "/reg/{client_id}", header: field("Authorization", "Bearer {registration_access_token}")}, fresh: registeredClient},
	{call: call{name: "registration management, bad token", method: "GET", path: "/reg/{client_id}", header: field("Authorization", bearer)}, fresh: registeredClient},
	{call: call{name: "registration management, no token", method: "GET", path: "/reg/{client_id}"}, fresh: registeredClient},
	{call: call{name: "registration management, unknown client", method: "GET", path: "/reg/nobody", header: field("Authorization", bearer)}},
	{call: call{name: "registration management, deleted", method: "DELETE", path: "/reg/{client_id}", header: field("Authorization", "Bearer {registration_access_token}")}, fresh: registeredClient},

	{call: call{name: "logout", method: "GET", path: "/session/end", header: browser}},
	{call: call{name: "logout, bad hint", method: "GET", path: "/session/end?id_token_hint=x", header: browser}},
	{call: call{name: "logout, foreign form", method: "POST", path: "/session/end/confirm", header: browser, body: "xsrf=x"}},
}

// registeredClient registers a client.
func registeredClient(t *testing.T, idp string) []string {
	return issuedMembers("/reg", asJSON, `{"redirect_uris":["https://client.test/cb"]}`, "client_id", "registration_access_token")(t, idp)
}

var oidcProviderRandom = blanks{
	member("access_token", "device_code", "user_code", "verification_uri_complete", "request_uri", "auth_req_id",
		"client_id", "client_secret", "registration_access_token", "registration_client_uri", "client_id_issued_at", "iat", "exp"),
	regexp.MustCompile(`(?m)(^Set-Cookie: [^=]+=)[^;]+(;)`),
	regexp.MustCompile(`(expires=)[^;\r]+()`),
	regexp.MustCompile(`((?:/interaction|gateway\.test/auth|path=/auth)/)[\w-]{43}()`),
	regexp.MustCompile(`(name="xsrf" value=")[^"]+(")`),
	regexp.MustCompile(`(<strong>uid</strong>: )[\w-]{43}()`),
	regexp.MustCompile(`(?m)(^Dpop-Nonce: )[^\r]+()`),
}

// TestInteropOIDCProvider: a compliant provider is the same with and without the
// module, at every endpoint, but for what a row names.
func TestInteropOIDCProvider(t *testing.T) {
	idp := startOIDCProvider(t)
	with, passing, without := freeAddress(t), freeAddress(t), freeAddress(t)
	proxy := "reverse_proxy " + idp
	startCaddy(t, site(with, "auth_errors", proxy)+site(passing, "auth_errors {\n\t\tunmapped pass\n\t}", proxy)+site(without, proxy))
	for _, c := range oidcProviderCalls {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			want := oidcProviderRandom.apply(c.at(t, without, idp))
			compareWires(t, c.call, oidcProviderRandom.apply(c.at(t, with, idp)), want)
			if got := oidcProviderRandom.apply(c.at(t, passing, idp)); got != want {
				compareWires(t, c.call, got, want)
			}
			first, _, _ := strings.Cut(want, "\r\n")
			t.Log(first)
		})
	}
}

// TestInteropFlows: what clients go through at a compliant provider ends the same
// with and without the module. The provider's issuer is the site that it is behind.
func TestInteropFlows(t *testing.T) {
	with, without := freeAddress(t), freeAddress(t)
	startCaddy(t, site(with, "auth_errors", "reverse_proxy "+startOIDCProvider(t, "http://"+with))+
		site(without, "reverse_proxy "+startOIDCProvider(t, "http://"+without)))
	for _, address := range []string{without, with} {
		if got := string(runNode(t, nil, "flows.mjs", "http://"+address)); got != flowOutcomes {
			t.Errorf("with the module: %t: got\n%swant\n%s", address == with, difference(got, flowOutcomes), flowOutcomes)
		}
	}
}

// flowOutcomes is what flows.mjs says: of each step the success, or what was thrown and the
// error in it.
const flowOutcomes = `no session: AuthorizationResponseError login_required
login: peter
userinfo: peter
userinfo with a bad token: WWWAuthenticateChallengeError invalid_token
unknown response type: AuthorizationResponseError unsupported_response_type
client credentials: bearer
client credentials in the body: bearer
wrong secret in the header: WWWAuthenticateChallengeError invalid_client
wrong secret in the body: ResponseBodyError invalid_client
bad refresh token: ResponseBodyError invalid_grant
unknown grant type: ResponseBodyError unsupported_grant_type
proof of possession: dpop
device: string
device poll: ResponseBodyError authorization_pending
device polls: stopped by TimeoutError
introspection: active true
introspection of a bad token: active false
revocation: done
revocation of a bad token: done
userinfo with a revoked token: WWWAuthenticateChallengeError invalid_token
pushed request: true
bad pushed request: ResponseBodyError invalid_request
registration: string
bad registration: ResponseBodyError invalid_redirect_uri
`
