package hold

import "io"

// holding keeps a response back until the judge has decided about it.
type holding struct{ x *exchange }

// keeper is a state that keeps the body.
type keeper interface {
	state
	// kept is called when more of the body has been kept, or when no more can be kept. It
	// reports whether it left the state.
	kept(end End) (left bool, err error)
}

func (s holding) kept(end End) (left bool, err error) {
	if end == Complete {
		return false, nil
	}
	if err = s.x.conclude(end, true); err == nil && s.x.plan.isEven() && s.x.state.stage() == stageAnswered {
		err = ErrAnswered // nothing is read behind such an answer
	}
	return true, err
}

// writeKept keeps as much as there is room for. The state after k gets the rest.
func (x *exchange) writeKept(k keeper, p []byte) (int, error) {
	n, end := x.body.add(p, x.plan.Limit)
	left, err := k.kept(end)
	if err != nil || !left || n == len(p) {
		return n, err
	}
	m, err := x.state.write(p[n:])
	return n + m, err
}

// readKept keeps as much as there is room for. The state after k reads the rest.
func (x *exchange) readKept(k keeper, r io.Reader) (n int64, err error) {
	for {
		p, end, ended := x.body.fill(r, x.plan.Limit)
		n += int64(len(p))
		left, err := false, error(nil)
		if len(p) > 0 {
			left, err = k.kept(end)
		}
		switch {
		case err != nil:
			return n, err
		case ended == io.EOF:
			return n, nil
		case ended != nil:
			return n, ended
		case left:
			m, err := x.state.readFrom(r)
			return n + m, err
		}
	}
}

func (s holding) writeHeader(int)                     {} // the first counts
func (s holding) write(p []byte) (int, error)         { return s.x.writeKept(s, p) }
func (s holding) readFrom(r io.Reader) (int64, error) { return s.x.readKept(s, r) }
func (s holding) end() error                          { return s.x.conclude(Complete, false) }
func (s holding) replace() error                      { return s.x.answer(false) }
func (s holding) drop(stale func(field string) bool)  { s.x.drop(stale) }
func (s holding) stage() stage                        { return stageHeld }

func (s holding) flush() error {
	s.x.keepFlush()
	return nil
}

func (s holding) release() error {
	s.x.flushed = true
	return s.x.release(false)
}
