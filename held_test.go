package autherrors

import (
	"bytes"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
)

// withBudget gives all handlers together that many bytes until the test ends, and
// then looks whether all of them were given back.
func withBudget(t *testing.T, limit int64) {
	t.Helper()
	before := heldBytes.limit
	heldBytes.limit = limit
	t.Cleanup(func() {
		heldBytes.limit = before
		if used := heldBytes.used.Load(); used != 0 {
			t.Errorf("got %d bytes held after the test, want 0", used)
			heldBytes.used.Store(0)
		}
	})
}

// counted returns how many responses had the outcome.
func counted(t *testing.T, outcome normalizer.Outcome) float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(responsesTotal)
	families, err := registry.Gather()
	if err != nil {
		t.Fatalf("gathering metrics: %v", err)
	}
	total := 0.0
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			for _, label := range metric.GetLabel() {
				if label.GetName() == "outcome" && label.GetValue() == string(outcome) {
					total += metric.GetCounter().GetValue()
				}
			}
		}
	}
	return total
}

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

// TestHeldMemory: what a held response occupies is its body and at most 4 KiB more,
// however it arrives.
func TestHeldMemory(t *testing.T) {
	const responses, most = 100, 4 << 10
	withBudget(t, 64<<20)
	h := provisioned(t, "auth0")
	r := benchRequest(tokenPath)
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // what is in pools outlives the first
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for _, length := range []int{1, pieceSize, pieceSize + 1, 33_000, defaultMaxBody} {
		for _, step := range []int{1, 700, 32 << 10} {
			w := &benchWriter{header: http.Header{"Content-Type": {"application/json"}}}
			part := bytes.Repeat([]byte{'x'}, min(step, length))
			held := make([]*interceptor, 0, responses)
			before := heap()
			for range responses {
				i := newInterceptor(w, r, h)
				held = append(held, i)
				i.WriteHeader(403)
				for left := length; left > 0; left -= len(part) {
					i.Write(part[:min(left, len(part))])
				}
			}
			got := int64(heap()-before) / responses
			if over := got - int64(length); over > most {
				t.Errorf("%d bytes in steps of %d: got %d bytes occupied, which is %d more, want at most %d", length, step, got, over, most)
			}
			for _, i := range held {
				if i.body.length != length {
					t.Errorf("%d bytes in steps of %d: got %d bytes held", length, step, i.body.length)
				}
				i.forget()
				i.recycle()
			}
		}
	}
}

// TestHeldBody: what comes out is what went in, whatever the sizes.
func TestHeldBody(t *testing.T) {
	withBudget(t, 1<<20)
	whole := make([]byte, 3*pieceSize+7)
	for n := range whole {
		whole[n] = byte(n % 251)
	}
	var b heldBody // one for all: what is kept must not be seen again
	for _, length := range []int{0, 1, pieceSize - 1, pieceSize, pieceSize + 1, len(whole), 5} {
		for _, step := range []int{1, 1000, pieceSize, len(whole)} {
			for from := 0; from < length; from += step {
				if !b.add(whole[from:min(from+step, length)]) {
					t.Fatalf("%d bytes in steps of %d: there was no room", length, step)
				}
			}
			for range 2 { // in pieces, and in one
				if got := b.bytes(); !bytes.Equal(got, whole[:length]) {
					t.Errorf("%d bytes in steps of %d: got %d bytes, want what was added", length, step, len(got))
				}
			}
			b.forget()
		}
	}
}

// TestBudgetIsGivenBack: however a response ends, nothing stays taken; withBudget
// looks at that.
func TestBudgetIsGivenBack(t *testing.T) {
	for _, r := range []struct {
		name  string
		path  string
		err   error
		steps []step
		held  int64 // after the last step that comes back
	}{
		{"answered", tokenPath, nil, []step{status(403), write(knownError[:9]), write(knownError[9:])}, int64(len(knownError))},
		{"released", resourcePath, nil, []step{status(404), write(ownError)}, int64(len(ownError))},
		{"by copy", tokenPath, nil, []step{status(403), copied(knownError)}, int64(len(knownError))},
		{"passed", tokenPath, nil, []step{status(200), write(knownError)}, 0},
		{"too large, released", resourcePath, nil, []step{status(404), write("0123456789"), write(strings.Repeat("x", 60))}, 0},
		{"too large, answered", tokenPath, nil, []step{status(500), write("0123456789"), write(strings.Repeat("x", 60))}, 0},
		{"an error of next", tokenPath, errors.New("cannot go on"), []step{status(403), write(knownError)}, int64(len(knownError))},
		{"cut short", tokenPath, nil, []step{status(403), write("abc"), panics(http.ErrAbortHandler)}, 3},
		{"another panic", tokenPath, nil, []step{status(403), write("abc"), panics("no")}, 3},
		{"the budget used up", tokenPath, nil, []step{status(403), write(strings.Repeat("x", 40)), write(strings.Repeat("x", 20))}, 0},
	} {
		t.Run(strings.ReplaceAll(r.name, " ", "_"), func(t *testing.T) {
			withBudget(t, 50)
			h := provisioned(t, "auth0")
			h.MaxBody = 64
			next := caddyhttp.HandlerFunc(func(w http.ResponseWriter, req *http.Request) error {
				defer func() {
					if held := heldBytes.used.Load(); held != r.held {
						t.Errorf("got %d bytes held, want %d", held, r.held)
					}
				}()
				return doing(r.err, r.steps...).ServeHTTP(w, req)
			})
			defer func() { _ = recover() }()
			if err := h.ServeHTTP(newSpy(), benchRequest(r.path), next); err != r.err {
				t.Errorf("got error %v, want %v", err, r.err)
			}
		})
	}
}

// TestOverBudget: what there is no room for passes as it came, and is counted.
func TestOverBudget(t *testing.T) {
	withBudget(t, 50)
	h := provisioned(t, "auth0")
	for _, r := range []struct {
		name  string
		steps []step
		want  string
		over  float64
	}{
		{"fits", []step{status(403), set("Etag", "1"), write(knownError + strings.Repeat(" ", 25))}, "", 0},
		{"does not fit", []step{status(403), write(strings.Repeat("x", 51))}, strings.Repeat("x", 51), 1},
		{"does not fit any more", []step{status(403), write(knownError), write("\n"), write(strings.Repeat("x", 26)), write("y")}, knownError + "\n" + strings.Repeat("x", 26) + "y", 1},
		{"does not fit by copy", []step{status(403), copied(strings.Repeat("x", 60)), copied("y")}, strings.Repeat("x", 60) + "y", 1},
		{"fits again", []step{status(403), write(knownError)}, "", 0},
	} {
		before := counted(t, outcomeOverBudget)
		w := newSpy()
		if err := h.ServeHTTP(w, benchRequest(tokenPath), doing(nil, r.steps...)); err != nil {
			t.Errorf("%s: got error %v", r.name, err)
		}
		passed := w.calls[0] == "status 403" && w.body.String() == r.want
		answered := w.calls[0] == "status 400" && strings.Contains(w.body.String(), `"invalid_grant"`)
		if r.want != "" && !passed || r.want == "" && !answered {
			t.Errorf("%s: got calls %q and body %s, want it %s", r.name, w.calls, w.body.String(), map[bool]string{true: "as it came", false: "answered"}[r.want != ""])
		}
		if got := counted(t, outcomeOverBudget) - before; got != r.over {
			t.Errorf("%s: got %v counted as over the budget, want %v", r.name, got, r.over)
		}
	}
}

// TestSharedBudget: of twenty responses that arrive at once, as many are held as
// there is room for; the others pass, and none waits for another.
func TestSharedBudget(t *testing.T) {
	withBudget(t, 1000)
	before := counted(t, outcomeOverBudget)
	h := provisioned(t, "auth0")
	const requests, length, fitting = 20, 100, 10
	var arrived, done sync.WaitGroup
	arrived.Add(requests)
	body := knownError + strings.Repeat(" ", length-len(knownError))
	next := caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(403)
		_, err := w.Write([]byte(body))
		arrived.Done()
		arrived.Wait() // until all have what they get
		if used := heldBytes.used.Load(); used > 1000 {
			t.Errorf("got %d bytes held, want at most 1000", used)
		}
		return err
	})
	spies := make([]*spyWriter, requests)
	for n := range spies {
		spies[n] = newSpy()
		done.Go(func() {
			if err := h.ServeHTTP(spies[n], benchRequest(tokenPath), next); err != nil {
				t.Errorf("request %d: got error %v", n, err)
			}
		})
	}
	done.Wait()
	answered := 0
	for n, w := range spies {
		switch {
		case w.calls[0] == "status 400":
			answered++
		case w.calls[0] != "status 403" || w.body.String() != body:
			t.Errorf("request %d: got calls %q and body %q, want it answered or as it came", n, w.calls, w.body.String())
		}
	}
	if over := counted(t, outcomeOverBudget) - before; answered != fitting || over != requests-fitting {
		t.Errorf("got %d answered and %v counted as over the budget, want %d and %d", answered, over, fitting, requests-fitting)
	}
}

// TestDecodingTakesTurns: no more bodies are decoded at one time than there are turns,
// and a turn ends however the body ends.
func TestDecodingTakesTurns(t *testing.T) {
	all := decoding
	defer func() { decoding = all }()
	for _, body := range []string{"", "no gzip", "\x1f\x8b"} {
		synctest.Test(t, func(t *testing.T) {
			decoding = make(chan struct{}, 1)
			decoding <- struct{}{} // somebody else's turn
			decoded := false
			go func() {
				readBody([]string{"gzip"}, "application/json", []byte(body), defaultMaxBody)
				decoded = true
			}()
			synctest.Wait()
			if decoded {
				t.Errorf("%q: got it decoded, want it to wait", body)
			}
			<-decoding
			synctest.Wait()
			if !decoded || len(decoding) != 0 {
				t.Errorf("%q: got decoded %t with %d turns taken, want it decoded and none taken", body, decoded, len(decoding))
			}
		})
	}
}
