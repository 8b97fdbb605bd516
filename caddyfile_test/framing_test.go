package caddyfile_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// message is a response before it has a framing.
type message struct {
	status int
	fields []string
	body   string
}

// framing is a way in which an upstream says where its response ends.
type framing struct {
	name     string
	sized    bool // the length is announced
	trailers bool
	two      bool // HTTP/2
	answer   func(message) answer
}

// framings are those of the matrix.
var framings = []framing{
	{name: "Content-Length", sized: true, answer: func(m message) answer {
		return answer{wire: sized(m.head("HTTP/1.1"), m.body)}
	}},
	{name: "chunks", answer: func(m message) answer {
		return answer{wire: chunked(m.head("HTTP/1.1"), "", m.pieces()...)}
	}},
	{name: "chunks and trailers", trailers: true, answer: func(m message) answer {
		return answer{wire: chunked(m.head("HTTP/1.1")+"\nTrailer: X-Checksum", "X-Checksum: 9a\nX-Late: 1", m.pieces()...)}
	}},
	{name: "HTTP 1.0", answer: func(m message) answer {
		return answer{play: func(_ *testing.T, conn net.Conn, _ *bufio.Reader) {
			io.WriteString(conn, head(m.head("HTTP/1.0"))+"\r\n"+m.body)
		}}
	}},
	{name: "HTTP 2", sized: true, two: true},
	{name: "HTTP 2 and trailers", trailers: true, two: true},
}

// head is the status line and the fields.
func (m message) head(version string) string {
	return strings.Join(append([]string{fmt.Sprintf("%s %d Legacy", version, m.status)}, m.fields...), "\n")
}

// pieces cuts the body into chunks.
func (m message) pieces() []string {
	var pieces []string
	for rest := m.body; rest != ""; {
		n := min(len(rest), 1+len(m.body)/3)
		pieces, rest = append(pieces, rest[:n]), rest[n:]
	}
	return pieces
}

// upstream2 plays a provider that speaks HTTP/2.
type upstream2 struct {
	t       *testing.T
	address string

	mu      sync.Mutex
	answers map[string]http.HandlerFunc
}

// startUpstream2 listens until the test ends.
func startUpstream2(t *testing.T) *upstream2 {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("starting the upstream: %v", err)
	}
	u := &upstream2{t: t, address: ln.Addr().String(), answers: map[string]http.HandlerFunc{}}
	var p http.Protocols
	p.SetUnencryptedHTTP2(true)
	server := http.Server{Handler: u, Protocols: &p}
	var serving sync.WaitGroup
	serving.Go(func() { server.Serve(ln) })
	t.Cleanup(func() {
		server.Close()
		serving.Wait()
	})
	return u
}

// play sets what answers requests that ask for the case.
func (u *upstream2) play(name string, h http.HandlerFunc) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.answers[name] = h
}

// script sets the answer to requests that ask for the case.
func (u *upstream2) script(name string, m message, f framing) {
	u.play(name, func(w http.ResponseWriter, _ *http.Request) {
		for _, line := range m.fields {
			name, value, _ := strings.Cut(line, ": ")
			w.Header().Add(name, value)
		}
		if f.sized {
			w.Header().Set("Content-Length", fmt.Sprint(len(m.body)))
		}
		if f.trailers {
			w.Header().Set("Trailer", "X-Checksum")
		}
		w.WriteHeader(m.status)
		io.WriteString(w, m.body)
		if f.trailers {
			w.Header().Set("X-Checksum", "9a")
			w.Header().Set(http.TrailerPrefix+"X-Late", "1")
		}
	})
}

func (u *upstream2) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	h, ok := u.answers[r.Header.Get(caseHeader)]
	u.mu.Unlock()
	if !ok || r.ProtoMajor != 2 {
		u.t.Errorf("%s %s in %s asks for the case %q, want one that has an answer, in HTTP/2", r.Method, r.URL, r.Proto, r.Header.Get(caseHeader))
		return
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	w.Header()["Content-Type"] = nil // nothing is guessed
	h(w, r)
}

// TestHints: informational responses go ahead of whatever comes after them, and
// nothing of their header stays.
func TestHints(t *testing.T) {
	g := startMatrix(t)
	const link, hint = "</a.css>; rel=preload", "HTTP/1.1 103 Early Hints\nLink: </a.css>; rel=preload"
	want := []string{"103 [" + link + "]", "103 [" + link + "]"}
	named := []string{"JSON", "JSON in an envelope", "redirect", "redirect of a token request to a login page", "success that is not ok", "success that is ok", "business error", "nothing"}
	for _, c := range carriers {
		if !slices.Contains(named, c.name) {
			continue
		}
		for _, f := range framings {
			name := c.name + " after hints, " + f.name
			m := c.message(codings[0])
			g.script(name, m, f)
			if f.two {
				final := g.two.answers[name]
				g.two.play(name, func(w http.ResponseWriter, r *http.Request) {
					for range want {
						w.Header().Set("Link", link)
						w.WriteHeader(http.StatusEarlyHints)
					}
					w.Header().Del("Link")
					final(w, r)
				})
			} else {
				a := f.answer(m)
				hints := strings.Repeat(head(hint)+"\r\n", len(want))
				if play := a.play; play != nil {
					a.play = func(t *testing.T, conn net.Conn, r *bufio.Reader) {
						io.WriteString(conn, hints)
						play(t, conn, r)
					}
				}
				a.wire = hints + a.wire
				g.one.script(name, a)
			}
			g.checkCell(t, c, name, f, c.want, protocols(t))
			for _, v := range protocols(t) {
				got := send(t, v, http.MethodPost, "http://"+g.addresses[c.provider]+c.path, c.asking(name, f), "")
				if !slices.Equal(got.interims, want) || got.header.Get("Link") != "" {
					t.Errorf("%s over %s: got informational responses %q and then Link %q, want %q and none", name, v.name, got.interims, got.header.Get("Link"), want)
				}
			}
		}
	}
}
