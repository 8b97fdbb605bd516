package caddyfile_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"

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

// sites returns a Caddyfile of n sites, the i-th with the lines that linesOf returns.
func sites(n int, linesOf func(i int) string) string {
	var b strings.Builder
	b.WriteString("{\n\tadmin off\n\tauto_https off\n}\n")
	for i := range n {
		fmt.Fprintf(&b, "http://site%d.test {\n%s\n}\n", i, linesOf(i))
	}
	return b.String()
}

// TestMistakeOnManySites holds that a mistake is told once for each handler that has it,
// and so that a handler does not look through all others.
func TestMistakeOnManySites(t *testing.T) {
	const n = 5
	dir := t.TempDir()
	text := sites(n, func(int) string { return "route {\n\treverse_proxy 127.0.0.1:9\n\tauth_errors auth0\n}" })
	if err := os.WriteFile(filepath.Join(dir, "Caddyfile"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	said := runCaddy(t, dir, nil, "validate", "--adapter", "caddyfile", "--config", "Caddyfile")
	if got := strings.Count(said.out+said.err, "comes after reverse_proxy"); got != n {
		t.Errorf("%d handlers behind reverse_proxy: got %d warnings, want one for each\n%s", n, got, said.err)
	}
}

// thousandSites is a Caddyfile of a thousand sites, each with a handler of one of 55
// providers, or without.
func thousandSites(with bool) []byte {
	providers := normalizer.Shipped.Providers()[:55]
	return []byte(sites(1000, func(i int) string {
		if with {
			return "auth_errors " + providers[i%len(providers)] + "\nreverse_proxy 127.0.0.1:9"
		}
		return "reverse_proxy 127.0.0.1:9"
	}))
}

// namesOf are those of the two benchmarks of the same.
var namesOf = map[bool]string{false: "without", true: "auth_errors"}

// BenchmarkAdapt adapts a thousand sites with the handlers and without.
func BenchmarkAdapt(b *testing.B) {
	for _, with := range []bool{false, true} {
		text := thousandSites(with)
		b.Run(namesOf[with], func(b *testing.B) {
			for b.Loop() {
				if _, _, err := caddyconfig.GetAdapter("caddyfile").Adapt(text, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkHandlers loads a thousand sites with the handlers and without. Its heap is what
// they keep, in bytes.
func BenchmarkHandlers(b *testing.B) {
	for _, with := range []bool{false, true} {
		adapted, _, err := caddyconfig.GetAdapter("caddyfile").Adapt(thousandSites(with), nil)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(namesOf[with], func(b *testing.B) {
			before, kept := heap(), int64(0)
			for b.Loop() {
				config := new(caddy.Config)
				if err := json.Unmarshal(adapted, config); err != nil {
					b.Fatal(err)
				}
				ctx, err := caddy.ProvisionContext(config)
				if err != nil {
					b.Fatal(err)
				}
				if b.StopTimer(); kept == 0 {
					kept = heap() - before
				}
				runtime.KeepAlive(ctx)
				b.StartTimer()
			}
			b.ReportMetric(float64(kept), "heap")
		})
	}
}
