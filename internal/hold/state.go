package hold

import (
	"errors"
	"io"
	"net/http"
)

// state is what a [Writer] does at the moment:
//
//   - undecided: no final status has been written;
//   - passing: all calls go on to the client;
//   - holding, looking: the response is kept back;
//   - teeing: it is passed on, and a copy is kept;
//   - answered, replaced: the client has something else;
//   - ended: the request is over.
//
// A transition swaps the state, so that no method asks which one it is in. A state is
// a pointer in size, so that swapping allocates nothing.
type state interface {
	writeHeader(status int)
	write(p []byte) (int, error)
	readFrom(r io.Reader) (int64, error)
	flush() error

	// end is the end of the body.
	end() error
	release() error
	replace() error
	drop(stale func(field string) bool)
	stage() stage
}

// stage is how far a response has come.
type stage uint8

const (
	stageOpen stage = iota
	stageHeld
	stageSent
	stageAnswered
)

// undecided waits for the final status.
type undecided struct{ x *exchange }

func (s undecided) writeHeader(status int) {
	if status >= http.StatusOK {
		s.x.begin(status)
		return
	}
	if status == http.StatusSwitchingProtocols { // which is final
		s.x.header.keep(s.x.Header())
		s.x.state = passing(s)
	} else if !s.x.judge.Hint(status) {
		return
	}
	s.x.own.publish(s.x.client)
	s.x.client.WriteHeader(status)
}

func (s undecided) write(p []byte) (int, error) {
	s.x.begin(http.StatusOK)
	return s.x.state.write(p)
}

func (s undecided) readFrom(r io.Reader) (int64, error) {
	s.x.begin(http.StatusOK)
	return s.x.state.readFrom(r)
}

func (s undecided) flush() error {
	s.x.begin(http.StatusOK)
	return s.x.state.flush()
}

func (s undecided) end() error             { return nil }
func (s undecided) release() error         { return nil }
func (s undecided) drop(func(string) bool) {}
func (s undecided) stage() stage           { return stageOpen }

func (s undecided) replace() error {
	s.x.header.keep(s.x.Header())
	return s.x.answer(false)
}

// passing lets all calls through.
type passing struct{ x *exchange }

func (s passing) writeHeader(status int)              { s.x.client.WriteHeader(status) }
func (s passing) write(p []byte) (int, error)         { return s.x.client.Write(p) }
func (s passing) readFrom(r io.Reader) (int64, error) { return s.x.copyFrom(r) }
func (s passing) flush() error                        { return s.x.client.flush() }
func (s passing) end() error                          { return nil }
func (s passing) release() error                      { return nil }
func (s passing) replace() error                      { return ErrSent }
func (s passing) drop(func(string) bool)              {}
func (s passing) stage() stage                        { return stageSent }

// answered discards the rest of a response that has been answered. A part of it is read,
// so that the connection to the provider can be used again.
type answered struct{ x *exchange }

// maxDiscard is how many bytes of a response that was replaced are read in all.
const maxDiscard = 256 << 10

func (s answered) writeHeader(int)        {}
func (s answered) flush() error           { return nil }
func (s answered) release() error         { return nil }
func (s answered) replace() error         { return ErrSent }
func (s answered) drop(func(string) bool) { s.x.header.restore(s.x.Header()) }
func (s answered) stage() stage           { return stageAnswered }

func (s answered) write(p []byte) (int, error) {
	if s.x.discarded += int64(len(p)); s.x.discarded > maxDiscard {
		return 0, ErrAnswered
	}
	return len(p), nil
}

func (s answered) readFrom(r io.Reader) (int64, error) {
	left := maxDiscard - s.x.discarded
	if left <= 0 {
		return 0, ErrAnswered
	}
	n, err := io.Copy(io.Discard, io.LimitReader(r, left+1))
	s.x.discarded += n
	if err == nil && n > left {
		err = ErrAnswered
	}
	return n, err
}

// end deletes the trailers that came behind the answer.
func (s answered) end() error {
	s.x.header.restore(s.x.Header())
	return nil
}

// replaced is answered at the end of the response: nothing comes behind it.
type replaced struct{ answered }

func (replaced) end() error             { return nil }
func (replaced) drop(func(string) bool) {}

// ended refuses writes after the end of the request.
type ended struct{}

var errEnded = errors.New("writing a response: the request is over")

func (ended) writeHeader(int)                   {}
func (ended) write([]byte) (int, error)         { return 0, errEnded }
func (ended) readFrom(io.Reader) (int64, error) { return 0, errEnded }
func (ended) flush() error                      { return errEnded }
func (ended) end() error                        { return nil }
func (ended) release() error                    { return nil }
func (ended) replace() error                    { return errEnded }
func (ended) drop(func(string) bool)            {}
func (ended) stage() stage                      { return stageOpen }
