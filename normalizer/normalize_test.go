package normalizer

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// canonicalBody is an answer that needs no rewriting.
const canonicalBody = `{"error":"invalid_grant","error_description":"The code was used before.","extra":1}`

// TestCanonical checks which answers leave unchanged. Each of the others has one
// difference that makes a rewrite necessary.
func TestCanonical(t *testing.T) {
	table := compileShipped(t, "oauth2")
	jsonType := http.Header{"Content-Type": {"application/json;charset=UTF-8"}}
	for _, tt := range []struct {
		name string
		resp exchange
		body string
		want Outcome
	}{
		{"canonical", exchange{status: 400, header: jsonType}, canonicalBody, OutcomeCanonical},
		{"no description", exchange{status: 400, header: jsonType}, `{"error":"invalid_grant"}`, OutcomeCanonical},
		{"another status", exchange{status: 403, header: jsonType}, canonicalBody, OutcomeNormalized},
		{"another type", exchange{status: 400, header: http.Header{"Content-Type": {"text/html"}}}, canonicalBody, OutcomeNormalized},
		{"another spelling", exchange{status: 400, header: jsonType}, `{"error":"Invalid-Grant"}`, OutcomeNormalized},
		{"a quote in the text", exchange{status: 400, header: jsonType}, `{"error":"invalid_grant","error_description":"The \"code\" was used."}`, OutcomeNormalized},
		{"a secret in the text", exchange{status: 400, header: jsonType}, `{"error":"invalid_grant","error_description":"Token a1b2c3d4e5 is dead."}`, OutcomeNormalized},
		{"a text that is no text", exchange{status: 400, header: jsonType}, `{"error":"invalid_grant","error_description":{}}`, OutcomeNormalized},
		{"a challenge that must go", exchange{status: 400, header: http.Header{"Content-Type": {"application/json"}, "Www-Authenticate": {"Negotiate"}}}, canonicalBody, OutcomeNormalized},
		{"no challenge at a resource", exchange{status: 401, header: jsonType, endpoint: registry.EndpointResource, scheme: "Bearer"}, `{"error":"invalid_token"}`, OutcomeNormalized},
		{"a challenge at a resource", exchange{status: 401, header: http.Header{"Content-Type": {"application/json"}, "Www-Authenticate": {`bearer error="invalid_token"`}}, endpoint: registry.EndpointResource, scheme: "Bearer"}, `{"error":"invalid_token"}`, OutcomeCanonical},
		{"two challenges at a resource", exchange{status: 401, header: http.Header{"Content-Type": {"application/json"}, "Www-Authenticate": {`Bearer error="invalid_token", Basic realm="x"`}}, endpoint: registry.EndpointResource, scheme: "Bearer"}, `{"error":"invalid_token"}`, OutcomeCanonical},
		{"a page", exchange{status: 400, header: http.Header{"Content-Type": {"text/html"}}, endpoint: registry.EndpointAuthorization}, canonicalBody, OutcomeUnmapped},
		{"a status alone at a page", exchange{status: 500, header: jsonType, endpoint: registry.EndpointAuthorization}, ``, OutcomeUnmapped},
		{"a code at a page", exchange{status: 403, header: jsonType, endpoint: registry.EndpointNone}, canonicalBody, OutcomeCanonical},
		{"a spelling at a page", exchange{status: 403, header: jsonType, endpoint: registry.EndpointNone}, `{"error":"INVALID_GRANT"}`, OutcomeNormalized},
		{"words of an application at a page", exchange{status: 403, header: jsonType, endpoint: registry.EndpointNone}, `{"error":"Access denied","upgrade":"/plans"}`, OutcomeUnmapped},
		{"a name of an application at a page", exchange{status: 400, header: jsonType, endpoint: registry.EndpointNone}, `{"error":"InvalidRequest","message":"Handle already taken"}`, OutcomeUnmapped},
		{"a message of an application at a page", exchange{status: 422, header: jsonType, endpoint: registry.EndpointNone}, `{"error":{"message":"No.","code":"VALIDATION_FAILED","details":[]}}`, OutcomeUnmapped},
		{"a code in a challenge at a page", exchange{status: 401, header: http.Header{"Content-Type": {"application/json"}, "Www-Authenticate": {`Bearer error="invalid_request"`}}, endpoint: registry.EndpointNone}, `{"message":"Unauthorized"}`, OutcomeUnmapped},
		{"a name of an application at a resource", exchange{status: 400, header: jsonType, endpoint: registry.EndpointResource, scheme: "Bearer"}, `{"error":"InvalidToken","message":"Bad scope"}`, OutcomeUnmapped},
		{"a code of a framework at a resource", exchange{status: 400, header: jsonType, endpoint: registry.EndpointResource, scheme: "Bearer"}, `{"code":"invalid_request","message":"Invalid request"}`, OutcomeUnmapped},
		{"a dead token of a framework at a resource", exchange{status: 400, header: jsonType, endpoint: registry.EndpointResource, scheme: "Bearer"}, `{"code":"invalid_token","message":"No."}`, OutcomeNormalized},
		{"a success", exchange{status: 200, header: jsonType}, canonicalBody, OutcomeUnmapped},
		{"a business error", exchange{status: 404, header: jsonType, endpoint: registry.EndpointResource}, `{"message":"no such order"}`, OutcomeUnmapped},
		{"an empty error of a resource", exchange{status: 500, header: http.Header{}, endpoint: registry.EndpointResource}, ``, OutcomeNormalized},
	} {
		if tt.resp.endpoint == registry.EndpointNone && !strings.HasSuffix(tt.name, " at a page") {
			tt.resp.endpoint = registry.EndpointToken
		}
		if _, _, got := normalize(t, table, tt.resp, tt.body); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestDescriptions holds where the text comes from.
func TestDescriptions(t *testing.T) {
	m := load(t, `
version: 1
provider: acme
errors:
  - {code: ours, to_description: "Say \"this\".", error: invalid_grant}
  - {status: 418, error: server_error}
`)
	table, err := Compile(Config{Provider: "acme", Files: []*mapping.Mapping{m}})
	if err != nil {
		t.Fatal(err)
	}
	fallback, _ := registry.Lookup("server_error")
	for _, tt := range []struct{ body, want string }{
		{`{"error":"ours","error_description":"Theirs"}`, "Say 'this'."},
		{`{"error":"server_error","error_description":"Theirs"}`, "Theirs"},
		{`{"error":"The bird is dead"}`, "The bird is dead"},
		{`{"error":"server_error"}`, fallback.Description},
		{`{"error":"x","error_description":"\u0000"}`, "x"},
		{`{"error":"` + strings.Repeat("page ", 100) + `"}`, fallback.Description},
	} {
		e, _, _ := normalize(t, table, exchange{status: 418, endpoint: registry.EndpointToken}, tt.body)
		if e.description != tt.want {
			t.Errorf("%s: got %q, want %q", tt.body, e.description, tt.want)
		}
	}
}

// TestNormalizeAllocatesLittle: the tree, its members and the folded text.
func TestNormalizeAllocatesLittle(t *testing.T) {
	const most = 3
	table := compileShipped(t, "auth0")
	header := http.Header{"Content-Type": {"application/json"}}
	body, buf, rendering := []byte(benchBody), make([]byte, 0, 512), rendering{}
	n := testing.AllocsPerRun(500, func() {
		tree, err := wire.Parse("application/json", body)
		if err != nil {
			t.Fatal(err)
		}
		resp := exchange{status: 403, header: header, body: tree, endpoint: registry.EndpointToken}
		e, _, _ := table.normalize(&resp)
		buf = e.append(buf[:0], &rendering)
	})
	if n > most {
		t.Errorf("got %v allocations, want at most %d", n, most)
	}
}

// TestSecondsUntil reads waits and moments.
func TestSecondsUntil(t *testing.T) {
	now := time.Unix(1795233588, 0)
	for _, tt := range []struct{ text, want string }{
		{"30", "30"}, {" 30 ", "30"}, {"0", "1"}, {"0.2", "1"}, {"1.2", "2"},
		{"1795233648", "60"}, {"1795233648.5", "61"}, {"1795233648000", "60"}, {"1795233000", "1"},
		{"", ""}, {"soon", ""}, {"-5", ""}, {"NaN", ""}, {"Inf", ""}, {"1e300", ""}, {"9999999999", ""},
	} {
		if got := secondsUntil(tt.text, now); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.text, got, tt.want)
		}
	}
}

// TestStatedStatus reads the status that a success states.
func TestStatedStatus(t *testing.T) {
	table := compileShipped(t, "accelo")
	for _, tt := range []struct {
		status int
		body   string
		want   string
	}{
		{200, `{"meta":{"status":"invalid_permission","response_code":403}}`, "access_denied 403"},
		{200, `{"meta":{"status":"invalid_permission","response_code":"403"}}`, "access_denied 403"},
		{200, `{"meta":{"status":"ok","response_code":200}}`, " 0"},
		{500, `{"meta":{"status":"invalid_permission","response_code":403}}`, "access_denied 403"},
	} {
		e, _, _ := normalize(t, table, exchange{status: tt.status, endpoint: registry.EndpointResource, scheme: "Bearer"}, tt.body)
		if got := e.code + " " + strconv.Itoa(e.status); got != tt.want {
			t.Errorf("%d %s: got %q, want %q", tt.status, tt.body, got, tt.want)
		}
	}
}

// naive finds the winner without any index: it compares every row with every
// other, by the words of the manual.
func naive(t *Table, all []*compiledRow, resp *exchange) *mapping.Row {
	f := t.places.readError(resp, &t.index)
	var best *compiledRow
	consider := func(anyStatus bool) {
		m := matcher{x: resp, finding: &f, anyStatus: anyStatus}
		for _, c := range all {
			named := false
			for _, code := range c.Codes {
				named = named || string(mapping.FoldCode(nil, code)) == string(mapping.FoldCode(nil, f.Code))
			}
			if (named || len(c.Codes) == 0 && !anyStatus) && m.fits(c) && (best == nil || c.rank > best.rank || anyStatus && best.IsDefault()) {
				best = c
			}
		}
	}
	consider(false)
	if best == nil || best.IsDefault() {
		consider(true)
	}
	if best == nil {
		return nil
	}
	return best.Row
}

// TestRecognizeAgainstNaive holds the index against a plain scan, over random
// tables and responses.
func TestRecognizeAgainstNaive(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(values ...string) string { return values[r.IntN(len(values))] }
	for range 200 {
		var text strings.Builder
		text.WriteString("version: 1\nprovider: acme\nerrors:\n")
		for range 1 + r.IntN(12) {
			text.WriteString("  - {status: " + pick("400", "401", "403", "[400, 5xx]", "4xx", "500") +
				pick("", ", code: a", ", code: [a, b]", ", code: c-c", ", code: invalid_grant") +
				pick("", "", `, description: "x*"`, `, description: "*y"`) +
				pick("", "", ", endpoint: token", ", endpoint: [resource, par]") +
				pick("", "", `, when: {k: "1"}`, `, when: {k: "*"}`) +
				", error: " + pick("invalid_scope", "server_error") + "}\n")
		}
		m, err := mapping.Load("acme.yaml", []byte(text.String()))
		if err != nil {
			t.Fatalf("%v\n%s", err, text.String())
		}
		table, err := Compile(Config{Provider: "acme", Files: []*mapping.Mapping{m}})
		if err != nil {
			continue // an overlap
		}
		all := everyRule(table)
		for range 40 {
			body := `{"error":"` + pick("a", "B", "C_C", "invalid_grant", "z") + `","error_description":"` + pick("x", "xy", "zy", "") + `","k":` + pick("1", "2", "null") + `}`
			tree, err := wire.Parse("application/json", []byte(body))
			if err != nil {
				t.Fatal(err)
			}
			status, _ := strconv.Atoi(pick("400", "401", "403", "404", "500", "503"))
			resp := &exchange{status: status, header: http.Header{}, body: tree, endpoint: anyEndpoint(r)}
			got, want := table.recognize(resp).row, naive(table, all, resp)
			if got != want {
				t.Fatalf("%s%d %s at %s: got %+v, want %+v", text.String(), status, body, resp.endpoint, got, want)
			}
		}
	}
}

// everyRule collects the compiled rules out of the index, each once.
func everyRule(t *Table) []*compiledRow {
	seen := make(map[*compiledRow]bool)
	for x := &t.index; x != nil; x = x.below {
		for _, rules := range x.byCode {
			for _, c := range rules {
				seen[c] = true
			}
		}
	}
	for _, rules := range t.index.bare {
		for _, c := range rules {
			seen[c] = true
		}
	}
	for _, rules := range t.index.bareRest {
		for _, c := range rules {
			seen[c] = true
		}
	}
	var all []*compiledRow
	for c := range seen {
		all = append(all, c)
	}
	return all
}
