package ledger

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestLedgerOfOneError: ids and moments in a text do not make another error of it.
func TestLedgerOfOneError(t *testing.T) {
	var l Ledger
	for _, r := range []struct {
		description string
		isNew       bool
	}{
		{"AADSTS90099: No. Trace ID: 0c9f2a2e-1d3b-4c55-9f0e-6a1f0f3f9a11 Timestamp: 2026-11-21 08:00:00Z", true},
		{"AADSTS90099: No. Trace ID: 5D0D8D2B-6C2E-4F6B-8B61-0C0E1B7A2D10 Timestamp: 2026-11-21 08:00:07Z", false},
		{"AADSTS90098: No. Trace ID: 0c9f2a2e-1d3b-4c55-9f0e-6a1f0f3f9a11 Timestamp: 2026-11-21 08:00:00Z", true},
	} {
		if got := l.Add(Unmapped{Provider: "entra", Description: r.description}, time.Now()); got != r.isNew {
			t.Errorf("%s: got new %v, want %v", r.description, got, r.isNew)
		}
	}
	if got := l.List(); len(got) != 2 || got[0].Count != 2 {
		t.Errorf("got %+v, want two entries, the first of them seen twice", got)
	}
}

// TestWarningsAreBounded: ten new errors of a minute get a warning each. Later ones are
// counted, and reported once when the minute is over.
func TestWarningsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := make(chan int, 10)
		l := Ledger{Dropped: func(n int) { told <- n }}
		for minute, r := range []struct{ sent, warned, dropped int }{{25, 10, 15}, {10, 10, 0}, {0, 0, 0}, {11, 10, 1}} {
			warned := 0
			for i := range r.sent {
				if l.Add(Unmapped{Code: fmt.Sprint(minute, ":", i)}, time.Now()) {
					warned++
				}
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			var dropped []int
			for len(told) > 0 {
				dropped = append(dropped, <-told)
			}
			if want := slices.DeleteFunc([]int{r.dropped}, func(n int) bool { return n == 0 }); warned != r.warned || !slices.Equal(dropped, want) {
				t.Errorf("minute %d: got %d warnings and %v dropped of %d, want %d and %v", minute, warned, dropped, r.sent, r.warned, want)
			}
		}
	})
}
