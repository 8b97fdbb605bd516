package hold

import "io"

// looking holds a response that is probably no error, and releases it early. Each method
// except writeHeader keeps the alarm from going off meanwhile. If it has gone off before,
// the response is passed on.
type looking struct{ holding }

// leave returns the next state if the alarm has released the response. Otherwise it keeps
// the alarm from going off until stay or [alarm.stop].
func (s looking) leave() (next state, left bool) {
	x := s.x
	x.alarm.mu.Lock()
	if !x.alarm.rung {
		return nil, false
	}
	defer x.alarm.mu.Unlock()
	x.state = passing{x}
	x.alarm.report()
	return x.state, true
}

// stay arms the alarm if the response is still looked at and a client may be waiting for
// it. It releases the mutex, so that the alarm can go off from here on.
func (s looking) stay() {
	x := s.x
	_, still := x.state.(looking)
	switch {
	case !still || x.sight == Faulty:
		x.alarm.stop()
	case x.body.length == 0 && !x.hasty || x.body.length > 0 && int64(x.body.length) == x.announced():
	default:
		x.alarm.set(x)
	}
	x.alarm.mu.Unlock()
}

// ring releases the held response when the alarm goes off. The handler may be running.
func (x *exchange) ring() {
	live := x.client.Header()
	clear(live)
	x.header.copyTo(live)
	body := x.body.bytes()
	x.body.giveBack()                                     // the client may let us wait
	_ = x.client.send(x.status, body, x.hasty, x.flushed) // the next write returns the error
	x.body.forget()
}

func (s looking) kept(end End) (left bool, err error) {
	x := s.x
	switch {
	case end == OverBudget:
		return s.holding.kept(end)
	case end == Oversize, x.body.length >= 2*x.asked && x.body.length > 0 && x.look(false) == Settled:
		return true, x.release(false)
	}
	return false, nil
}

func (s looking) write(p []byte) (int, error) {
	if next, left := s.leave(); left {
		return next.write(p)
	}
	defer s.stay()
	return s.x.writeKept(s, p)
}

// readFrom reads into separate memory, because the alarm may release the held bytes
// meanwhile.
func (s looking) readFrom(r io.Reader) (n int64, err error) {
	part := pieces.Get().(*piece)
	for {
		k, ended := r.Read(part[:])
		if k > 0 {
			m, err := s.x.state.write(part[:k])
			if n += int64(m); err != nil {
				return n, err
			}
		}
		_, still := s.x.state.(looking)
		switch {
		case ended == io.EOF:
			pieces.Put(part)
			return n, nil
		case ended != nil:
			return n, ended
		case !still:
			pieces.Put(part)
			m, err := s.x.state.readFrom(r)
			return n + m, err
		}
	}
}

// flush releases the response if a client waits for it, unless it may be an error.
func (s looking) flush() error {
	if next, left := s.leave(); left {
		return next.flush()
	}
	defer s.stay()
	s.x.keepFlush()
	if s.x.body.length > 0 && s.x.look(true) == Settled {
		return s.x.release(false)
	}
	return nil
}

func (s looking) end() error {
	if next, left := s.leave(); left {
		return next.end()
	}
	s.x.alarm.stop()
	defer s.x.alarm.mu.Unlock()
	return s.holding.end()
}

func (s looking) release() error {
	if next, left := s.leave(); left {
		return next.release()
	}
	s.x.alarm.stop()
	defer s.x.alarm.mu.Unlock()
	return s.holding.release()
}

func (s looking) replace() error {
	if next, left := s.leave(); left {
		return next.replace()
	}
	s.x.alarm.stop()
	defer s.x.alarm.mu.Unlock()
	return s.holding.replace()
}

func (s looking) drop(stale func(field string) bool) {
	if next, left := s.leave(); left {
		next.drop(stale)
		return
	}
	s.x.alarm.stop()
	defer s.x.alarm.mu.Unlock()
	s.holding.drop(stale)
}

// stage is called when the handler has returned. From here on only the caller releases
// the response.
func (s looking) stage() stage {
	if next, left := s.leave(); left {
		return next.stage()
	}
	s.x.alarm.stop()
	defer s.x.alarm.mu.Unlock()
	return stageHeld
}
