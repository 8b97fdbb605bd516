package normalizer

import (
	"net/http"
	"runtime"

	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// undoing bounds how many bodies are decoded at one time. The windows of some codings
// have up to 16 MiB each, whatever the size of the body.
var undoing = make(chan struct{}, 2*runtime.GOMAXPROCS(0))

// read undoes the codings of a body and parses it, up to the limit. If the whole body
// cannot be read, unread has the reason. The limit counts bytes without codings, so that
// the result is the same in every coding, also if a layer such as [http.Transport] has
// undone it.
func (x *exchange) read(resp *Response, limit int64) {
	x.unread = extents[min(resp.Extent, OverBudget)]
	body, whole, err := undo(resp.Header["Content-Encoding"], resp.Body, limit)
	if !whole && x.unread == "" {
		x.unread = OutcomeOversize
		if int64(len(body)) < limit { // it broke off
			x.unread = OutcomeUnreadable
		}
	}
	if x.status/100 == 2 && !mayBecomeError(body) {
		x.unread = OutcomeUnmapped
		return
	}
	switch contentType := firstValue(resp.Header, "Content-Type"); {
	case err != nil:
	case x.unread == "":
		x.body, err = wire.Parse(contentType, body)
	default:
		x.body, err = wire.ParsePrefix(contentType, body)
	}
	switch {
	case err == nil:
	case err == wire.ErrEmpty && x.unread == "":
		x.empty = true
	case x.unread == "":
		x.unread = OutcomeUnreadable
	}
}

// extents says why a body is not read as a whole.
var extents = [...]Outcome{Whole: "", Oversize: OutcomeOversize, OverBudget: OutcomeOverBudget}

// undo undoes the codings of a body, or of its beginning, when it is its turn. whole
// says that nothing was left out.
func undo(contentEncoding []string, body []byte, limit int64) (undone []byte, whole bool, err error) {
	if len(contentEncoding) == 0 {
		whole = int64(len(body)) <= limit
		return body[:min(int64(len(body)), limit)], whole, nil
	}
	undoing <- struct{}{}
	defer func() { <-undoing }()
	undone, whole, err = wire.UndoPrefix(contentEncoding, body, limit)
	return undone, whole || err != nil, err
}

// firstValue returns the first value of a field, or nothing.
func firstValue(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}
