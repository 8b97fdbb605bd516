package autherrors

import (
	"errors"
	"net/http"
	"runtime"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// serve runs next and decides what it left held. A body that the provider cut
// short makes reverse_proxy panic with [http.ErrAbortHandler]; as long as nothing
// has been sent, the client is better served with an answer, and as soon as all of
// the answer has been sent, with that. Any other panic, and any panic after the
// client went away, goes on.
func (i *interceptor) serve(next caddyhttp.Handler) (err error) {
	returned := false
	defer func() {
		defer i.forget()
		if !returned {
			i.retain()
		}
		if i.state != holding && i.state != answered {
			return
		}
		v := recover()
		if v == nil {
			return
		}
		switch {
		case v == http.ErrAbortHandler && i.state == answered:
			i.dropTrailers() // the answer is complete; what broke off is discarded
		case v != http.ErrAbortHandler || i.request.Context().Err() != nil:
			panic(v)
		case !i.answersFailures():
			// What arrived is the client's, as it would have been without us.
			i.flushed = true
			i.release(nil)
			panic(v)
		default:
			err = i.answerCutShort()
		}
	}()
	err = next.ServeHTTP(i, i.request)
	returned = true
	if err != nil {
		return i.fail(err)
	}
	switch i.state {
	case holding, shadowing:
		return i.decide()
	case answered:
		i.dropTrailers()
	}
	return nil
}

// decide reads a response that was held to its end.
func (i *interceptor) decide() error {
	i.decided = time.Now()
	resp, reason := readBody(i.heldValues("Content-Encoding"), i.heldValue("Content-Type"), i.body.bytes(), i.limit)
	return i.conclude(&resp, reason)
}

// readBody undoes the codings of a body and parses it. The reason says what the
// response is if no row fits it.
func readBody(contentEncoding []string, contentType string, body []byte, limit int64) (resp normalizer.Response, reason normalizer.Outcome) {
	decoded, err := decode(contentEncoding, body, decodedFactor*limit)
	switch {
	case errors.Is(err, wire.ErrTooLarge):
		return resp, outcomeOversize
	case err != nil:
		return resp, outcomeUndecodable
	}
	resp.Body, err = wire.Parse(contentType, decoded)
	resp.Empty = err == wire.ErrEmpty
	if err != nil && !resp.Empty {
		return resp, outcomeUndecodable
	}
	return resp, normalizer.OutcomeUnmapped
}

// decode undoes the codings of a body when it is its turn. What comes out is bounded,
// and so is the time that a turn takes.
func decode(contentEncoding []string, body []byte, limit int64) ([]byte, error) {
	if len(contentEncoding) > 0 {
		decoding <- struct{}{}
		defer func() { <-decoding }()
	}
	return wire.Undo(contentEncoding, body, limit)
}

// decoding bounds how many bodies are decoded at one time: the windows of some
// codings have up to 16 MiB each, whatever the body has.
var decoding = make(chan struct{}, 2*runtime.GOMAXPROCS(0))

// decodedFactor is how much larger than the cap the decoded body may be.
const decodedFactor = 4

// overflow decides without the body. A success is no error then.
func (i *interceptor) overflow(reason normalizer.Outcome) error {
	if i.status < 400 || reason == outcomeOverBudget {
		i.observe(nil, reason)
		return i.release(nil)
	}
	if err := i.conclude(&normalizer.Response{}, reason); err != nil || i.state != answered {
		return err
	}
	i.early = true
	// What the handler below does from now on must not keep the client waiting.
	return http.NewResponseController(i.ResponseWriter).Flush()
}

// conclude answers the client or releases what was held; reason says why the
// response was not understood, in case it was not.
func (i *interceptor) conclude(resp *normalizer.Response, reason normalizer.Outcome) error {
	i.describe(resp)
	e, finding, outcome := i.handler.table.Normalize(resp)
	switch {
	case outcome == normalizer.OutcomeUnmapped:
		outcome = reason
	case outcome == normalizer.OutcomeNormalized && i.state == shadowing:
		outcome = outcomeShadow
	}
	if reason != outcomeOversize {
		i.note(resp, &finding, outcome)
	}
	i.observe(&finding, outcome)
	switch outcome {
	case normalizer.OutcomeNormalized:
		return i.answer(&e, &finding)
	case normalizer.OutcomeCanonical:
		return i.release(normalizer.ForbidStoring)
	}
	return i.release(nil)
}

// decideRedirect corrects the error in a URL, or answers a redirect that a row
// knows to be an error.
func (i *interceptor) decideRedirect() error {
	resp := normalizer.Response{}
	i.describe(&resp)
	if !normalizer.IsRedirectError(i.status, resp.Header.Get("Location")) {
		return i.conclude(&resp, normalizer.OutcomeUnmapped)
	}
	location, finding, outcome := i.handler.table.NormalizeRedirect(&resp)
	if outcome == normalizer.OutcomeNormalized && i.state == shadowing {
		outcome = outcomeShadow
	}
	i.observe(&finding, outcome)
	if outcome == normalizer.OutcomeNormalized {
		return i.release(func(h http.Header) { h.Set("Location", location) })
	}
	return i.release(nil)
}

// describe fills in what the engine wants to know besides the body.
func (i *interceptor) describe(resp *normalizer.Response) {
	resp.Status = i.status
	resp.Header = i.Header()
	if i.hasTrailers(resp.Header) {
		resp.Header = make(http.Header, len(i.header))
		for _, f := range i.header {
			resp.Header[f.name] = f.values
		}
	}
	resp.Endpoint = i.endpoint()
	resp.Scheme = normalizer.AuthorizationScheme(i.request.Header)
	resp.Poll = resp.Endpoint == normalizer.EndpointToken && i.grant.isPoll()
}

// heldValues returns a field of the header as it was when the status was written.
func (i *interceptor) heldValues(name string) []string {
	for _, f := range i.header {
		if f.name == name {
			return f.values
		}
	}
	return nil
}

// heldValue returns the first value of such a field.
func (i *interceptor) heldValue(name string) string {
	if values := i.heldValues(name); len(values) > 0 {
		return values[0]
	}
	return ""
}
