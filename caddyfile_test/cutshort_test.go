package caddyfile_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// cutOff is the canonical answer in place of half a response.
var cutOff = outcome{status: http.StatusBadGateway, code: "server_error"}

// cutFields are those of the responses that are cut short.
const cutFields = "HTTP/1.1 403 Forbidden\nContent-Type: application/json\nX-Request-Id: 7f3d\nETag: \"stale\"\nTrailer: X-Checksum"

// halfError is what arrives of the body: it must not be taken for the whole.
const halfError = `{"error":"invalid_grant","error_description":"The code`

// sends writes a response and closes the connection. With reset, the other side
// hears of an error instead of an end.
func sends(wire string, reset bool) func(*testing.T, net.Conn, *bufio.Reader) {
	return func(_ *testing.T, conn net.Conn, _ *bufio.Reader) {
		io.WriteString(conn, wire)
		if reset {
			conn.(*net.TCPConn).SetLinger(0)
		}
	}
}

// cutRows are the ways in which an upstream breaks off.
var cutRows = []struct {
	name string
	play func(*testing.T, net.Conn, *bufio.Reader)
	two  http.HandlerFunc // instead, in HTTP/2
}{
	{"less than announced", sends(head(cutFields)+"Content-Length: 1000\r\n\r\n"+halfError, false), nil},
	{"nothing of what is announced", sends(head(cutFields)+"Content-Length: 1000\r\n\r\n", false), nil},
	{"less than announced, in gzip", sends(head(cutFields)+"Content-Encoding: gzip\r\nContent-Length: 1000\r\n\r\n"+gzipped(halfError), false), nil},
	{"no last chunk", sends(head(cutFields)+"Transfer-Encoding: chunked\r\n\r\n"+fmt.Sprintf("%x\r\n%s\r\n", len(halfError), halfError), false), nil},
	{"half a chunk", sends(head(cutFields)+"Transfer-Encoding: chunked\r\n\r\n100\r\n"+halfError, false), nil},
	{"a chunk without a size", sends(head(cutFields)+"Transfer-Encoding: chunked\r\n\r\n"+fmt.Sprintf("%x\r\n%s\r\nzz\r\n", len(halfError), halfError), false), nil},
	{"a reset", sends(head(cutFields)+"Content-Length: 1000\r\n\r\n"+halfError, true), nil},
	{"a reset between chunks", sends(head(cutFields)+"Transfer-Encoding: chunked\r\n\r\n"+fmt.Sprintf("%x\r\n%s\r\n", len(halfError), halfError), true), nil},
	{"a reset stream", nil, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Request-Id", "7f3d")
		w.Header().Set("Trailer", "X-Checksum")
		w.WriteHeader(http.StatusForbidden)
		io.WriteString(w, halfError)
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}},
}

// startCut runs the sites of these tests: with the module, with what it answers
// turned off, and without the module.
func startCut(t *testing.T) *gateways {
	t.Helper()
	g := newGateways(t)
	sites := ""
	for name, directive := range map[string]string{
		"with": "auth_errors auth0", "success": "auth_errors accelo", "small": "auth_errors auth0 {\n\t\tmax_body 16B\n\t}",
		"passing": "auth_errors auth0 {\n\t\tproxy_errors pass\n\t}", "without": "",
	} {
		g.addresses[name] = freeAddress(t)
		sites += site(g.addresses[name], g.behind(directive)...)
	}
	startCaddy(t, sites)
	return g
}

// askingCut scripts a row and returns the header that asks for it.
func (g *gateways) askingCut(i int) http.Header {
	r := cutRows[i]
	header := http.Header{caseHeader: {r.name}}
	if r.two != nil {
		header.Set(framingField, "HTTP/2")
		g.two.play(r.name, r.two)
	} else {
		g.one.script(r.name, answer{play: r.play})
	}
	return header
}

// TestCutShortHeld: half an error is answered, and the client's connection is as
// good as before.
func TestCutShortHeld(t *testing.T) {
	g := startCut(t)
	g.one.script("next", answer{wire: sized("HTTP/1.1 403 Forbidden\nContent-Type: application/json\nX-Request-Id: 7f3d", expiredJSON)})
	next := http.Header{caseHeader: {"next"}}
	versions := protocols(t)
	for i, r := range cutRows {
		header := g.askingCut(i)
		for _, v := range versions {
			got := send(t, v, http.MethodPost, "http://"+g.addresses["with"]+"/oauth/token", header, "")
			for _, problem := range cutOff.compare(got) {
				t.Errorf("%s over %s: %s\nbody %s", r.name, v.name, problem, got.body)
			}
			got = send(t, v, http.MethodPost, "http://"+g.addresses["with"]+"/oauth/token", next, "")
			for _, problem := range grant.compare(got) {
				t.Errorf("after %s over %s: %s\nbody %s", r.name, v.name, problem, got.body)
			}
		}
		conn := dial(t, g.addresses["with"])
		br := bufio.NewReader(conn)
		for _, ask := range []struct {
			header http.Header
			want   outcome
		}{{header, cutOff}, {next, grant}, {header, cutOff}, {next, grant}} {
			if _, err := io.WriteString(conn, requestText("POST", "/oauth/token", ask.header, "")); err != nil {
				t.Fatalf("%s: %v", r.name, err)
			}
			resp, err := http.ReadResponse(br, nil)
			if err != nil {
				t.Fatalf("%s on one connection: got %v, want %d", r.name, err, ask.want.status)
			}
			body, err := io.ReadAll(resp.Body)
			if resp.StatusCode != ask.want.status || err != nil || !strings.Contains(string(body), ask.want.code) {
				t.Errorf("%s on one connection: got %d %s, %v, want %d %s", r.name, resp.StatusCode, body, err, ask.want.status, ask.want.code)
			}
		}
	}
}

// TestCutShortLeftAlone: with proxy_errors pass the client hears of it the way it
// would without the module.
func TestCutShortLeftAlone(t *testing.T) {
	g := startCut(t)
	for i, r := range cutRows {
		if r.two != nil {
			continue // in HTTP/2 there is no other way to break off
		}
		header := g.askingCut(i)
		for _, v := range protocols(t) {
			var bodies []string
			for _, name := range []string{"passing", "without"} {
				body, err := readUntilError(t, v, "http://"+g.addresses[name]+"/oauth/token", header.Get(caseHeader))
				if err == nil {
					t.Errorf("%s over %s, %s: got body %q and its end, want it broken off", r.name, v.name, name, body)
				}
				bodies = append(bodies, body)
			}
			// A reset may overtake what was sent before.
			if bodies[0] != bodies[1] && !strings.Contains(r.name, "reset") {
				t.Errorf("%s over %s: got body %q, want %q as without the module", r.name, v.name, bodies[0], bodies[1])
			}
		}
	}
}

// TestCutShortPage: a browser that waits for a page gets as much of it as there is.
func TestCutShortPage(t *testing.T) {
	g := startCut(t)
	const page = "<!doctype html><title>Sorry</title>"
	g.one.script("page", answer{play: sends(head("HTTP/1.1 404 Not Found\nContent-Type: text/html\nContent-Length: 1000")+"\r\n"+page, false)})
	header := browser.Clone()
	header.Set(caseHeader, "page")
	var wires []string
	for _, name := range []string{"with", "without"} {
		conn := dial(t, g.addresses[name])
		if _, err := io.WriteString(conn, requestText("GET", "/authorize", header, "")); err != nil {
			t.Fatal(err)
		}
		wire, err := io.ReadAll(conn)
		if err != nil || !strings.HasSuffix(string(wire), page) {
			t.Errorf("%s: got %q, %v, want it to end with %q", name, wire, err, page)
		}
		wires = append(wires, regexp.MustCompile(`Date: .*`).ReplaceAllString(string(wire), ""))
	}
	if wires[0] != wires[1] {
		t.Errorf("got %q, want %q as without the module", wires[0], wires[1])
	}
}

// TestCutShortSuccess: half a success that may be an error is answered as long as
// nothing has been sent. What was let go of breaks off: more than is looked at, and what
// somebody waited for.
func TestCutShortSuccess(t *testing.T) {
	g := startCut(t)
	const fields = "HTTP/1.1 200 OK\nContent-Type: application/json\nX-Request-Id: 7f3d\nETag: \"stale\""
	g.one.script("short", answer{play: sends(head(fields)+"Content-Length: 100\r\n\r\n"+halfError, false)})
	long := strings.Repeat("0123456789abcdef", 1024)
	g.one.script("long", answer{play: sends(head(fields)+"Transfer-Encoding: chunked\r\n\r\n"+fmt.Sprintf("%x\r\n%s\r\n", len(long), long), false)})
	for _, v := range protocols(t) {
		got := send(t, v, http.MethodGet, "http://"+g.addresses["success"]+"/api/v0/jobs", http.Header{caseHeader: {"short"}}, "")
		for _, problem := range cutOff.compare(got) {
			t.Errorf("%s: %s\nbody %s", v.name, problem, got.body)
		}
		for _, name := range []string{"success", "without"} {
			body, err := readUntilError(t, v, "http://"+g.addresses[name]+"/api/v0/jobs", "long")
			if body != long || err == nil {
				t.Errorf("%s, %s: got %d bytes, %v, want %d and then an error", v.name, name, len(body), err, len(long))
			}
		}
	}
}

// TestCutShortReleased: a body over the cap is on its way already, and breaks off.
func TestCutShortReleased(t *testing.T) {
	g := startCut(t)
	text := "01234567" + unknownError + strings.Repeat("x", 10_000)
	g.one.script("released", answer{play: sends(head("HTTP/1.1 404 Not Found\nContent-Type: text/plain\nContent-Length: 20000")+"\r\n"+text, false)})
	for _, v := range protocols(t) {
		for _, name := range []string{"small", "without"} {
			body, err := readUntilError(t, v, "http://"+g.addresses[name]+"/api/v2/users", "released")
			if !strings.HasPrefix(text, body) || err == nil {
				t.Errorf("%s, %s: got %d bytes, %v, want the beginning and then an error", v.name, name, len(body), err)
			}
		}
	}
}

// TestCutShortAnswered: a body over the cap has been answered by its status alone.
// That answer is whole, whatever becomes of the body.
func TestCutShortAnswered(t *testing.T) {
	g := startCut(t)
	for name, length := range map[string]string{"answered": "Content-Length: 20000\r\n\r\n", "answered in chunks": "Transfer-Encoding: chunked\r\n\r\n1000\r\n"} {
		g.one.script(name, answer{play: sends(head("HTTP/1.1 500 Oops\nContent-Type: text/plain\nX-Request-Id: 7f3d")+length+strings.Repeat("x", 100), false)})
		for _, v := range protocols(t) {
			body, err := readUntilError(t, v, "http://"+g.addresses["small"]+"/oauth/token", name)
			if !strings.Contains(body, `"server_error"`) || err != nil {
				t.Errorf("%s over %s: got body %q, %v, want server_error and no error", name, v.name, body, err)
			}
		}
	}
}
