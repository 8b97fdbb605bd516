package caddyfile_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
)

// faulty is what is around a provider that does everything wrong: the sites of
// one configuration, and what has to be as before after each fault.
type faulty struct {
	up        *upstream
	addresses map[string]string
	meter     meter
	versions  []protocol

	figures strings.Builder // one line a fault
}

// faultSites are the directives of the sites.
var faultSites = map[string]string{
	"with":    "auth_errors auth0",
	"large":   "auth_errors auth0 {\n\t\tmax_body 16MiB\n\t}",
	"accelo":  "auth_errors accelo {\n\t\tmax_body 16MiB\n\t\tendpoint token /oauth/token\n\t\tendpoint resource /api/v2/*\n\t}",
	"passing": "auth_errors auth0 {\n\t\tproxy_errors pass\n\t}",
	"without": "",
}

// startFaulty runs the sites. What they leave behind is looked at when the test
// has ended, and then the figures are shown.
func startFaulty(t *testing.T) *faulty {
	t.Helper()
	leavesNothing(t)
	f := &faulty{up: startUpstream(t), addresses: map[string]string{}, versions: protocols(t)}
	t.Cleanup(f.show(t))
	f.meter = meter{"http://" + freeAddress(t), f.versions[0]}
	proxy := []string{"@refused header " + caseHeader + " refused", "reverse_proxy @refused " + freeAddress(t), "reverse_proxy " + f.up.address}
	sites := site(strings.TrimPrefix(f.meter.url, "http://"), "metrics")
	for name, directive := range faultSites {
		f.addresses[name] = freeAddress(t)
		sites += site(f.addresses[name], append([]string{directive}, proxy...)...)
	}
	startCaddy(t, sites)
	for _, v := range f.versions {
		hangUp(t, v.transport)
	}
	f.up.script("next", answer{wire: sized(faultHead, expiredJSON)})
	return f
}

// note keeps the figures of a fault, and holds that the heap stayed in its bounds.
func (f *faulty) note(t *testing.T, fault, gave string, grownKiB, boundMiB uint64) {
	t.Helper()
	fmt.Fprintf(&f.figures, "%s\t%s\t%d KiB\n", fault, gave, grownKiB)
	if grownKiB > boundMiB<<10 {
		t.Errorf("got a heap that grew by %d KiB, want at most %d", grownKiB, boundMiB<<10)
	}
}

// show returns what logs the figures as a table.
func (f *faulty) show(t *testing.T) func() {
	peakRSS := watchRSS()
	return func() {
		if f.figures.Len() == 0 {
			return
		}
		var table strings.Builder
		w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
		fmt.Fprintf(w, "fault\tclients got\theap grew by\n%s", f.figures.String())
		w.Flush()
		t.Logf("clients, Caddy and upstream in one process, peak RSS %d MiB, %d faults:\n%s", peakRSS(), strings.Count(f.figures.String(), "\n"), table.String())
	}
}

// faultRequests are the two that each fault is met by.
var faultRequests = []struct{ method, path string }{{http.MethodPost, "/oauth/token"}, {http.MethodGet, "/api/v2/users"}}

// ask makes one of the requests for a case at a site.
func (f *faulty) ask(ctx context.Context, v protocol, site string, request int, name, accept string) heard {
	r := faultRequests[request]
	header := http.Header{caseHeader: {name}}
	if accept != "" {
		header.Set("Accept-Encoding", accept)
	}
	return hear(ctx, v, r.method, "http://"+f.addresses[site]+r.path, header)
}

// fine checks that nothing is left over: no byte is held, and the next request to the
// site is answered, on the same connection if it survived.
func (f *faulty) fine(t *testing.T, site, after string) {
	t.Helper()
	f.meter.await(t, 0)
	for _, v := range f.versions {
		got := f.ask(t.Context(), v, site, 0, "next", "")
		for _, problem := range understood.problems(got, heard{}) {
			t.Errorf("the next request after %s over %s: %s", after, v.name, problem)
		}
	}
}

// meet asks for a row's fault over a version of HTTP: with the module, and without
// it where that is to be the same.
func (f *faulty) meet(t *testing.T, r faultRow, v protocol, request int) {
	t.Helper()
	want := r.wishes()[request]
	var without heard
	if want.passes() || want.bare {
		without = f.ask(t.Context(), v, "without", request, r.name, r.accept)
	}
	got := f.ask(t.Context(), v, r.at(), request, r.name, r.accept)
	for _, problem := range want.problems(got, without) {
		t.Errorf("%s at %s over %s: %s", r.name, faultRequests[request].path, v.name, problem)
	}
	if !want.bare {
		return
	}
	if got = f.ask(t.Context(), v, "passing", request, r.name, r.accept); !got.like(without) {
		t.Errorf("%s at %s over %s with proxy_errors pass: got %v\nwant it as without the module: %v", r.name, faultRequests[request].path, v.name, got, without)
	}
}

// TestFaults meets every fault as a token request and as a request for a resource, over
// each version of HTTP. The client gets the right error, or the same response as without
// the module.
func TestFaults(t *testing.T) {
	rows := faultRows() // which takes more memory than all that follows
	f := startFaulty(t)
	for _, r := range rows {
		f.up.script(r.name, r.answer)
		t.Run(strings.ReplaceAll(r.name, " ", "_"), func(t *testing.T) {
			grown := watchHeap()
			for _, v := range f.versions {
				for request := range faultRequests {
					f.meet(t, r, v, request)
				}
			}
			f.fine(t, r.at(), r.name)
			f.note(t, r.name, r.gives(), grown(), max(r.mebibytes, heapBound))
		})
	}
}

// TestFaultsAtOnce meets all faults at the same time, in HTTP/1 by token requests
// and in HTTP/2 by others: none disturbs another.
func TestFaultsAtOnce(t *testing.T) {
	f := startFaulty(t)
	grown := watchHeap()
	var asking sync.WaitGroup
	asked := 0
	for _, r := range faultRows() {
		if r.mebibytes != 0 {
			continue // too much at once for clients that keep it all
		}
		f.up.script(r.name, r.answer)
		for request := range faultRequests {
			asked++
			asking.Go(func() { f.meet(t, r, f.versions[request], request) })
		}
	}
	asking.Wait()
	f.fine(t, "with", "all faults at once")
	// Clients, upstream and parsers have a MiB each at hand then, some with copies. All
	// the bombs together would be more than this.
	f.note(t, "all at once", fmt.Sprintf("%d requests, all right", asked), grown(), 768)
}
