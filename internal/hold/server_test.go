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

// patience is how long a client waits in a test that fails.
const patience = 30 * time.Second

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
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), http.MethodGet, url, nil)
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

// TestWire: a response that passes is on the wire as without the writer. A replaced
// response has the exact length and nothing behind it.
func TestWire(t *testing.T) {
	withBudget(t, 1<<20)
	answers := reply{Status: 400, Length: 6, Body: "answer"}
	for _, r := range wireRows {
		t.Run(strings.ReplaceAll(r.name, " ", "_"), func(t *testing.T) {
			direct := start(t, nil, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { do(w, r.steps) }))
			for _, v := range protocols(t) {
				want := ask(t, v, direct)
				for _, plan := range []Plan{{}, {Mode: Hold, Limit: 16}, {Mode: Tee, Limit: 16}, {Mode: Now}, {Mode: Hold, Limit: 16, Stream: true}} {
					for _, j := range []judge{{verdict: Pass}, {verdict: Replace}, {verdict: Pass, detached: true}, {verdict: Replace, detached: true}} {
						url := start(t, nil, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
							asked := scripted(plan, j.verdict)
							asked.detached = j.detached
							serve(w, asked, r.steps...)
						}))
						got := ask(t, v, url)
						if j.verdict == Pass || plan.Mode == Through || plan.Mode == Tee || len(r.steps) == 0 {
							if !reflect.DeepEqual(got, want) {
								t.Errorf("%s, %+v, detached %t: got\n%+v\nwant\n%+v", v.name, plan, j.detached, got, want)
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
		{"let go", scripted(Plan{Mode: Hold, Limit: 16, Stream: true}, Replace), []step{status(200), write("["), flush()}, "["},
		{"released", scripted(held, Pass), []step{status(500), write("x"), flush(), write(strings.Repeat("x", 16))}, strings.Repeat("x", 17)},
	} {
		for _, v := range protocols(t) {
			read := make(chan struct{})
			url := start(t, nil, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				serve(w, r.j, append(r.steps, func(http.ResponseWriter) error {
					select {
					case <-read:
					case <-req.Context().Done(): // the client left
					}
					return nil
				})...)
			}))
			ctx, cancel := context.WithTimeout(t.Context(), patience)
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

// TestHijack: a handler that takes the connection may keep the writer, so the writer does
// not serve another request. If nothing can be taken, nothing changes.
func TestHijack(t *testing.T) {
	withBudget(t, 1<<20)
	url := start(t, nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hw := newWriter(w, scripted(held, Replace))
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
		}
		if err != nil {
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

// TestAbort: a response that was released before the handler broke off is cut short too.
// A replaced response is complete.
func TestAbort(t *testing.T) {
	withBudget(t, 1<<20)
	for _, verdict := range []Verdict{Pass, Replace} {
		url := start(t, nil, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			hw := newWriter(w, scripted(held, verdict))
			defer hw.Free()
			defer func() {
				v := recover()
				hw.Retain()
				end := hw.Release
				if verdict == Replace {
					end = hw.Replace
				}
				if err := end(); err != nil || hw.Held() {
					t.Errorf("got error %v, held %v, want neither", err, hw.Held())
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
