package caddyfile_test

import (
	"cmp"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func init() {
	caddy.RegisterModule(panicking{})
	httpcaddyfile.RegisterHandlerDirective("test_panic", func(httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
		return panicking{}, nil
	})
}

// panicking is a handler below the module that panics, where and with what a field
// of the request says.
type panicking struct{}

// CaddyModule returns the Caddy module information.
func (panicking) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.test_panic", New: func() caddy.Module { return new(panicking) }}
}

// These fields name the stage and the value.
const stageField, valueField = "X-Stage", "X-Value"

// panicStages are where it panics, in order.
var panicStages = []string{"before the status", "after a hint", "after the status", "after a flush", "in the body", "over the cap", "at the end"}

// panicValues are what it panics with.
var panicValues = map[string]any{
	"text": "a handler below", "an error": errors.New("a handler below"), "an abort": http.ErrAbortHandler,
	"an abort inside another": errors.Join(http.ErrAbortHandler), "nothing": nil,
}

// ServeHTTP answers as far as the stage, and panics.
func (panicking) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	at := func(stage string) {
		if r.Header.Get(stageField) == stage {
			panic(panicValues[r.Header.Get(valueField)])
		}
	}
	at("before the status")
	w.WriteHeader(http.StatusEarlyHints)
	at("after a hint")
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Request-Id", "7f3d")
	w.WriteHeader(http.StatusNotFound)
	at("after the status")
	if r.Header.Get(stageField) == "after a flush" {
		http.NewResponseController(w).Flush()
	}
	at("after a flush")
	io.WriteString(w, halfError)
	at("in the body")
	if r.Header.Get(stageField) == "over the cap" {
		io.WriteString(w, overCap)
	}
	at("over the cap")
	io.WriteString(w, strings.TrimPrefix(expiredJSON, halfError))
	at("at the end")
	return nil
}

// TestPanics: a panic of a handler below reaches the server, and the client loses its
// connection as it would without the module. An abort is different: a proxy says by it
// that a body ended early. It is answered if nothing has been sent yet, and a complete
// answer stays.
func TestPanics(t *testing.T) {
	f := startPanicking(t)
	for _, v := range f.versions {
		for _, stage := range panicStages {
			for _, value := range slices.Sorted(maps.Keys(panicValues)) {
				grown := watchHeap()
				header := http.Header{stageField: {stage}, valueField: {value}}
				got, without := f.panics(t, v, "with", header), f.panics(t, v, "without", header)
				want := panicWish(stage, value, v)
				for _, problem := range want.problems(got, without) {
					t.Errorf("%s %s over %s: %s", value, stage, v.name, problem)
				}
				if !without.broken {
					t.Errorf("%s %s over %s without the module: got %v, want it broken off", value, stage, v.name, without)
				}
				f.meter.await(t, 0)
				got = f.panics(t, v, "with", http.Header{})
				for _, problem := range understood.problems(got, heard{}) {
					t.Errorf("the next request after %s %s over %s: %s", value, stage, v.name, problem)
				}
				f.note(t, "panic with "+value+" "+stage+" over "+v.name, cmp.Or(want.code, "broken off"), grown(), heapBound)
			}
		}
	}
}

// startPanicking runs the handler with and without the module around it.
func startPanicking(t *testing.T) *faulty {
	t.Helper()
	leavesNothing(t)
	f := &faulty{addresses: map[string]string{"with": freeAddress(t), "without": freeAddress(t)}, versions: protocols(t)}
	t.Cleanup(f.show(t))
	metrics := freeAddress(t)
	f.meter = meter{"http://" + metrics, f.versions[0]}
	startCaddy(t, site(metrics, "metrics")+
		site(f.addresses["with"], "route {", "auth_errors auth0", "test_panic", "}")+
		site(f.addresses["without"], "route {", "test_panic", "}"))
	for _, v := range f.versions {
		hangUp(t, v.transport)
	}
	return f
}

// panics makes a token request that says where to panic, and with what.
func (f *faulty) panics(t *testing.T, v protocol, site string, header http.Header) heard {
	return hear(t.Context(), v, faultRequests[0].method, "http://"+f.addresses[site]+faultRequests[0].path, header)
}

// panicWish is what the client gets. Over the cap the code has arrived. An answer that has been sent early is whole in
// HTTP/1 whatever happens then; in HTTP/2 the server resets its stream.
func panicWish(stage, value string, v protocol) wish {
	switch {
	case stage == "over the cap" && (value == "an abort" || v.name == "HTTP/1.1"):
		return begun
	case stage == "before the status" || stage == "after a hint" || value != "an abort":
		return asWithout
	}
	return endedEarly
}
