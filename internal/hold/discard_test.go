package hold

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestDiscard: how much is read behind an answer, including the held bytes.
func TestDiscard(t *testing.T) {
	const all = 256 << 10
	even := Plan{Mode: Hold, Limit: held.Limit, Hurry: true, Even: true}
	long := func(n int) string { return strings.Repeat("x", n) }
	for _, r := range []struct {
		name  string
		plan  Plan
		steps []step
		err   error
	}{
		{"all that may be", held, []step{write(long(20)), write(long(all - 20))}, nil},
		{"one more", held, []step{write(long(20)), write(long(all - 20 + 1))}, ErrAnswered},
		{"one more later", held, []step{write(long(20)), write(long(all - 20)), write("x")}, ErrAnswered},
		{"all at once", held, []step{write(long(all))}, nil},
		{"one more at once", held, []step{write(long(all + 1))}, ErrAnswered},
		{"all by copy", held, []step{copied(long(20)), copied(long(all - 20))}, nil},
		{"one more by copy", held, []step{copied(long(20)), copied(long(all - 20 + 1))}, ErrAnswered},
		{"one more by copy later", held, []step{copied(long(20)), copied(long(all - 20)), copied("x")}, ErrAnswered},
		{"all by one copy", held, []step{copied(long(all))}, nil},
		{"one more by one copy", held, []step{copied(long(all + 1))}, ErrAnswered},
		{"all behind a status", Plan{Mode: Now}, []step{write(long(all))}, nil},
		{"one more behind a status", Plan{Mode: Now}, []step{write(long(all + 1))}, ErrAnswered},
		{"as much announced", held, []step{set("Content-Length", strconv.Itoa(all)), status(500), write(long(20)), write(long(all - 20))}, nil},
		{"more announced", held, []step{set("Content-Length", strconv.Itoa(all+1)), status(500), write(long(17)), write("x")}, ErrAnswered},
		{"more announced, by copy", held, []step{set("Content-Length", strconv.Itoa(all+1)), status(500), copied(long(17)), copied("x")}, ErrAnswered},
		{"in a hurry", Plan{Mode: Hold, Limit: held.Limit, Hurry: true}, []step{write(long(20)), write("x")}, ErrAnswered},
		{"in a hurry, and announced", Plan{Mode: Hold, Limit: held.Limit, Hurry: true}, []step{set("Content-Length", strconv.Itoa(all)), status(500), write(long(20)), write(long(all - 20))}, nil},
		{"even, by one write", even, []step{write(long(17))}, ErrAnswered},
		{"even, by one copy", even, []step{copied(long(17))}, ErrAnswered},
		{"even, and announced", even, []step{set("Content-Length", "17"), status(500), write(long(17))}, ErrAnswered},
		{"even, at its end", even, []step{write(long(16))}, nil},
		{"more announced, at the limit", held, []step{set("Content-Length", strconv.Itoa(all+1)), status(500), write(long(16))}, nil},
	} {
		w := newSpy()
		hw := newWriter(w, scripted(r.plan, Replace))
		if r.plan.Mode == Now {
			hw.WriteHeader(302)
		}
		if err := do(hw, r.steps); !errors.Is(err, r.err) {
			t.Errorf("%s: got error %v, want %v", r.name, err, r.err)
		}
		if flushed := slices.Contains(w.calls, "flush"); r.plan.Even && flushed {
			t.Errorf("%s: got a flush, want none, as at the end of a response", r.name)
		}
		if err := hw.Finish(); err != nil || w.body.String() != "answer" {
			t.Errorf("%s: got %v and body %.20q, want the answer", r.name, err, w.body.String())
		}
		hw.Free()
	}
}

// TestConnectionIsKept: a body over the limit does not cost the connection it comes
// from.
func TestConnectionIsKept(t *testing.T) {
	withBudget(t, 1<<20)
	provider := start(t, nil, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(500)
		io.WriteString(w, strings.Repeat("x", 200<<10))
	}))
	v := protocols(t)[0]
	for n := range 3 {
		trace := &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) {
			if n > 0 && !c.Reused {
				t.Errorf("request %d: got a new connection, want that of the one before", n)
			}
		}}
		req, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodGet, provider, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := v.transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := serve(newSpy(), scripted(held, Replace), status(500), func(w http.ResponseWriter) error {
			_, err := io.Copy(w, resp.Body)
			return err
		}); err != nil {
			t.Errorf("request %d: got error %v", n, err)
		}
		resp.Body.Close()
	}
}
