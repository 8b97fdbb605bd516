package normalizer

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// maxSuccessBody is how much of a success is looked at for an error, in bytes.
const maxSuccessBody = 8 << 10

// Candidate reports whether a response may be an error, and the number of bytes of its
// body, as received, that Decide needs at most. A response is not a candidate
//
//   - to a request that is exempt (see [Request.Exempt]) or canceled, that asks for another
//     protocol, or that speaks gRPC;
//   - with status 499, 204 or 304;
//   - if it is gRPC, which puts errors into trailers, or a stream of server-sent events,
//     which may never end.
//
// With canonical descriptions neither the client nor the media type of an error decides
// this: only 204, 304, and answers below 400 to CONNECT are not candidates.
//
// All other candidates are
//
//   - responses with a status from 400 on;
//   - a redirect with an error in its URL, or where a row says so: without its body;
//   - a success where a row says so, if its body is small and may be text.
//
// If the path does not show the kind of endpoint, the header of the answer does.
func (t *Table) Candidate(q *Request, status int, header http.Header) (limit int64, ok bool) {
	if q.http == nil || status < 300 && t.index.looksInto[2] == 0 { // first, because most responses are these
		return 0, false
	}
	t.paths.settle(q, header)
	limit = limitAt(status, t.maxBody)
	if len(header["Content-Encoding"]) > 0 {
		limit *= codedLength
	}
	switch {
	case status < 300 && !t.index.looksIntoAt(status, q.endpoint),
		status == http.StatusNoContent || status == http.StatusNotModified,
		(status < 400 || !t.answers.canonicalDescriptions) && (q.exempt || isExempt(q, status, header)):
		return 0, false
	case status >= 400:
		return limit, true
	case status >= 300:
		return 0, isRedirectError(status, header) || t.index.looksIntoAt(status, q.endpoint)
	}
	return limit, wire.MayCarryError(header.Get("Content-Type")) && announced(header) <= limit
}

// codedLength is how many times its limit a body may be long that has a coding: one that
// a server flushes every few bytes gets longer by it.
const codedLength = 2

// limitAt returns how many bytes of a body are read at the most, without its codings.
func limitAt(status int, maxBody int64) int64 {
	if status/100 == 2 {
		return min(maxBody, maxSuccessBody)
	}
	return maxBody
}

// isExempt reports whether a response must stay unchanged because of its request, or of
// the kind of response that its header declares.
func isExempt(q *Request, status int, h http.Header) bool {
	contentType := firstValue(h, "Content-Type")
	return status == registry.ClientGone || hasTypePrefix(contentType, grpcType) || hasTypePrefix(contentType, "text/event-stream") ||
		q.http.Method == http.MethodConnect || q.http.Context().Err() != nil || upgrades(q.http.Header) || hasTypePrefix(firstValue(q.http.Header, "Content-Type"), grpcType)
}

// hasTypePrefix reports whether a Content-Type begins in that way, in upper or lower case.
// Types differ in their last letters, which are therefore looked at first.
func hasTypePrefix(contentType, prefix string) bool {
	last := len(prefix) - 1
	return len(contentType) > last && contentType[last]|0x20 == prefix[last] && strings.EqualFold(contentType[:last], prefix[:last])
}

// grpcType begins the media types of gRPC, which puts errors into trailers.
const grpcType = "application/grpc"

// announced returns the Content-Length, or 0 if there is none.
func announced(h http.Header) int64 {
	values := h["Content-Length"]
	if len(values) == 0 {
		return 0
	}
	length, _ := strconv.ParseInt(values[0], 10, 64)
	return length
}

// LooksIntoSuccesses reports whether successes of any endpoint are candidates.
func (t *Table) LooksIntoSuccesses() bool { return t.index.looksInto[2] != 0 }

// Sight says whether the beginning of a success is an error.
type Sight uint8

const (
	// SightOpen may still become an error.
	SightOpen Sight = iota
	// SightSettled cannot become an error any more.
	SightSettled
	// SightFaulty means that the body so far is an error.
	SightFaulty
)

// Look judges the beginning of a candidate that is a success. Set awaited if a client may
// be waiting for this part. Then Look takes the time to decide: a complete object that is
// not an error will not become one.
func (resp *Response) Look(t *Table, q *Request, awaited bool) Sight {
	if awaited {
		if d := t.Decide(q, *resp); d.Changes() {
			return SightFaulty
		}
	}
	coded := len(resp.Header["Content-Encoding"]) > 0
	if coded || mayBecomeError(resp.Body) && !(awaited && isWhole(resp.Body)) {
		return SightOpen
	}
	return SightSettled
}

// isWhole reports whether a body begins with a JSON object, and that one has ended.
func isWhole(body []byte) bool {
	body = bytes.TrimLeft(body, jsonBlank)
	object, _ := wire.CutJSON(body)
	return len(object) > 0 && body[0] == '{'
}

// jsonBlank has the characters that may precede a JSON text.
const jsonBlank = " \t\r\n\ufeff"

// mayBecomeError reports whether the beginning of a success may still become an error: a
// JSON object, markup or a form that has not ended. Any other beginning is data, and so
// is a complete JSON object with more behind it.
func mayBecomeError(body []byte) bool {
	body = bytes.TrimLeft(body, jsonBlank)
	if len(body) == 0 {
		return true
	}
	if body[0] != '{' {
		return body[0] != '['
	}
	_, rest := wire.CutJSON(body)
	return len(bytes.TrimSpace(rest)) == 0
}
