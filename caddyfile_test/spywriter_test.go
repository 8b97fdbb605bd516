package caddyfile_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// spyWriter is the client's writer. It keeps what is called, in order.
type spyWriter struct {
	header http.Header
	sent   http.Header // as it was with the final status
	calls  []string
	body   strings.Builder
}

func newSpy() *spyWriter { return &spyWriter{header: http.Header{}} }

func (w *spyWriter) Header() http.Header { return w.header }

func (w *spyWriter) WriteHeader(status int) {
	w.call("status %d", status)
	if status >= 200 {
		w.sent = w.header.Clone()
	}
}

func (w *spyWriter) Write(p []byte) (int, error) {
	w.call("write %d", len(p))
	return w.body.Write(p)
}

func (w *spyWriter) ReadFrom(r io.Reader) (int64, error) {
	n, err := io.Copy(&w.body, r)
	w.call("read %d", n)
	return n, err
}

func (w *spyWriter) FlushError() error {
	w.call("flush")
	return nil
}

func (w *spyWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.call("hijack")
	return nil, nil, nil
}

func (w *spyWriter) call(format string, args ...any) {
	w.calls = append(w.calls, fmt.Sprintf(format, args...))
}

// callsWithAnswer is calls, with the name of what is written if it is an answer
// of ours.
func (w *spyWriter) callsWithAnswer() []string {
	calls := slices.Clone(w.calls)
	whole := slices.Index(calls, fmt.Sprintf("write %d", w.body.Len()))
	if whole >= 0 && strings.Contains(w.body.String(), `"error_description":`) {
		calls[whole] = "answer"
	}
	return calls
}

// step is something that a handler does to its writer.
type step func(http.ResponseWriter)

func status(code int) step        { return func(w http.ResponseWriter) { w.WriteHeader(code) } }
func set(name, value string) step { return func(w http.ResponseWriter) { w.Header().Set(name, value) } }
func write(text string) step      { return func(w http.ResponseWriter) { io.WriteString(w, text) } }
func flush() step                 { return func(w http.ResponseWriter) { http.NewResponseController(w).Flush() } }
func panics(v any) step           { return func(http.ResponseWriter) { panic(v) } }

// copied sends a text the way io.Copy does it with a file: by ReadFrom.
func copied(text string) step {
	return func(w http.ResponseWriter) { io.Copy(w, struct{ io.Reader }{strings.NewReader(text)}) }
}

// doing is a handler that does the steps and returns the error.
func doing(err error, steps ...step) caddyhttp.Handler {
	return caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		for _, do := range steps {
			do(w)
		}
		return err
	})
}
