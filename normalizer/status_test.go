package normalizer

import (
	"bytes"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// normalize decides about a response with a JSON body.
func normalize(t testing.TB, table *Table, resp exchange, body string) (Error, Finding, Outcome) {
	t.Helper()
	tree, err := wire.Parse("application/json", []byte(body))
	if err != nil && err != wire.ErrEmpty {
		t.Fatalf("wire.Parse(%q): got error %v, want none", body, err)
	}
	if resp.header == nil {
		resp.header = http.Header{"Content-Type": {"application/json"}}
	}
	resp.body, resp.empty = tree, err == wire.ErrEmpty
	return table.normalize(&resp)
}

// TestStatusGolden holds the status of every registered error at every kind of
// endpoint, for an upstream status that says nothing.
func TestStatusGolden(t *testing.T) {
	table := compileShipped(t, "oauth2")
	var out bytes.Buffer
	for _, entry := range registry.All() {
		fmt.Fprintf(&out, "%s:", entry.Code)
		for _, kind := range registry.Endpoints() {
			e, _, outcome := normalize(t, table, exchange{status: 418, endpoint: kind}, `{"error":"`+entry.Code+`"}`)
			if outcome == OutcomeUnmapped {
				fmt.Fprintf(&out, " %s passes", kind)
			} else if e.code == entry.Code {
				fmt.Fprintf(&out, " %s %d", kind, e.status)
			} else {
				fmt.Fprintf(&out, " %s %d as %s", kind, e.status, e.code)
			}
		}
		out.WriteByte('\n')
	}
	golden(t, filepath.Join("testdata", "status.golden"), out.Bytes())
}

// TestWordsOfResources: an error of a resource in the words of another protocol passes,
// and is about access only if the status says so.
func TestWordsOfResources(t *testing.T) {
	table := compileShipped(t, "oauth2")
	for _, tt := range []struct {
		endpoint registry.Endpoint
		status   int
		body     string
		want     string
	}{
		{registry.EndpointResource, 422, `{"error":"validation_failed","fields":["name"]}`, ""},
		{registry.EndpointResource, 402, `{"error":"transaction_failed"}`, ""},
		{registry.EndpointResource, 400, `{"error":"invalid_subject"}`, ""},
		{registry.EndpointResource, 401, `{"error":"validation_failed"}`, "invalid_token"},
		{registry.EndpointResource, 403, `{"error":"invalid_grant"}`, "invalid_grant"},
		{registry.EndpointRegistration, 400, `{"error":"invalid_client_metadata"}`, ""}, // canonical
		{registry.EndpointRegistration, 422, `{"error":"invalid_client_metadata"}`, "invalid_client_metadata"},
		{registry.EndpointToken, 422, `{"error":"transaction_failed"}`, "transaction_failed"},
	} {
		e, _, outcome := normalize(t, table, exchange{status: tt.status, endpoint: tt.endpoint}, tt.body)
		if rewritten := outcome == OutcomeNormalized; rewritten != (tt.want != "") || rewritten && e.code != tt.want {
			t.Errorf("%v, %d %s: got %s %s, want %q", tt.endpoint, tt.status, tt.body, outcome, e.code, tt.want)
		}
	}
}

func compileShipped(t testing.TB, provider string) *Table {
	t.Helper()
	table, err := Compile(Config{Provider: provider})
	if err != nil {
		t.Fatalf("compiling %s: %v", provider, err)
	}
	return table
}

// TestKeptStatuses holds which statuses stay, and next to which errors.
func TestKeptStatuses(t *testing.T) {
	table := compileShipped(t, "oauth2")
	for status := 400; status < 600; status++ {
		if status == registry.ClientGone {
			continue // never looked at
		}
		for code, base := range map[string]int{"invalid_request": 400, "server_error": 500, "temporarily_unavailable": 503, "invalid_grant": 400, "invalid_scope": 400} {
			want := base
			switch status {
			case 404, 405, 408, 411, 412, 413, 414, 415, 417, 421, 425, 426, 428, 429, 431, 500, 502, 503, 504:
				if code == "invalid_request" || code == "server_error" || code == "temporarily_unavailable" {
					want = status
				}
			}
			e, _, outcome := normalize(t, table, exchange{status: status, endpoint: registry.EndpointToken}, `{"error":"`+code+`"}`)
			if e.status != want || e.code != code {
				t.Errorf("%d %s: got %d %s (%s), want %d", status, code, e.status, e.code, outcome, want)
			}
		}
	}
}

// TestInvalidClient holds when the client gets 401, and with which challenge.
func TestInvalidClient(t *testing.T) {
	table := compileShipped(t, "oauth2")
	const text = `, error="invalid_client", error_description="The client is unknown or could not be authenticated."`
	for _, tt := range []struct {
		scheme   string
		upstream int
		offered  string
		status   int
		want     string
	}{
		{"", 400, "", 400, ""},
		{"", 403, "", 400, ""},
		{"", 403, `Basic realm="x"`, 400, ""},
		{"", 401, "", 401, ""},
		{"", 401, `Negotiate, Basic realm="their own"`, 401, `Negotiate | Basic realm="their own"` + text},
		{"", 401, `NTLM`, 401, "NTLM"},
		{"Basic", 400, "", 401, `Basic realm="oauth2"` + text},
		{"Basic", 401, `Bearer realm="x"`, 401, `Basic realm="oauth2"` + text + ` | Bearer realm="x"`},
		{"Basic", 401, `Basic realm="a \"b\" \\ c"`, 401, `Basic realm="a b  c"` + text},
		{"Bearer", 403, "", 401, `Bearer realm="oauth2"` + text},
		{"DPoP", 400, `DPoP algs="ES256"`, 401, `DPoP algs="ES256"` + text},
	} {
		resp := exchange{status: tt.upstream, endpoint: registry.EndpointToken, scheme: tt.scheme, header: http.Header{"Content-Type": {"text/json"}}}
		if tt.offered != "" {
			resp.header.Set("WWW-Authenticate", tt.offered)
		}
		e, _, _ := normalize(t, table, resp, `{"error":"invalid_client"}`)
		if got := e.challenge.sent(&resp); e.status != tt.status || got != tt.want {
			t.Errorf("%q, upstream %d offering %q: got %d %s, want %d %s", tt.scheme, tt.upstream, tt.offered, e.status, got, tt.status, tt.want)
		}
	}
}

// TestResourceChallenges checks the challenges of resources (RFC 6750 §3).
func TestResourceChallenges(t *testing.T) {
	table := compileShipped(t, "oauth2")
	for _, tt := range []struct {
		scheme, offered, body string
		status                int
		want                  string
	}{
		{"Bearer", "", `{"error":"invalid_token","error_description":"Expired, a=b"}`, 401, `Bearer realm="oauth2", error="invalid_token", error_description="Expired; a:b"`},
		{"", "", `{"error":"invalid_token","error_description":"None"}`, 401, `Bearer realm="oauth2"`},
		{"", `Bearer error="invalid_token"`, `{"error":"invalid_token","error_description":"Query"}`, 401, `Bearer error="invalid_token"`},
		{"Bearer", `Key, Bearer scope="a b", realm="r", resource_metadata="https://x"`, `{"error":"insufficient_scope","error_description":"No"}`, 403, `Key | Bearer scope="a b", realm="r", resource_metadata="https://x", error="insufficient_scope", error_description="No"`},
		{"Bearer", `Bearer error="insufficient_user_authentication", acr_values="high", max_age="5"`, ``, 401, `Bearer error="insufficient_user_authentication", acr_values="high", max_age="5"`},
		{"Bearer", `DPoP algs="ES256"`, `{"error":"use_dpop_nonce","error_description":"Nonce"}`, 401, `DPoP algs="ES256", error="use_dpop_nonce", error_description="Nonce"`},
		{"Basic", `Basic realm="x"`, `{"error":"invalid_token","error_description":"No"}`, 401, `Bearer realm="oauth2" | Basic realm="x"`},
		{"Basic", `Bearer realm="x", error="invalid_request"`, `{"error":"invalid_token","error_description":"No"}`, 401, `Bearer realm="x", error="invalid_token", error_description="No"`},
		{"Bearer", `Bearer realm="x"`, `{"error":"access_denied","error_description":"No"}`, 403, `Bearer realm="x"`},
		{"Bearer", `Digest realm="r", nonce="1553292850954:fdd355893699e98d2a2a1c057cf06b16", opaque="7863D6EB3350875EBA3228117C68E51A", algorithm=MD5`, `{"error":"invalid_token","error_description":"No"}`, 401, `Bearer realm="oauth2", error="invalid_token", error_description="No" | Digest realm="r", nonce="1553292850954:fdd355893699e98d2a2a1c057cf06b16", opaque="7863D6EB3350875EBA3228117C68E51A", algorithm=MD5`},
		{"Bearer", `UMA realm="r", ticket="016f84e8-f9b9-11e0-bd6f-0021cc6004de", Bearer realm="r"`, `{"error":"invalid_token","error_description":"No"}`, 401, `UMA realm="r", ticket="016f84e8-f9b9-11e0-bd6f-0021cc6004de" | Bearer realm="r", error="invalid_token", error_description="No"`},
		{"Bearer", `Bearer error="invalid_token", error_description="token ghp_16C7e42F292c6912E7710c838347Ae178B4a is bad", nonce="AQABAAEAAAD53f6c"`, ``, 401, `Bearer error="invalid_token", error_description="token *** is bad", nonce="AQABAAEAAAD53f6c"`},
		{"Bearer", `Negotiate`, `{"error":"temporarily_unavailable","error_description":"No"}`, 503, `Negotiate`},
		{"Bearer", ``, `{"error":"invalid_request","error_description":"No"}`, 400, `Bearer realm="oauth2", error="invalid_request", error_description="No"`},
	} {
		resp := exchange{status: 418, endpoint: registry.EndpointResource, scheme: tt.scheme, header: http.Header{"Content-Type": {"application/json"}}}
		if tt.offered != "" {
			resp.header.Set("WWW-Authenticate", tt.offered)
		}
		e, _, _ := normalize(t, table, resp, tt.body)
		if got := e.challenge.sent(&resp); e.status != tt.status || got != tt.want {
			t.Errorf("%q offered %q, %s:\ngot  %d %s\nwant %d %s", tt.scheme, tt.offered, tt.body, e.status, got, tt.status, tt.want)
		}
	}
}
