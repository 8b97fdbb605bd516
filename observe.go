package autherrors

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/auth-errors/caddy-auth-errors/internal/around"
	"github.com/auth-errors/caddy-auth-errors/internal/ledger"
	"github.com/auth-errors/caddy-auth-errors/internal/meter"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// observation describes the handling of one response, for the access log and the
// placeholders {http.auth_errors.*}. It holds no secrets: labels come from the registry,
// the configuration and the mapping, and the code is masked.
type observation struct {
	name     string
	provider string
	endpoint string
	status   int // the provider's
	code     string
	row      string
	error    string
	action   registry.Action
	grant    string
	outcome  normalizer.Outcome
}

// fields are the names in the log and of placeholders, each in one place.
var fields = []struct {
	name  string
	value func(*observation) any
}{
	{"name", func(o *observation) any { return o.name }},
	{"provider", func(o *observation) any { return o.provider }},
	{"endpoint", func(o *observation) any { return o.endpoint }},
	{"grant", func(o *observation) any { return o.grant }},
	{"status", func(o *observation) any { return o.status }},
	{"code", func(o *observation) any { return o.code }},
	{"row", func(o *observation) any { return o.row }},
	{"error", func(o *observation) any { return o.error }},
	{"action", func(o *observation) any { return string(o.action) }},
	{"outcome", func(o *observation) any { return string(o.outcome) }},
}

// MarshalLogObject writes the auth_errors object of the access log.
func (o observation) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	for _, f := range fields {
		if status, ok := f.value(&o).(int); ok {
			enc.AddInt(f.name, status)
		} else {
			enc.AddString(f.name, f.value(&o).(string))
		}
	}
	return nil
}

// placeholder returns the values of {http.auth_errors.*}.
func (o observation) placeholder(key string) (any, bool) {
	name, ok := strings.CutPrefix(key, "http.auth_errors.")
	if !ok {
		return nil, false
	}
	for _, f := range fields {
		if f.name == name {
			return f.value(&o), true
		}
	}
	return nil, false
}

// observer counts and logs the handling of candidates.
type observer struct {
	logger   *zap.Logger
	errorLog *zap.Logger
	series   meter.Series   // of nothing if the handler is off
	ledger   *ledger.Keeper // nil until the handler is in force
	reach    *around.Reach  // of the configured patterns
	wordless bool           // no text of the provider is logged or kept
}

// newObserver returns an observer without a ledger.
func newObserver(ctx caddy.Context) (observer, error) {
	err := meter.Register(ctx.GetMetricsRegistry())
	return observer{logger: ctx.Logger(), errorLog: ctx.Logger(errorLog{})}, err
}

// observe counts the handling of a candidate and writes it to the access log, the
// placeholders and, at debug level, the log. A success without an error does not count.
// It runs before the status is sent.
func (e *exchange) observe(status int) {
	d := &e.decision
	if status < 400 && !d.Changes() && d.Outcome != normalizer.OutcomeShadow {
		return
	}
	o := observation{
		name:     e.handler.Name,
		provider: e.handler.table.Provider(),
		endpoint: e.request.Endpoint().String(),
		status:   status,
		code:     e.handler.observer.code(&d.Finding),
		row:      d.Finding.Position(),
		error:    d.Finding.Error,
		action:   d.Finding.Action(),
		outcome:  d.Outcome,
	}
	if grant := e.request.Grant(); grant != registry.GrantNone {
		o.grant = grant.String()
	}
	e.counter.Count(o.name, o.provider, o.endpoint, o.error, string(o.outcome))
	if isFailure(status, d) {
		e.handler.observer.series.Failures.Inc()
	}
	if !e.decided.IsZero() {
		meter.Rewrites.Observe(time.Since(e.decided).Seconds())
	}
	ctx := e.http.Context()
	if server := serverOf(ctx); server != nil && server.Logs != nil { // else there is no access log to tell
		if extra, ok := ctx.Value(caddyhttp.ExtraLogFieldsCtxKey).(*caddyhttp.ExtraLogFields); ok {
			extra.Set(zap.Object("auth_errors", o))
		}
	}
	if repl, ok := ctx.Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		repl.Map(o.placeholder)
	}
	if c := e.handler.observer.logger.Check(zapcore.DebugLevel, "auth error"); c != nil {
		c.Write(zap.Inline(o))
	}
}

// code returns the provider's code as it may be logged.
func (o *observer) code(f *normalizer.Finding) string {
	if o.wordless && f.IsCodeText() {
		return ""
	}
	return f.SafeCode()
}

// isFailure reports whether a response says that the provider failed: by its error, or
// else by its status. A locked account (423) and too many requests (429) are no failures.
// Failures of the proxy are counted where they happen.
func isFailure(status int, d *normalizer.Decision) bool {
	switch {
	case d.Outcome == normalizer.OutcomeProxyError || d.Outcome == normalizer.OutcomePassed || d.Outcome == normalizer.OutcomeCanceled:
		return false
	case d.Finding.Error == "":
		return status >= 500
	}
	return d.Finding.IsFailure() && status != http.StatusLocked && status != http.StatusTooManyRequests
}

// note puts an error that no row names into the ledger, and warns about a new one. The
// numbers of errors and of warnings are bounded.
func (o *observer) note(provider string, d *normalizer.Decision) {
	if d.Outcome == normalizer.OutcomeCanceled || !d.IsUnmapped() {
		return
	}
	o.series.Unmapped.Inc()
	u := ledger.Fingerprint(provider, d)
	if o.wordless {
		u.Description = ""
		if d.Finding.IsCodeText() {
			u.Code = ""
		}
	}
	if !o.ledger.Add(u, time.Now()) {
		return
	}
	o.logger.Warn("an error that no row names",
		zap.String("provider", u.Provider), zap.String("endpoint", u.Endpoint), zap.Int("status", u.Status),
		zap.String("code", u.Code), zap.String("description", u.Description), zap.String("outcome", u.Outcome))
}

// logNow returns the logger of the handlers. The ledger outlives each of them.
func logNow() *zap.Logger { return caddy.Log().Named(string(Handler{}.CaddyModule().ID)) }

// warnOfStorage logs that the ledger cannot be read or written, or that it can be again.
func warnOfStorage(err error) {
	if err == nil {
		logNow().Info("the errors that no row names are kept in the storage again")
		return
	}
	logNow().Warn("keeping the errors that no row names in the storage", zap.Error(err))
}

// warnOfDropped logs the number of suppressed warnings.
func warnOfDropped(count int) {
	logNow().Warn("more errors that no row names were not logged one by one",
		zap.Int("count", count), zap.String("see", "caddy auth-errors unmapped"))
}

// errorLog names the logger that Caddy's server logs errors of handlers with.
type errorLog struct{}

// CaddyModule returns the name of the logger; it is not registered.
func (errorLog) CaddyModule() caddy.ModuleInfo { return caddy.ModuleInfo{ID: "http.log.error"} }

// logFailure writes the line that the server writes for an error that reaches it.
func (o *observer) logFailure(r *http.Request, failure caddyhttp.HandlerError) {
	level := zapcore.DebugLevel
	if failure.StatusCode >= 500 {
		level = zapcore.ErrorLevel
	}
	c := o.errorLog.Check(level, failure.Err.Error())
	if c == nil {
		return
	}
	server := serverOf(r.Context())
	c.Write(
		zap.Object("request", caddyhttp.LoggableHTTPRequest{
			Request:              r,
			ShouldLogCredentials: server != nil && server.Logs != nil && server.Logs.ShouldLogCredentials,
		}),
		zap.Int("status", failure.StatusCode),
		zap.String("err_id", failure.ID),
		zap.String("err_trace", failure.Trace),
	)
}

// serverOf returns Caddy's server that has the request, or nil.
func serverOf(ctx context.Context) *caddyhttp.Server {
	server, _ := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	return server
}
