package caddyfile_test

import (
	"runtime"
	"testing"

	"github.com/caddyserver/caddy/v2"

	autherrors "github.com/auth-errors/caddy-auth-errors"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
)

// provisionMany provisions n handlers of the providers in turn, as one configuration does.
func provisionMany(tb testing.TB, ctx caddy.Context, n int, providers []string) (handlers []*autherrors.Handler) {
	tb.Helper()
	for i := range n {
		h := &autherrors.Handler{Provider: providers[i%len(providers)]}
		if err := h.Provision(ctx); err != nil {
			tb.Fatalf("provisioning %s: got error %v", h.Provider, err)
		}
		handlers = append(handlers, h)
	}
	return handlers
}

// configuration returns the context of a configuration with nothing in it.
func configuration(tb testing.TB) caddy.Context {
	tb.Helper()
	ctx, err := caddy.ProvisionContext(&caddy.Config{Admin: &caddy.AdminConfig{Disabled: true}})
	if err != nil {
		tb.Fatalf("provisioning Caddy: got error %v", err)
	}
	return ctx
}

// cleanUp ends what provisionMany began.
func cleanUp(tb testing.TB, handlers []*autherrors.Handler) {
	tb.Helper()
	for _, h := range handlers {
		if err := h.Cleanup(); err != nil {
			tb.Errorf("cleaning up %s: got error %v", h.Provider, err)
		}
	}
}

// heap returns the bytes of the objects in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestHandlersShareTables holds that a handler with the configuration of another one costs
// no table of its own, and that the last one gives the table back.
func TestHandlersShareTables(t *testing.T) {
	const handlers, most = 400, 8 << 10
	providers := normalizer.Shipped.Providers()[:1]
	ctx := configuration(t)
	first := provisionMany(t, ctx, 1, providers)
	before := heap()
	others := provisionMany(t, ctx, handlers, providers)
	if got := (heap() - before) / handlers; got > most {
		t.Errorf("%d handlers of %s: got %d bytes each, want at most %d", handlers, providers[0], got, most)
	}
	cleanUp(t, append(others, first...))
}

// BenchmarkHandlers provisions a thousand handlers of 55 providers. Its heap is what they
// keep, in bytes.
func BenchmarkHandlers(b *testing.B) {
	providers := normalizer.Shipped.Providers()[:55]
	ctx := configuration(b)
	before := heap()
	for b.Loop() {
		handlers := provisionMany(b, ctx, 1000, providers)
		b.StopTimer()
		b.ReportMetric(float64(heap()-before), "heap")
		cleanUp(b, handlers)
		b.StartTimer()
	}
}
