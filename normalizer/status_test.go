package normalizer

import (
	"bytes"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// normalize makes a response of a JSON body and returns what becomes of it.
func normalize(t testing.TB, table *Table, resp Response, body string) (Error, Finding, Outcome) {
	t.Helper()
	tree, err := wire.Parse("application/json", []byte(body))
	if err != nil && err != wire.ErrEmpty {
		t.Fatalf("wire.Parse(%q): got error %v, want none", body, err)
	}
	if resp.Header == nil {
		resp.Header = http.Header{"Content-Type": {"application/json"}}
	}
	resp.Body, resp.Empty = tree, err == wire.ErrEmpty
	return table.Normalize(&resp)
}

// TestStatusGolden holds the status of every registered error at every kind of
// endpoint, for an upstream status that says nothing.
func TestStatusGolden(t *testing.T) {
	table := compileShipped(t, "oauth2")
	var out bytes.Buffer
	for _, entry := range Registry() {
		fmt.Fprintf(&out, "%s:", entry.Code)
		for kind := range endpointCount {
			e, _, outcome := normalize(t, table, Response{Status: 418, Endpoint: kind}, `{"error":"`+entry.Code+`"}`)
			if outcome == OutcomeUnmapped {
				fmt.Fprintf(&out, " %s passes", kind)
			} else if e.Code == entry.Code {
				fmt.Fprintf(&out, " %s %d", kind, e.Status)
			} else {
				fmt.Fprintf(&out, " %s %d as %s", kind, e.Status, e.Code)
			}
		}
		out.WriteByte('\n')
	}
	golden(t, filepath.Join("testdata", "status.golden"), out.Bytes())
}

// TestWordsOfResources: what a resource says in the words of another protocol passes,
// and is about access only if the status says so.
func TestWordsOfResources(t *testing.T) {
	table := compileShipped(t, "oauth2")
	for _, tt := range []struct {
		endpoint Endpoint
		status   int
		body     string
		want     string
	}{
		{EndpointResource, 422, `{"error":"validation_failed","fields":["name"]}`, ""},
		{EndpointResource, 402, `{"error":"transaction_failed"}`, ""},
		{EndpointResource, 400, `{"error":"invalid_subject"}`, ""},
		{EndpointResource, 401, `{"error":"validation_failed"}`, "invalid_token"},
		{EndpointResource, 403, `{"error":"invalid_grant"}`, "invalid_grant"},
		{EndpointRegistration, 400, `{"error":"invalid_client_metadata"}`, ""}, // canonical
		{EndpointRegistration, 422, `{"error":"invalid_client_metadata"}`, "invalid_client_metadata"},
		{EndpointToken, 422, `{"error":"transaction_failed"}`, "transaction_failed"},
	} {
		e, _, outcome := normalize(t, table, Response{Status: tt.status, Endpoint: tt.endpoint}, tt.body)
		if rewritten := outcome == OutcomeNormalized; rewritten != (tt.want != "") || rewritten && e.Code != tt.want {
			t.Errorf("%v, %d %s: got %s %s, want %q", tt.endpoint, tt.status, tt.body, outcome, e.Code, tt.want)
		}
	}
}

func compileShipped(t testing.TB, provider string) *Table {
	t.Helper()
	table, err := Compile(Config{Provider: provider}, shipped().Mapping)
	if err != nil {
		t.Fatalf("compiling %s: %v", provider, err)
	}
	return table
}

// TestKeptStatuses holds which statuses stay, and next to which errors.
func TestKeptStatuses(t *testing.T) {
	table := compileShipped(t, "oauth2")
	for status := 400; status < 600; status++ {
		if status == StatusClientGone {
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
			e, _, outcome := normalize(t, table, Response{Status: status, Endpoint: EndpointToken}, `{"error":"`+code+`"}`)
			if e.Status != want || e.Code != code {
				t.Errorf("%d %s: got %d %s (%s), want %d", status, code, e.Status, e.Code, outcome, want)
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
		{"", 401, `Negotiate, Basic realm="their own"`, 401, `Basic realm="their own"` + text},
		{"", 401, `NTLM`, 401, ""},
		{"Basic", 400, "", 401, `Basic realm="oauth2"` + text},
		{"Basic", 401, `Bearer realm="x"`, 401, `Basic realm="oauth2"` + text},
		{"Basic", 401, `Basic realm="a \"b\" \\ c"`, 401, `Basic realm="a b  c"` + text},
		{"Bearer", 403, "", 401, `Bearer realm="oauth2"` + text},
		{"DPoP", 400, `DPoP algs="ES256"`, 401, `DPoP realm="oauth2"` + text + `, algs="ES256"`},
	} {
		resp := Response{Status: tt.upstream, Endpoint: EndpointToken, Scheme: tt.scheme, Header: http.Header{"Content-Type": {"text/json"}}}
		if tt.offered != "" {
			resp.Header.Set("WWW-Authenticate", tt.offered)
		}
		e, _, _ := normalize(t, table, resp, `{"error":"invalid_client"}`)
		if e.Status != tt.status || e.Challenge != tt.want {
			t.Errorf("%q, upstream %d offering %q: got %d %s, want %d %s", tt.scheme, tt.upstream, tt.offered, e.Status, e.Challenge, tt.status, tt.want)
		}
	}
}

// TestResourceChallenges holds what a resource's challenge says (RFC 6750 §3).
func TestResourceChallenges(t *testing.T) {
	table := compileShipped(t, "oauth2")
	for _, tt := range []struct {
		scheme, offered, body string
		status                int
		want                  string
	}{
		{"Bearer", "", `{"error":"invalid_token","error_description":"Expired, a=b"}`, 401, `Bearer realm="oauth2", error="invalid_token", error_description="Expired; a:b"`},
		{"", "", `{"error":"invalid_token","error_description":"None"}`, 401, `Bearer realm="oauth2"`},
		{"", `Bearer error="invalid_token"`, `{"error":"invalid_token","error_description":"Query"}`, 401, `Bearer realm="oauth2", error="invalid_token", error_description="Query"`},
		{"Bearer", `Key, Bearer scope="a b", realm="r", resource_metadata="https://x"`, `{"error":"insufficient_scope","error_description":"No"}`, 403, `Bearer realm="r", error="insufficient_scope", error_description="No", scope="a b", resource_metadata="https://x"`},
		{"Bearer", `Bearer error="insufficient_user_authentication", acr_values="high", max_age="5"`, ``, 401, `Bearer realm="oauth2", error="insufficient_user_authentication", error_description="The authentication behind the access token is too weak or too old.", acr_values="high", max_age="5"`},
		{"Bearer", `DPoP algs="ES256"`, `{"error":"use_dpop_nonce","error_description":"Nonce"}`, 401, `DPoP realm="oauth2", error="use_dpop_nonce", error_description="Nonce", algs="ES256"`},
		{"Basic", `Basic realm="x"`, `{"error":"invalid_token","error_description":"No"}`, 401, `Bearer realm="oauth2", error="invalid_token", error_description="No"`},
		{"Bearer", `Bearer realm="x"`, `{"error":"access_denied","error_description":"No"}`, 403, ``},
		{"Bearer", `Negotiate`, `{"error":"temporarily_unavailable","error_description":"No"}`, 503, ``},
		{"Bearer", ``, `{"error":"invalid_request","error_description":"No"}`, 400, `Bearer realm="oauth2", error="invalid_request", error_description="No"`},
	} {
		resp := Response{Status: 418, Endpoint: EndpointResource, Scheme: tt.scheme, Header: http.Header{"Content-Type": {"application/json"}}}
		if tt.offered != "" {
			resp.Header.Set("WWW-Authenticate", tt.offered)
		}
		e, _, _ := normalize(t, table, resp, tt.body)
		if e.Status != tt.status || e.Challenge != tt.want {
			t.Errorf("%q offered %q, %s:\ngot  %d %s\nwant %d %s", tt.scheme, tt.offered, tt.body, e.Status, e.Challenge, tt.status, tt.want)
		}
	}
}
