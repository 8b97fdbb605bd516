package caddyfile_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/goleak"
)

// warmUp starts and stops a Caddy, once: what it starts for good is no leak.
var warmUp = sync.OnceValue(func() error {
	if err := load("{\n\tadmin off\n\tpersist_config off\n}\nhttp://127.0.0.1:0 {\n\tlog {\n\t\toutput discard\n\t}\n\tauth_errors\n\treverse_proxy 127.0.0.1:9\n}\n"); err != nil {
		return err
	}
	return caddy.Stop()
})

// leavesNothing fails the test if it started a goroutine that outlives Caddy, the
// upstream and the clients. Caddy's servers go on in the background for a moment.
func leavesNothing(t *testing.T) {
	t.Helper()
	if err := warmUp(); err != nil {
		t.Fatal(err)
	}
	known := []goleak.Option{
		goleak.IgnoreCurrent(),
		// Caddy leaves these behind: one of its log file, one of its storage.
		goleak.IgnoreTopFunction("github.com/DeRuina/timberjack.(*Logger).millRun"),
		goleak.IgnoreAnyFunction("github.com/caddyserver/certmagic.keepLockfileFresh"),
	}
	t.Cleanup(func() {
		deadline := time.Now().Add(patience)
		err := goleak.Find(known...)
		for err != nil && time.Now().Before(deadline) {
			err = goleak.Find(known...)
		}
		if err != nil {
			t.Errorf("got goroutines left, want none: %v", err)
		}
	})
}

// hangUp makes a transport close all its connections before Caddy stops, which waits
// for its clients: those of HTTP/2 may stay for seconds after a request that was
// canceled.
func hangUp(t *testing.T, transport *http.Transport) {
	var mu sync.Mutex
	var conns []net.Conn
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err == nil {
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
		}
		return conn, err
	}
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		for _, conn := range conns {
			conn.Close()
		}
	})
}

// heapBound is by how many MiB the heap of this process, in which the clients and
// the upstream are too, may grow in between: most of it is garbage.
const heapBound = 96

// watchHeap samples the heap until the returned function is called, which says by
// how many KiB it grew at most.
func watchHeap() (grown func() uint64) {
	runtime.GC()
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	read := func() uint64 { metrics.Read(sample); return sample[0].Value.Uint64() }
	before := read()
	most := before
	stop := make(chan struct{})
	var sampling sync.WaitGroup
	sampling.Go(func() {
		ticks := time.NewTicker(time.Millisecond)
		defer ticks.Stop()
		for {
			most = max(most, read())
			select {
			case <-stop:
				return
			case <-ticks.C:
			}
		}
	})
	return func() uint64 {
		close(stop)
		sampling.Wait()
		return (most - before) >> 10
	}
}

// highWater finds the most memory that a process had, where the system tells.
var highWater = regexp.MustCompile(`VmHWM:\s*(\d+) kB`)

// watchRSS forgets how much memory the process had before, where the system lets
// it. The returned function says how much it had at most since then, in MiB.
func watchRSS() (peak func() int) {
	debug.FreeOSMemory()
	os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
	return func() int {
		status, err := os.ReadFile("/proc/self/status")
		m := highWater.FindSubmatch(status)
		if err != nil || m == nil {
			return 0
		}
		kib, _ := strconv.Atoi(string(m[1]))
		return kib >> 10
	}
}
