package ledger

import (
	"testing"
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
