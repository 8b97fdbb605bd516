package hold

import (
	"sync"
	"time"
)

// longestLook bounds how long a response is held while it is looked at. The documents
// promise twice that, because machines may be late.
const longestLook = 50 * time.Millisecond

// alarm bounds the time for which a response is looked at. Its timer rings on a
// goroutine of its own, under mu, and no other goroutine is needed.
type alarm struct {
	mu    sync.Mutex
	timer *time.Timer // is kept for the next response
	ring  func()
	on    bool
	rung  bool // it has let go of the response
	fault any  // the panic of the client's writer at that moment
	loose bool // a timer has gone off that did not ring
}

// set arms the alarm. It does nothing if the alarm is armed already, or if the writer is
// not detached: then nothing may be released while the handler runs.
func (a *alarm) set(x *exchange) {
	if a.on || x.own.header == nil {
		return
	}
	a.on = true
	if a.timer == nil {
		a.ring = x.ring
		a.timer = time.AfterFunc(longestLook, a.goOff)
		return
	}
	a.timer.Reset(longestLook)
}

// goOff runs when the timer fires.
func (a *alarm) goOff() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.on {
		return
	}
	a.on, a.rung = false, true
	defer func() { a.fault = recover() }()
	a.ring()
}

// report repeats the panic of the client's writer. In the goroutine of the timer it would
// end the process; here it reaches the handler.
func (a *alarm) report() {
	if v := a.fault; v != nil {
		a.fault = nil
		panic(v)
	}
}

// stop disarms the alarm. A timer that has fired already finds it disarmed, and does
// nothing.
func (a *alarm) stop() {
	if a.on {
		a.on, a.loose = false, !a.timer.Stop() || a.loose
	}
}

// reset prepares the alarm for the next response. It reports whether it can be used
// again: the function of a timer that has fired may not have run yet.
func (a *alarm) reset() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stop()
	a.rung, a.fault = false, nil
	return !a.loose
}
