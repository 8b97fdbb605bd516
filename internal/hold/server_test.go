package hold

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

// protocol is a version of HTTP, and how to speak it.
type protocol struct {
	name      string
	transport *http.Transport
}

// protocols returns clients of all versions.
func protocols(t *testing.T) []protocol {
	var one, two http.Protocols
	one.SetHTTP1(true)
	two.SetUnencryptedHTTP2(true)
	versions := []protocol{
		{"HTTP/1.1", &http.Transport{Protocols: &one, DisableCompression: true}},
		{"HTTP/2.0", &http.Transport{Protocols: &two, DisableCompression: true}},
	}
	for _, v := range versions {
		t.Cleanup(v.transport.CloseIdleConnections)
	}
	return versions
}

// start runs a server of all versions of HTTP.
func start(t *testing.T, l net.Listener, h http.Handler) (url string) {
	s := httptest.NewUnstartedServer(h)
	if l != nil {
		s.Listener.Close()
		s.Listener = l
	}
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	t.Cleanup(s.Close)
	return s.URL
}

// reply is all that a client sees of a response.
type reply struct {
	Proto    string
	Status   int
	Header   http.Header
	Trailer  http.Header
	Length   int64
	Transfer []string
	Hints    []int
	Body     string
	Broken   bool
}

func ask(t *testing.T, v protocol, url string) (got reply) {
	t.Helper()
	trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
		got.Hints = append(got.Hints, code)
		return nil
	}}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := v.transport.RoundTrip(req)
	if err != nil {
		return reply{Broken: true}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	resp.Header.Del("Date")
	got.Proto, got.Status, got.Header, got.Trailer = resp.Proto, resp.StatusCode, resp.Header, resp.Trailer
	got.Length, got.Transfer, got.Body, got.Broken = resp.ContentLength, resp.TransferEncoding, string(body), err != nil
	return got
}

// wireRows are responses as handlers write them, whatever the framing.
var wireRows = []struct {
	name  string
	steps []step
}{
	{"nothing", nil},
	{"no status", []step{write("abc")}},
	{"no body", []step{status(404)}},
	{"a body", []step{status(404), write("abc")}},
	{"a length", []step{set("Content-Length", "3"), status(404), write("abc")}},
	{"a type", []step{set("Content-Type", "text/plain"), status(404), copied("abc")}},
	{"chunks", []step{status(404), write("abc"), flush(), write("de")}},
	{"chunks, flushed first", []step{status(404), flush(), write("abcde")}},
	{"no body, flushed", []step{status(404), flush()}},
	{"hints", []step{set("Link", "</a>"), status(103), status(103), status(404), write("abc")}},
	{"announced trailers", []step{set("Trailer", "X-Sum"), status(404), write("abc"), flush(), set("X-Sum", "9")}},
	{"announced trailers, not flushed", []step{set("Trailer", "X-Sum"), status(404), write("abc"), set("X-Sum", "9")}},
	{"trailers", []step{status(404), write("abc"), flush(), set(http.TrailerPrefix+"X-Sum", "9")}},
	{"a field too late", []step{set("X-Id", "1"), status(404), set("X-Id", "2"), set("X-Late", "3"), write("abc")}},
	{"too long", []step{status(404), write(strings.Repeat("x", 10)), write(strings.Repeat("y", 10)), write("z")}},
	{"too long, with a length", []step{set("Content-Length", "21"), status(404), write(strings.Repeat("x", 10)), copied(strings.Repeat("y", 11))}},
	{"too long by copy", []step{status(404), copied(strings.Repeat("x", 100_000))}},
	{"too long, with trailers", []step{set("Trailer", "X-Sum"), status(404), write(strings.Repeat("x", 20)), write(strings.Repeat("y", 20)), set("X-Sum", "9")}},
	{"less than announced", []step{set("Content-Length", "9"), status(404), write("abc")}},
	{"no date", []step{func(w http.ResponseWriter) error { w.Header()["Date"] = nil; return nil }, status(404), write("abc")}},
}

// TestWire: what is passed in the end is on the wire as it is without us; what is
// replaced has the exact length and nothing behind it.
func TestWire(t *testing.T) {
	withBudget(t, 1<<20)
	answers := reply{Status: 400, Length: 6, Body: "answer"}
	for _, r := range wireRows {
		t.Run(strings.ReplaceAll(r.name, " ", "_"), func(t *testing.T) {
			direct := start(t, nil, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { do(w, r.steps) }))
			for _, v := range protocols(t) {
				want := ask(t, v, direct)
				for _, plan := range []Plan{{}, {Mode: Hold, Limit: 16}, {Mode: Tee, Limit: 16}, {Mode: Now}, {Mode: Hold, Limit: 16, Stream: true}} {
					for _, verdict := range []Verdict{Pass, Replace} {
						url := start(t, nil, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { serve(w, scripted(plan, verdict), r.steps...) }))
						got := ask(t, v, url)
						if verdict == Pass || plan.Mode == Through || plan.Mode == Tee || len(r.steps) == 0 {
							if !reflect.DeepEqual(got, want) {
								t.Errorf("%s, %+v: got\n%+v\nwant\n%+v", v.name, plan, got, want)
							}
							continue
						}
						if plan.Stream {
							continue // may have been let go
						}
						whole := reply{Status: got.Status, Length: got.Length, Body: got.Body, Broken: got.Broken}
						if !reflect.DeepEqual(whole, answers) || len(got.Trailer) != 0 || !reflect.DeepEqual(got.Hints, want.Hints) {
							t.Errorf("%s, %+v: got\n%+v\nwant the answer", v.name, plan, got)
						}
					}
				}
			}
		})
	}
}

// TestFirstByte: an answer and a response that is let go reach the client while the
// handler goes on, which it does only when the client asks for it.
func TestFirstByte(t *testing.T) {
	withBudget(t, 1<<20)
	for _, r := range []struct {
		name  string
		j     *judge
		steps []step
		want  string
	}{
		{"replaced", scripted(held, Replace), []step{status(500), write(strings.Repeat("x", 20))}, "answer"},
		{"replaced now", scripted(Plan{Mode: Now}, Replace), []step{status(302)}, "answer"},
		{"let go", scripted(Plan{Mode: Hold, Limit: 16, Stream: true}, Replace), []step{status(200), write("{"), flush()}, "{"},
		{"released", scripted(held, Pass), []step{status(500), write("x"), flush(), write(strings.Repeat("x", 16))}, strings.Repeat("x", 17)},
	} {
		for _, v := range protocols(t) {
			read := make(chan struct{})
			url := start(t, nil, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				serve(w, r.j, append(r.steps, func(http.ResponseWriter) error {
					select {
					case <-read:
					case <-req.Context().Done():
						t.Errorf("%s over %s: the client left without its first byte", r.name, v.name)
					}
					return nil
				})...)
			}))
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			req, _ := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
			resp, err := v.transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			got := make([]byte, len(r.want))
			if _, err := io.ReadFull(resp.Body, got); err != nil || string(got) != r.want {
				t.Errorf("%s over %s: got %q, %v, want %q", r.name, v.name, got, err, r.want)
			}
			close(read)
			resp.Body.Close()
		}
	}
}

// TestHijack: whoever takes the connection may keep the writer as well, so it does not
// serve another request; where there is nothing to take, nothing changes.
func TestHijack(t *testing.T) {
	withBudget(t, 1<<20)
	url := start(t, nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hw := New(w, scripted(held, Replace))
		do(hw, []step{status(403), write("abc")})
		conn, rw, err := http.NewResponseController(hw).Hijack()
		if r.ProtoMajor == 2 {
			if err == nil || hw.retained || hw.Finish() != nil {
				t.Errorf("HTTP/2: got error %v and retained %t, want an error and the response to go on", err, hw.retained)
			}
			hw.Free()
			return
		}
		if err != nil || !hw.retained || Held() != 0 {
			t.Errorf("got error %v, retained %t and %d bytes held, want it retained and nothing held", err, hw.retained, Held())
			return
		}
		fmt.Fprint(rw, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nraw")
		rw.Flush()
		conn.Close()
		if err := hw.Finish(); err != nil {
			t.Errorf("finishing: %v", err)
		}
		hw.Free()
	}))
	versions := protocols(t)
	if got := ask(t, versions[0], url); got.Body != "raw" {
		t.Errorf("got %+v, want what the handler wrote by itself", got)
	}
	if got := ask(t, versions[1], url); got.Body != "answer" {
		t.Errorf("HTTP/2: got %+v, want the answer", got)
	}
}

// TestAbort: what is let go before the handler breaks off is broken off, too; what is
// replaced is whole.
func TestAbort(t *testing.T) {
	withBudget(t, 1<<20)
	for _, verdict := range []Verdict{Pass, Replace} {
		url := start(t, nil, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			hw := New(w, scripted(held, verdict))
			defer hw.Free()
			defer func() {
				v := recover()
				hw.Retain()
				if hw.CutShort() != nil || hw.Held() {
					t.Error("cut short: got an error, or it is still held")
				}
				if !hw.Answered() {
					panic(v)
				}
			}()
			do(hw, []step{set("Content-Length", "9"), status(403), write("abc")})
			panic(http.ErrAbortHandler)
		}))
		for _, v := range protocols(t) {
			got := ask(t, v, url)
			if verdict == Pass && (got.Body != "abc" || got.Status != 403 || !got.Broken) || verdict == Replace && (got.Body != "answer" || got.Status != 400 || got.Broken) {
				t.Errorf("%s, verdict %d: got %+v", v.name, verdict, got)
			}
		}
	}
}

// TestStalled: what waits for a client that does not read is not charged to others.
func TestStalled(t *testing.T) {
	const length = 60_000
	for _, r := range []struct {
		name  string
		hello string
		plan  Plan
	}{
		{"HTTP/1.1", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", Plan{Mode: Hold, Limit: length}},
		{"HTTP/1.1, over the limit", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", Plan{Mode: Hold, Limit: length - 1}},
		{"HTTP/1.1, teed", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", Plan{Mode: Tee, Limit: length}},
		// The preface; SETTINGS with INITIAL_WINDOW_SIZE 0; HEADERS of GET / on stream 1.
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\x00\x00\x06\x04\x00\x00\x00\x00\x00" + "\x00\x04\x00\x00\x00\x00" + "\x00\x00\x06\x01\x05\x00\x00\x00\x01" + "\x82\x86\x84\x41\x01a", Plan{Mode: Hold, Limit: length}},
	} {
		t.Run(strings.ReplaceAll(r.name, " ", "_"), func(t *testing.T) {
			withBudget(t, length+1)
			writing, done := make(chan int64, 1), make(chan struct{})
			pipes := newPipes()
			start(t, pipes, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				defer close(done)
				serve(&watched{w, writing}, scripted(r.plan, Pass), status(404), write(strings.Repeat("x", length)))
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

// pipes is a listener whose connections buffer nothing.
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
