package normalizer

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
)

// Transport is an [http.RoundTripper] that gives a Go client canonical errors, without
// a proxy in between: what the handler for Caddy makes of a response, Transport makes
// of it, too. Everything that is no error streams through.
//
//   - The request is sent as it is. The caller's request is not changed; where it may be
//     a token request, a copy of it is sent whose body is watched for the grant type.
//   - A response that the table does not look at (see [Table.Candidate]) is returned as it
//     came, and so are all of a table with [Config.Shadow].
//   - The body of any other is read, up to [Config.MaxBody], before RoundTrip returns: the
//     time that this takes counts towards the deadline of the request. A success is let go
//     as soon as it cannot be an error any more.
//   - A response that passes keeps its status, its header and every byte of its body. Of a
//     body that breaks off, the caller gets what arrived and then the error.
//   - In place of a response that is rewritten the caller gets status, header and body of
//     the canonical error, without trailers. Of a longer body at most 256 KiB are read
//     behind [Config.MaxBody], so that the connection can be used again.
//
// [http.Transport] undoes gzip by itself if the request has no Accept-Encoding. What it
// undid may be four times as long as MaxBody.
//
// The zero Transport passes everything to [http.DefaultTransport]. A Transport may be
// used by several goroutines at a time, if Base may.
type Transport struct {
	// Table decides about the responses. Nil leaves all of them as they come.
	Table *Table
	// Base sends the requests. Its errors are returned as they are. Nil stands for
	// [http.DefaultTransport].
	Base http.RoundTripper
}

// RoundTrip sends a request by Base and returns its response, or the canonical error in
// place of one that is an error. An error is one of Base.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	base := t.Base
	if base == nil {
		base = http.DefaultTransport
	}
	if t.Table == nil || t.Table.shadow || !t.Table.answers.canonicalDescriptions && exempts(r) {
		return base.RoundTrip(r)
	}
	s := newSending(r, hasCertificate(base))
	resp, err := base.RoundTrip(s.http)
	if err != nil || resp == nil {
		return resp, err
	}
	if resp.Request == s.http {
		resp.Request = r
	}
	q := s.request()
	if limit, ok := t.Table.Candidate(&q, resp.StatusCode, resp.Header); ok {
		if resp.Body == nil {
			resp.Body = http.NoBody
		}
		t.answer(&q, resp, limit)
	}
	return resp, nil
}

// CloseIdleConnections closes the idle connections of Base, if it can do that. It is
// what [http.Client.CloseIdleConnections] calls.
func (t *Transport) CloseIdleConnections() {
	base := t.Base
	if base == nil {
		base = http.DefaultTransport
	}
	if c, ok := base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// sending is a request on its way, which may be sent more than once: Base takes a new
// body for the next attempt.
type sending struct {
	http      *http.Request // what is sent
	known     *http.Request // what the table knows of it
	withheld  uint32        // facts about the client that its body does not tell
	lastWatch atomic.Pointer[grantWatcher]
}

// newSending copies a request and makes its body watched.
func newSending(r *http.Request, certified bool) *sending {
	s := &sending{http: r.Clone(r.Context())}
	s.known = s.http
	if s.http.ContentLength == 0 && s.http.Body != nil && s.http.Body != http.NoBody {
		unknown := *s.http
		unknown.ContentLength = -1 // what a client means by 0
		s.known = &unknown
	}
	if certified {
		s.withheld = factSecret
	}
	s.http.Body = s.watch(s.http.Body)
	if get := r.GetBody; get != nil {
		s.http.GetBody = func() (io.ReadCloser, error) {
			body, err := get()
			if err != nil {
				return nil, err
			}
			return s.watch(body), nil
		}
	}
	return s
}

// watch returns the body of the next attempt, watched if this may be a token request.
func (s *sending) watch(body io.ReadCloser) io.ReadCloser {
	attempt := *s.known
	attempt.Body = body
	if g := watchGrant(&attempt); g != nil {
		g.facts.Or(s.withheld)
		s.lastWatch.Store(g)
	}
	return attempt.Body
}

// request returns what is known of the request behind the last attempt.
func (s *sending) request() Request { return Request{http: s.known, grant: s.lastWatch.Load()} }

// hasCertificate reports whether a client may authenticate by a certificate, which makes
// it no public client (RFC 8705 §2).
func hasCertificate(base http.RoundTripper) bool {
	tr, ok := base.(*http.Transport)
	return ok && tr.TLSClientConfig != nil && (len(tr.TLSClientConfig.Certificates) > 0 || tr.TLSClientConfig.GetClientCertificate != nil)
}

// answer decides about a response that is looked at, and makes it what the client gets.
func (t *Transport) answer(q *Request, resp *http.Response, limit int64) {
	if resp.Uncompressed {
		limit *= undoneFactor
	}
	var body []byte
	err, extent := io.EOF, Whole
	if resp.StatusCode/100 != 3 {
		body, err = begin(resp.Body, limit, func(body []byte) bool { return t.settled(q, resp, body) })
	}
	original := resp.Body
	if len(body) > 0 || err != io.EOF {
		resp.Body = &resumed{begin: body, err: err, rest: original}
	}
	switch {
	case err == io.EOF:
	case err != nil || resp.StatusCode < 300:
		return // it broke off, or it is a success
	default:
		body, extent = body[:limit], Oversize
	}
	d := t.Table.Decide(q, Response{Status: resp.StatusCode, Header: resp.Header, Body: body, Extent: extent})
	if !d.Changes() {
		return
	}
	if resp.Header = resp.Header.Clone(); resp.Header == nil {
		resp.Header = make(http.Header)
	}
	status, content := d.Apply(resp.Header)
	if d.Effect == EffectRewrite {
		discard(resp, original, extent)
		replace(resp, status, content, q.http.Method == http.MethodHead)
	}
}

// settled reports whether a success cannot be an error any more. Where its length is
// unknown somebody may wait for what is there: then only what is an error as it stands
// is kept.
func (t *Transport) settled(q *Request, resp *http.Response, body []byte) bool {
	switch {
	case resp.StatusCode >= 300:
		return false
	case resp.ContentLength >= 0:
		return len(resp.Header["Content-Encoding"]) == 0 && !MayBecomeError(body)
	}
	d := t.Table.Decide(q, Response{Status: resp.StatusCode, Header: resp.Header, Body: body})
	return !d.Changes()
}

const (
	// firstRead is how much is read of a body at once, in bytes: most errors are
	// shorter.
	firstRead = 2 << 10
	// mostEmptyReads is how often in a row a body may yield nothing.
	mostEmptyReads = 100
	// mostDiscarded is how much is read of a body that is replaced, in bytes.
	mostDiscarded = 256 << 10
)

// begin reads the beginning of a body: up to its end, which is [io.EOF], or up to
// another error; and without an error, one byte more than the limit, or as much as
// settles the matter.
func begin(r io.Reader, limit int64, settled func([]byte) bool) (body []byte, err error) {
	empty := 0
	for int64(len(body)) <= limit && empty < mostEmptyReads {
		if len(body) == cap(body) {
			body = append(make([]byte, 0, min(2*len(body)+firstRead, int(limit)+1)), body...)
		}
		n, err := r.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if n > 0 {
			empty = 0
		} else {
			empty++
		}
		if err != nil || n > 0 && settled(body) {
			return body, err
		}
	}
	if empty == mostEmptyReads {
		return body, io.ErrNoProgress
	}
	return body, nil
}

// discard reads what is left of a body that is replaced, and closes it. A body that is
// announced as longer is not read any further, and neither is one of HTTP/2, whose
// connection goes on without that.
func discard(resp *http.Response, body io.ReadCloser, extent Extent) {
	if extent == Oversize && resp.ProtoMajor < 2 && resp.ContentLength <= mostDiscarded {
		_, _ = io.CopyN(io.Discard, body, mostDiscarded) // whatever breaks off is not missed
	}
	_ = body.Close()
}

// replace puts an answer in place of a response, of which the header is changed already.
func replace(resp *http.Response, status int, content []byte, head bool) {
	resp.StatusCode = status
	resp.Status = strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
	resp.ContentLength = int64(len(content))
	resp.TransferEncoding, resp.Trailer, resp.Uncompressed = nil, nil, false
	resp.Body = http.NoBody
	if !head {
		resp.Body = io.NopCloser(bytes.NewReader(content))
	}
}

// resumed is a body of which the beginning has been read already.
type resumed struct {
	begin []byte
	err   error // behind the beginning; nil if the rest follows
	rest  io.ReadCloser
}

// Read reads the beginning, and then the rest.
func (b *resumed) Read(p []byte) (int, error) {
	if len(b.begin) == 0 {
		if b.err != nil {
			return 0, b.err
		}
		return b.rest.Read(p)
	}
	n := copy(p, b.begin)
	b.begin = b.begin[n:]
	return n, nil
}

// Close closes the body.
func (b *resumed) Close() error { return b.rest.Close() }

// Interface guard
var _ http.RoundTripper = (*Transport)(nil)
