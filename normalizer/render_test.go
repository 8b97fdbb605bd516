package normalizer

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

var update = flag.Bool("update", false, "rewrite the golden files and the published schemas")

// renderings are all that a body can be.
var renderings = map[string]rendering{
	"oauth":   {},
	"problem": {problem: true, requestID: "0c9f2a2e-1d3b-4c55-9f0e-6a1f0f3f9a11"},
}

// TestSchemas keeps the published schemas current with the registry.
func TestSchemas(t *testing.T) {
	for name, want := range map[string]any{
		"oauth-error.schema.json": oauthSchema(),
		"problem.schema.json":     problemSchema(),
	} {
		text, err := json.MarshalIndent(want, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, append(text, '\n'))
	}
}

// golden compares with a file, or rewrites it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatalf("%v: run the test with -update", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// errorText is the character set of RFC 6749 appendix A.7 and A.8.
const errorText = `^[\x20-\x21\x23-\x5b\x5d-\x7e]+$`

func oauthSchema() map[string]any {
	var codes []string
	for _, e := range registry.All() {
		codes = append(codes, e.Code)
	}
	return map[string]any{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"$id":         "https://github.com/auth-errors/caddy-auth-errors/blob/main/normalizer/oauth-error.schema.json",
		"title":       "Canonical error",
		"description": "The error response of RFC 6749 §5.2 as auth_errors renders it. Members kept from the provider may follow.",
		"type":        "object",
		"required":    []string{"error", "error_description"},
		"properties": map[string]any{
			"error":             map[string]any{"enum": codes},
			"error_description": map[string]any{"type": "string", "pattern": errorText, "maxLength": maxDescription},
			"error_uri":         map[string]any{"type": "string", "pattern": `^https?://[\x21\x23-\x5b\x5d-\x7e]+$`},
			"action":            map[string]any{"enum": registry.Actions()},
			"request_id":        map[string]any{"type": "string", "format": "uuid"},
			"upstream": map[string]any{
				"type":                 "object",
				"additionalProperties": false,
				"minProperties":        1,
				"properties": map[string]any{
					"provider": map[string]any{"type": "string"},
					"status":   map[string]any{"type": "integer", "minimum": 200, "maximum": 999},
					"code":     map[string]any{"type": "string", "pattern": errorText},
					"row":      map[string]any{"type": "string"},
				},
			},
		},
	}
}

func problemSchema() map[string]any {
	s := oauthSchema()
	s["$id"] = "https://github.com/auth-errors/caddy-auth-errors/blob/main/normalizer/problem.schema.json"
	s["title"] = "Canonical error as problem details"
	s["description"] = "Problem details (RFC 9457) as auth_errors renders them, with the members of RFC 6749 §5.2."
	s["required"] = []string{"type", "title", "status", "detail", "error", "error_description"}
	properties := s["properties"].(map[string]any)
	properties["type"] = map[string]any{"type": "string", "pattern": "^" + typePrefix + "[a-z_]+$"}
	properties["title"] = map[string]any{"type": "string", "minLength": 1}
	properties["status"] = map[string]any{"type": "integer", "minimum": 400, "maximum": 599}
	properties["detail"] = properties["error_description"]
	properties["instance"] = map[string]any{"type": "string", "pattern": "^urn:uuid:[0-9a-f-]{36}$"}
	return s
}

// TestRenderings compares each error and rendering with a file: the answers at a token
// endpoint and at a resource.
func TestRenderings(t *testing.T) {
	config := Config{Provider: "oauth2", Realm: "example"}
	for _, entry := range registry.All() {
		if !entry.NotAtResources {
			continue
		}
		row, err := mapping.NewRow("row", "418", entry.Code, entry.Code, 0)
		if err != nil {
			t.Fatal(err)
		}
		config.Inline = append(config.Inline, row)
	}
	table, err := Compile(config)
	if err != nil {
		t.Fatal(err)
	}
	table.style.format = FormatAuto // so that answers that are right already are rendered too
	for name, rendering := range renderings {
		schema := compileSchema(t, rendering)
		for _, entry := range registry.All() {
			var out bytes.Buffer
			for _, endpoint := range []registry.Endpoint{registry.EndpointToken, registry.EndpointResource} {
				resp := registeredResponse(entry.Code, endpoint)
				e, _, outcome := table.normalize(resp)
				if outcome != OutcomeNormalized {
					t.Fatalf("%s at %s: got outcome %s, want %s", entry.Code, endpoint, outcome, OutcomeNormalized)
				}
				body := e.append(nil, &rendering)
				validate(t, schema, body)
				header := resp.header.Clone()
				maps.DeleteFunc(header, func(name string, _ []string) bool { return IsStale(name) })
				e.editHeader(header, &rendering, len(body))
				fmt.Fprintf(&out, "# %s\nHTTP/1.1 %d %s\n", endpoint, e.status, http.StatusText(e.status))
				if err := header.Write(&out); err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&out, "\n%s\n\n", body)
			}
			text := strings.ReplaceAll(out.String(), "\r\n", "\n")
			golden(t, filepath.Join("testdata", "render", entry.Code+"."+name), []byte(text))
		}
	}
}

// registeredResponse is a provider's response with a registered code, from a
// server that says the same everywhere.
func registeredResponse(code string, endpoint registry.Endpoint) *exchange {
	body, err := wire.Parse("application/json", []byte(`{"error":"`+code+`","interval":7,"trace":"dropped"}`))
	if err != nil {
		panic(err)
	}
	scheme := "Bearer"
	if endpoint == registry.EndpointToken {
		scheme = "Basic"
	}
	return &exchange{
		status:   418,
		header:   http.Header{"Content-Type": {"application/json"}, "Etag": {`"stale"`}, "X-Request-Id": {"7f3d"}},
		body:     body,
		endpoint: endpoint,
		scheme:   scheme,
	}
}

func compileSchema(tb testing.TB, r rendering) *jsonschema.Schema {
	tb.Helper()
	file := "oauth-error.schema.json"
	if r.problem {
		file = "problem.schema.json"
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	schema, err := c.Compile(file)
	if err != nil {
		tb.Fatalf("compiling %s: %v", file, err)
	}
	return schema
}

// validate checks a body against its schema. It also checks that no member occurs twice,
// which a schema cannot express.
func validate(tb testing.TB, schema *jsonschema.Schema, body []byte) {
	tb.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		tb.Errorf("got a body that is no JSON: %v\n%s", err, body)
		return
	}
	if err := schema.Validate(value); err != nil {
		tb.Errorf("got a body that does not fit its schema: %v\n%s", err, body)
	}
	seen := make(map[string]bool)
	tree, _ := wire.Parse("application/json", body)
	tree.Each(func(name string, _ wire.Value) {
		if seen[name] {
			tb.Errorf("got member %q twice: %s", name, body)
		}
		seen[name] = true
	})
}

// TestKeptMembers copies members byte for byte, each once, and never one that the
// rendering has itself.
func TestKeptMembers(t *testing.T) {
	table, err := Compile(Config{Provider: "oauth2", Keep: []string{"status", "upstream", "a.deep", "mfa_token"}})
	if err != nil {
		t.Fatal(err)
	}
	body := `{"error":"slow_down", "interval" : 1.50, "mfa_token":"a\u00e9\"b", "mfa_token":"second","status":440,` +
		`"upstream":[1, 2],"a":{"deep":{"x":null}},"claims":null,"stack":"trace"}`
	tree, err := wire.Parse("application/json", []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	resp := &exchange{status: 403, header: http.Header{}, body: tree, endpoint: registry.EndpointToken}
	e, _, _ := table.normalize(resp)
	description := `{"error":"slow_down","error_description":"Polling is too frequent; wait longer between requests."`
	for _, tt := range []struct {
		name      string
		rendering rendering
		want      string
	}{
		{"oauth", rendering{}, description + `,"interval":1.50,"mfa_token":"a\u00e9\"b","status":440,"upstream":[1, 2],"deep":{"x":null}}`},
		{"exposing", rendering{upstream: []byte(`{"status":403}`)}, description + `,"interval":1.50,"mfa_token":"a\u00e9\"b","status":440,"deep":{"x":null},"upstream":{"status":403}}`},
	} {
		if got := string(e.append(nil, &tt.rendering)); got != tt.want {
			t.Errorf("%s: got  %s\nwant %s", tt.name, got, tt.want)
		}
	}
	problem := rendering{problem: true}
	if got := string(e.append(nil, &problem)); strings.Count(got, `"status":`) != 1 || !strings.Contains(got, `"status":400`) {
		t.Errorf("problem: got %s, want one status, 400", got)
	}
}

// TestCanonicalDescriptionsAreAlike compares the answers to four failed logins: with
// canonical descriptions they are identical.
func TestCanonicalDescriptionsAreAlike(t *testing.T) {
	bodies := []string{
		`{"error":"invalid_grant","error_description":"Unknown user jane@example.com"}`,
		`{"error":"invalid_grant","error_description":"Wrong password"}`,
		`{"error":"invalid_grant","error_description":"Account locked until 10:00"}`,
		`{"error":"invalid_grant","error_description":"Account disabled","error_uri":""}`,
		`{"error":"invalid_grant","error_description":"Account expired","error_uri":"https://example.com/expired"}`,
		`{"error":"invalid_grant","error_description":"AADSTS50034: no such account","error_codes":[50034],"suberror":"bad_token"}`,
	}
	table, err := Compile(Config{Provider: "entra", CanonicalDescriptions: true})
	if err != nil {
		t.Fatal(err)
	}
	answers := make(map[string][]string)
	for _, body := range bodies {
		tree, err := wire.Parse("application/json", []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		e, _, outcome := table.normalize(&exchange{status: 400, header: http.Header{"Content-Type": {"application/json"}}, body: tree, endpoint: registry.EndpointToken})
		if outcome != OutcomeNormalized {
			t.Errorf("%s: got outcome %s, want %s", body, outcome, OutcomeNormalized)
		}
		answer := string(e.append(nil, &rendering{}))
		answers[answer] = append(answers[answer], body)
	}
	if len(answers) != 1 {
		t.Errorf("got %d different answers, want one: %q", len(answers), answers)
	}
}

// TestVary: that Accept decided is said once, and not where nothing may be cached by key
// anyway.
func TestVary(t *testing.T) {
	for _, r := range []struct {
		vary, want []string
		negotiated bool
	}{
		{nil, []string{"Accept"}, true},
		{nil, nil, false},
		{[]string{"Origin"}, []string{"Origin", "Accept"}, true},
		{[]string{"Accept-Encoding, accept"}, []string{"Accept-Encoding, accept"}, true},
		{[]string{"Accept-Encoding"}, []string{"Accept-Encoding", "Accept"}, true},
		{[]string{"*"}, []string{"*"}, true},
	} {
		header := http.Header{}
		if r.vary != nil {
			header["Vary"] = slices.Clone(r.vary)
		}
		new(Error).editHeader(header, &rendering{negotiated: r.negotiated}, 2)
		if got := header["Vary"]; !slices.Equal(got, r.want) {
			t.Errorf("Vary %q, negotiated %t: got %q, want %q", r.vary, r.negotiated, got, r.want)
		}
	}
}
