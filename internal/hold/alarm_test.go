package hold

import (
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// detached returns a writer with a header of its own that is not from the pool. Its
// timers use the clock of the test.
func detached(w http.ResponseWriter, j Judge) *Writer {
	hw := &Writer{}
	hw.client, hw.judge = client{w}, j
	hw.state = undecided{&hw.exchange}
	hw.own.begin(hw.client)
	hw.Retain()
	return hw
}

// alarms are beginnings of responses that are looked into, behind which the handler waits.
var alarms = []struct {
	name  string
	steps []step
	want  []string // the calls that have reached the client at the alarm
}{
	{"nothing", []step{status(200)}, nil},
	{"a flush", []step{status(200), flush()}, []string{"status 200", "flush"}},
	{"an open body", []step{status(200), write("{")}, []string{"status 200", "write 1"}},
	{"an open body, flushed", []step{status(200), write("{"), flush()}, []string{"status 200", "write 1", "flush"}},
	{"an open body by copy", []step{status(200), copied("{")}, []string{"status 200", "write 1"}},
	{"half of what is announced", []step{set("Content-Length", "4"), status(200), write("{{"), flush()}, []string{"status 200", "write 2", "flush"}},
	{"half of what is announced, not flushed", []step{set("Content-Length", "4"), status(200), write("{{")}, []string{"status 200", "write 2"}},
	{"all of what is announced", []step{set("Content-Length", "2"), status(200), write("{{")}, nil},
	{"an error as it stands", []step{status(200), write("{}"), flush()}, nil},
	{"an error that was flushed open", []step{status(200), write("{"), flush(), write("}"), flush()}, nil},
	{"no error", []step{status(200), write("["), flush()}, []string{"status 200", "write 1", "flush"}},
}

// TestAlarm: a response that may still become an error is held for 50 ms and no longer,
// and bytes written after the alarm arrive. The clock is the test's.
func TestAlarm(t *testing.T) {
	for _, r := range alarms {
		synctest.Test(t, func(t *testing.T) {
			withBudget(t, 1000)
			w, j := newSpy(), scripted(Plan{Mode: Hold, Limit: 16, Stream: true}, Replace)
			hw := detached(w, j)
			calls := func() []string {
				hw.alarm.mu.Lock()
				defer hw.alarm.mu.Unlock()
				return slices.Clone(w.calls)
			}
			more, done := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(done)
				if err := do(hw, r.steps); err != nil {
					t.Errorf("%s: got error %v, want none", r.name, err)
				}
				<-more
				hw.Header().Set("X-Late", "1")
				if err := do(hw, []step{write("more"), flush()}); err != nil || hw.Finish() != nil {
					t.Errorf("%s: got error %v, want none", r.name, err)
				}
				hw.Free()
			}()
			time.Sleep(longestLook - time.Nanosecond)
			synctest.Wait()
			if got := calls(); len(got) > 0 && r.name != "no error" {
				t.Errorf("%s: got %q before the alarm, want nothing", r.name, got)
			}
			time.Sleep(2 * time.Nanosecond)
			synctest.Wait()
			if got := calls(); !slices.Equal(got, r.want) {
				t.Errorf("%s: got %q at the alarm, want %q", r.name, got, r.want)
			}
			if Held() != 0 && len(r.want) > 0 {
				t.Errorf("%s: got %d bytes held behind the alarm, want none", r.name, Held())
			}
			close(more)
			<-done
			if r.want == nil && w.status == 0 || r.want != nil && !strings.HasSuffix(w.body.String(), "more") {
				t.Errorf("%s: got %q in the end, want all of it", r.name, w.calls)
			}
		})
	}
}

// TestAlarmRaces: whenever the alarm rings, the client gets all of it, once and in order,
// with its header and trailers, or the answer. Run it under the race detector.
func TestAlarmRaces(t *testing.T) {
	for k := range 400 {
		synctest.Test(t, func(t *testing.T) {
			withBudget(t, 1<<20)
			w, j := newSpy(), scripted(Plan{Mode: Hold, Limit: 16, Stream: true}, Replace)
			hw := detached(w, j)
			header := hw.Header() // is kept, as a handler may do
			header.Set("X-Id", "1")
			pause := func(n int) { time.Sleep(longestLook / 5 * time.Duration(n)) }
			steps := []step{status(200), write("{"), flush(), copied("{"), write("{"), flush(), copied("{{")}
			for i, s := range steps {
				if err := s(hw); err != nil {
					t.Fatal(err)
				}
				header.Set(http.TrailerPrefix+"X-Sum", fmt.Sprint(i))
				pause(k >> (2 * (i % 4)) & 3)
			}
			held := hw.Held()
			if err := hw.Finish(); err != nil {
				t.Fatal(err)
			}
			hw.own.end(hw.client, hw.Sent(), &hw.header)
			if held {
				if w.status != 400 || w.body.String() != "answer" {
					t.Errorf("%d: got %d %q, want the answer", k, w.status, w.body.String())
				}
				return
			}
			want := http.Header{"X-Id": {"1"}}
			if w.body.String() != "{{{{{" || w.status != 200 || !reflect.DeepEqual(w.sent, want) || w.header.Get(http.TrailerPrefix+"X-Sum") != "6" {
				t.Errorf("%d: got %d %q with %v and then %v, want all of it and %v", k, w.status, w.body.String(), w.sent, w.header, want)
			}
		})
	}
}

// bomb is a client's writer that panics.
type bomb struct{ *spy }

func (bomb) WriteHeader(int)                         { panic(http.ErrAbortHandler) }
func (bomb) ReadFrom(io.Reader) (n int64, err error) { panic(http.ErrAbortHandler) }

// TestAlarmPanics: a panic of the client's writer at the alarm reaches the handler, and
// does not end the process.
func TestAlarmPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		withBudget(t, 1000)
		hw := detached(bomb{newSpy()}, scripted(Plan{Mode: Hold, Limit: 16, Stream: true}, Replace))
		do(hw, []step{status(200), write("{"), flush()})
		time.Sleep(2 * longestLook)
		defer func() {
			if v := recover(); v != http.ErrAbortHandler {
				t.Errorf("got the panic %v, want %v", v, http.ErrAbortHandler)
			}
			hw.Free()
		}()
		hw.Write([]byte("x"))
	})
}
