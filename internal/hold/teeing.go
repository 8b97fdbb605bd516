package hold

import "io"

// teeing passes a response on and keeps a copy, about which the judge is asked.
type teeing struct{ x *exchange }

// conclude asks the judge, and ignores the verdict.
func (s teeing) conclude(end End) {
	s.x.decide(end)
	s.x.body.forget()
	s.x.state = passing(s)
}

// send passes on bytes that have just been copied. Meanwhile the copy does not count
// towards the budget, because a slow client may delay us.
func (s teeing) send(p []byte) (n int, ok bool, err error) {
	s.x.body.giveBack()
	n, err = s.x.client.Write(p)
	return n, s.x.body.recharge(), err
}

func (s teeing) writeHeader(status int) { s.x.client.WriteHeader(status) }
func (s teeing) flush() error           { return s.x.client.flush() }
func (s teeing) replace() error         { return ErrSent }
func (s teeing) stage() stage           { return stageSent }
func (s teeing) drop(func(string) bool) { s.release() }

func (s teeing) write(p []byte) (int, error) {
	_, end := s.x.body.add(p, s.x.plan.Limit)
	n, ok, err := s.send(p)
	if !ok && end == Complete {
		end = OverBudget
	}
	if end != Complete {
		s.conclude(end)
	}
	return n, err
}

func (s teeing) readFrom(r io.Reader) (n int64, err error) {
	for {
		p, end, ended := s.x.body.fill(r, s.x.plan.Limit)
		ok := true
		if len(p) > 0 {
			var m int
			m, ok, err = s.send(p)
			n += int64(m)
		}
		if !ok && end == Complete {
			end = OverBudget
		}
		if end != Complete {
			s.conclude(end)
		}
		switch {
		case err != nil:
			return n, err
		case ended == io.EOF:
			return n, nil
		case ended != nil:
			return n, ended
		case end != Complete:
			m, err := s.x.copyFrom(r)
			return n + m, err
		}
	}
}

func (s teeing) end() error {
	s.conclude(Complete)
	return nil
}

func (s teeing) release() error {
	s.x.body.forget()
	s.x.state = passing(s)
	return nil
}
