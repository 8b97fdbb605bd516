// Package discovery finds discovery documents that lead clients past the gateway: their
// token endpoint is at another host. Clients that use such a document send their token
// requests straight to the provider.
package discovery

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/auth-errors/caddy-auth-errors/internal/hold"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// The paths of discovery documents. OpenID Connect Discovery 1.0 §4 puts its path behind
// the path of the issuer, and RFC 8414 §3.1 puts its own before it. Servers use both
// paths in both ways.
const (
	openIDPath = "/.well-known/openid-configuration"
	oauthPath  = "/.well-known/oauth-authorization-server"
)

// The largest part of a document that is read, in bytes, as received and without its
// content codings. Documents have about 4 KiB.
const (
	maxDocument = 64 << 10
	maxUndone   = 256 << 10
)

// Watch reads the discovery documents that pass through one handler. It warns about the
// first that names another host, and then stops reading.
type Watch struct {
	logger   *zap.Logger
	provider string
	warned   atomic.Bool
	reading  atomic.Bool // one document at a time is read; others pass unread
}

// NewWatch returns a Watch that warns with the name of the provider.
func NewWatch(logger *zap.Logger, provider string) *Watch {
	return &Watch{logger: logger, provider: provider}
}

// Wants reports whether the answer to a request may be a discovery document.
func (w *Watch) Wants(r *http.Request) bool {
	return r.Method == http.MethodGet && isDocument(r.URL.Path) && !w.warned.Load()
}

func isDocument(path string) bool {
	return strings.HasSuffix(path, openIDPath) || strings.HasSuffix(path, oauthPath) ||
		strings.HasPrefix(path, openIDPath+"/") || strings.HasPrefix(path, oauthPath+"/")
}

// Around returns a handler that calls next and copies a document on its way to the
// client. It delays nothing, and reads the copy after next has returned.
func (w *Watch) Around(next caddyhttp.Handler) caddyhttp.Handler { return around{w, next} }

type around struct {
	watch *Watch
	next  caddyhttp.Handler
}

func (a around) ServeHTTP(w http.ResponseWriter, r *http.Request) error {
	var tee hold.Writer
	tee.Reset(w, &document{a.watch, r}, false)
	defer func() {
		tee.Retain() // next may have left it with a goroutine
		tee.Free()
	}()
	if err := a.next.ServeHTTP(&tee, r); err != nil {
		return err
	}
	return tee.Finish()
}

// document judges the answer to one request. It changes nothing about it.
type document struct {
	watch   *Watch
	request *http.Request
}

// Hint passes every informational response on.
func (d *document) Hint(int) bool { return true }

// Candidate has a success copied.
func (d *document) Candidate(status int, _ http.Header) hold.Plan {
	if status != http.StatusOK {
		return hold.Plan{}
	}
	return hold.Plan{Mode: hold.Tee, Limit: maxDocument}
}

// Look implements [hold.Judge]. It is never called, because discovery documents are not
// held.
func (d *document) Look([]byte, bool) hold.Sight { return hold.Settled }

// Decide reads the copy of a document. It ignores a document that is too large, has a
// content coding, is not valid JSON, or names no token endpoint.
func (d *document) Decide(r *hold.Response) hold.Verdict {
	if r.End == hold.Complete && d.watch.reading.CompareAndSwap(false, true) {
		defer d.watch.reading.Store(false)
		d.watch.read(d.request, r.Header["Content-Encoding"], r.Body)
	}
	return hold.Pass
}

// Apply is never asked, because nothing is edited or replaced.
func (d *document) Apply(http.Header) (status int, body []byte) { return 0, nil }

func (w *Watch) read(r *http.Request, codings []string, body []byte) {
	body, err := wire.Undo(codings, body, maxUndone)
	if err != nil {
		return
	}
	var metadata struct {
		TokenEndpoint string `json:"token_endpoint"`
	}
	if err := json.Unmarshal(body, &metadata); err != nil {
		return
	}
	token, err := url.Parse(metadata.TokenEndpoint)
	if err != nil || token.Host == "" || isSame(token, r.Host) || !w.warned.CompareAndSwap(false, true) {
		return
	}
	w.logger.Warn("a discovery document sends clients round this gateway: its token endpoint is at another host",
		zap.String("provider", w.provider),
		zap.String("path", r.URL.Path),
		zap.String("host", r.Host),
		zap.String("token_host", token.Host),
		zap.String("do", "give the provider a custom domain or an issuer with this host, or let DNS or the hosts file of the clients lead token_host to this gateway; see docs/recipes.md, Clients that use discovery"))
}

// isSame reports whether a URL leads to the host of a request. Ports count only if both
// have one, because behind a proxy that ends TLS the request often has none, or another
// one.
func isSame(u *url.URL, host string) bool {
	asked := url.URL{Host: host}
	if !strings.EqualFold(strings.TrimSuffix(u.Hostname(), "."), strings.TrimSuffix(asked.Hostname(), ".")) {
		return false
	}
	return u.Port() == asked.Port() || u.Port() == "" || asked.Port() == ""
}

// Interface guards
var (
	_ caddyhttp.Handler = around{}
	_ hold.Judge        = (*document)(nil)
)
