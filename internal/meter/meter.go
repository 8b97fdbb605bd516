// Package meter has the Prometheus metrics of the module. Labels come from the
// configuration and the registry of errors, never from a response.
package meter

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/auth-errors/caddy-auth-errors/internal/hold"
)

// The collectors live as long as the process, so counts survive a reload. Each
// configuration registers them in its own registry.
var (
	responsesTotal = counterVec("responses_total", "Responses that were looked at as errors, by what became of them.",
		"name", "provider", "endpoint", "error", "outcome")

	requestsTotal = counterVec("requests_total", "Requests that passed through, whatever their responses were.", "name", "provider")
	failuresTotal = counterVec("failures_total", "Requests for which the provider had no answer, or one that says that it failed.", "name", "provider")
	unmappedTotal = counterVec("unmapped_total", "Errors that no row names, although the mapping should.", "name", "provider")

	// Rewrites has the time from the end of the provider's response to the decision, in
	// seconds.
	Rewrites = prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: "caddy", Subsystem: "auth_errors", Name: "rewrite_duration_seconds",
		Help:    "Time from the end of the provider's response to the decision what to send.",
		Buckets: []float64{1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 1e-3, 1e-2},
	})

	heldBytesGauge = prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "caddy", Subsystem: "auth_errors", Name: "held_bytes",
		Help: "Bytes of error bodies held at the moment.",
	}, func() float64 { return float64(hold.Held()) })
)

func counterVec(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "caddy", Subsystem: "auth_errors", Name: name, Help: help}, labels)
}

// Register adds the collectors to the registry of a configuration, unless another handler
// has done so.
func Register(registry *prometheus.Registry) error {
	for _, c := range []prometheus.Collector{responsesTotal, requestsTotal, failuresTotal, unmappedTotal, Rewrites, heldBytesGauge} {
		err := registry.Register(c)
		if _, ok := errors.AsType[prometheus.AlreadyRegisteredError](err); ok {
			return nil
		}
		if err != nil {
			return fmt.Errorf("registering metrics: %w", err)
		}
	}
	return nil
}

// Series are the counters that a handler has from its beginning, at 0. They are looked up
// once, so counting allocates nothing.
type Series struct {
	Requests, Failures, Unmapped prometheus.Counter
}

// NewSeries returns the counters of the handlers with that name and provider.
func NewSeries(name, provider string) Series {
	return Series{requestsTotal.WithLabelValues(name, provider), failuresTotal.WithLabelValues(name, provider), unmappedTotal.WithLabelValues(name, provider)}
}

// Responses is the counter of candidates with its last labels. Equal errors often follow
// each other, and finding the counter costs more than counting.
type Responses struct {
	labels [5]string
	prometheus.Counter
}

// Count counts a response.
func (c *Responses) Count(name, provider, endpoint, canonical, outcome string) {
	labels := [...]string{name, provider, endpoint, canonical, outcome}
	if c.Counter == nil || c.labels != labels {
		c.labels, c.Counter = labels, responsesTotal.WithLabelValues(labels[:]...)
	}
	c.Inc()
}
