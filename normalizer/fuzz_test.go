package normalizer

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// FuzzNormalize plays arbitrary responses against every shipped table. The result must be
// a registered error that may be sent.
func FuzzNormalize(f *testing.F) {
	library := Shipped
	var tables []*Table
	for i, provider := range library.Providers() {
		m, err := library.Mapping(provider)
		if err != nil {
			f.Fatal(err)
		}
		table, err := Compile(Config{Provider: provider, Keep: []string{"error_code", "a.b", `c\.d`}})
		if err != nil {
			f.Fatal(err)
		}
		tables = append(tables, table)
		for _, x := range m.Examples {
			f.Add(uint8(i), uint8(x.Endpoint), uint16(x.Status), x.Header.Get("Content-Type"), x.Header.Get("Www-Authenticate"), x.Body)
		}
	}
	f.Add(uint8(0), uint8(registry.EndpointResource), uint16(401), "", "Bearer realm=\"\x01\r\nX: y\", error=\"invalid_token\", scope=\"\\\"\"", `{"error":"\u0000"}`)
	f.Add(uint8(1), uint8(registry.EndpointToken), uint16(429), "text/html", "", `<title>"</title>`)
	f.Add(uint8(2), uint8(registry.EndpointToken), uint16(400), "application/json", "", `{"error":"x","a":{"b":"\ud800"},"c.d":[1e999],"c.d":2}`)
	f.Fuzz(func(t *testing.T, provider, endpoint uint8, status uint16, contentType, challenge, body string) {
		table := tables[int(provider)%len(tables)]
		tree, err := wire.Parse(contentType, []byte(body))
		resp := &exchange{
			status: int(status), header: http.Header{"Content-Type": {contentType}}, body: tree,
			empty: errors.Is(err, wire.ErrEmpty), endpoint: registry.Endpoints()[int(endpoint)%len(registry.Endpoints())],
			scheme: []string{"", "Basic", "Bearer", "DPoP"}[status%4], grant: registry.Grant(status % 5),
		}
		if challenge != "" {
			resp.header["Www-Authenticate"] = []string{challenge}
		}
		e, finding, outcome := table.normalize(resp)
		switch outcome {
		case OutcomeNormalized, OutcomeCanonical:
			checkError(t, &e)
		case OutcomePassed, OutcomeUnmapped:
			if e.code != "" {
				t.Errorf("%s: got error %q, want none", outcome, e.code)
			}
		default:
			t.Errorf("got outcome %q by %v, want a known one", outcome, finding.row)
		}
	})
}

// checkError checks the properties that every error must have.
func checkError(t *testing.T, e *Error) {
	if _, ok := registry.Lookup(e.code); !ok || e.status < 400 || e.status > 599 {
		t.Errorf("got %d %q, want a status from 400 to 599 and a registered error", e.status, e.code)
	}
	if e.description == "" || len(e.description) > maxDescription {
		t.Errorf("%s: got a description of %d bytes, want 1 to %d", e.code, len(e.description), maxDescription)
	}
	for name, text := range map[string]string{"description": e.description, "URI": e.uri} {
		if i := strings.IndexFunc(text, func(r rune) bool { return !inErrorSet(r) }); i >= 0 {
			t.Errorf("%s: got %s %q, want only characters of RFC 6749", e.code, name, text)
		}
	}
	for name, value := range map[string]string{"WWW-Authenticate": strings.Join(e.challenge.values, ""), "Retry-After": e.retryAfter} {
		if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r >= 0x7f }) {
			t.Errorf("%s: got %s %q, want printable ASCII", e.code, name, value)
		}
	}
	for _, problem := range []bool{false, true} {
		body := e.append(nil, &rendering{problem: problem, requestID: "r"})
		var members map[string]json.RawMessage
		if err := json.Unmarshal(body, &members); err != nil {
			t.Errorf("%s: got body %q, %v, want a JSON object", e.code, body, err)
		}
		if got := string(members["error"]); got != `"`+e.code+`"` {
			t.Errorf("body %s: got error %s, want %q", body, got, e.code)
		}
		if !problem && len(members) < 2+len(e.members) {
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
		layers := [][]*mapping.Row{registeredRows(), nil}
		var files []*mapping.Mapping
		for range 1 + r.IntN(3) {
			m := loadAs(t, "f.yaml", randomMapping(r))
			files, layers = append(files, m), append(layers, m.Rows)
		}
		table, err := Compile(Config{Provider: "test", Files: files, Library: libraryOf()})
		if err != nil {
			return // rows that contradict each other
		}
		var all []*compiledRow
		for layer, rows := range layers {
			for place, row := range rows {
				all = append(all, compileRow(row, layer, place)...)
			}
		}
		for range 20 {
			resp, body := randomResponse(t, r)
			if got, want := table.recognize(resp).row, scan(table, all, resp); !sameRow(got, want) {
				t.Fatalf("%d %s at %v:\ngot  %+v\nwant %+v", resp.status, body, resp.endpoint, got, want)
			}
		}
	})
}

// sameRow tells rows apart; the registered ones are made anew for each table.
func sameRow(a, b *mapping.Row) bool {
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

func randomResponse(t *testing.T, r *rand.Rand) (*exchange, string) {
	body := pick(r, "", `{"message":1}`, `{"error":"`+pick(r, "a", "B", "C_C", "Invalid Grant", "z")+`","error_description":"`+
		pick(r, "x", "XY", "z y", "")+`","k":`+pick(r, "1", "2", "null")+`,"stated":`+pick(r, "401", "503", "null")+`}`)
	resp := respond(t, anyEndpoint(r), []int{200, 400, 401, 403, 404, 418, 440, 500, 503}[r.IntN(9)], body)
	if r.IntN(2) == 0 {
		resp.header.Set("K", "v")
	}
	return resp, body
}

// scan finds the row as the manual describes it: of all rows that fit, the one with the
// highest rank. A known code still beats a status default, by its rows for other
// statuses.
func scan(t *Table, all []*compiledRow, resp *exchange) *mapping.Row {
	f := t.places.readError(resp, &t.index)
	code := string(mapping.FoldCode(nil, f.Code))
	best := func(anyStatus, coded bool) *compiledRow {
		var best *compiledRow
		m := matcher{x: resp, finding: &f, anyStatus: anyStatus}
		for _, c := range all {
			named := f.Code != "" && slices.Contains(c.FoldedCodes(), code)
			if (named || len(c.Codes) == 0 && !coded) && m.fits(c) && (best == nil || c.rank > best.rank) {
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
	return winner.Row
}
