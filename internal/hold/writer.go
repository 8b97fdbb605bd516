// Package hold has a response writer that passes a response on, or holds it within bounds
// and asks a judge once what to send.
//
// A [Judge] looks at the final status and says how much of the response it needs. It
// passes most responses on, which costs no memory. Others are held: status, header and
// body wait until the handler has returned, the body exceeds a limit, or all responses
// together hold too much. Then the Judge decides: the writer sends the response
// unchanged, with another header, or sends an answer in its place. It truncates, reorders
// and repeats nothing, and never panics to steer a handler.
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

// Writer is the writer for the handler. Unless it is detached, it has the header of the
// client's writer and returns this writer from Unwrap. The zero Writer is ready for
// Reset. Its memory serves one response after the other. Like the writers of net/http it
// is not safe for concurrent use.
type Writer struct{ exchange }

// Write and ReadFrom return ErrAnswered after an answer was sent in place of a response,
// when they have read 256 KiB of the response, or as soon as its header announces more.
// They discard a shorter rest, so that its connection can be used again.
var ErrAnswered = errors.New("the client has its answer already: the rest of the response is not read")

// [Writer.Replace] returns ErrSent when the status has been sent already.
var ErrSent = errors.New("replacing a response: the status has been sent already")

// Reset makes w the writer of one response to the client. j decides about the response,
// and Free must end it. With detached the handler gets its own header, so that a response
// with [Plan.Stream] can be released while the handler goes on.
func (w *Writer) Reset(to http.ResponseWriter, j Judge, detached bool) {
	w.client, w.judge = client{to}, j
	w.state = undecided{&w.exchange}
	if detached {
		w.own.begin(w.client)
	}
}

// WriteHeader asks the Judge about the final status. Statuses below 200 pass without a
// decision, if the Judge allows it. WriteHeader ignores a second status while the
// response is held, and after it was replaced.
func (w *Writer) WriteHeader(status int) { w.state.writeHeader(status) }

// Write passes bytes on, or holds them. It returns [ErrAnswered] after an answer.
func (w *Writer) Write(p []byte) (int, error) { return w.state.write(p) }

// ReadFrom does the same as Write. It keeps the fast path of the client's writer, and
// reads a held response straight into its buffer.
func (w *Writer) ReadFrom(r io.Reader) (int64, error) { return w.state.readFrom(r) }

// FlushError flushes the bytes passed on. A flush of a held response happens when the
// response is released.
func (w *Writer) FlushError() error { return w.state.flush() }

// Hijack hands the connection over, discards a held response and retains the writer.
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

// Finish ends the response after the handler returned without an error. It asks the Judge
// about a held response and sends what the Judge decides. It deletes fields that arrived
// after an answer, such as trailers. It returns errors of the client's writer.
func (w *Writer) Finish() error { return w.state.end() }

// Release sends a held response unchanged, without the Judge, and flushes it. Otherwise
// it does nothing.
func (w *Writer) Release() error { return w.state.release() }

// Replace sends the answer of [Judge.Apply], in place of a held response if there is one.
// It returns [ErrSent] if the status has been sent already.
func (w *Writer) Replace() error { return w.state.replace() }

// Drop discards a held response, because the handler returned an error that another
// handler or Replace answers. The header gets the fields that it had when the status was
// written, without trailers and without the fields that stale reports. If nothing is
// held, Drop only deletes fields that arrived after an answer.
func (w *Writer) Drop(stale func(field string) bool) { w.state.drop(stale) }

// Held reports whether a response is held: it has a status, and nothing has been sent.
func (w *Writer) Held() bool { return w.state.stage() == stageHeld }

// Answered reports whether an answer was sent in place of the response.
func (w *Writer) Answered() bool { return w.state.stage() == stageAnswered }

// Sent reports whether the final status of the response or of an answer has been sent.
func (w *Writer) Sent() bool { return w.state.stage() >= stageSent }

// Retain prevents the reuse of the writer for another response. Call it before Free when
// the handler panicked, because a goroutine may still use the writer.
func (w *Writer) Retain() { w.retain() }

// Free ends the response, frees its memory and discards the bytes still held. It reports
// whether the writer may be used for another response. A retained writer may not: writing
// to it fails.
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
