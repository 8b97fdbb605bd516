package hold

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestIdleMemory: a writer that saw a giant once does not stay one.
func TestIdleMemory(t *testing.T) {
	w := newSpy()
	for n := range 1000 {
		w.header.Add(fmt.Sprintf("X-%d", n%500), "a")
	}
	hw := newWriter(w, &constant{plan: Plan{Mode: Hold, Limit: 1 << 20}})
	hw.WriteHeader(403)
	hw.ReadFrom(io.LimitReader(endless{}, 1<<20))
	if err := hw.Finish(); err != nil {
		t.Fatal(err)
	}
	hw.body.forget()
	hw.reset()
	if cap(hw.body.pieces) > mostPieces || cap(hw.header.fields) > mostFields || cap(hw.header.values) > 2*mostFields {
		t.Errorf("got room for %d pieces, %d fields and %d values, want at most %d, %d and %d",
			cap(hw.body.pieces), cap(hw.header.fields), cap(hw.header.values), mostPieces, mostFields, 2*mostFields)
	}
}

// TestNothingToFlush: a client's writer that cannot flush is no reason to fail.
func TestNothingToFlush(t *testing.T) {
	for _, steps := range [][]step{
		{status(403), flush(), write("abc")},
		{status(403), write("abc"), flush()},
		{status(403), write(strings.Repeat("x", 20))},
	} {
		for _, v := range []Verdict{Pass, Replace} {
			w := newSpy()
			if err := serve(struct{ http.ResponseWriter }{w}, scripted(held, v), steps...); err != nil || w.body.Len() == 0 {
				t.Errorf("verdict %d: got error %v and body %q, want all of it", v, err, w.body.String())
			}
		}
	}
}

// TestClientGone: errors of the client's writer reach the handler, and the caller.
func TestClientGone(t *testing.T) {
	gone := errors.New("broken pipe")
	for _, r := range []struct {
		name  string
		plan  Plan
		steps []step
	}{
		{"at the end", held, []step{status(403), write("abc")}},
		{"at the limit", held, []step{status(403), write(strings.Repeat("x", 20))}},
		{"at the limit by copy", held, []step{status(403), copied(strings.Repeat("x", 20))}},
		{"let go", Plan{Mode: Hold, Limit: 16, Stream: true}, []step{status(200), write("["), flush()}},
		{"teed", Plan{Mode: Tee, Limit: 16}, []step{status(200), write("a")}},
		{"teed by copy", Plan{Mode: Tee, Limit: 16}, []step{status(200), copied("a")}},
	} {
		for _, v := range []Verdict{Pass, Edit, Replace} {
			w := newSpy()
			w.fails = gone
			if err := serve(w, scripted(r.plan, v), r.steps...); err != gone {
				t.Errorf("%s, verdict %d: got error %v, want %v", r.name, v, err, gone)
			}
		}
	}
}
