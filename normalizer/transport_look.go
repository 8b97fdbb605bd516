package normalizer

import (
	"io"
	"net/http"
	"time"
)

// longestLook is how long a success is looked at, from its header on.
const longestLook = 50 * time.Millisecond

// look reads the beginning of a success until it cannot be an error any more, but no
// longer than a client may have to wait. If the body so far is an error, look reads it to
// its end. The error is [io.EOF] if all of the body was read. A read that is still
// pending then is left to the body that the caller gets.
func (t *Transport) look(q *Request, resp *http.Response, limit int64) (body []byte, left *reading, err error) {
	timer := time.NewTimer(longestLook)
	defer timer.Stop()
	alarm, sight := timer.C, SightOpen
	for int64(len(body)) <= limit && sight != SightSettled {
		read := startReading(resp.Body, min(firstRead, limit+1-int64(len(body))))
		select {
		case <-read.done:
		case <-alarm:
			select {
			case <-read.done: // at the same time
				timer.Reset(0)
			default:
				return body, read, nil
			}
		}
		body = append(body, read.part...)
		if read.err != nil {
			return body, nil, read.err
		}
		if len(read.part) > 0 {
			begun := Response{Status: resp.StatusCode, Header: resp.Header, Body: body}
			sight = begun.Look(t.Table, q, true)
		}
		if alarm = timer.C; sight == SightFaulty {
			alarm = nil
		}
	}
	return body, nil, nil
}

// reading is one read of a body, which may take long.
type reading struct {
	done chan struct{} // closed when it has come back
	part []byte
	err  error
}

// startReading reads once, on a goroutine that ends with the read. Closing the body ends
// the read.
func startReading(r io.Reader, size int64) *reading {
	read := &reading{done: make(chan struct{})}
	go func() {
		defer close(read.done)
		part := make([]byte, size)
		n, err := r.Read(part)
		read.part, read.err = part[:n], err
	}()
	return read
}
