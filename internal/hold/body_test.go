package hold

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

func TestBudget(t *testing.T) {
	b := budget{limit: 10}
	for _, r := range []struct {
		take int
		want bool
		used int64
	}{
		{4, true, 4}, {6, true, 10}, {1, false, 10}, {0, true, 10}, {-3, true, 7}, {4, false, 7}, {3, true, 10},
	} {
		got := true
		if r.take < 0 {
			b.give(-r.take)
		} else {
			got = b.take(r.take)
		}
		if used := b.used.Load(); got != r.want || used != r.used {
			t.Errorf("taking %d: got %v with %d used, want %v with %d", r.take, got, used, r.want, r.used)
		}
	}
}

// TestBody: the bytes that come out are those that went in, for all sizes and all ways.
func TestBody(t *testing.T) {
	withBudget(t, 1<<20)
	whole := make([]byte, 3*pieceSize+7)
	for n := range whole {
		whole[n] = byte(n % 251)
	}
	var b body // one for all, because bytes of an earlier body must not appear again
	for _, length := range []int{0, 1, pieceSize - 1, pieceSize, pieceSize + 1, len(whole), 5} {
		for _, size := range []int{1, 1000, pieceSize, len(whole)} {
			for from := 0; from < length; from += size {
				n, end := b.add(whole[from:min(from+size, length)], 1<<20)
				if end != Complete || n != min(size, length-from) {
					t.Fatalf("%d bytes in steps of %d: got %d kept and end %d", length, size, n, end)
				}
				if from == size { // the part read in between keeps growing
					b.bytes()
				}
			}
			for range 2 { // in pieces, and in one
				if got := b.bytes(); !bytes.Equal(got, whole[:length]) {
					t.Errorf("%d bytes in steps of %d: got %d bytes, want what was added", length, size, len(got))
				}
			}
			b.forget()
			r := iotest.DataErrReader(bytes.NewReader(whole[:length]))
			for err := error(nil); err == nil; {
				_, _, err = b.fill(r, 1<<20)
			}
			if got := b.bytes(); !bytes.Equal(got, whole[:length]) {
				t.Errorf("%d bytes read: got %d bytes, want what was read", length, len(got))
			}
			b.forget()
		}
	}
}

// TestHeldMemory: a held response occupies its body and at most 4 KiB more, however it
// arrives. An idle writer keeps at most as much.
func TestHeldMemory(t *testing.T) {
	const responses, most = 100, 4 << 10
	withBudget(t, 64<<20)
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // what is in pools outlives the first
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	j := &constant{plan: Plan{Mode: Hold, Limit: 64 << 10}}
	for _, length := range []int{1, pieceSize, pieceSize + 1, 33_000, 64 << 10} {
		for _, size := range []int{0, 1, 700, 32 << 10} { // 0 reads
			w := &sink{header: http.Header{"Content-Type": {"application/json"}}}
			part := bytes.Repeat([]byte{'x'}, max(1, min(size, length)))
			writers := make([]*Writer, 0, responses)
			before := heap()
			for range responses {
				hw := newWriter(w, j)
				writers = append(writers, hw)
				hw.WriteHeader(403)
				if size == 0 {
					hw.ReadFrom(io.LimitReader(endless{}, int64(length)))
					continue
				}
				for left := length; left > 0; left -= len(part) {
					hw.Write(part[:min(left, len(part))])
				}
			}
			got := (heap() - before) / responses
			if over := got - int64(length); over > most {
				t.Errorf("%d bytes in steps of %d: got %d bytes occupied, which is %d more, want at most %d", length, size, got, over, most)
			}
			for _, hw := range writers {
				if hw.body.length != length {
					t.Errorf("%d bytes in steps of %d: got %d bytes held", length, size, hw.body.length)
				}
				hw.Finish()
				hw.body.forget()
				hw.reset()
			}
			if idle := (heap() - before) / responses; idle > most {
				t.Errorf("%d bytes in steps of %d: got %d bytes occupied by an idle writer, want at most %d", length, size, idle, most)
			}
			runtime.KeepAlive(writers)
		}
	}
}

// endless is a reader of any number of bytes.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for k := range p {
		p[k] = 'x'
	}
	return len(p), nil
}

// TestBudgetIsGivenBack: however a response ends, nothing stays taken; withBudget
// looks at that.
func TestBudgetIsGivenBack(t *testing.T) {
	broken := errors.New("broken pipe")
	panics := func(http.ResponseWriter) error { panic(http.ErrAbortHandler) }
	hijack := func(w http.ResponseWriter) error { _, _, err := http.NewResponseController(w).Hijack(); return err }
	for _, r := range []struct {
		name  string
		plan  Plan
		fails error
		steps []step
		end   func(*Writer)
		held  int64 // after the last step that comes back
	}{
		{"finished", held, nil, []step{status(403), write("abc"), copied("de")}, func(w *Writer) { w.Finish() }, 5},
		{"finished for a client that is gone", held, broken, []step{status(403), write("abc")}, func(w *Writer) { w.Finish() }, 3},
		{"dropped", held, nil, []step{status(403), write("abc")}, func(w *Writer) { w.Drop(func(string) bool { return true }) }, 3},
		{"forgotten", held, nil, []step{status(403), write("abc")}, func(*Writer) {}, 3},
		{"hijacked", held, nil, []step{status(403), write("abc"), hijack}, func(w *Writer) { w.Finish() }, 0},
		{"a panic", held, nil, []step{status(403), write("abc"), panics}, (*Writer).Retain, 3},
		{"a panic while teed", Plan{Mode: Tee, Limit: 16}, nil, []step{status(403), write("abc"), panics}, (*Writer).Retain, 3},
		{"too long", held, nil, []step{status(403), write("0123456789"), write("0123456789")}, func(w *Writer) { w.Finish() }, 0},
		{"too long for a client that is gone", held, broken, []step{status(403), copied("0123456789abcdefg")}, func(w *Writer) { w.Finish() }, 0},
		{"teed", Plan{Mode: Tee, Limit: 16}, nil, []step{status(403), write("abc"), copied("de")}, func(w *Writer) { w.Finish() }, 5},
		{"the budget used up", Plan{Mode: Hold, Limit: 99}, nil, []step{status(403), write(strings.Repeat("x", 40)), write(strings.Repeat("x", 20))}, func(w *Writer) { w.Finish() }, 0},
	} {
		t.Run(strings.ReplaceAll(r.name, " ", "_"), func(t *testing.T) {
			withBudget(t, 50)
			for _, v := range []Verdict{Pass, Edit, Replace} {
				w := newSpy()
				w.fails = r.fails
				hw := newWriter(w, scripted(r.plan, v))
				func() {
					defer func() { _ = recover() }()
					do(hw, r.steps)
				}()
				if got := Held(); got != r.held {
					t.Errorf("verdict %d: got %d bytes held, want %d", v, got, r.held)
				}
				r.end(hw)
				hw.Free()
			}
		})
	}
}

// TestRetained: a handler that kept a writer after a panic cannot write to another
// response: no other request gets the writer or the pieces of its body.
func TestRetained(t *testing.T) {
	withBudget(t, 1<<20)
	w := newSpy()
	hw := newWriter(w, scripted(Plan{Mode: Hold, Limit: 1 << 20}, Pass))
	do(hw, []step{status(403), write(strings.Repeat("x", 3*pieceSize))})
	hw.Retain()
	hw.Free()
	if hw.body.pieces != nil || hw.judge == nil {
		t.Errorf("got %d pieces and judge %v, want the writer left as it was, and its pieces to the garbage collector", len(hw.body.pieces), hw.judge)
	}
	if _, err := hw.Write([]byte("late")); err == nil {
		t.Error("writing after the end: got no error")
	}
	if _, err := hw.ReadFrom(strings.NewReader("late")); err == nil {
		t.Error("reading after the end: got no error")
	}
	hw.WriteHeader(200)
	if err := hw.Finish(); err != nil || len(w.calls) != 0 {
		t.Errorf("got error %v and calls %q, want none", err, w.calls)
	}
}

// TestOverBudget: a body that exceeds the budget is decided by the part that was held.
func TestOverBudget(t *testing.T) {
	for _, r := range []struct {
		name  string
		plan  Plan
		steps []step
		asked string
		body  string // as released
	}{
		{"at once", Plan{Mode: Hold, Limit: 99}, []step{write(strings.Repeat("x", 51)), write("y")}, `over budget 403 ""`, strings.Repeat("x", 51) + "y"},
		{"later", Plan{Mode: Hold, Limit: 99}, []step{write("abc"), write(strings.Repeat("x", 48)), copied("y")}, `over budget 403 "abc"`, "abc" + strings.Repeat("x", 48) + "y"},
		{"by copy", Plan{Mode: Hold, Limit: 99}, []step{copied(strings.Repeat("x", 60)), write("y")}, `over budget 403 "` + strings.Repeat("x", 60) + `"`, strings.Repeat("x", 60) + "y"},
		{"looked into", Plan{Mode: Hold, Limit: 99, Stream: true}, []step{write(strings.Repeat("x", 51))}, `over budget 403 ""`, strings.Repeat("x", 51)},
		{"teed", Plan{Mode: Tee, Limit: 99}, []step{write("abc"), write(strings.Repeat("x", 48))}, `over budget 403 "abc"`, "abc" + strings.Repeat("x", 48)},
		{"teed by copy", Plan{Mode: Tee, Limit: 99}, []step{write("abc"), copied(strings.Repeat("x", 48))}, `over budget 403 "abc` + strings.Repeat("x", 48) + `"`, "abc" + strings.Repeat("x", 48)},
	} {
		withBudget(t, 50)
		for _, v := range []Verdict{Pass, Replace} {
			w, j := newSpy(), scripted(r.plan, v)
			if err := serve(w, j, append([]step{status(403)}, r.steps...)...); err != nil {
				t.Errorf("%s: got error %v", r.name, err)
			}
			want := r.body
			if v == Replace && r.plan.Mode == Hold {
				want = "answer"
			}
			if got := w.body.String(); len(j.asked) < 2 || j.asked[1] != r.asked || got != want {
				t.Errorf("%s, verdict %d: got the judge asked %q and body %q\nwant %q and %q", r.name, v, j.asked, got, r.asked, want)
			}
		}
	}
}

// TestSharedBudget: of twenty responses that arrive at once, as many are held as there
// is room for, and none waits for another.
func TestSharedBudget(t *testing.T) {
	withBudget(t, 1000)
	const responses, length, fitting = 20, 100, 10
	var arrived, done sync.WaitGroup
	arrived.Add(responses)
	judges := make([]*judge, responses)
	for n := range judges {
		j := scripted(Plan{Mode: Hold, Limit: 1 << 10}, Replace)
		judges[n] = j
		done.Go(func() {
			err := serve(newSpy(), j, status(403), write(strings.Repeat("x", length)), func(http.ResponseWriter) error {
				arrived.Done()
				arrived.Wait() // until all have their part
				if used := Held(); used > 1000 {
					t.Errorf("got %d bytes held, want at most 1000", used)
				}
				return nil
			})
			if err != nil {
				t.Errorf("response %d: got error %v", n, err)
			}
		})
	}
	done.Wait()
	complete := 0
	for _, j := range judges {
		if strings.HasPrefix(j.asked[1], "complete") {
			complete++
		}
	}
	if complete != fitting {
		t.Errorf("got %d responses held to their end, want %d", complete, fitting)
	}
}
