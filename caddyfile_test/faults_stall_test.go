package caddyfile_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// overCap is more than is held of a body.
var overCap = strings.Repeat("0123456789abcdef", 5<<10)

// stalls are how far a provider gets before it says nothing any more.
var stalls = []struct {
	name    string
	sent    string
	request int     // of faultRequests
	held    float64 // bytes held by then
}{
	{"before the status", "", 0, 0},
	{"in the status", "HTTP/1.1 404 No", 0, 0},
	{"in the header", head(faultHead), 0, 0},
	{"after the header", head(faultHead) + "Content-Length: 1000\r\n\r\n", 0, 0},
	{"after an informational response", head("HTTP/1.1 103 Early Hints\nLink: </a.css>") + "\r\n", 0, 0},
	{"in a body", head(faultHead) + "Content-Length: 1000\r\n\r\n" + halfError, 0, float64(len(halfError))},
	{"in a chunk", head(faultHead) + "Transfer-Encoding: chunked\r\n\r\n3e8\r\n" + halfError, 1, 0}, // a chunk is read as a whole
	{"before the last chunk", head(faultHead) + "Transfer-Encoding: chunked\r\n\r\n" + openChunks(expiredJSON), 0, float64(len(expiredJSON))},
	{"in a body that streams", head(faultHead) + "Transfer-Encoding: chunked\r\n\r\n" + openChunks(overCap), 1, 0},
	{"in a success", head("HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 1000") + "\r\n" + halfError, 0, 0},
}

// TestStalls lets the client give up at every stage: the provider hears of it, and
// nothing stays.
func TestStalls(t *testing.T) {
	f := startFaulty(t)
	for _, r := range stalls {
		t.Run(strings.ReplaceAll(r.name, " ", "_"), func(t *testing.T) {
			grown := watchHeap()
			for _, v := range f.versions {
				stalled := make(chan struct{})
				left := f.stall(r.name, r.sent, stalled)
				f.giveUp(t, v, r.name, r.request, r.held, stalled)
				v.transport.CloseIdleConnections() // in HTTP/1.1 the rest is read on
				await(t, left, "the end of the provider's connection")
				f.fine(t, "with", r.name)
			}
			f.note(t, "stall "+r.name+", client leaves", "nothing", grown(), heapBound)
		})
	}
}

// stall scripts a provider that sends something and then waits for the end of the
// connection: the channels are closed when it begins to wait, and when it is done.
func (f *faulty) stall(name, sent string, stalled chan<- struct{}) (left <-chan struct{}) {
	end := make(chan struct{})
	f.up.script(name, answer{play: func(t *testing.T, conn net.Conn, _ *bufio.Reader) {
		defer close(end)
		if _, err := io.WriteString(conn, sent); err != nil {
			t.Errorf("sending: %v", err)
		}
		close(stalled)
		if n, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %d more bytes from Caddy, %v, want it to hang up", n, err)
		}
	}})
	return end
}

// giveUp makes a request and cancels it when the provider stalls and the bytes are
// held.
func (f *faulty) giveUp(t *testing.T, v protocol, name string, request int, held float64, stalled <-chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan heard, 1)
	go func() { done <- f.ask(ctx, v, "with", request, name, "") }()
	await(t, stalled, "the request at the provider")
	f.meter.await(t, held)
	cancel()
	if got := <-done; !got.broken {
		t.Errorf("over %s: got %v, want nothing while the provider stalls", v.name, got)
	}
}

// await waits until the channel is closed.
func await(t *testing.T, c <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatalf("waited %v for %s", patience, what)
	}
}

// TestStallsAfterTheAnswer: what is over the cap is answered by what has arrived, without
// waiting for a provider that says nothing any more: the client has all of the
// response, to its end, and the provider is let go of when the client leaves.
func TestStallsAfterTheAnswer(t *testing.T) {
	f := startFaulty(t)
	for _, r := range []struct{ name, sent string }{
		{"in chunks", head(faultHead+"\nTransfer-Encoding: chunked") + "\r\n" + openChunks(overCap)},
		{"announced", head(faultHead) + "Content-Length: 1048576\r\n\r\n" + overCap},
	} {
		t.Run(strings.ReplaceAll(r.name, " ", "_"), func(t *testing.T) {
			grown := watchHeap()
			for _, v := range f.versions {
				left := f.stall(r.name, r.sent, make(chan struct{}))
				got := f.ask(t.Context(), v, "with", 0, r.name, "")
				for _, problem := range byStatus.problems(got, heard{}) {
					t.Errorf("over %s while the provider stalls: %s", v.name, problem)
				}
				v.transport.CloseIdleConnections() // in HTTP/1.1 the rest is read on
				await(t, left, "the end of the provider's connection")
				f.fine(t, "with", r.name)
			}
			f.note(t, "stall after the answer, "+r.name, byStatus.code, grown(), heapBound)
		})
	}
}
