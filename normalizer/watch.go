package normalizer

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// grantWatcher looks for the grant_type of a token request (RFC 6749 §4) while the
// body streams to the provider, and whether the client sent a secret or an assertion.
// It keeps these two facts and nothing else, and it delays nothing.
//
// It is never pooled: the transport may go on reading the body after the answer.
type grantWatcher struct {
	io.ReadCloser

	facts atomic.Uint32 // a grant type, and flags above it

	// The fields below belong to the goroutine that reads the body.
	scan bodyScanner
	left int // bytes that may still be looked at
}

// bodyScanner finds the names and values of a body that arrives in parts.
type bodyScanner interface {
	// look goes through a part. It reports whether there is more to look for.
	look(g *grantWatcher, part []byte) bool
	// end ends the body.
	end(g *grantWatcher)
	// forget wipes the kept part of the body, which may have a secret.
	forget()
}

// The flags of facts, above the grant type.
const (
	factGrant    = 1<<8 - 1
	factSecret   = 1 << 8  // the client sent a secret or an assertion
	factWhole    = 1 << 9  // the whole body was looked at
	factOAuth    = 1 << 10 // it names a client or a grant
	factMetadata = 1 << 11 // it has metadata of a client
	factPassword = 1 << 12 // it has a password
)

const (
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"

	longestPair   = 256      // bytes; the registered grant types are shorter
	watchedLength = 64 << 10 // bytes; a token request is shorter, or no token request
)

// watchGrant makes the request's body watched if it may be a token request.
func watchGrant(r *http.Request) *grantWatcher {
	if r.Method != http.MethodPost || r.ContentLength == 0 || r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	g := &grantWatcher{left: watchedLength}
	switch bodyType(r.Header["Content-Type"]) {
	case formType:
		g.scan = new(formScanner)
	case jsonType:
		g.scan = new(jsonScanner)
	default:
		return nil
	}
	g.ReadCloser = r.Body
	r.Body = g
	return g
}

// bodyType returns the media type of a request, in lower case.
func bodyType(contentType []string) string {
	if len(contentType) == 0 || contentType[0] == formType || contentType[0] == jsonType {
		return strings.Join(contentType, "")
	}
	mediaType, _, err := mime.ParseMediaType(contentType[0])
	if err != nil {
		return ""
	}
	return mediaType
}

// Read reads the body and scans the bytes.
func (g *grantWatcher) Read(p []byte) (int, error) {
	n, err := g.ReadCloser.Read(p)
	if g.left <= 0 {
		return n, err
	}
	whole := n <= g.left
	more := g.scan.look(g, p[:min(n, g.left)])
	g.left -= n
	switch {
	case !more:
		g.left = 0
	case err == io.EOF && whole:
		g.scan.end(g)
		g.facts.Store(g.facts.Load() | factWhole)
	}
	if err != nil || g.left <= 0 {
		g.scan.forget()
		g.left = 0
	}
	return n, err
}

// take notes one member of the body. Its value may be cut off. It reports whether to
// search on: for the grant type, or for a secret beside a refresh token.
func (g *grantWatcher) take(name, value string) bool {
	facts := g.facts.Load()
	switch name {
	case "grant_type":
		if facts&factGrant == 0 {
			facts |= uint32(registry.GrantOf(value))
		}
	case "client_secret", "client_assertion", "assertion":
		if value != "" {
			facts |= factSecret | factOAuth
		}
	case "client_id", "code", "refresh_token", "device_code", "token":
		facts |= factOAuth
	case "redirect_uris":
		facts |= factMetadata
	case "password", "passwd":
		facts |= factPassword
	}
	g.facts.Store(facts)
	grant := registry.Grant(facts & factGrant)
	return grant == registry.GrantNone || grant == registry.GrantRefreshToken && facts&factSecret == 0
}

// grantType returns the grant type, as far as the body has been read.
func (g *grantWatcher) grantType() registry.Grant {
	if g == nil {
		return registry.GrantNone
	}
	return registry.Grant(g.facts.Load() & factGrant)
}

// isJSON reports whether the body is declared as JSON.
func (g *grantWatcher) isJSON() bool {
	if g == nil {
		return false
	}
	_, ok := g.scan.(*jsonScanner)
	return ok
}

// isWhole reports whether the whole body was looked at.
func (g *grantWatcher) isWhole() bool { return g.has(factWhole) }

// has reports whether a fact is known of the body.
func (g *grantWatcher) has(fact uint32) bool { return g != nil && g.facts.Load()&fact != 0 }

// isPublic reports whether the whole body was looked at and had no secret.
func (g *grantWatcher) isPublic() bool {
	return g != nil && g.facts.Load()&(factWhole|factSecret) == factWhole
}

// formScanner cuts a form into its pairs.
type formScanner struct {
	pair []byte // the beginning of the pair that has not ended yet
}

// look goes through the pairs. Of a pair that has not ended it keeps as much as a grant
// type needs.
func (f *formScanner) look(g *grantWatcher, part []byte) bool {
	for len(part) > 0 {
		pair, rest, ended := bytes.Cut(part, []byte{'&'})
		part = rest
		if ended && len(f.pair) == 0 {
			if !takePair(g, pair) {
				return false
			}
			continue
		}
		if room := longestPair + 1 - len(f.pair); room > 0 {
			f.pair = append(f.pair, pair[:min(len(pair), room)]...)
		}
		if ended {
			more := takePair(g, f.pair)
			f.forget()
			if !more {
				return false
			}
		}
	}
	return true
}

func (f *formScanner) end(g *grantWatcher) { takePair(g, f.pair) }

func (f *formScanner) forget() {
	clear(f.pair)
	f.pair = f.pair[:0]
}

// takePair notes a pair. It skips a name with invalid escapes, and a grant type that is
// longer than all known ones.
func takePair(g *grantWatcher, pair []byte) bool {
	escaped, value, ok := bytes.Cut(pair, []byte{'='})
	if !ok {
		return true
	}
	name, err := url.QueryUnescape(string(escaped))
	switch {
	case err != nil:
		return true
	case name == "grant_type":
		if len(pair) > longestPair {
			return true
		}
		grant, err := url.QueryUnescape(string(value))
		if err != nil {
			grant = string(value) // no grant type that is known
		}
		return g.take(name, grant)
	case len(value) > 0:
		return g.take(name, "given") // whatever it is, it is not copied
	}
	return true
}
