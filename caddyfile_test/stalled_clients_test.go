package caddyfile_test

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

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

// stall is a provider with a large page, and an error at its token endpoint, for clients
// that do not read.
type stall struct {
	page   string
	up     *httptest.Server
	served atomic.Int64 // pages that have been sent to the proxy
	before uint64       // memory in use, in bytes
}

const (
	stalledConns = 12
	perConn      = 100 // requests, which is what a server of QUIC takes at a time

	// stalledMemory is how much memory a request may keep whose client does not read, in
	// bytes: its error, which is less than 64 KiB, once for the writer and once on the
	// way, and what servers and clients in this process have for it.
	stalledMemory = 256 << 10
)

func startStall(t *testing.T) *stall {
	t.Helper()
	s := &stall{page: "<title>Not found</title>" + strings.Repeat("x", 60_000)}
	s.up = httptest.NewServer(s)
	t.Cleanup(s.up.Close)
	s.before = inUse()
	return s
}

func (s *stall) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	if r.URL.Path == "/oauth/token" {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(403)
		io.WriteString(w, `{"error":"invalid_grant","error_description":"Unknown user jane."}`)
		return
	}
	w.WriteHeader(404)
	io.WriteString(w, s.page)
	s.served.Add(1)
}

// directives are those of the site in front of the provider.
func (s *stall) directives() []string {
	return []string{"auth_errors {\n\t\tdescriptions canonical\n\t}", "reverse_proxy " + s.up.Listener.Addr().String()}
}

// inUse is the memory that the process uses after a collection, in bytes.
func inUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// settle waits until all requests have been decided about, none of which holds anything
// then, and holds the memory against the bound.
func (s *stall) settle(t *testing.T, requests int64) {
	t.Helper()
	deadline, tick := time.After(3*patience), time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for s.served.Load() < requests || hold.Held() > 0 {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("got %d requests served and %d bytes held, want %d and none", s.served.Load(), hold.Held(), requests)
		}
	}
	if got, most := inUse(), s.before+uint64(requests)*stalledMemory; got > most {
		t.Errorf("got %d MiB in use for %d requests, want at most %d", got>>20, requests, most>>20)
	}
}

// check holds that the answers of other clients are right.
func (s *stall) check(t *testing.T, v protocol, url string) {
	t.Helper()
	got := send(t, v, http.MethodPost, url+"/oauth/token", http.Header{}, "grant_type=password")
	const want = `{"error":"invalid_grant","error_description":"The code, refresh token or credentials are wrong, used, expired or revoked."}`
	if got.status != 400 || got.body != want {
		t.Errorf("over %s: got %d %s, want 400 %s", v.name, got.status, got.body, want)
	}
	if got := send(t, v, http.MethodPost, url+"/page", http.Header{}, "x"); got.status != 404 || got.body != s.page {
		t.Errorf("over %s: got %d %s, want the page", v.name, got.status, fmt.Sprint(len(got.body)))
	}
}

// TestStalledClientsHoldNothing: clients that ask for more errors than there is memory
// for, and do not read them, take nothing from others, whose answers stay right.
func TestStalledClientsHoldNothing(t *testing.T) {
	s, address := startStall(t), freeAddress(t)
	startCaddy(t, site(address, s.directives()...))
	for range stalledConns {
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
	s.settle(t, stalledConns*perConn)
	for _, v := range protocols(t) {
		s.check(t, v, "http://"+address)
	}
}

// TestStalledHTTP3 does the same with clients of HTTP/3, whose windows have room for the
// header of an answer.
func TestStalledHTTP3(t *testing.T) {
	s, address := startStall(t), localAddress(t)
	config := startCaddy3(t, site3(address, s.directives()...), address)
	ctx, cancel := context.WithCancel(t.Context())
	var asking sync.WaitGroup
	for range stalledConns {
		tr := stalled3(config)
		t.Cleanup(func() { tr.Close() })
		for range perConn {
			// With a length: of a body that may be there Caddy 2.11.9 has a data race.
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+address+"/page", strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			asking.Go(func() {
				if resp, err := tr.RoundTrip(req); err == nil {
					<-ctx.Done()
					resp.Body.Close()
				}
			})
		}
	}
	s.settle(t, stalledConns*perConn)
	s.check(t, client3(t, config), "https://"+address)
	cancel()
	asking.Wait()
	if got := hold.Held(); got != 0 {
		t.Errorf("got %d bytes held when all clients had left, want none", got)
	}
}

// stalled3 is a client of HTTP/3 that leaves no room for a body.
func stalled3(config *tls.Config) *http3.Transport {
	return &http3.Transport{TLSClientConfig: config.Clone(), QUICConfig: &quic.Config{
		InitialStreamReceiveWindow: 1 << 10, MaxStreamReceiveWindow: 1 << 10, MaxIdleTimeout: time.Minute,
	}}
}
