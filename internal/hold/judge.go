package hold

import "net/http"

// Judge says what becomes of one response. Its methods are called by whichever
// goroutine calls the [Writer], never by two at once.
type Judge interface {
	// Hint says whether an informational response is passed on. It is asked about any
	// status below 200 but 101, before Candidate.
	Hint(status int) bool

	// Candidate is asked once, when the final status is written: never for an
	// informational response. The header is the live one and must not be changed.
	Candidate(status int, header http.Header) Plan

	// Look is asked about a response with [Plan.Stream] while it is held, and says what
	// the body so far is. It is asked after the first write and whenever the body has
	// doubled since, and, with flushed, at each flush. The body is never empty.
	Look(body []byte, flushed bool) Sight

	// Decide is asked at most once, about a response that was held or teed: at its
	// end, or as soon as it cannot be held any further.
	Decide(r *Response) Verdict

	// Apply is asked after [Edit] and [Replace], and by [Writer.Replace]. It edits the
	// header in place and returns the status and the body to send; after Edit the body
	// of the response is kept and the one returned is ignored. The header is the live
	// one as it was when the status was written, for Replace without its trailers.
	// Apply sets the exact Content-Length of its body. Status 0 keeps the status
	// of the response, or is 500 if there is none.
	Apply(header http.Header) (status int, body []byte)
}

// Plan is what a [Judge] wants to see of a response. The zero value passes it on.
type Plan struct {
	// Mode is how much of the response waits.
	Mode Mode

	// Limit is the number of body bytes to keep at most, for [Hold] and [Tee].
	Limit int64

	// Stream, for [Hold], marks a response that is probably no error. It is released
	// without asking Decide as soon as the Judge says that it is [Settled], when it
	// exceeds Limit, and 50 ms after its first flush, or after a write that was not its
	// end, unless it is [Faulty] then. The last needs a detached [Writer].
	Stream bool

	// Hurry says that the client sees the end of its answer only when the handler has
	// returned, as in HTTP/2. Behind an answer that is sent before the end of a response
	// of unknown length nothing is read then, since that may take for ever.
	Hurry bool
}

// Sight is what the beginning of a response looks like that is probably no error.
type Sight uint8

const (
	// Open: it may still become an error.
	Open Sight = iota

	// Settled: it cannot become an error any more.
	Settled

	// Faulty: it is an error as it stands, and waits for its end.
	Faulty
)

// Mode is how much of a response waits for a decision.
type Mode uint8

const (
	// Through passes the response on: nothing is kept, and Decide is not asked.
	Through Mode = iota

	// Hold keeps status, header and body back until Decide was asked.
	Hold

	// Tee passes the response on and keeps a copy. The verdict is ignored.
	Tee

	// Now asks Decide with the status, without a body.
	Now
)

// Response is what a [Judge] decides about. It is valid until Apply returns, or until
// Decide returns [Pass], and must not be changed.
type Response struct {
	// Status is the final status.
	Status int

	// Header is what it was when the status was written.
	Header http.Header

	// Body is what arrived, with its content codings. It is a prefix unless End is
	// [Complete], and nil after [Now].
	Body []byte

	// End says why no more is held.
	End End
}

// End is why no more of a body is held.
type End uint8

const (
	// Complete: the handler returned, and Body is all of it.
	Complete End = iota

	// Oversize: there is more than [Plan.Limit] bytes.
	Oversize

	// OverBudget: all responses together hold too much. Body may be empty.
	OverBudget
)

// Verdict is what becomes of a response that was held.
type Verdict uint8

const (
	// Pass sends it as it came, in order.
	Pass Verdict = iota

	// Edit sends it with the header that Apply edits.
	Edit

	// Replace sends the status and the body that Apply returns, and discards the rest.
	Replace
)
