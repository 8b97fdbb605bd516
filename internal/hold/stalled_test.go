package hold

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// TestStalled: bytes that wait for a slow client do not count against others.
func TestStalled(t *testing.T) {
	const length = 60_000
	for _, r := range []struct {
		name    string
		hello   string
		plan    Plan
		verdict Verdict
	}{
		{"HTTP/1.1", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", Plan{Mode: Hold, Limit: length}, Pass},
		{"HTTP/1.1, over the limit", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", Plan{Mode: Hold, Limit: length - 1}, Pass},
		{"HTTP/1.1, teed", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", Plan{Mode: Tee, Limit: length}, Pass},
		{"HTTP/1.1, replaced", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", Plan{Mode: Hold, Limit: length}, Replace},
		// The preface; SETTINGS with INITIAL_WINDOW_SIZE 0; HEADERS of GET / on stream 1.
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\x00\x00\x06\x04\x00\x00\x00\x00\x00" + "\x00\x04\x00\x00\x00\x00" + "\x00\x00\x06\x01\x05\x00\x00\x00\x01" + "\x82\x86\x84\x41\x01a", Plan{Mode: Hold, Limit: length}, Pass},
	} {
		t.Run(strings.ReplaceAll(r.name, " ", "_"), func(t *testing.T) {
			withBudget(t, length+1)
			writing, done := make(chan int64, 1), make(chan struct{})
			pipes := newPipes()
			start(t, pipes, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				defer close(done)
				j := scripted(r.plan, r.verdict)
				j.answer = strings.Repeat("z", length)
				serve(&watched{w, writing}, j, status(404), write(strings.Repeat("x", length)))
			}))
			conn := pipes.dial()
			if strings.HasPrefix(r.name, "HTTP/2") {
				go io.Copy(io.Discard, conn) // frames there is no window for never come
			}
			if _, err := io.WriteString(conn, r.hello); err != nil {
				t.Fatal(err)
			}
			if got := <-writing; got != 0 {
				t.Errorf("got %d bytes held while the client does not read, want 0", got)
			}
			j := scripted(Plan{Mode: Hold, Limit: length}, Replace)
			if err := serve(newSpy(), j, status(404), write(strings.Repeat("y", length))); err != nil || !strings.HasPrefix(j.asked[1], "complete") {
				t.Errorf("another response: got %v and the judge asked %.40q, want it held to its end", err, j.asked)
			}
			select {
			case <-done:
				t.Error("the response to the client that does not read has ended, want it to wait")
			default:
			}
			conn.Close()
			<-done
		})
	}
}

// watched is a client's writer that tells how much is held when the body is written.
type watched struct {
	http.ResponseWriter
	writing chan<- int64
}

func (w *watched) Write(p []byte) (int, error) {
	w.writing <- Held()
	return w.ResponseWriter.Write(p)
}

// pipes is a listener with connections that buffer nothing.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes {
	return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (p *pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.conns <- server
	return client
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// TestRoomTaken: the room for a copy may be gone when the client has read the original.
// Then the copy ends there.
func TestRoomTaken(t *testing.T) {
	for name, pass := range map[string]func(string) step{"written": write, "copied": copied} {
		withBudget(t, 10)
		w, j := newSpy(), scripted(Plan{Mode: Tee, Limit: 16}, Replace)
		err := serve(&greedy{w}, j, status(403), pass("abc"))
		if err != nil || j.asked[1] != `over budget 403 "abc"` || w.body.String() != "abc" {
			t.Errorf("%s: got %v, the judge asked %q and body %q, want the copy given up and the body passed on", name, err, j.asked, w.body.String())
		}
		shared.give(10)
	}
}

// greedy is a client's writer. During its first write others take all the room.
type greedy struct{ http.ResponseWriter }

func (w *greedy) Write(p []byte) (int, error) {
	shared.take(10)
	return w.ResponseWriter.Write(p)
}
