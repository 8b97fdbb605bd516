package hold

import (
	"cmp"
	"net/http"
	"strconv"
)

// exchange is one response on its way to the client, as the states share it.
type exchange struct {
	client
	own       ownHeader
	judge     Judge
	state     state
	plan      Plan
	status    int
	header    snapshot // as it was when the status was written
	body      body
	intact    bool     // when the judge was asked, the header was still that
	hasty     bool     // a flush was kept back that came before the body
	flushed   bool     // a flush was kept back that came behind some of the body
	asked     int      // bytes of the body when the judge looked at it
	sight     Sight    // the result of that look
	discarded int64    // bytes of the response that was replaced
	retained  bool     // the handler may still use the writer
	response  Response // what the judge gets
	alarm     alarm
}

// Header returns the header for the handler.
func (x *exchange) Header() http.Header {
	if x.own.header != nil {
		return x.own.header
	}
	return x.client.Header()
}

// look shows the judge the body so far.
func (x *exchange) look(flushed bool) Sight {
	x.asked = x.body.length
	x.sight = x.judge.Look(x.body.bytes(), flushed)
	return x.sight
}

// decide asks the judge about the response.
func (x *exchange) decide(end End) Verdict {
	body := x.body.bytes()
	body = body[:min(int64(len(body)), x.plan.Limit)]
	x.response = Response{Status: x.status, Header: x.Header(), Body: body, End: end}
	if x.intact = x.header.is(x.response.Header); !x.intact {
		x.response.Header = x.header.clone()
	}
	return x.judge.Decide(&x.response)
}

// conclude asks the judge and carries out the verdict. With early, the handler is still
// running, so an answer is flushed.
func (x *exchange) conclude(end End, early bool) error {
	switch x.decide(end) {
	case Replace:
		return x.answer(early)
	case Edit:
		return x.release(true)
	}
	return x.release(false)
}

// keepFlush holds back a flush, and remembers the place of the first one. If there is no
// Content-Type, the server derives one from the bytes before the first flush.
func (x *exchange) keepFlush() {
	if x.body.length == 0 {
		x.hasty = true
		return
	}
	x.flushed = true
}

// release sends the held response: the header, edited by the judge if edit is set, the
// body with each flush in its place, and the trailers.
func (x *exchange) release(edit bool) error {
	live, status := x.Header(), x.status
	var later http.Header
	if !x.intact {
		later = x.header.rewind(live)
	}
	if edit {
		edited, _ := x.judge.Apply(live)
		status = cmp.Or(edited, status)
	}
	body := x.body.bytes()
	x.state = passing{x}
	x.body.giveBack() // the client may let us wait
	x.own.publish(x.client)
	err := x.send(status, body, x.hasty, x.flushed)
	x.body.forget()
	x.header.replay(live, later)
	return err
}

// answer sends the judge's response instead of the held one.
func (x *exchange) answer(early bool) error {
	live := x.Header()
	if !x.intact {
		x.header.restore(live)
	}
	x.header.drop(live, isTrailer)
	even := early && x.plan.isEven()
	if early {
		if length := x.announced(); even || length > maxDiscard || length == 0 && x.plan.Hurry {
			x.discarded = maxDiscard // there is no end in reach to read for
		}
	}
	x.discarded = max(x.discarded, int64(x.body.length))
	status, body := x.judge.Apply(live)
	x.state = replaced{answered{x}}
	if early {
		x.header.keep(live)
		x.state = answered{x}
	}
	x.body.giveBack() // the client may let us wait
	x.own.publish(x.client)
	if early {
		x.own.part()
	}
	err := x.send(cmp.Or(status, x.status, http.StatusInternalServerError), body, false, early && !even)
	x.body.forget() // not before: the answer may quote it
	return err
}

// announced returns the Content-Length of the response, or 0 if it has none.
func (x *exchange) announced() int64 {
	text := x.header.get("Content-Length")
	if text == "" {
		return 0
	}
	length, _ := strconv.ParseInt(text, 10, 64)
	return length
}

// drop discards the held response, as if no status had been written.
func (x *exchange) drop(stale func(field string) bool) {
	live := x.Header()
	x.header.restore(live)
	x.header.drop(live, func(name string) bool { return isTrailer(name) || stale(name) })
	x.body.forget()
	x.hasty, x.flushed, x.intact, x.asked, x.sight = false, false, false, 0, Open
	x.plan, x.state = Plan{}, undecided{x}
}

// retain makes sure that no other request gets the exchange or its memory.
func (x *exchange) retain() { x.retained, x.body.leaked = true, true }

// reset forgets the exchange, but not its memory.
func (x *exchange) reset() {
	if _, ok := x.state.(passing); ok && x.plan.Mode == Through && x.own.header == nil && len(x.header.fields) == 0 { // as most responses: nothing was kept
		x.client, x.judge, x.state, x.status = client{}, nil, nil, 0
		return
	}
	x.header.reset()
	x.own.reset()
	x.client, x.judge, x.state, x.plan, x.status = client{}, nil, nil, Plan{}, 0
	x.hasty, x.flushed, x.intact, x.asked, x.sight, x.discarded, x.response = false, false, false, 0, Open, 0, Response{}
}

// begin asks the judge for a plan and sets out on it.
func (x *exchange) begin(status int) {
	x.status = status
	plan := x.judge.Candidate(status, x.Header())
	if plan.Mode == Through {
		if x.own.header != nil {
			x.header.keep(x.own.header)
			x.own.publish(x.client)
		}
		x.state = passing{x}
		x.client.WriteHeader(status)
		return
	}
	x.plan = plan
	x.plan.Limit = max(plan.Limit, 0)
	x.header.keep(x.Header())
	switch {
	case x.plan.Mode == Now:
		_ = x.conclude(Complete, true) // a client that is gone fails the next write, too
	case x.plan.Mode == Tee:
		x.state = teeing{x}
		x.own.publish(x.client)
		x.client.WriteHeader(status)
	case x.plan.Stream:
		x.state = looking{holding{x}}
	default:
		x.state = holding{x}
	}
}

// Interface guard
var _ http.ResponseWriter = client{}
