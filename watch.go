package autherrors

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
)

// grantWatcher looks for the grant_type of a token request (RFC 6749 §4) while the
// body streams to the provider. It keeps whether it is polled with that grant, and
// nothing else, and it delays nothing.
//
// It is never pooled: the transport may go on reading the body after the answer.
type grantWatcher struct {
	io.ReadCloser

	poll atomic.Bool // the grant type is one that clients poll with

	// What follows belongs to the goroutine that reads the body.
	pair []byte // the beginning of the pair that has not ended yet
	left int    // bytes that may still be looked at
}

const (
	formType = "application/x-www-form-urlencoded"

	longestPair   = 256      // bytes; the registered grant types are shorter
	watchedLength = 64 << 10 // bytes; a token request is shorter, or no token request
)

// watchGrant makes the request's body watched if it may be a token request.
func watchGrant(r *http.Request) *grantWatcher {
	if r.Method != http.MethodPost || r.ContentLength == 0 || r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	contentType := r.Header["Content-Type"]
	if len(contentType) == 0 {
		return nil
	}
	if contentType[0] != formType {
		if mediaType, _, err := mime.ParseMediaType(contentType[0]); err != nil || mediaType != formType {
			return nil
		}
	}
	g := &grantWatcher{ReadCloser: r.Body, left: watchedLength}
	r.Body = g
	return g
}

// Read reads on and looks at what was read.
func (g *grantWatcher) Read(p []byte) (int, error) {
	n, err := g.ReadCloser.Read(p)
	if g.left <= 0 {
		return n, err
	}
	whole := n <= g.left
	g.look(p[:min(n, g.left)])
	if g.left -= n; err == io.EOF && whole {
		g.endPair()
	}
	if err != nil || g.left <= 0 {
		g.forget()
	}
	return n, err
}

// look goes through the pairs; of each that has not ended it keeps what may be the
// grant type.
func (g *grantWatcher) look(p []byte) {
	for len(p) > 0 && g.left > 0 {
		part, rest, ended := bytes.Cut(p, []byte{'&'})
		p = rest
		if ended && len(g.pair) == 0 {
			g.take(part)
			continue
		}
		if room := longestPair + 1 - len(g.pair); room > 0 {
			g.pair = append(g.pair, part[:min(len(part), room)]...)
		}
		if ended {
			g.endPair()
		}
	}
}

// endPair takes the pair that came in parts, or that ended with the body.
func (g *grantWatcher) endPair() {
	g.take(g.pair)
	g.forget()
}

// take ends the watch if the pair is the grant type.
func (g *grantWatcher) take(pair []byte) {
	if len(pair) > longestPair {
		return
	}
	name, value, ok := strings.Cut(string(pair), "=")
	if name, err := url.QueryUnescape(name); !ok || err != nil || name != "grant_type" {
		return
	}
	g.left = 0
	switch grant, _ := url.QueryUnescape(value); grant {
	case "urn:ietf:params:oauth:grant-type:device_code", // RFC 8628 §3.4
		"urn:openid:params:grant-type:ciba": // OpenID CIBA Core §10.1
		g.poll.Store(true)
	}
}

// forget wipes the pair, which may have been a secret.
func (g *grantWatcher) forget() {
	clear(g.pair)
	g.pair = g.pair[:0]
}

// isPoll reports whether the grant type is one that clients poll with.
func (g *grantWatcher) isPoll() bool { return g != nil && g.poll.Load() }
