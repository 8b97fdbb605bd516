package caddyfile_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/auth-errors/caddy-auth-errors/internal/hold"
)

// frame spells a frame of HTTP/2 (RFC 9113 §4.1).
func frame(kind, flags byte, stream uint32, payload string) string {
	b := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind, flags}
	return string(binary.BigEndian.AppendUint32(b, stream)) + payload
}

// stalledRequests spells n requests on one connection of HTTP/2 whose windows are zero.
func stalledRequests(n int) string {
	var b strings.Builder
	b.WriteString("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, "\x00\x04\x00\x00\x00\x00")) // INITIAL_WINDOW_SIZE 0
	for k := range n {
		b.WriteString(frame(1, 5, uint32(2*k+1), "\x82\x86\x44\x05/page\x41\x04a:80")) // GET http://a:80/page
	}
	return b.String()
}

// TestStalledClientsHoldNothing: clients that ask for more errors than there is memory
// for, and do not read them, take nothing from others, whose answers stay right.
func TestStalledClientsHoldNothing(t *testing.T) {
	page := "<title>Not found</title>" + strings.Repeat("x", 60_000)
	var served atomic.Int64
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/oauth/token" {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(403)
			io.WriteString(w, `{"error":"invalid_grant","error_description":"Unknown user jane."}`)
			return
		}
		w.WriteHeader(404)
		io.WriteString(w, page)
		served.Add(1)
	}))
	t.Cleanup(up.Close)
	address := freeAddress(t)
	startCaddy(t, site(address, "auth_errors {\n\t\tdescriptions canonical\n\t}", "reverse_proxy "+up.Listener.Addr().String()))
	const conns, perConn = 6, 200
	for range conns {
		h2 := dial(t, address)
		go io.Copy(io.Discard, h2) // there are no windows, and so no bodies
		if _, err := io.WriteString(h2, stalledRequests(perConn)); err != nil {
			t.Fatal(err)
		}
		h1 := dial(t, address)
		if _, err := io.WriteString(h1, strings.Repeat(requestText("GET", "/page", http.Header{}, ""), 40)); err != nil {
			t.Fatal(err)
		}
	}
	deadline, tick := time.After(patience), time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for served.Load() < conns*perConn || hold.Held() > 0 {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("got %d requests served and %d bytes held, want %d and none", served.Load(), hold.Held(), conns*perConn)
		}
	}
	for _, v := range protocols(t) {
		got := send(t, v, http.MethodPost, "http://"+address+"/oauth/token", http.Header{}, "grant_type=password")
		const want = `{"error":"invalid_grant","error_description":"The code, refresh token or credentials are wrong, used, expired or revoked."}`
		if got.status != 400 || got.body != want {
			t.Errorf("over %s: got %d %s, want 400 %s", v.name, got.status, got.body, want)
		}
		if got := send(t, v, http.MethodGet, "http://"+address+"/page", http.Header{}, ""); got.status != 404 || got.body != page {
			t.Errorf("over %s: got %d %s, want the page", v.name, got.status, fmt.Sprint(len(got.body)))
		}
	}
}
