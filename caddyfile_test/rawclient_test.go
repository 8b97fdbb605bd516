package caddyfile_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// dateField is the one thing that two identical responses may differ in.
var dateField = regexp.MustCompile(`(?m)^Date: [^\r\n]*`)

// blankDate makes responses of different seconds comparable.
func blankDate(wire string) string { return dateField.ReplaceAllString(wire, "Date: -") }

// dial connects to Caddy; nothing on the connection lasts longer than patience.
func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		t.Fatalf("connecting to Caddy: %v", err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// requestText spells an HTTP/1.1 request. Its fields come in a fixed order.
func requestText(method, path string, header http.Header, body string) string {
	var b strings.Builder
	b.WriteString(method + " " + path + " HTTP/1.1\r\nHost: gateway.test\r\n")
	names := make([]string, 0, len(header))
	for name := range header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		b.WriteString(name + ": " + header.Get(name) + "\r\n")
	}
	b.WriteString("\r\n" + body)
	return b.String()
}

// rawReply returns the bytes that Caddy sends for one request until it closes
// the connection, as it was asked to. No HTTP library sees them first.
func rawReply(t *testing.T, address, method, path string, header http.Header) string {
	t.Helper()
	conn := dial(t, address)
	h := header.Clone()
	h.Set("Connection", "close")
	if _, err := io.WriteString(conn, requestText(method, path, h, "")); err != nil {
		t.Fatalf("%s %s: sending the request: %v", method, path, err)
	}
	wire, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("%s %s: reading the response after %q: %v", method, path, wire, err)
	}
	return string(wire)
}

// readHead returns a response up to the empty line, for exchanges that go on.
func readHead(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	var b strings.Builder
	for {
		line, err := r.ReadString('\n')
		b.WriteString(line)
		if err != nil {
			t.Fatalf("reading the header after %q: %v", b.String(), err)
		}
		if line == "\r\n" {
			return b.String()
		}
	}
}
