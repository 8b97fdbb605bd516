package autherrors

import (
	"errors"
	"fmt"

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
)

// The collectors live as long as the process, so that counts survive a reload;
// each configuration has a registry of its own, into which they are registered.
var (
	responsesTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "caddy", Subsystem: "auth_errors", Name: "responses_total",
		Help: "Responses that were looked at as errors, by what became of them.",
	}, []string{"provider", "endpoint", "error", "outcome"})

	heldBytesGauge = prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "caddy", Subsystem: "auth_errors", Name: "held_bytes",
		Help: "Bytes of error bodies held at the moment.",
	}, func() float64 { return float64(heldBytes.used.Load()) })
)

// registerMetrics adds the collectors to the registry of a configuration, which
// several handlers share.
func registerMetrics(registry *prometheus.Registry) error {
	for _, c := range []prometheus.Collector{responsesTotal, heldBytesGauge} {
		var already prometheus.AlreadyRegisteredError
		if err := registry.Register(c); err != nil && !errors.As(err, &already) {
			return fmt.Errorf("registering metrics: %w", err)
		}
	}
	return nil
}

// observe counts what became of a candidate, and says it at debug level. Labels
// and fields come from the registry, the configuration and the mapping, never
// from the wire. A success that is none is no candidate after all.
func (i *interceptor) observe(f *normalizer.Finding, outcome normalizer.Outcome) {
	if i.status < 400 && outcome != normalizer.OutcomeNormalized && outcome != outcomeProxyError {
		return
	}
	endpoint, canonical := i.endpoint().String(), ""
	if f != nil && f.Rule != nil {
		canonical = f.Rule.Error
	}
	responsesTotal.WithLabelValues(i.handler.Provider, endpoint, canonical, string(outcome)).Inc()
	c := i.handler.logger.Check(zapcore.DebugLevel, "auth error")
	if c == nil {
		return
	}
	fields := []zap.Field{
		zap.String("provider", i.handler.Provider),
		zap.String("endpoint", endpoint),
		zap.Int("upstream_status", i.status),
		zap.String("error", canonical),
		zap.String("outcome", string(outcome)),
	}
	if f != nil && f.Rule != nil {
		fields = append(fields, zap.String("rule", f.Rule.Position()))
	}
	c.Write(fields...)
}
