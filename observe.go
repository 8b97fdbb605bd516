package autherrors

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
)

// Outcomes besides those of the engine.
const (
	// outcomeOversize is a response over the cap, coded or decoded.
	outcomeOversize normalizer.Outcome = "oversize"
	// outcomeOverBudget is one for which all handlers together held too much.
	outcomeOverBudget normalizer.Outcome = "over_budget"
	// outcomeUndecodable is one in a coding or format that cannot be read.
	outcomeUndecodable normalizer.Outcome = "undecodable"
	// outcomeProxyError is an answer in place of one that the proxy failed to get.
	outcomeProxyError normalizer.Outcome = "proxy_error"
	// outcomeShadow is one that would have been rewritten.
	outcomeShadow normalizer.Outcome = "shadow"
	// outcomeCanceled is one that nobody waits for any more.
	outcomeCanceled normalizer.Outcome = "canceled"
)

// The collectors live as long as the process, so that counts survive a reload;
// each configuration has a registry of its own, into which they are registered.
var (
	responsesTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "caddy", Subsystem: "auth_errors", Name: "responses_total",
		Help: "Responses that were looked at as errors, by what became of them.",
	}, []string{"provider", "endpoint", "error", "outcome"})

	rewriteSeconds = prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: "caddy", Subsystem: "auth_errors", Name: "rewrite_duration_seconds",
		Help:    "Time from the end of the provider's response to the decision what to send.",
		Buckets: []float64{1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 1e-3, 1e-2},
	})

	heldBytesGauge = prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "caddy", Subsystem: "auth_errors", Name: "held_bytes",
		Help: "Bytes of error bodies held at the moment.",
	}, func() float64 { return float64(heldBytes.used.Load()) })
)

// registerMetrics adds the collectors to the registry of a configuration, which
// several handlers share.
func registerMetrics(registry *prometheus.Registry) error {
	for _, c := range []prometheus.Collector{responsesTotal, rewriteSeconds, heldBytesGauge} {
		var already prometheus.AlreadyRegisteredError
		if err := registry.Register(c); err != nil && !errors.As(err, &already) {
			return fmt.Errorf("registering metrics: %w", err)
		}
	}
	return nil
}

// counter is a counter of responsesTotal and its labels. Errors come in runs, and
// to look for it again costs more than to count.
type counter struct {
	labels [4]string
	prometheus.Counter
}

// count counts the observation.
func (c *counter) count(o *observation) {
	labels := [4]string{o.provider, o.endpoint, o.error, string(o.outcome)}
	if c.Counter == nil || c.labels != labels {
		c.labels, c.Counter = labels, responsesTotal.WithLabelValues(labels[:]...)
	}
	c.Inc()
}

// observation is what became of one response, for the access log and the
// placeholders {http.auth_errors.*}. It holds no secrets: labels come from the
// registry, the configuration and the mapping, and the code is masked.
type observation struct {
	provider string
	endpoint string
	status   int // the provider's
	code     string
	rule     string
	error    string
	outcome  normalizer.Outcome
}

// MarshalLogObject writes the auth_errors object of the access log.
func (o *observation) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddString("provider", o.provider)
	enc.AddString("endpoint", o.endpoint)
	enc.AddInt("status", o.status)
	enc.AddString("code", o.code)
	enc.AddString("rule", o.rule)
	enc.AddString("error", o.error)
	enc.AddString("outcome", string(o.outcome))
	return nil
}

// placeholder answers for {http.auth_errors.*}.
func (o *observation) placeholder(key string) (any, bool) {
	name, ok := strings.CutPrefix(key, "http.auth_errors.")
	if !ok {
		return nil, false
	}
	switch name {
	case "provider":
		return o.provider, true
	case "endpoint":
		return o.endpoint, true
	case "status":
		return o.status, true
	case "code":
		return o.code, true
	case "rule":
		return o.rule, true
	case "error":
		return o.error, true
	case "outcome":
		return string(o.outcome), true
	}
	return nil, false
}

// observe counts what became of a candidate and tells it to the access log, the
// placeholders and, at debug level, the log. A success that is none is no
// candidate after all. It runs before the status is sent.
func (i *interceptor) observe(f *normalizer.Finding, outcome normalizer.Outcome) {
	if i.status < 400 && outcome != normalizer.OutcomeNormalized && outcome != outcomeShadow && outcome != outcomeProxyError {
		return
	}
	o := &observation{
		provider: i.handler.Provider,
		endpoint: i.endpoint().String(),
		status:   i.status,
		outcome:  outcome,
	}
	if f != nil {
		o.code, o.error = f.SafeCode(), f.Error
		if f.Rule != nil {
			o.rule = f.Rule.Position()
		}
	}
	i.counter.count(o)
	if !i.decided.IsZero() {
		rewriteSeconds.Observe(time.Since(i.decided).Seconds())
	}
	ctx := i.request.Context()
	if server := i.server(); server != nil && server.Logs != nil { // else there is no access log to tell
		if extra, ok := ctx.Value(caddyhttp.ExtraLogFieldsCtxKey).(*caddyhttp.ExtraLogFields); ok {
			extra.Set(zap.Object("auth_errors", o))
		}
	}
	if repl, ok := ctx.Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		repl.Map(o.placeholder)
	}
	if c := i.handler.logger.Check(zapcore.DebugLevel, "auth error"); c != nil {
		c.Write(zap.Inline(o))
	}
}

// server returns Caddy's server that has the request, or nil.
func (i *interceptor) server() *caddyhttp.Server {
	server, _ := i.request.Context().Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	return server
}
