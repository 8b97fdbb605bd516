package caddyfile_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/fcgi"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// workers is a listener of a pool with a fixed number of workers, as PHP-FPM has them: a
// worker has one connection until its end.
type workers struct {
	net.Listener
	free chan struct{}
}

func (l workers) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	<-l.free
	return &workerConn{Conn: conn, done: sync.OnceFunc(func() { l.free <- struct{}{} })}, nil
}

type workerConn struct {
	net.Conn
	done func()
}

func (c *workerConn) Close() error {
	defer c.done()
	return c.Conn.Close()
}

// startWorkers runs n workers that answer with an error of 4 MiB.
func startWorkers(t *testing.T, n int) workers {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	pool := workers{ln, make(chan struct{}, n)}
	for range n {
		pool.free <- struct{}{}
	}
	body := []byte(strings.Repeat("0123456789abcdef", 4<<20/16))
	go fcgi.Serve(pool, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.WriteHeader(http.StatusInternalServerError)
		w.Write(body)
	}))
	return pool
}

// TestFastCGIWorkersAreFree: an error that is larger than what is read leaves no worker
// behind, and each client has its answer.
func TestFastCGIWorkersAreFree(t *testing.T) {
	const n = 4
	for _, directive := range []string{"php_fastcgi %s", "reverse_proxy %s {\n\t\ttransport fastcgi\n\t}"} {
		pool, root := startWorkers(t, n), t.TempDir()
		if err := os.WriteFile(filepath.Join(root, "token.php"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		address := freeAddress(t)
		startCaddy(t, site(address, "root * "+root, "auth_errors {\n\t\tendpoint token /token.php\n\t}", fmt.Sprintf(directive, pool.Addr())))
		for _, v := range protocols(t) {
			for k := range 10 {
				got := send(t, v, http.MethodPost, "http://"+address+"/token.php", http.Header{}, "")
				if got.status != 500 || !strings.Contains(got.body, `"error":"server_error"`) {
					t.Fatalf("%s over %s, request %d: got %d %s, want 500 server_error", directive, v.name, k, got.status, excerpt(got.body))
				}
			}
			for k := range n {
				select {
				case <-pool.free:
				case <-time.After(patience):
					t.Fatalf("%s over %s: got %d free workers, want %d", directive, v.name, k, n)
				}
			}
			for range n {
				pool.free <- struct{}{}
			}
		}
	}
}
