package hold

import "net/http"

// Judge decides about one response. The goroutine that calls the [Writer] calls its
// methods, never two at once.
type Judge interface {
	// Hint says whether to pass on an informational response. It is called before
	// Candidate, for every status below 200 except 101.
	Hint(status int) bool

	// Candidate is called once, with the final status. It must not change the header.
	Candidate(status int, header http.Header) Plan

	// Look says whether the body so far is an error. It is called for a held response with
	// [Plan.Stream]: after the first write, whenever the body has doubled since, and, with
	// flushed, at each flush. The body is never empty.
	Look(body []byte, flushed bool) Sight

	// Decide is called at most once, for a response that was held or teed: at its end, or
	// when it cannot be held any longer.
	Decide(r *Response) Verdict

	// Apply is called after [Edit] and [Replace], and by [Writer.Replace]. It edits the
	// header in place and returns the status and the body to send. After Edit the
	// response keeps its body, and the returned one is ignored. The header has the fields
	// that it had when the status was written; for Replace it has no trailers. Apply sets
	// the exact Content-Length of its body. Status 0 keeps the status of the response, or
	// is 500 without one.
	Apply(header http.Header) (status int, body []byte)
}

// Plan says which part of a response a [Judge] needs. The zero Plan passes the response
// on.
type Plan struct {
	// Mode says which part of the response waits.
	Mode Mode

	// Limit is the number of body bytes to keep at most, for [Hold] and [Tee].
	Limit int64

	// Stream, for [Hold], marks a response that is probably no error. It is released
	// without Decide when the Judge calls it [Settled] or when it exceeds Limit. It is
	// also released 50 ms after its first flush, or after a write before its end, unless
	// it is [Faulty] then; this needs a detached [Writer].
	Stream bool

	// Hurry says that the client sees the end of its answer only after the handler has
	// returned, as in HTTP/2. After an answer that was sent before the end of a response
	// of unknown length, the rest is not read then, because reading it may take for ever.
	Hurry bool

	// Even, beside Hurry, makes an answer that was sent before the end of a response look
	// like one that was sent at its end: it is not flushed, and nothing of the rest is
	// read, so that its end comes with it.
	Even bool
}

// isEven reports whether an answer must not differ from one at the end of the response.
func (p *Plan) isEven() bool { return p.Mode == Hold && p.Hurry && p.Even }

// Sight says whether the beginning of a response is an error.
type Sight uint8

const (
	// Open: it may still become an error.
	Open Sight = iota

	// Settled: it cannot become an error any more.
	Settled

	// Faulty: the body so far is an error. It is held to its end.
	Faulty
)

// Mode says which part of a response waits for a decision.
type Mode uint8

const (
	// Through passes the response on, keeps nothing and does not call Decide.
	Through Mode = iota

	// Hold holds status, header and body until Decide has returned.
	Hold

	// Tee passes the response on and keeps a copy. The verdict is ignored.
	Tee

	// Now calls Decide with the status, without a body.
	Now
)

// Response is a response for a [Judge] to decide about. It is valid until Apply returns,
// or until Decide returns [Pass]. The Judge must not change it.
type Response struct {
	// Status is the final status.
	Status int

	// Header is the header at the time of the status.
	Header http.Header

	// Body is the body so far, with its content codings. It is complete if End is
	// [Complete], and nil after [Now].
	Body []byte

	// End is the reason why no more is held.
	End End
}

// End is the reason why no more of a body is held.
type End uint8

const (
	// Complete: the handler returned, and Body is all of it.
	Complete End = iota

	// Oversize: there is more than [Plan.Limit] bytes.
	Oversize

	// OverBudget: all responses together hold too much. Body may be empty.
	OverBudget
)

// Verdict is the decision about a held response.
type Verdict uint8

const (
	// Pass sends the response unchanged, in order.
	Pass Verdict = iota

	// Edit sends the response with the header that Apply edits.
	Edit

	// Replace sends the status and the body that Apply returns, and discards the rest.
	Replace
)
