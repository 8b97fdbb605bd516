package caddyfile_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// way is how a body gets from the provider to the gateway.
type way struct {
	name   string
	accept string // of the client; without one http.Transport asks for gzip, and undoes it
	coding string
	sized  bool
	pieces bool // the server flushes its encoder every few bytes, which makes a body longer
}

// ways leave out zstd: of a body that is cut nothing can be undone of the last block, which
// may have 128 KiB.
var ways = []way{
	{"as it is", "identity", "", true, false},
	{"in chunks", "identity", "", false, false},
	{"in gzip, undone by the transport", "", "gzip", true, false},
	{"in gzip in chunks, undone by the transport", "", "gzip", false, false},
	{"in gzip", "gzip", "gzip", true, false},
	{"in gzip in chunks", "gzip", "gzip", false, false},
	{"in br", "br", "br", true, false},
	{"in gzip in pieces, undone by the transport", "", "gzip", false, true},
	{"in gzip in pieces", "gzip", "gzip", false, true},
}

// listed looks for an error where a success has none: a list is data.
const listed = `version: 1
provider: listed
title: Lists of errors
sources: {docs: {title: One, url: "https://idp.example/docs", retrieved: 2026-11-21}}
read: [{code: 0.error}]
endpoints: {resource: [/api/v0/*]}
errors: [{status: 200, code: invalid_client, endpoint: resource, error: invalid_token}]
`

// TestCodingChangesNothing: the result for a response is the same in every coding,
// whoever undoes it: at all sizes, wherever the code stands, and however well the body
// compresses.
func TestCodingChangesNothing(t *testing.T) {
	const limit, success = 64 << 10, 8 << 10
	var status int
	var sent string
	var by way
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if by.coding != "" {
			w.Header().Set("Content-Encoding", by.coding)
		}
		w.Header().Set("Content-Type", jsonType)
		if by.sized {
			w.Header().Set("Content-Length", strconv.Itoa(len(sent)))
		}
		w.WriteHeader(status)
		if !by.sized {
			http.NewResponseController(w).Flush()
		}
		io.WriteString(w, sent)
	}))
	t.Cleanup(provider.Close)
	mapping := filepath.Join(t.TempDir(), "listed.yaml")
	if err := os.WriteFile(mapping, []byte(listed), 0o600); err != nil {
		t.Fatal(err)
	}
	canonical, own := "auth0 {\n\t\tdescriptions canonical\n\t}", "listed {\n\t\tmapping "+mapping+"\n\t}"
	addresses, sites := make(map[string]string), ""
	for _, name := range []string{"auth0", "accelo", canonical, own} {
		addresses[name] = freeAddress(t)
		sites += site(addresses[name], "auth_errors "+name, "reverse_proxy "+provider.Listener.Addr().String())
	}
	startCaddy(t, sites)
	client := &http.Transport{DisableCompression: true}
	t.Cleanup(client.CloseIdleConnections)

	seen := make(map[string]int)
	for _, length := range []int{0, success, success + 1, 40 << 10, limit, limit + 1, 256<<10 + 1} {
		for shape, body := range bodiesOfLength(length) {
			asCame := make(map[string]string)
			for _, by = range ways {
				sent = encoded(body, by.coding)
				if by.pieces {
					sent = gzippedInPieces(body)
				}
				for _, at := range []struct {
					site, path string
					status     int
				}{
					{"auth0", "/oauth/token", 403}, {"auth0", "/api/v2/users", 403}, {"auth0", "/api/v2/users", 404}, {"auth0", "/anywhere", 400},
					{"accelo", "/api/v0/jobs", 200}, {canonical, "/api/v2/users", 403}, {own, "/api/v0/jobs", 200},
				} {
					if by.pieces && by.accept == "" && at.status < 300 {
						continue // the transport reads it piece by piece, and a success waits for 50 ms only
					}
					status = at.status
					got, name := fateOf(t, client, "http://"+addresses[at.site]+at.path, by, body), fmt.Sprintf("%s, %d of %s", at.site, at.status, at.path)
					if by == ways[0] {
						asCame[name] = got
						seen[strings.Fields(got)[0]]++
					}
					if want := asCame[name]; got != want {
						t.Errorf("%s, %d bytes, %s, %s: got\n%.300s\nwant\n%.300s\nas for one that came as it is", name, length, shape, by.name, got, want)
					}
				}
			}
		}
	}
	if seen["passed"] < 50 || seen["rewritten"] < 50 {
		t.Errorf("got %v, want many of both", seen)
	}
}

// gzippedInPieces is a body in gzip as of a server that flushes every sixteen bytes.
func gzippedInPieces(body string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	for piece := range slices.Chunk([]byte(body), 16) {
		w.Write(piece)
		w.Flush()
	}
	w.Close()
	return b.String()
}

// encoded is a body in a coding.
func encoded(body, name string) string {
	for _, cd := range codings {
		if cd.name == name {
			return cd.encode(body)
		}
	}
	return body
}

// bodiesOfLength are errors of a length, as far as that is possible.
func bodiesOfLength(length int) map[string]string {
	bodies := make(map[string]string)
	for filling, of := range map[string]func(int) string{"alike": func(n int) string { return strings.Repeat("x", n) }, "noise": incompressible} {
		fill := of(max(length-len(`{"trace":"","error":"invalid_client"}`), 0))
		half := len(fill) / 2
		for shape, parts := range map[string][2]string{
			"first":      {`{"error":"invalid_client","trace":"`, `"}`},
			"last":       {`{"trace":"`, `","error":"invalid_client"}`},
			"accelo":     {`{"response":null,"meta":{"status":"invalid_client","response_code":401},"x":"`, `"}`},
			"nowhere":    {`{"trace":"`, `","other":"a business matter"}`},
			"in a list":  {`[{"error":"invalid_client","trace":"`, `"}]`},
			"no more":    {`{"error":"invalid_client"} and more `, ""},
			"unreadable": {`{"error":"invalid_client" `, ""},
		} {
			bodies[shape+", "+filling] = parts[0] + fill + parts[1]
		}
		bodies["middle, "+filling] = `{"trace":"` + fill[:half] + `","error":"invalid_client","more":"` + fill[half:] + `"}`
	}
	return bodies
}

// fateOf returns the result for a client that undoes codings: whether the response
// passed, its status and its body.
func fateOf(t *testing.T, client http.RoundTripper, url string, by way, body string) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer dummy")
	if by.accept != "" {
		r.Header.Set("Accept-Encoding", by.accept)
	}
	resp, err := client.RoundTrip(r)
	if err != nil {
		t.Fatalf("%s: %v", by.name, err)
	}
	defer resp.Body.Close()
	came, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s: %v", by.name, err)
	}
	if came, err = wire.Undo(resp.Header["Content-Encoding"], came, 1<<20); err != nil {
		t.Fatalf("%s: %v", by.name, err)
	}
	fate := "rewritten"
	if string(came) == body {
		fate = "passed"
	}
	return fmt.Sprintf("%s %d %s", fate, resp.StatusCode, came)
}
