package normalizer

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
)

// Transport is an [http.RoundTripper] that gives canonical errors to a Go client, without
// a proxy. It decides like the handler for Caddy. All other responses stream through.
//
//   - Transport does not change the request. For a possible token request it sends a
//     copy, whose body it watches for the grant type.
//   - Responses that are not candidates (see [Table.Candidate]) stay unchanged. With
//     [Config.Shadow] all responses do.
//   - RoundTrip reads the body of a candidate, up to [Config.MaxBody], before it returns.
//     This time counts towards the deadline of the request. For a success, RoundTrip
//     returns as soon as the body cannot be an error any more, and 50 ms after the header
//     at the latest, unless the body is an error by then. A goroutine reads the body
//     meanwhile.
//   - A response that passes keeps its status, its header and every byte of its body. If
//     the body breaks off, the caller reads the beginning and then the error. With
//     [Config.CanonicalDescriptions] RoundTrip returns the error.
//   - A rewritten response has the status, header and body of the canonical error, and no
//     trailers. RoundTrip reads up to 256 KiB behind [Config.MaxBody] of a longer body,
//     so that the connection can be used again.
//
// The zero Transport passes everything to [http.DefaultTransport]. A Transport may be
// used by several goroutines at a time, if Base may.
type Transport struct {
	// Table decides about responses. Nil leaves all responses unchanged.
	Table *Table
	// Base sends requests. RoundTrip returns its errors unchanged. Defaults to
	// [http.DefaultTransport].
	Base http.RoundTripper
}

// RoundTrip sends a request through Base. It returns the response, or the canonical error
// instead. Errors of Base are returned unchanged.
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
		if err := t.answer(&q, resp, limit); err != nil {
			_ = resp.Body.Close()
			return nil, err
		}
	}
	return resp, nil
}

// CloseIdleConnections closes the idle connections of Base, if Base can.
// [http.Client.CloseIdleConnections] calls it.
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
	http      *http.Request // the request to send
	known     *http.Request // the request for the table
	withheld  uint32        // facts about the client that its body does not tell
	lastWatch atomic.Pointer[grantWatcher]
}

// newSending copies a request and makes its body watched.
func newSending(r *http.Request, certified bool) *sending {
	s := &sending{http: r.Clone(r.Context())}
	s.known = s.http
	if s.http.ContentLength == 0 && s.http.Body != nil && s.http.Body != http.NoBody {
		unknown := *s.http
		unknown.ContentLength = -1 // clients mean an unknown length by 0
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

// request returns the request of the last attempt.
func (s *sending) request() Request { return Request{http: s.known, grant: s.lastWatch.Load()} }

// hasCertificate reports whether a client may authenticate by a certificate, which makes
// it no public client (RFC 8705 §2).
func hasCertificate(base http.RoundTripper) bool {
	tr, ok := base.(*http.Transport)
	return ok && tr.TLSClientConfig != nil && (len(tr.TLSClientConfig.Certificates) > 0 || tr.TLSClientConfig.GetClientCertificate != nil)
}

// answer decides about a response and turns it into the response for the client. It
// returns an error of the body if no part of the body may be shown.
func (t *Transport) answer(q *Request, resp *http.Response, limit int64) error {
	original := resp.Body
	begun := resumed{err: io.EOF, rest: original}
	switch resp.StatusCode / 100 {
	case 2:
		begun.begin, begun.next, begun.err = t.look(q, resp, limit)
	case 3: // its body is not looked at
	default:
		begun.begin, begun.err = begin(original, limit)
	}
	body, extent := begun.begin, Whole
	if len(body) > 0 || begun.err != io.EOF {
		resp.Body = &begun
	}
	switch {
	case begun.err == io.EOF:
	case resp.StatusCode < 300:
		return nil // it broke off, or it is a success
	case begun.err != nil:
		if t.Table.answers.canonicalDescriptions && !q.endpoint.ServesPages() {
			return fmt.Errorf("reading the response of the provider: %w", begun.err)
		}
		return nil
	default:
		body, extent = body[:limit], Oversize
	}
	d := t.Table.Decide(q, Response{Status: resp.StatusCode, Header: resp.Header, Body: body, Extent: extent})
	if !d.Changes() {
		return nil
	}
	if resp.Header = resp.Header.Clone(); resp.Header == nil {
		resp.Header = make(http.Header)
	}
	status, content := d.Apply(resp.Header)
	if d.Effect == EffectRewrite {
		discard(resp, original, extent)
		replace(resp, status, content, q.http.Method == http.MethodHead)
	}
	return nil
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

// begin reads a body up to its end, which is [io.EOF], or up to another error. Without an
// error it reads one byte more than the limit.
func begin(r io.Reader, limit int64) (body []byte, err error) {
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
		if err != nil {
			return body, err
		}
	}
	if empty == mostEmptyReads {
		return body, io.ErrNoProgress
	}
	return body, nil
}

// discard reads the rest of a replaced body, and closes it. It does not read on in a body
// of a larger announced length, nor over HTTP/2, whose connection does not depend on it.
func discard(resp *http.Response, body io.ReadCloser, extent Extent) {
	if extent == Oversize && resp.ProtoMajor < 2 && resp.ContentLength <= mostDiscarded {
		_, _ = io.CopyN(io.Discard, body, mostDiscarded) // whatever breaks off is not missed
	}
	_ = body.Close()
}

// replace puts the answer into a response. Change the header before.
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

// resumed is a body with a beginning that has been read already.
type resumed struct {
	begin []byte
	next  *reading // the pending read of the next part, or nil
	err   error    // behind them; nil if the rest follows
	rest  io.ReadCloser
}

// Read reads the beginning, and then the rest.
func (b *resumed) Read(p []byte) (int, error) {
	if len(b.begin) == 0 && b.next != nil {
		<-b.next.done
		b.begin, b.err, b.next = b.next.part, b.next.err, nil
	}
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
