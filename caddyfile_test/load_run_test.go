//go:build load

package caddyfile_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	loadFor         = flag.Duration("load", time.Minute, "how long the runs of TestLoad take together")
	loadConnections = flag.Int("connections", 1000, "how many connections TestLoad keeps busy")
)

// loadTurns is how often the runs take turns, so that what else the machine does
// befalls both.
const loadTurns = 3

// loadLeast leaves each run time for some reloads.
const loadLeast = 20 * time.Second

// loadRun is one run of the built Caddy, and its figures.
type loadRun struct {
	t         *testing.T
	with      bool
	admin     string
	address   string
	caddyfile string
	mapping   string

	written, inForce    atomic.Int64 // editions of the mapping
	requests, errors    atomic.Int64
	reloading           sync.RWMutex
	failures            atomic.Int64 // requests that failed
	unreached           atomic.Int64 // some of them with a 502 of Caddy's
	lost                atomic.Int64 // and failed again on a new connection
	wrong               atomic.Int64
	complaints          atomic.Int64
	perReload           []float64 // requests that failed from one reload to the next
	rss                 []float64 // MiB, each second
	peak                float64   // MiB
	keepAlive, newConns *http.Transport
	log                 *caddyLog
}

// TestLoad drives the built Caddy at full speed while its configuration is reloaded
// every second with an edited mapping: without the directive and with it, in turns.
// No answer is wrong, the memory stays flat, and what Caddy loses in a reload by
// itself is not more with the directive.
func TestLoad(t *testing.T) {
	if *loadFor < loadLeast {
		t.Fatalf("-load %v is too short for reloads in each run: use %v or more", *loadFor, loadLeast)
	}
	runs := map[bool][]*loadRun{}
	for range loadTurns {
		for _, with := range []bool{false, true} {
			r := runLoad(t, with)
			t.Log(r)
			r.check()
			runs[with] = append(runs[with], r)
		}
	}
	compareLosses(t, runs[false], runs[true])
	compareMemory(t, runs[false], runs[true])
}

// compareLosses holds that no more requests fail in a reload. A reload closes the
// connections that Caddy takes for idle, however fast they are used, so failures are
// counted by reload and not by request. They vary: the two means may differ by three
// standard errors of their difference, which by chance alone is exceeded once in 700
// times, and by one request in a hundred connections, for short runs where all
// reloads happened to be alike.
func compareLosses(t *testing.T, without, with []*loadRun) {
	t.Helper()
	usual, usualError, usualShare := losses(without)
	got, gotError, share := losses(with)
	margin := 3*math.Hypot(usualError, gotError) + float64(*loadConnections)/100
	t.Logf("failed in a reload: %.1f ± %.1f requests without the directive (%.3f %% of all), %.1f ± %.1f with it (%.3f %%); margin %.1f",
		usual, usualError, usualShare, got, gotError, share, margin)
	if got > usual+margin {
		t.Errorf("got %.1f failed requests in a reload with the directive, want at most the %.1f without it and %.1f", got, usual, margin)
	}
}

// losses returns the mean of the requests that failed in a reload, its standard
// error, and how many in a hundred requests that is.
func losses(runs []*loadRun) (average, standardError, share float64) {
	var perReload []float64
	var failed, asked int64
	for _, r := range runs {
		perReload = append(perReload, r.perReload...)
		failed += r.failures.Load()
		asked += r.requests.Load()
	}
	average = mean(perReload)
	squares := 0.0
	for _, v := range perReload {
		squares += (v - average) * (v - average)
	}
	n := float64(len(perReload))
	return average, math.Sqrt(squares / max(1, n-1) / max(1, n)), 100 * float64(failed) / float64(max(1, asked))
}

// compareMemory holds that the process stays in the size that it has without the
// directive, give or take what is held at a time: the table of a configuration or
// two, and at most 64 KiB for each connection. Nor does it grow faster. Caddy grows
// by a fifth in its first minutes of reloads, and a heap of a few seconds varies by
// more.
func compareMemory(t *testing.T, without, with []*loadRun) {
	t.Helper()
	peak := func(runs []*loadRun) (most float64) {
		for _, r := range runs {
			most = max(most, r.peak)
		}
		return most
	}
	margin := peak(without)/4 + 32 + float64(*loadConnections)/16
	t.Logf("peak RSS: %.0f MiB without the directive, %.0f MiB with it; margin %.0f MiB", peak(without), peak(with), margin)
	if got, want := peak(with), peak(without)+margin; got > want {
		t.Errorf("got a peak RSS of %.0f MiB with the directive, want at most %.0f", got, want)
	}
	more := 0.5
	if len(with[0].rss) >= 30 {
		more = 0.2
	}
	t.Logf("from the first half of a run to the second: RSS × %.2f without the directive, × %.2f with it; margin %.2f", growth(without), growth(with), more)
	if got, want := growth(with), growth(without)+more; got > want {
		t.Errorf("got an RSS × %.2f in the second half of a run with the directive, want at most × %.2f", got, want)
	}
}

// growth is how much larger the process is in the second half of the runs.
func growth(runs []*loadRun) float64 {
	var before, after float64
	for _, r := range runs {
		first, second := r.halves()
		before, after = before+first, after+second
	}
	return after / before
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(max(1, len(values)))
}

// halves are the means of the memory in the two halves of the run, after a fifth of
// it in which the heap gets its size.
func (r *loadRun) halves() (first, second float64) {
	settled := r.rss[len(r.rss)/5:]
	return mean(settled[:len(settled)/2]), mean(settled[len(settled)/2:])
}

// check holds what a run has to be like by itself.
func (r *loadRun) check() {
	r.t.Helper()
	if n := r.wrong.Load(); n != 0 {
		r.t.Errorf("got %d wrong answers, want 0", n)
	}
	if n := r.lost.Load(); n != 0 {
		r.t.Errorf("got %d requests that failed on a new connection too, want 0", n)
	}
	if r.requests.Load() == 0 || r.errors.Load() == 0 || len(r.perReload) == 0 {
		r.t.Errorf("got %d requests, %d errors and %d reloads, want some", r.requests.Load(), r.errors.Load(), len(r.perReload))
	}
	if said := r.log.errors(); r.t.Failed() && said != "" {
		r.t.Logf("Caddy's log:\n%s", said)
	}
}

// complain fails the test, and says why the first few times.
func (r *loadRun) complain(format string, args ...any) {
	if r.complaints.Add(1) <= 5 {
		r.t.Errorf(format, args...)
	}
}

// String shows the figures.
func (r *loadRun) String() string {
	first, second := r.halves()
	requests, failures := r.requests.Load(), r.failures.Load()
	return fmt.Sprintf("%s: %d requests over %d connections, %d of them errors; %d reloads, %d edits; %d failed (%.3f %%; %d by a 502), %d of them right when retried, %d lost; %d wrong answers; RSS %.0f MiB in the first half, %.0f in the second, %.0f at most",
		map[bool]string{true: "with auth_errors", false: "without"}[r.with], requests, *loadConnections, r.errors.Load(), len(r.perReload), r.written.Load()-1,
		failures, 100*float64(failures)/float64(max(1, requests)), r.unreached.Load(), failures-r.lost.Load(), r.lost.Load(), r.wrong.Load(), first, second, r.peak)
}

// runLoad makes one run.
func runLoad(t *testing.T, with bool) *loadRun {
	t.Helper()
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		io.Copy(io.Discard, req.Body)
		i, _ := strconv.Atoi(req.Header.Get(caseHeader))
		loadCases[i].ServeHTTP(w, req)
	}))
	defer up.Close()
	transport := func() *http.Transport {
		return &http.Transport{MaxIdleConnsPerHost: *loadConnections, DisableCompression: true}
	}
	r := &loadRun{t: t, with: with, admin: freeAddress(t), address: freeAddress(t), keepAlive: transport(), newConns: transport()}
	r.newConns.DisableKeepAlives = true
	r.mapping = filepath.Join(t.TempDir(), "auth0.yaml")
	directive := ""
	if with {
		directive = fmt.Sprintf("auth_errors auth0 {\n\t\tmapping %q\n\t}", filepath.ToSlash(r.mapping))
	}
	// One idle connection a client: else Caddy would spend the run on dialing.
	proxy := fmt.Sprintf("reverse_proxy %s {\n\t\ttransport http {\n\t\t\tkeepalive_idle_conns_per_host %d\n\t\t}\n\t}", strings.TrimPrefix(up.URL, "http://"), *loadConnections)
	r.caddyfile = fmt.Sprintf("{\n\tadmin %s\n\tauto_https off\n\tpersist_config off\n\tdefault_bind 127.0.0.1\n}\n", r.admin) + site(r.address, directive, proxy)
	r.edit()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	pid, wait := r.start(ctx)
	r.drive(pid)
	cancel()
	wait()
	return r
}
