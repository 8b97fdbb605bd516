package caddyfile_test

import (
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// pair is two sites in front of one upstream, which differ in one line.
type pair struct {
	up            *upstream
	with, without string // addresses
}

// startPair runs the sites, one of them with auth_errors.
func startPair(t *testing.T, authErrors string) pair {
	t.Helper()
	p := pair{startUpstream(t), freeAddress(t), freeAddress(t)}
	proxy := "reverse_proxy " + p.up.address
	startCaddy(t, site(p.with, authErrors, proxy)+site(p.without, proxy))
	return p
}

// asked is the request's header with the name of the case.
func (e caseRow) asked() http.Header {
	h := http.Header{caseHeader: {e.name}}
	for name, values := range e.header {
		h[name] = values
	}
	return h
}

func TestPassedThrough(t *testing.T) { testUnchanged(t, passRows) }

func TestReleased(t *testing.T) { testUnchanged(t, releasedRows) }

// testUnchanged compares what clients get with and without the module.
func testUnchanged(t *testing.T, rows []caseRow) {
	p := startPair(t, "auth_errors auth0")
	versions := protocols(t)
	for _, e := range rows {
		t.Run(strings.ReplaceAll(e.name, " ", "_"), func(t *testing.T) {
			p.up.script(e.name, answer{wire: e.wire})
			got, want := p.raw(t, e)
			if got != want {
				t.Errorf("%s %s over HTTP/1.1: got\n%s\nwant\n%s", e.method, e.path, excerpt(got), excerpt(want))
			}
			for _, v := range versions {
				got, want := p.replies(t, v, e)
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s %s over %s: got\n%s\nwant\n%s", e.method, e.path, v.name, excerpt(fmt.Sprintf("%+v", got)), excerpt(fmt.Sprintf("%+v", want)))
				}
			}
		})
	}
}

// raw returns the bytes of both sites, as they came from the socket.
func (p pair) raw(t *testing.T, e caseRow) (got, want string) {
	t.Helper()
	got = rawReply(t, p.with, e.method, e.path, e.asked())
	want = rawReply(t, p.without, e.method, e.path, e.asked())
	return blankDate(got), blankDate(want)
}

// replies returns what a client of this version makes of both sites.
func (p pair) replies(t *testing.T, v protocol, e caseRow) (got, want reply) {
	t.Helper()
	got = send(t, v, e.method, "http://"+p.with+e.path, e.asked(), "")
	want = send(t, v, e.method, "http://"+p.without+e.path, e.asked(), "")
	got.header.Del("Date")
	want.header.Del("Date")
	return got, want
}

// excerpt keeps a failure readable when the body is large.
func excerpt(s string) string {
	const most = 1500
	if len(s) <= most {
		return s
	}
	return fmt.Sprintf("%s … (%d bytes)", s[:most], len(s))
}

// TestComparisonSeesRewrites: if the two sites were the same by mistake, every
// test above would succeed, so an answer that is rewritten has to differ here.
func TestComparisonSeesRewrites(t *testing.T) {
	p := startPair(t, "auth_errors auth0")
	e := caseRow{"rewritten", "POST", "/oauth/token", nil, sized("HTTP/1.1 403 Forbidden\nContent-Type: application/json", `{"error":"invalid_grant"}`)}
	p.up.script(e.name, answer{wire: e.wire})
	if got, want := p.raw(t, e); got == want {
		t.Errorf("got the same bytes from both sites, want another status:\n%s", got)
	}
	for _, v := range protocols(t) {
		if got, want := p.replies(t, v, e); reflect.DeepEqual(got, want) {
			t.Errorf("%s: got the same response from both sites, want another status: %+v", v.name, got)
		} else if got.proto != want.proto || !strings.HasPrefix(got.proto, v.name) {
			t.Errorf("got responses in %s and %s, want both in %s", got.proto, want.proto, v.name)
		}
	}
}

// TestEarlyHintsBeforeRewrite: an informational response is forwarded at once,
// and the final status is still free to be changed.
func TestEarlyHintsBeforeRewrite(t *testing.T) {
	p := startPair(t, "auth_errors auth0")
	p.up.script("hints", answer{wire: head("HTTP/1.1 103 Early Hints\nLink: </a.css>; rel=preload") + "\r\n" +
		sized("HTTP/1.1 403 Forbidden\nContent-Type: application/json", `{"error":"invalid_grant"}`)})
	for _, v := range protocols(t) {
		got := send(t, v, http.MethodPost, "http://"+p.with+"/oauth/token", field(caseHeader, "hints"), "")
		if want := []string{"103 [</a.css>; rel=preload]"}; !reflect.DeepEqual(got.interims, want) {
			t.Errorf("%s: got informational responses %q, want %q", v.name, got.interims, want)
		}
		if got.status != 400 || !strings.Contains(got.body, `"invalid_grant"`) {
			t.Errorf("%s: got %d %s, want 400 and invalid_grant", v.name, got.status, got.body)
		}
	}
}

// TestReleasedInChunks: a body of more than is held, of unknown length, arrives
// whole and in order. How it is cut into chunks depends on timing, with or
// without the module, so chunks are not compared.
func TestReleasedInChunks(t *testing.T) {
	p := startPair(t, "auth_errors auth0 {\n\t\tmax_body 4KiB\n\t}")
	var parts []string
	for i := range 3000 {
		parts = append(parts, fmt.Sprintf("%06d\n", i))
	}
	e := caseRow{"large", "GET", "/api/v2/jobs/1", nil, chunked("HTTP/1.1 404 Not Found\nContent-Type: text/plain\nTrailer: X-Checksum", "X-Checksum: 9a\nX-Late: 1", parts...)}
	p.up.script(e.name, answer{wire: e.wire})
	for _, v := range protocols(t) {
		got, want := p.replies(t, v, e)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", v.name, excerpt(fmt.Sprintf("%+v", got)), excerpt(fmt.Sprintf("%+v", want)))
		}
		if want := strings.Join(parts, ""); got.body != want {
			t.Errorf("%s: got a body of %d bytes, want the %d that were sent", v.name, len(got.body), len(want))
		}
	}
}

// TestKeepAlive: the framing of every answer is right, or the next one on the
// same connection could not be read.
func TestKeepAlive(t *testing.T) {
	p := startPair(t, "auth_errors auth0")
	var requests, want strings.Builder
	rows := append(append([]caseRow{}, passRows...), releasedRows...)
	for _, e := range rows {
		p.up.script(e.name, answer{wire: e.wire})
		requests.WriteString(requestText(e.method, e.path, e.asked(), ""))
	}
	last := field("Connection", "close")
	last.Set(caseHeader, rows[0].name)
	requests.WriteString(requestText("GET", "/userinfo", last, ""))
	for _, address := range []string{p.without, p.with} {
		conn := dial(t, address)
		if _, err := io.WriteString(conn, requests.String()); err != nil {
			t.Fatal(err)
		}
		wire, err := io.ReadAll(conn)
		if err != nil {
			t.Fatalf("after %d bytes: %v", len(wire), err)
		}
		if address == p.without {
			want.WriteString(blankDate(string(wire)))
		} else if got := blankDate(string(wire)); got != want.String() {
			t.Errorf("got\n%s\nwant\n%s", excerpt(got), excerpt(want.String()))
		}
	}
}
