package caddyfile_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// gunzipped undoes gzip.
func gunzipped(t *testing.T, body string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatalf("%.40q is no gzip: %v", body, err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("%.40q: %v", body, err)
	}
	return string(text)
}

// TestRecompressed: the answer leaves as identity, so Caddy's own encode, which
// is around us, can compress it. What passes in a coding is left to it as it is.
func TestRecompressed(t *testing.T) {
	g := newGateways(t)
	const encode = "encode gzip {\n\t\tminimum_length 1\n\t}\n\t"
	g.addresses["with"], g.addresses["plain"] = freeAddress(t), freeAddress(t)
	startCaddy(t, site(g.addresses["with"], g.behind(encode+"auth_errors auth0")...)+site(g.addresses["plain"], g.behind(encode)...))
	for _, cd := range codings {
		for _, f := range framings {
			for _, c := range []carrier{
				{name: "error", provider: "with", path: "/oauth/token", status: 403, contentType: jsonType, body: expiredJSON, want: grant, blind: denied},
				{name: "business error", provider: "with", path: "/api/v2/users", status: 404, contentType: jsonType, body: unknownError},
			} {
				name := c.name + ", " + cd.name + ", " + f.name
				g.script(name, c.message(cd), f)
				header := c.asking(name, f)
				header.Set("Accept-Encoding", "gzip")
				for _, v := range protocols(t) {
					got := send(t, v, http.MethodPost, "http://"+g.addresses["with"]+c.path, header, "")
					want := c.expected(cd)
					if want.passes() {
						plain := send(t, v, http.MethodPost, "http://"+g.addresses["plain"]+c.path, header, "")
						plain.header.Set("Date", got.header.Get("Date"))
						if plain.header.Get("Etag") == `"stale-gzip"` { // by encode, which flushes when it is told to
							got.body, plain.body = gunzipped(t, got.body), gunzipped(t, plain.body)
						}
						if !reflect.DeepEqual(got, plain) {
							t.Errorf("%s over %s: got\n%+v\nwant\n%+v", name, v.name, got, plain)
						}
						continue
					}
					if ce := got.header.Get("Content-Encoding"); ce != "gzip" {
						t.Errorf("%s over %s: got Content-Encoding %q, want gzip", name, v.name, ce)
						continue
					}
					got.body = gunzipped(t, got.body)
					got.header.Del("Content-Encoding")
					got.header.Set("Content-Length", strconv.Itoa(len(got.body))) // encode may drop it
					for _, problem := range want.compare(got) {
						t.Errorf("%s over %s: %s\nbody %s", name, v.name, problem, got.body)
					}
				}
			}
		}
	}
}

// TestDecodedByTransport: a client that asks for no coding leaves it to Caddy's
// transport, which asks for gzip, and undoes it before anybody else sees it. A
// coding that is broken is then a response that ends early.
func TestDecodedByTransport(t *testing.T) {
	g := startMatrix(t)
	c := carriers[0]
	for _, f := range framings {
		for _, cd := range codings {
			if cd.field != "gzip" {
				continue
			}
			want := c.want
			if !cd.readable {
				want = cutOff
			}
			name := "by the transport, " + cd.name + ", " + f.name
			g.script(name, c.message(cd), f)
			header := c.asking(name, f)
			header.Del("Accept-Encoding")
			for _, v := range protocols(t) {
				got := send(t, v, http.MethodPost, "http://"+g.addresses[c.provider]+c.path, header, "")
				for _, problem := range want.compare(got) {
					t.Errorf("%s over %s: %s\nbody %s", name, v.name, problem, got.body)
				}
			}
		}
	}
}
