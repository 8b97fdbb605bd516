package ledger

import "time"

// maxWarnings is how many new errors are worth a warning in one minute.
const maxWarnings = 10

// warnings counts the new errors of a minute. A minute begins with its first error.
// Errors above the limit are summed up at its end.
type warnings struct {
	running bool
	count   int
}

// take reports whether one more warning is worth it. The ledger is locked.
func (w *warnings) take(l *Ledger) bool {
	if !w.running {
		w.running, w.count = true, 0
		time.AfterFunc(time.Minute, l.endMinute)
	}
	w.count++
	return w.count <= maxWarnings
}

// endMinute logs how many errors were above the limit.
func (l *Ledger) endMinute() {
	l.mu.Lock()
	dropped := l.warnings.count - maxWarnings
	l.warnings = warnings{}
	l.mu.Unlock()
	if dropped > 0 && l.Dropped != nil {
		l.Dropped(dropped)
	}
}
