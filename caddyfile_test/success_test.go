package caddyfile_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// lookedAt is how much of a success is looked at for an error, in bytes.
const lookedAt = 8 << 10

// numbers is a text of n lines in which no two places are alike.
func numbers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%07d\n", i)
	}
	return b.String()
}

// TestLargeSuccess: where a success may be an error, one that is larger than what
// is looked at arrives whole, in order, and with its length, coding and trailers.
func TestLargeSuccess(t *testing.T) {
	g := startMatrix(t)
	versions := protocols(t)
	for _, length := range []int{lookedAt - 8, lookedAt, lookedAt + 8, 64 << 10, 1 << 20} {
		// It begins like an error, in case that somebody stops reading there.
		body := `{"meta":{"status":"ok","message":"x"},"response":["` + numbers(length / 8)[60:] + `"]}` + "\n"
		for _, cd := range codings {
			if length > 64<<10 && cd.field != "" {
				continue // in a coding they are small enough to be looked at
			}
			name := fmt.Sprintf("%d bytes, %s", length, cd.name)
			c := carrier{name: name, provider: "accelo", path: "/api/v0/jobs", status: 200, contentType: jsonType, body: body}
			m := c.message(cd)
			for _, f := range framings {
				g.script(name+", "+f.name, m, f)
				g.checkCell(t, c, name+", "+f.name, f, passed, versions)
			}
		}
	}
}

// stream is a response of which the upstream sends the rest when the client has
// got the first part.
type stream struct {
	name        string
	head, first string
	rest        string
}

// streams may be errors by their status, type and endpoint; what they hold is
// more than is looked at, or says so.
func streams() []stream {
	text := numbers(20_000)
	const most = 64 << 10 // more than Caddy's server itself keeps back
	const fields = "HTTP/1.1 200 OK\nContent-Type: application/json\n"
	chunk := func(s string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(s), s) }
	return []stream{
		{"announced", head(fields+fmt.Sprintf("Content-Length: %d", len(text))) + "\r\n", text[:most], text[most:]},
		{"in chunks", head(fields+"Transfer-Encoding: chunked") + "\r\n", chunk(text[:lookedAt+1]), chunk(text[lookedAt+1:]) + "0\r\n\r\n"},
		{"until it closes", head("HTTP/1.0 200 OK\nContent-Type: text/plain") + "\r\n", text[:lookedAt+1], text[lookedAt+1:]},
		{"events", head("HTTP/1.1 200 OK\nContent-Type: text/event-stream\nTransfer-Encoding: chunked") + "\r\n", chunk("data: 1\n\n"), chunk("data: 2\n\n") + "0\r\n\r\n"},
		{"a download", head("HTTP/1.1 200 OK\nContent-Type: application/octet-stream\nTransfer-Encoding: chunked") + "\r\n", chunk(text[:10]), chunk(text[10:]) + "0\r\n\r\n"},
	}
}

// TestSuccessStreams: after the look, nothing is held back. A response that were
// held would end this test with a deadline.
func TestSuccessStreams(t *testing.T) {
	g := startMatrix(t)
	for _, s := range streams() {
		for _, v := range protocols(t) {
			next := make(chan struct{})
			g.one.script(s.name, answer{play: func(t *testing.T, conn net.Conn, _ *bufio.Reader) {
				io.WriteString(conn, s.head+s.first)
				select {
				case <-next:
				case <-time.After(patience):
					t.Errorf("%s over %s: the first part has not reached the client", s.name, v.name)
				}
				io.WriteString(conn, s.rest)
			}})
			got := readInTwo(t, v, "http://"+g.addresses["accelo"]+"/api/v0/jobs", s.name, next)
			g.one.script(s.name, answer{play: sends(s.head+s.first+s.rest, false)})
			want := send(t, v, http.MethodGet, "http://"+g.addresses["plain"]+"/api/v0/jobs", http.Header{caseHeader: {s.name}}, "")
			want.header.Set("Date", got.header.Get("Date"))
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s over %s: got\n%s\nwant\n%s", s.name, v.name, excerpt(fmt.Sprintf("%+v", got)), excerpt(fmt.Sprintf("%+v", want)))
			}
		}
	}
}

// readInTwo reads one byte of the response, tells so, and reads the rest.
func readInTwo(t *testing.T, v protocol, url, name string, next chan<- struct{}) reply {
	t.Helper()
	resp := begin(t, v, url, name)
	defer resp.Body.Close()
	first := make([]byte, 1)
	if _, err := io.ReadFull(resp.Body, first); err != nil {
		t.Fatalf("%s over %s: reading the first byte: %v", name, v.name, err)
	}
	close(next)
	rest, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s over %s: reading the rest: %v", name, v.name, err)
	}
	return reply{proto: resp.Proto, status: resp.StatusCode, header: resp.Header, body: string(first) + string(rest), trailer: resp.Trailer}
}
