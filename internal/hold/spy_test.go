package hold

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// spy is the client's writer. It records the calls, in order.
type spy struct {
	header http.Header
	status int         // the final one
	sent   http.Header // as it was with the final status
	calls  []string
	body   strings.Builder
	fails  error // the error of writing
}

func newSpy() *spy { return &spy{header: http.Header{}} }

func (w *spy) Header() http.Header { return w.header }

func (w *spy) WriteHeader(status int) {
	w.call("status %d", status)
	if w.status == 0 && (status >= 200 || status == 101) {
		w.status, w.sent = status, w.header.Clone()
	}
}

// begin does what any writer does at a write without a status.
func (w *spy) begin() {
	if w.status == 0 {
		w.WriteHeader(200)
	}
}

func (w *spy) Write(p []byte) (int, error) {
	w.begin()
	w.call("write %d", len(p))
	if w.fails != nil {
		return 0, w.fails
	}
	return w.body.Write(p)
}

func (w *spy) ReadFrom(r io.Reader) (int64, error) {
	w.begin()
	n, err := io.Copy(&w.body, r)
	w.call("read %d", n)
	return n, err
}

func (w *spy) FlushError() error {
	w.begin()
	w.call("flush")
	return nil
}

func (w *spy) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.call("hijack")
	return nil, nil, nil
}

func (w *spy) call(format string, args ...any) {
	w.calls = append(w.calls, fmt.Sprintf(format, args...))
}

// step is something that a handler does to its writer.
type step func(http.ResponseWriter) error

func status(code int) step {
	return func(w http.ResponseWriter) error { w.WriteHeader(code); return nil }
}

func set(name, value string) step {
	return func(w http.ResponseWriter) error { w.Header().Set(name, value); return nil }
}

func write(text string) step {
	return func(w http.ResponseWriter) error {
		n, err := w.Write([]byte(text))
		if err == nil && n != len(text) {
			return io.ErrShortWrite
		}
		return err
	}
}

func flush() step {
	return func(w http.ResponseWriter) error { return http.NewResponseController(w).Flush() }
}

// copied sends a text by ReadFrom, the way io.Copy does it with a file.
func copied(text string) step {
	return func(w http.ResponseWriter) error {
		n, err := io.Copy(w, struct{ io.Reader }{strings.NewReader(text)})
		if err == nil && n != int64(len(text)) {
			return io.ErrShortWrite
		}
		return err
	}
}

// do does the steps, and returns the first error.
func do(w http.ResponseWriter, steps []step) error {
	for _, s := range steps {
		if err := s(w); err != nil {
			return err
		}
	}
	return nil
}

// judge is a Judge that follows a script.
type judge struct {
	plan    Plan
	settled string // releases a body with this text, and at a flush a body that ends in neither { nor }
	verdict Verdict
	status  int
	answer  string

	detached bool
	quiet    bool // keeps informational responses back

	asked []string // the questions
	seen  http.Header
}

func (j *judge) Hint(int) bool { return !j.quiet }

func (j *judge) Candidate(status int, _ http.Header) Plan {
	j.ask("candidate %d", status)
	return j.plan
}

func (j *judge) Look(body []byte, flushed bool) Sight {
	j.ask("look %d", len(body))
	switch {
	case flushed && body[len(body)-1] == '}':
		return Faulty
	case flushed && body[len(body)-1] != '{' || j.settled != "" && strings.Contains(string(body), j.settled):
		return Settled
	}
	return Open
}

func (j *judge) Decide(r *Response) Verdict {
	j.ask("%s %d %q", [...]string{"complete", "oversize", "over budget"}[r.End], r.Status, r.Body)
	j.seen = r.Header.Clone()
	return j.verdict
}

func (j *judge) Apply(h http.Header) (int, []byte) {
	j.ask("apply")
	if j.verdict == Edit {
		h.Set("Location", "edited")
		return j.status, nil
	}
	h.Set("Content-Length", strconv.Itoa(len(j.answer)))
	h.Del("Etag")
	return j.status, []byte(j.answer)
}

func (j *judge) ask(format string, args ...any) {
	j.asked = append(j.asked, fmt.Sprintf(format, args...))
}

// scripted returns a judge that has an answer of 6 bytes.
func scripted(p Plan, v Verdict) *judge {
	return &judge{plan: p, verdict: v, status: 400, answer: "answer"}
}

// held is a plan for up to 16 bytes.
var held = Plan{Mode: Hold, Limit: 16}

// withBudget gives all writers together that many bytes until the test ends, and then
// looks whether all of them were given back.
func withBudget(t testing.TB, limit int64) {
	t.Helper()
	before := shared.limit
	shared.limit = limit
	t.Cleanup(func() {
		shared.limit = before
		if used := Held(); used != 0 {
			t.Errorf("got %d bytes held after the test, want 0", used)
			shared.used.Store(0)
		}
	})
}

// serve plays the steps to the end, as a handler around them does.
func serve(w http.ResponseWriter, j Judge, steps ...step) error {
	hw := newWriter(w, j)
	if j, ok := j.(*judge); ok && j.detached {
		hw.own.begin(hw.client)
	}
	defer hw.Free()
	if err := do(hw, steps); err != nil && !errors.Is(err, ErrAnswered) {
		return err
	}
	return hw.Finish()
}

// newWriter returns a writer for one response.
func newWriter(w http.ResponseWriter, j Judge) *Writer {
	hw := new(Writer)
	hw.Reset(w, j, false)
	return hw
}
