package autherrors

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/auth-errors/caddy-auth-errors/internal/hold"
	"github.com/auth-errors/caddy-auth-errors/internal/meter"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// exchange is one request and the decision about its response. It judges the response
// that next writes to the writer around the client's:
//
//   - not a candidate: every call goes to the client's writer;
//   - a candidate in shadow mode: the same, and a copy is kept;
//   - a redirect with an error in its URL: decided at once, and passed on with the URL
//     corrected;
//   - any other candidate: held up to a cap and decided at its end or at the cap. Then it
//     is replaced by an answer, or released unchanged.
type exchange struct {
	handler *Handler
	http    *http.Request
	request normalizer.Request
	before  http.Header // the fields that other handlers had set before the provider answered
	seen

	// The fields below are reused for the next request.
	writer   hold.Writer
	rendered []byte          // the body of the answer
	counter  meter.Responses // of the last response that was counted
}

// seen has the properties of a candidate or a failure.
type seen struct {
	decision normalizer.Decision
	status   int         // of a candidate
	header   http.Header // its live header
	decided  time.Time   // when the response was complete, or too large
}

var exchanges = sync.Pool{New: func() any { return new(exchange) }}

func newExchange(h *Handler, r *http.Request, q normalizer.Request) *exchange {
	e := exchanges.Get().(*exchange)
	e.handler, e.http, e.request = h, r, q
	if h.showsID {
		e.request.ID = e.requestID
	}
	return e
}

// maxRendered is the largest buffer that is kept for the next answer, in bytes.
const maxRendered = 4 << 10

// recycle returns the exchange to the pool.
func (e *exchange) recycle() {
	e.handler, e.http, e.request, e.before = nil, nil, normalizer.Request{}, nil
	if e.status != 0 || e.decision.Outcome != "" { // of most responses there is nothing
		e.seen = seen{}
	}
	e.rendered = e.rendered[:0]
	if cap(e.rendered) > maxRendered {
		e.rendered = nil
	}
	exchanges.Put(e)
}

// requestID returns the UUID that Caddy gives to the request.
func (e *exchange) requestID() string {
	repl, ok := e.http.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	if !ok {
		return ""
	}
	id, _ := repl.GetString("http.request.uuid")
	return id
}

// serve runs next and decides about the response that it left held. A body that the
// provider cut short makes reverse_proxy panic with [http.ErrAbortHandler]. If nothing
// has been sent by then, the client gets an answer instead; if a whole answer has been
// sent, the panic is dropped. Any other panic is repeated, and so is every panic after
// the client went away. The exchange must not be used after a panic.
func (e *exchange) serve(client http.ResponseWriter, next caddyhttp.Handler) (err error) {
	w := &e.writer
	w.Reset(client, e, e.handler.looksIn)
	if e.handler.isCanonical() {
		e.before = client.Header().Clone()
		if sent, ok := e.http.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request); ok {
			e.request.Sent = sent.URL.Path
		}
	}
	returned := false
	defer func() {
		if returned {
			if w.Free() {
				e.recycle()
			}
			return
		}
		defer w.Free()
		w.Retain()
		if v := recover(); v != nil {
			err = e.recover(w, v)
		}
	}()
	err = next.ServeHTTP(w, e.http)
	returned = true
	switch {
	case errors.Is(err, hold.ErrAnswered):
		w.Drop(normalizer.IsStale)
		return nil
	case err != nil:
		return e.fail(w, err)
	}
	return w.Finish()
}

// recover ends a response after a panic, or panics again.
func (e *exchange) recover(w *hold.Writer, v any) error {
	switch {
	case v != http.ErrAbortHandler:
	case w.Answered():
		w.Drop(normalizer.IsStale) // the answer is complete; the rest of the response is discarded
		return nil
	case !w.Held() || e.http.Context().Err() != nil:
	case e.prepareFailure(normalizer.FailureCutShort, w.Header()):
		e.handler.observer.logFailure(e.http, caddyhttp.Error(http.StatusBadGateway, errors.New("the response of the identity provider ended early")))
		w.Drop(isStaleBesideFailure)
		return w.Replace()
	case e.handler.isCanonical() && !e.request.Endpoint().ServesPages():
		// The part that arrived may tell accounts apart, so the client sees an aborted
		// response.
	default:
		// The client gets the part that arrived, as without this handler.
		w.Release()
	}
	panic(v)
}

// Hint drops informational responses under canonical descriptions.
func (e *exchange) Hint(int) bool { return !e.handler.isCanonical() }

// Candidate reports whether a response may be an error.
func (e *exchange) Candidate(status int, header http.Header) hold.Plan {
	limit, ok := e.handler.table.Candidate(&e.request, status, header)
	switch {
	case !ok:
		if status >= 400 && e.http.Context().Err() != nil {
			e.decision = normalizer.Decision{Outcome: normalizer.OutcomeCanceled}
			e.observe(status)
		}
		return hold.Plan{}
	case caddyhttp.GetVar(e.http.Context(), offVar) != nil:
		return hold.Plan{}
	}
	e.status, e.header = status, header
	if status >= 400 {
		e.handler.observer.reach.Check(e.http, e.request.Arrived(), e.handler.table.EndpointPattern)
	}
	switch {
	case e.handler.Mode == modeShadow:
		return hold.Plan{Mode: hold.Tee, Limit: limit}
	case status/100 == 3:
		return hold.Plan{Mode: hold.Now}
	}
	return hold.Plan{Mode: hold.Hold, Limit: limit, Stream: status < 300, Hurry: e.http.ProtoMajor >= 2, Even: e.handler.isCanonical()}
}

// Look says whether the beginning of a success is an error or may become one.
func (e *exchange) Look(body []byte, flushed bool) hold.Sight {
	begun := normalizer.Response{Status: e.status, Header: e.header, Body: body}
	return sights[begun.Look(e.handler.table, &e.request, flushed)]
}

// sights translate the sights of the normalizer for the writer.
var sights = [...]hold.Sight{normalizer.SightOpen: hold.Open, normalizer.SightSettled: hold.Settled, normalizer.SightFaulty: hold.Faulty}

// extents translate the end of a held body for the normalizer.
var extents = [...]normalizer.Extent{
	hold.Complete: normalizer.Whole, hold.Oversize: normalizer.Oversize,
	hold.OverBudget: normalizer.OverBudget,
}

// Decide decides about a response, and records and counts the outcome.
func (e *exchange) Decide(r *hold.Response) hold.Verdict {
	e.decided = time.Now()
	e.decision = e.handler.table.Decide(&e.request, normalizer.Response{
		Status: r.Status, Header: r.Header, Body: r.Body, Extent: extents[r.End],
	})
	if r.Status == registry.ClientGone && e.http.Context().Err() != nil { // no error of the provider, and nobody waits
		e.decision.Outcome, e.decision.Finding = normalizer.OutcomeCanceled, normalizer.Finding{}
	}
	e.handler.observer.note(e.handler.table.Provider(), &e.decision)
	e.observe(r.Status)
	switch {
	case !e.decision.Changes():
		return hold.Pass
	case e.decision.Effect == normalizer.EffectSecure:
		return hold.Edit
	}
	return hold.Replace
}

// Apply turns the response into the answer for the client. The answer to HEAD has the
// header of the answer to GET, and no body. Under canonical descriptions no field of the
// provider stays, so Apply restores the fields that other handlers, such as header, had
// set.
func (e *exchange) Apply(header http.Header) (status int, body []byte) {
	status, body = e.decision.AppendTo(e.rendered[:0], header)
	if e.decision.Effect == normalizer.EffectRewrite {
		e.rendered = body
	}
	for name, values := range e.before {
		if _, ok := header[name]; !ok && !normalizer.IsStale(name) {
			header[name] = values
		}
	}
	if e.http.Method == http.MethodHead {
		body = nil
	}
	return status, body
}

// proxyFailure returns the error if reverse_proxy itself failed before there was a
// response: 502, 503 or 504 of its own, or 413 because request_body cut the request off.
// It returns nothing for errors of other handlers.
func proxyFailure(err error) (failure caddyhttp.HandlerError, why normalizer.Failure, ok bool) {
	if failure, ok = errors.AsType[caddyhttp.HandlerError](err); !ok {
		return failure, 0, false
	}
	ok = strings.HasPrefix(failure.Trace, "reverseproxy.")
	switch failure.StatusCode {
	case http.StatusBadGateway:
		return failure, normalizer.FailureUnreachable, ok
	case http.StatusServiceUnavailable:
		return failure, normalizer.FailureUnavailable, ok
	case http.StatusGatewayTimeout:
		return failure, normalizer.FailureTimeout, ok
	case http.StatusRequestEntityTooLarge:
		return failure, normalizer.FailureTooLarge, strings.HasPrefix(failure.Trace, "requestbody.")
	}
	return failure, 0, false
}

// fail handles an error of next: it answers a failure of the proxy, and returns any
// other error for handle_errors.
func (e *exchange) fail(w *hold.Writer, err error) error {
	failure, why, ok := proxyFailure(err)
	sent := w.Sent()
	w.Drop(isStaleBesideFailure)
	if !ok || sent || e.http.Context().Err() != nil || caddyhttp.GetVar(e.http.Context(), offVar) != nil || !e.prepareFailure(why, w.Header()) {
		return err
	}
	e.handler.observer.logFailure(e.http, failure)
	return w.Replace()
}

// prepareFailure decides about the answer to a failure of the proxy, unless the failure
// belongs to handle_errors. It counts the failure in any case.
func (e *exchange) prepareFailure(why normalizer.Failure, header http.Header) bool {
	if why != normalizer.FailureTooLarge {
		e.handler.observer.series.Failures.Inc()
	}
	if e.handler.ProxyErrors == pass || e.handler.Mode == modeShadow {
		return false
	}
	d, ok := e.handler.table.Fail(&e.request, why, header)
	if !ok {
		return false
	}
	e.decision = d
	status := d.Status()
	if why == normalizer.FailureCutShort {
		status = e.status
	}
	e.observe(status)
	return true
}

// isStaleBesideFailure reports whether a field of a response would not fit the answer
// to a failure.
func isStaleBesideFailure(name string) bool {
	switch name {
	case "Www-Authenticate", "Cache-Control", "Retry-After":
		return true
	}
	return normalizer.IsStale(name)
}

// Interface guards
var _ hold.Judge = (*exchange)(nil)
