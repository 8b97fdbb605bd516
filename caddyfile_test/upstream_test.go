package caddyfile_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// caseHeader names, in a request, the answer that the upstream is to give.
const caseHeader = "X-Case"

// answer is what the upstream sends back, byte for byte, so that nothing about
// it (framing, trailers, odd statuses) is decided by a library. If play is set
// it has the connection for itself, until it returns.
type answer struct {
	wire string
	play func(t *testing.T, conn net.Conn, r *bufio.Reader)
}

// upstream plays a legacy provider on a socket of its own.
type upstream struct {
	t       *testing.T
	address string

	mu      sync.Mutex
	answers map[string]answer
	conns   map[net.Conn]struct{}
}

// startUpstream listens until the test ends.
func startUpstream(t *testing.T) *upstream {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("starting the upstream: %v", err)
	}
	u := &upstream{t: t, address: ln.Addr().String(), answers: map[string]answer{}, conns: map[net.Conn]struct{}{}}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return // closed below
			}
			serving.Go(func() { u.serve(conn) })
		}
	})
	t.Cleanup(func() {
		ln.Close()
		u.closeConns()
		serving.Wait()
	})
	return u
}

// script sets the answer to requests that ask for the case.
func (u *upstream) script(name string, a answer) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.answers[name] = a
}

// closeConns ends the connections that Caddy keeps for later.
func (u *upstream) closeConns() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for conn := range u.conns {
		conn.Close()
	}
}

// serve answers the requests of one connection.
func (u *upstream) serve(conn net.Conn) {
	u.mu.Lock()
	u.conns[conn] = struct{}{}
	u.mu.Unlock()
	defer func() {
		u.mu.Lock()
		delete(u.conns, conn)
		u.mu.Unlock()
		conn.Close()
	}()
	r := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			return // the other side is done
		}
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return
		}
		u.mu.Lock()
		a, ok := u.answers[req.Header.Get(caseHeader)]
		u.mu.Unlock()
		if !ok {
			u.t.Errorf("%s %s asks for the case %q, which has no answer", req.Method, req.URL, req.Header.Get(caseHeader))
			return
		}
		if a.play != nil {
			// What is played can wait for the client, but not for ever.
			conn.SetDeadline(time.Now().Add(patience))
			a.play(u.t, conn, r)
			return
		}
		if _, err := io.WriteString(conn, a.wire); err != nil {
			return
		}
	}
}

// head spells a status line and header fields with the line ends of HTTP.
func head(lines string) string {
	return strings.ReplaceAll(strings.TrimSpace(lines), "\n", "\r\n") + "\r\n"
}

// sized is a response whose length is announced.
func sized(lines, body string) string {
	return head(lines) + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
}

// chunked is a response of chunks, with trailer fields after the last one.
func chunked(lines, trailers string, chunks ...string) string {
	var b strings.Builder
	b.WriteString(head(lines + "\nTransfer-Encoding: chunked"))
	b.WriteString("\r\n")
	for _, c := range chunks {
		fmt.Fprintf(&b, "%x\r\n%s\r\n", len(c), c)
	}
	b.WriteString("0\r\n")
	if trailers != "" {
		b.WriteString(head(trailers))
	}
	b.WriteString("\r\n")
	return b.String()
}
