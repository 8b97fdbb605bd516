package normalizer

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// FuzzNormalize plays arbitrary responses against every shipped table. What comes
// out has to be a registered error, and fit to be sent.
func FuzzNormalize(f *testing.F) {
	library := shipped()
	var tables []*Table
	for i, provider := range library.Providers() {
		m, err := library.Mapping(provider)
		if err != nil {
			f.Fatal(err)
		}
		table, err := Compile(Config{Provider: provider, Keep: []string{"error_code", "a.b", `c\.d`}}, library.Mapping)
		if err != nil {
			f.Fatal(err)
		}
		tables = append(tables, table)
		for _, x := range m.Examples {
			f.Add(uint8(i), uint8(x.Endpoint), uint16(x.Status), x.Header.Get("Content-Type"), x.Header.Get("Www-Authenticate"), x.Body)
		}
	}
	f.Add(uint8(0), uint8(EndpointResource), uint16(401), "", "Bearer realm=\"\x01\r\nX: y\", error=\"invalid_token\", scope=\"\\\"\"", `{"error":"\u0000"}`)
	f.Add(uint8(1), uint8(EndpointToken), uint16(429), "text/html", "", `<title>"</title>`)
	f.Add(uint8(2), uint8(EndpointToken), uint16(400), "application/json", "", `{"error":"x","a":{"b":"\ud800"},"c.d":[1e999],"c.d":2}`)
	f.Fuzz(func(t *testing.T, provider, endpoint uint8, status uint16, contentType, challenge, body string) {
		table := tables[int(provider)%len(tables)]
		tree, err := wire.Parse(contentType, []byte(body))
		resp := &Response{
			Status: int(status), Header: http.Header{"Content-Type": {contentType}}, Body: tree,
			Empty: errors.Is(err, wire.ErrEmpty), Endpoint: Endpoint(endpoint % uint8(endpointCount)),
			Scheme: []string{"", "Basic", "Bearer", "DPoP"}[status%4], Poll: status%5 == 0,
		}
		if challenge != "" {
			resp.Header["Www-Authenticate"] = []string{challenge}
		}
		e, finding, outcome := table.Normalize(resp)
		switch outcome {
		case OutcomeNormalized, OutcomeCanonical:
			checkError(t, &e)
		case OutcomePassed, OutcomeUnmapped:
			if e.Code != "" {
				t.Errorf("%s: got error %q, want none", outcome, e.Code)
			}
		default:
			t.Errorf("got outcome %q by %v, want a known one", outcome, finding.Rule)
		}
	})
}

// checkError checks what every error has to be, whatever it was made of.
func checkError(t *testing.T, e *Error) {
	if _, ok := Lookup(e.Code); !ok || e.Status < 400 || e.Status > 599 {
		t.Errorf("got %d %q, want a status from 400 to 599 and a registered error", e.Status, e.Code)
	}
	if e.Description == "" || len(e.Description) > maxDescription {
		t.Errorf("%s: got a description of %d bytes, want 1 to %d", e.Code, len(e.Description), maxDescription)
	}
	for name, text := range map[string]string{"description": e.Description, "URI": e.URI} {
		if i := strings.IndexFunc(text, func(r rune) bool { return !inErrorSet(r) }); i >= 0 {
			t.Errorf("%s: got %s %q, want only characters of RFC 6749", e.Code, name, text)
		}
	}
	for name, value := range map[string]string{"WWW-Authenticate": e.Challenge, "Retry-After": e.RetryAfter} {
		if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r >= 0x7f }) {
			t.Errorf("%s: got %s %q, want printable ASCII", e.Code, name, value)
		}
	}
	for _, problem := range []bool{false, true} {
		body := e.Append(nil, &Rendering{Problem: problem, RequestID: "r"})
		var members map[string]json.RawMessage
		if err := json.Unmarshal(body, &members); err != nil {
			t.Errorf("%s: got body %q, %v, want a JSON object", e.Code, body, err)
		}
		if got := string(members["error"]); got != `"`+e.Code+`"` {
			t.Errorf("body %s: got error %s, want %q", body, got, e.Code)
		}
		if !problem && len(members) < 2+len(e.Members) {
			t.Errorf("body %s: got %d different members, want each once", body, len(members))
		}
	}
}

// FuzzRecognize holds the index against a scan over all rows of all layers, for
// random tables and responses. The rows come from the mappings, not from the index.
func FuzzRecognize(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 7))
		layers := [][]*Rule{registeredRules(), nil}
		var files []*Mapping
		for range 1 + r.IntN(3) {
			m := loadAs(t, "f.yaml", randomMapping(r))
			files, layers = append(files, m), append(layers, m.Rules)
		}
		table, err := Compile(Config{Provider: "test", Files: files}, lookupIn(t))
		if err != nil {
			return // rows that contradict each other
		}
		var all []*compiledRule
		for layer, rules := range layers {
			for place, rule := range rules {
				all = append(all, compileRule(rule, layer, place)...)
			}
		}
		for range 20 {
			resp, body := randomResponse(t, r)
			if got, want := table.Recognize(resp).Rule, scan(table, all, resp); !sameRow(got, want) {
				t.Fatalf("%d %s at %v:\ngot  %+v\nwant %+v", resp.Status, body, resp.Endpoint, got, want)
			}
		}
	})
}

// sameRow tells rows apart; the registered ones are made anew for each table.
func sameRow(a, b *Rule) bool {
	return a == b || a != nil && b != nil && a.Line == 0 && b.Line == 0 && a.Text == b.Text
}

// pick chooses one of the values.
func pick(r *rand.Rand, values ...string) string { return values[r.IntN(len(values))] }

func randomMapping(r *rand.Rand) string {
	text := []string{"read: [{code: error, description: error_description, status: stated}]\n"}
	for range 1 + r.IntN(8) {
		left := pick(r, "", "", "code: a, ", "code: [a, b], ", "code: c-c, ", "code: invalid_grant, ") +
			pick(r, "", "", `description: "x*", `, `description: ["*y", x], `) +
			pick(r, "", "", `when: {k: "1"}, `, `when: {header.K: "*"}, `)
		if status := pick(r, "", "401", "403", "[400, 5xx]", "4xx", "200", "[418, 200]"); status != "" && (left != "" || !strings.Contains(status, "200")) {
			left += "status: " + status + ", "
		}
		if left == "" {
			left = "status: 500, "
		}
		left += pick(r, "", "", "endpoint: token, ", "endpoint: [resource, par, none], ")
		text = append(text, "  - {"+left+"error: "+pick(r, "invalid_scope", "server_error")+"}\n")
	}
	return "version: 1\nprovider: test\n" + text[0] + "errors:\n" + strings.Join(text[1:], "")
}

func randomResponse(t *testing.T, r *rand.Rand) (*Response, string) {
	body := pick(r, "", `{"message":1}`, `{"error":"`+pick(r, "a", "B", "C_C", "Invalid Grant", "z")+`","error_description":"`+
		pick(r, "x", "XY", "z y", "")+`","k":`+pick(r, "1", "2", "null")+`,"stated":`+pick(r, "401", "503", "null")+`}`)
	resp := respond(t, Endpoint(r.IntN(int(endpointCount))), []int{200, 400, 401, 403, 404, 418, 440, 500, 503}[r.IntN(9)], body)
	if r.IntN(2) == 0 {
		resp.Header.Set("K", "v")
	}
	return resp, body
}

// scan is what the manual says: of all rows that fit, the one of the highest rank;
// a known code then still beats a status default, by its rows for other statuses.
func scan(t *Table, all []*compiledRule, resp *Response) *Rule {
	f := t.readError(resp)
	code := string(foldCode(nil, f.Code))
	best := func(anyStatus, coded bool) *compiledRule {
		var best *compiledRule
		m := matcher{resp: resp, finding: &f, anyStatus: anyStatus}
		for _, c := range all {
			named := f.Code != "" && slices.Contains(uniqueCodes(c.codes), code)
			if (named || len(c.codes) == 0 && !coded) && m.fits(c) && (best == nil || c.rank > best.rank) {
				best = c
			}
		}
		return best
	}
	winner := best(false, false)
	if winner == nil || winner.IsDefault() {
		if moved := best(true, true); moved != nil {
			winner = moved
		}
	}
	if winner == nil {
		return nil
	}
	return winner.Rule
}
