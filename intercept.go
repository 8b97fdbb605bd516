package autherrors

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// interceptor is the response writer that next writes to. It decides once, when
// the final status is written:
//
//   - no candidate → passing: every call goes to the client's writer;
//   - a candidate in shadow mode → shadowing: the same, and a copy is kept;
//   - a redirect with an error in its URL → passing, with the URL corrected;
//   - a candidate → holding: status, header and body are kept, up to a cap;
//   - over the cap → answered by the status alone, and the rest is refused; or
//     released in order, and passing from then on;
//   - at the end of a held response → answered, or released.
type interceptor struct {
	exchange
	memory
}

// exchange is what an interceptor knows of one request and its response.
type exchange struct {
	caddyhttp.ResponseWriterWrapper

	handler *Handler
	request *http.Request
	grant   *grantWatcher // nil if the request cannot be a token request
	state   state

	kind     normalizer.Endpoint
	hasKind  bool
	status   int
	limit    int64     // bytes of body to hold
	flushed  bool      // a flush was held back
	decided  time.Time // when the response was complete, or too large
	retained bool      // somebody else may still use the interceptor
	early    bool      // the answer is sent before the body has ended
}

// memory is what an interceptor takes along to the next request.
type memory struct {
	header   []headerField // as it was when the status was written
	body     heldBody
	rendered []byte  // the body of the answer
	counter  counter // of the last response that was counted
}

type state uint8

const (
	undecided state = iota
	passing
	holding
	shadowing
	answered
)

// headerField is one field of a header, kept without copying its values.
type headerField struct {
	name   string
	values []string
}

var interceptors = sync.Pool{New: func() any { return new(interceptor) }}

func newInterceptor(w http.ResponseWriter, r *http.Request, h *Handler) *interceptor {
	i := interceptors.Get().(*interceptor)
	i.ResponseWriter, i.request, i.handler = w, r, h
	return i
}

// retain keeps the interceptor and what it holds from other requests.
func (i *interceptor) retain() { i.retained, i.body.shared = true, true }

// recycle returns the interceptor to the pool, unless somebody may still use it:
// whoever took over the connection, or what panicked.
func (i *interceptor) recycle() {
	if i.retained {
		return
	}
	clear(i.header)
	i.header = i.header[:0]
	if cap(i.rendered) > pieceSize {
		i.rendered = nil
	}
	i.exchange = exchange{}
	interceptors.Put(i)
}

// WriteHeader decides what becomes of the response. Informational responses go
// through without a decision.
func (i *interceptor) WriteHeader(status int) {
	switch {
	case i.state == passing || i.state == shadowing || i.state == undecided && status < 200:
		i.ResponseWriter.WriteHeader(status)
	case i.state != undecided:
		// A second status is an error of the handler below; the first counts.
	case i.isCandidate(status):
		i.hold(status)
	case status >= 400 && i.request.Context().Err() != nil && !isGRPC(i.request.Header):
		i.status = status
		i.observe(nil, outcomeCanceled)
		fallthrough
	default:
		i.state = passing
		i.ResponseWriter.WriteHeader(status)
	}
}

// isCandidate reports whether a response is worth holding.
func (i *interceptor) isCandidate(status int) bool {
	var ok bool
	i.limit, ok = i.handler.candidate(status, i.Header(), i.endpoint)
	return ok && !i.isExempt()
}

// candidate reports whether a response is looked at, and how many bytes of its body
// at the most:
//
//   - never 499, 204, 304, gRPC, whose errors are in trailers, and event streams,
//     which may have no end;
//   - all others from 400 on;
//   - a redirect with an error in its URL, or where a row says so;
//   - a success where a row says so, if its body is small and may be text.
func (h *Handler) candidate(status int, header http.Header, endpoint func() normalizer.Endpoint) (limit int64, ok bool) {
	switch {
	case status < 300 && !h.table.LooksInto(status, endpoint): // first, because it is the rule
		return 0, false
	case status == normalizer.StatusClientGone || status == http.StatusNoContent || status == http.StatusNotModified || isGRPC(header) || isEventStream(header):
		return 0, false
	case status >= 400:
		return h.MaxBody, true
	case status >= 300:
		return 0, normalizer.IsRedirectError(status, header.Get("Location")) || h.table.LooksInto(status, endpoint)
	}
	limit = min(h.MaxBody, maxSuccessBody)
	return limit, wire.MayCarryError(header.Get("Content-Type")) && announced(header) <= limit
}

// isExempt reports whether even an error is none of ours: nobody is there to be
// told, the client speaks gRPC, or a handler that is off took part.
func (i *interceptor) isExempt() bool {
	return i.request.Context().Err() != nil ||
		i.handler.Descriptions != descriptionsCanonical && isGRPC(i.request.Header) ||
		caddyhttp.GetVar(i.request.Context(), offVar) != nil
}

// maxSuccessBody is how much of a success is looked at for an error, in bytes.
const maxSuccessBody = 8 << 10

// endpoint returns the kind of endpoint, which is found out when it is first
// asked for: after handle_path and rewrite did their work.
func (i *interceptor) endpoint() normalizer.Endpoint {
	if !i.hasKind {
		i.kind, i.hasKind = i.handler.table.Endpoint(i.request), true
	}
	return i.kind
}

// hold keeps the status and the header. A redirect is decided at once, and so is
// a body that is announced as larger than the cap.
func (i *interceptor) hold(status int) {
	i.state, i.status = holding, status
	i.endpoint() // the path may change from now on
	i.keepHeader()
	if i.handler.Mode == modeShadow {
		i.state = shadowing
		i.ResponseWriter.WriteHeader(status)
	}
	switch {
	case status/100 == 3:
		i.decideRedirect()
	case announced(i.Header()) > i.limit:
		i.overflow(outcomeOversize)
		if i.early {
			// Nothing is written yet that could return an error, and the first byte of the
			// body may never come.
			panic(http.ErrAbortHandler)
		}
	}
}

// keepHeader remembers the header as it is now.
func (i *interceptor) keepHeader() {
	i.header = i.header[:0]
	for name, values := range i.Header() {
		i.header = append(i.header, headerField{name, values})
	}
}

// announced returns the Content-Length, or 0 if there is none.
func announced(h http.Header) int64 {
	values := h["Content-Length"]
	if len(values) == 0 {
		return 0
	}
	length, _ := strconv.ParseInt(values[0], 10, 64)
	return length
}

// errAnswered ends the copying of a body that the client is not waiting for: in
// HTTP/2 it would see the end of its answer only when the provider has finished. A
// handler that has not begun to copy is stopped by a panic with
// [http.ErrAbortHandler], which serve ends.
var errAnswered = errors.New("the client has its answer already: the rest of the error is not read")

// Write holds the bytes of a candidate, and passes all others on.
func (i *interceptor) Write(p []byte) (int, error) {
	if i.state == undecided {
		i.WriteHeader(http.StatusOK)
	}
	if i.state == holding || i.state == shadowing {
		if err := i.keep(p); err != nil {
			return 0, err
		}
	}
	switch {
	case i.state == passing || i.state == shadowing:
		return i.ResponseWriter.Write(p)
	case i.early:
		return 0, errAnswered
	}
	return len(p), nil
}

// keep adds to the held body, or decides without it where it becomes too large.
func (i *interceptor) keep(p []byte) error {
	switch {
	case int64(i.body.length+len(p)) > i.limit:
		return i.overflow(outcomeOversize)
	case !i.body.add(p):
		return i.overflow(outcomeOverBudget)
	}
	return nil
}

// ReadFrom keeps the fast path of the client's writer for all that is passed on.
func (i *interceptor) ReadFrom(r io.Reader) (int64, error) {
	if i.state == undecided {
		i.WriteHeader(http.StatusOK)
	}
	var held int64
	if i.state == holding || i.state == shadowing {
		room := i.limit - int64(i.body.length)
		n, err := io.Copy(writerOnly{i}, io.LimitReader(r, room+1))
		if err != nil || n <= room {
			return n, err
		}
		held = n
	}
	switch {
	case i.early:
		return held, errAnswered
	case i.state == answered:
		n, err := io.Copy(io.Discard, r)
		return held + n, err
	}
	n, err := i.ResponseWriterWrapper.ReadFrom(r)
	return held + n, err
}

// writerOnly hides every method of a writer but Write.
type writerOnly struct{ io.Writer }

// FlushError keeps a flush back as long as the status is open.
func (i *interceptor) FlushError() error {
	if i.state == undecided {
		i.WriteHeader(http.StatusOK)
	}
	switch i.state {
	case holding:
		i.flushed = true
		return nil
	case answered:
		return nil
	}
	return http.NewResponseController(i.ResponseWriter).Flush()
}

// Hijack hands the connection over.
func (i *interceptor) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	i.retain()
	return http.NewResponseController(i.ResponseWriter).Hijack()
}

// Interface guards
var (
	_ http.ResponseWriter = (*interceptor)(nil)
	_ io.ReaderFrom       = (*interceptor)(nil)
	_ http.Hijacker       = (*interceptor)(nil)
)
