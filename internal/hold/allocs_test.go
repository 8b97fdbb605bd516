//go:build !race

// The race detector makes pools forget at random.

package hold

import (
	"bytes"
	"strings"
	"testing"
)

// TestAllocations: neither a response that is passed on nor one that is held costs
// memory, apart from the work of its judge.
func TestAllocations(t *testing.T) {
	w, r, p := &sink{fields()}, bytes.NewReader(nil), []byte("abc")
	large, again := make([]byte, 60<<10), bytes.NewReader(nil)
	for _, c := range []struct {
		name string
		plan Plan
		do   func(*Writer)
	}{
		{"looked into, detached", Plan{Mode: Hold, Limit: 64 << 10, Stream: true}, func(w *Writer) { w.Write(p); w.FlushError() }},
		{"passed, detached", Plan{}, func(w *Writer) { w.Write(p) }},
		{"passed", Plan{}, func(w *Writer) { w.Write(p) }},
		{"passed by copy", Plan{}, func(w *Writer) { w.ReadFrom(r) }},
		{"flushed", Plan{}, func(w *Writer) { w.FlushError() }},
		{"held", Plan{Mode: Hold, Limit: 64 << 10}, func(w *Writer) { w.Write(p); w.FlushError() }},
		{"held, 60 KiB", Plan{Mode: Hold, Limit: 64 << 10}, func(w *Writer) { w.Write(large) }},
		{"held, one byte too much", Plan{Mode: Hold, Limit: 60<<10 - 1}, func(w *Writer) { w.Write(large) }},
		{"held by copy, 60 KiB", Plan{Mode: Hold, Limit: 64 << 10}, func(w *Writer) { again.Reset(large); w.ReadFrom(again) }},
		{"teed, 60 KiB", Plan{Mode: Tee, Limit: 64 << 10}, func(w *Writer) { w.Write(large) }},
		{"held by copy", Plan{Mode: Hold, Limit: 64 << 10}, func(w *Writer) { w.ReadFrom(r) }},
		{"looked into", Plan{Mode: Hold, Limit: 64 << 10, Stream: true}, func(w *Writer) { w.Write(p) }},
		{"teed", Plan{Mode: Tee, Limit: 64 << 10}, func(w *Writer) { w.Write(p) }},
	} {
		j := &constant{plan: c.plan, verdict: Replace, answer: []byte("answer")}
		var hw Writer
		if n := testing.AllocsPerRun(500, func() {
			hw.Reset(w, j, strings.HasSuffix(c.name, "detached"))
			hw.WriteHeader(403)
			c.do(&hw)
			hw.Finish()
			hw.Free()
		}); n != 0 {
			t.Errorf("%s: got %v allocations, want 0", c.name, n)
		}
	}
}
