// Package hold has a response writer that passes a response on, or holds it within
// bounds and asks once what to send.
//
// A [Judge] looks at the final status and says how much of the response it wants to
// see. Most responses it passes on, which costs no memory. Others are held: status,
// header and body wait until the handler has returned, the body exceeds a limit, or all
// responses together hold too much. Then the Judge decides: the response leaves as it
// came, with another header, or something else is sent in its place. Nothing is
// truncated, reordered or sent twice, and the writer never panics to steer a handler.
//
//	var w hold.Writer
//	w.Reset(client, judge, false)
//	defer w.Free()
//	next.ServeHTTP(w, r)
//	err := w.Finish()
package hold

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
)

// Writer is the writer for the handler. It has the header of the client's writer,
// which it also returns by Unwrap, unless it was detached. The zero Writer is ready for
// Reset; its memory serves one response after the other. It is not safe for use by several
// goroutines at a time, just as the writers of net/http.
type Writer struct{ exchange }

// ErrAnswered is returned by Write and ReadFrom when something else was sent in place
// of a response before its end, and 256 KiB of it, what was held included, have been
// read. A shorter rest is discarded, so that the connection it comes from can be used
// again. A response that is announced as longer is not read any further.
var ErrAnswered = errors.New("the client has its answer already: the rest of the response is not read")

// ErrSent is returned by [Writer.Replace] when there is nothing left to replace.
var ErrSent = errors.New("replacing a response: the status has been sent already")

// Reset makes w the writer of one response to the client, about which j decides. The
// response must be ended by Free. Detached gives the handler a header of its own, so that
// a response with [Plan.Stream] can be let go while the handler goes on.
func (w *Writer) Reset(to http.ResponseWriter, j Judge, detached bool) {
	w.client, w.judge = client{to}, j
	w.state = undecided{&w.exchange}
	if detached {
		w.own.begin(w.client)
	}
}

// WriteHeader decides what becomes of the response, with its final status. Statuses
// below 200 go through without a decision, if the Judge lets them. While the response is held, and after it was
// replaced, a second status is ignored.
func (w *Writer) WriteHeader(status int) { w.state.writeHeader(status) }

// Write passes bytes on, or holds them. It returns [ErrAnswered] after an answer.
func (w *Writer) Write(p []byte) (int, error) { return w.state.write(p) }

// ReadFrom does the same as Write. What is passed on keeps the fast path of the
// client's writer, and what is held is read straight into place.
func (w *Writer) ReadFrom(r io.Reader) (int64, error) { return w.state.readFrom(r) }

// FlushError flushes what was passed on. While the response is held a flush is kept
// back and made up for when it is released.
func (w *Writer) FlushError() error { return w.state.flush() }

// Hijack hands the connection over. What was held is forgotten, and the writer is
// retained.
func (w *Writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err == nil {
		w.retain()
		_ = w.state.stage() // nothing is let go from here on
		w.body.forget()
		w.state = passing{&w.exchange}
	}
	return conn, rw, err
}

// Finish ends the response after the handler returned without an error: it asks the
// Judge about what is held and sends what the Judge says; and it deletes from the
// header what arrived behind an answer, such as trailers. An error is one of the
// client's writer.
func (w *Writer) Finish() error { return w.state.end() }

// Release sends what is held as it came, without asking the Judge, and flushes it. If
// nothing is held it does nothing.
func (w *Writer) Release() error { return w.state.release() }

// Replace sends what [Judge.Apply] returns in place of what is held, or of nothing at
// all. It returns [ErrSent] if the status has been sent already.
func (w *Writer) Replace() error { return w.state.replace() }

// Drop forgets what is held, because the handler returned an error that is answered by
// somebody else or by Replace. The header becomes what it was when the status was
// written, without trailers and without the fields that stale reports. If nothing is
// held it changes nothing, except that it deletes what arrived behind an answer.
func (w *Writer) Drop(stale func(field string) bool) { w.state.drop(stale) }

// Held reports whether a response is held: it has a status, and nothing has been sent.
func (w *Writer) Held() bool { return w.state.stage() == stageHeld }

// Answered reports whether something else was sent in place of the response.
func (w *Writer) Answered() bool { return w.state.stage() == stageAnswered }

// Sent reports whether the final status has been sent, be it that of the response or
// of an answer.
func (w *Writer) Sent() bool { return w.state.stage() >= stageSent }

// Retain keeps the writer from being used for another response, because somebody may
// still use it: call it before Free when the handler panicked.
func (w *Writer) Retain() { w.retain() }

// Free ends the response and gives its memory back; what is still held is forgotten. It
// reports whether the writer may be used for another response, which it may not if it was
// retained: then writing to it fails.
func (w *Writer) Free() (again bool) {
	again = true
	if w.own.header != nil {
		if !w.retained {
			w.own.end(w.client, w.Sent(), &w.header)
		}
		again = w.alarm.reset()
	}
	w.body.forget()
	if w.retained {
		w.state = ended{}
		return false
	}
	w.reset()
	return again
}

// Interface guards
var (
	_ http.ResponseWriter = (*Writer)(nil)
	_ io.ReaderFrom       = (*Writer)(nil)
	_ http.Hijacker       = (*Writer)(nil)
)
