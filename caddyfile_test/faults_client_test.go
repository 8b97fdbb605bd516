package caddyfile_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestClientLeaves lets the client go where the provider does nothing wrong.
func TestClientLeaves(t *testing.T) {
	f := startFaulty(t)
	const name = "giant"
	left := make(chan struct{}, 1)
	f.up.script(name, answer{play: func(t *testing.T, conn net.Conn, r *bufio.Reader) {
		playGiant(false)(t, conn, r)
		left <- struct{}{}
	}})
	const posting = "POST /oauth/token HTTP/1.1\r\nHost: gateway.test\r\nX-Case: giant\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	const getting = "GET /api/v2/users HTTP/1.1\r\nHost: gateway.test\r\nX-Case: giant\r\n"
	for _, r := range []struct {
		name, request string
		read          int  // bytes of the answer
		reaches       bool // the provider
		reset         bool
	}{
		{"in the request line", "POST /oau", 0, false, false},
		{"in the header", posting, 0, false, false},
		{"in the body", posting + "Content-Length: 1000\r\n\r\ngrant_type=", 0, false, false},
		{"in the body, by a reset", posting + "Content-Length: 1000\r\n\r\ngrant_type=", 0, false, true},
		{"in a chunk of the body", posting + "Transfer-Encoding: chunked\r\n\r\n100\r\ngrant_type=", 0, false, false},
		{"in the answer's status", getting + "\r\n", 10, true, false},
		{"in the answer's body", getting + "\r\n", 100_000, true, false},
		{"in the answer's body, by a reset", getting + "\r\n", 100_000, true, true},
	} {
		t.Run(strings.ReplaceAll(r.name, " ", "_"), func(t *testing.T) {
			grown := watchHeap()
			conn := dial(t, f.addresses["with"])
			if _, err := io.WriteString(conn, r.request); err != nil {
				t.Fatal(err)
			}
			if _, err := io.CopyN(io.Discard, conn, int64(r.read)); err != nil {
				t.Fatalf("reading %d bytes of the answer: %v", r.read, err)
			}
			if r.reset {
				conn.(*net.TCPConn).SetLinger(0)
			}
			conn.Close()
			if r.reaches {
				select {
				case <-left:
				case <-time.After(patience):
					t.Fatalf("waited %v for the end of the provider's connection", patience)
				}
			}
			f.fine(t, "with", r.name)
			f.note(t, "client leaves "+r.name, "nothing more", grown(), heapBound)
		})
	}
}

// TestClientLeavesWithAnswer: the client may be gone when its answer is ready.
func TestClientLeavesWithAnswer(t *testing.T) {
	f := startFaulty(t)
	const closing = faultHead + "\nConnection: close"
	for _, v := range f.versions {
		for name, wire := range map[string]string{
			"an answer": sized(closing, expiredJSON), "an unknown error": sized(closing, `{"error":"E-1"}`), "half an answer": head(closing) + "Content-Length: 1000\r\n\r\n" + halfError,
		} {
			grown := watchHeap()
			f.leaveBefore(t, v, wire)
			f.fine(t, "with", "a client that left before "+name)
			f.note(t, "client leaves before "+name+", over "+v.name, "nothing", grown(), heapBound)
		}
	}
}

// leaveBefore makes a request that is canceled before the provider sends something.
func (f *faulty) leaveBefore(t *testing.T, v protocol, wire string) {
	t.Helper()
	asked, gone, left := make(chan struct{}), make(chan struct{}), make(chan struct{})
	goOn := sync.OnceFunc(func() { close(gone) })
	defer goOn()
	f.up.script("late", answer{play: func(_ *testing.T, conn net.Conn, _ *bufio.Reader) {
		defer close(left)
		close(asked)
		<-gone
		io.WriteString(conn, wire)
	}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	answered := make(chan heard, 1)
	go func() { answered <- f.ask(ctx, v, "with", 0, "late", "") }()
	await(t, asked, "the request at the provider")
	cancel()
	if got := <-answered; !got.broken {
		t.Errorf("over %s: got %v, want nothing", v.name, got)
	}
	goOn()
	await(t, left, "the end of the provider's connection")
}
