//go:build load

package caddyfile_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// edit writes the next edition of the mapping. Nothing of it is in force until the
// next reload.
func (r *loadRun) edit() {
	edition := r.written.Add(1)
	if err := os.WriteFile(r.mapping, []byte(editionText(edition)), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// start runs the built Caddy and waits until it serves. It is killed with the
// context.
func (r *loadRun) start(ctx context.Context) (pid int, wait func()) {
	r.t.Helper()
	dir := r.t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Caddyfile"), []byte(r.caddyfile), 0o600); err != nil {
		r.t.Fatal(err)
	}
	cmd := caddyCommand(ctx, r.t, dir, "run", "--config", "Caddyfile", "--adapter", "caddyfile")
	log := &caddyLog{serving: make(chan struct{})}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.log = log
	select {
	case <-log.serving:
	case <-time.After(patience):
		r.t.Fatalf("Caddy does not serve: %s", log.errors())
	}
	r.inForce.Store(r.written.Load())
	return cmd.Process.Pid, func() { cmd.Wait() }
}

// caddyLog keeps the first errors in Caddy's log.
type caddyLog struct {
	serving chan struct{} // closed when Caddy does

	mu    sync.Mutex
	begun bool
	lines []string
}

// Write looks at what Caddy writes, which is whole lines.
func (l *caddyLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.begun && bytes.Contains(p, []byte("serving initial configuration")) {
		l.begun = true
		close(l.serving)
	}
	if len(l.lines) < 10 && (bytes.Contains(p, []byte(`"level":"error"`)) || bytes.HasPrefix(p, []byte("Error"))) {
		l.lines = append(l.lines, string(p))
	}
	return len(p), nil
}

func (l *caddyLog) errors() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "")
}

// drive keeps all connections busy until the time is over. Each second the
// configuration is reloaded, and half a second later the mapping is edited.
func (r *loadRun) drive(pid int) {
	ctx, cancel := context.WithTimeout(r.t.Context(), *loadFor/(2*loadTurns))
	defer cancel()
	var driving sync.WaitGroup
	for n := range *loadConnections {
		driving.Go(func() {
			for i := n; ctx.Err() == nil; i++ {
				r.one(i % len(loadCases))
			}
		})
	}
	halves := time.NewTicker(time.Second / 2)
	defer halves.Stop()
	for n, failed := 0, int64(0); ; n++ {
		select {
		case <-ctx.Done():
			driving.Wait()
			r.sample(pid)
			r.keepAlive.CloseIdleConnections()
			return
		case <-halves.C:
		}
		if n%2 == 0 {
			r.edit()
			continue
		}
		r.reload()
		r.sample(pid)
		all := r.failures.Load()
		r.perReload = append(r.perReload, float64(all-failed))
		failed = all
	}
}

// reload puts the edition that was written last in force.
func (r *loadRun) reload() {
	r.reloading.Lock()
	defer r.reloading.Unlock()
	req, err := http.NewRequest(http.MethodPost, "http://"+r.admin+"/load", strings.NewReader(r.caddyfile))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "text/caddyfile")
	req.Header.Set("Cache-Control", "must-revalidate") // also where nothing has changed
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Errorf("reloading: %v", err)
		return
	}
	defer resp.Body.Close()
	if said, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		r.t.Errorf("reloading: got %d %s, want 200", resp.StatusCode, said)
		return
	}
	r.inForce.Store(r.written.Load())
}

// statusLine finds the figures of memory in what the system knows of a process.
var statusLine = regexp.MustCompile(`(?m)^(VmHWM|VmRSS):\s*(\d+) kB`)

// sample notes the memory of the process.
func (r *loadRun) sample(pid int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		r.t.Fatalf("this needs Linux: %v", err)
	}
	for _, m := range statusLine.FindAllSubmatch(text, -1) {
		kib, _ := strconv.Atoi(string(m[2]))
		if string(m[1]) == "VmHWM" {
			r.peak = float64(kib) / 1024
		} else {
			r.rss = append(r.rss, float64(kib)/1024)
		}
	}
}

// errUnreached is a request that Caddy's proxy lost.
var errUnreached = errors.New("502 by Caddy itself")

// retry makes a request on a new connection. It does so between two reloads, since
// Caddy resets the new connections too that wait for the old server to take them.
func (r *loadRun) retry(i int) (loadedReply, error) {
	r.reloading.RLock()
	defer r.reloading.RUnlock()
	return r.exchange(r.newConns, i)
}

// one makes one request, and once more on a new connection if it fails.
func (r *loadRun) one(i int) {
	from := r.inForce.Load()
	r.requests.Add(1)
	if loadCases[i].status >= 400 {
		r.errors.Add(1)
	}
	got, err := r.exchange(r.keepAlive, i)
	if err != nil {
		r.failures.Add(1)
		if got, err = r.retry(i); err != nil {
			r.lost.Add(1)
			r.complain("%s: got %v on a new connection too", loadCases[i].name, err)
			return
		}
	}
	to := r.written.Load()
	if want := loadCases[i].expected(r.with); !right(got, want, from, to) {
		r.wrong.Add(1)
		r.complain("%s, editions %d to %d: got %s, want %s", loadCases[i].name, from, to, excerpt(fmt.Sprintf("%+v", got)), excerpt(fmt.Sprintf("%+v", want)))
	}
}

// right compares an answer with what is wanted. That of the edited row is of an
// edition that was in force meanwhile, or the one before, whose server takes a
// connection now and then until it has stopped.
func right(got, want loadedReply, from, to int64) bool {
	if want.body != anyEdition {
		return got == want
	}
	for edition := max(1, from-1); edition <= to; edition++ {
		want.body = editionBody(edition)
		if got == want {
			return true
		}
	}
	return false
}

// exchange makes the request. Without GetBody the transport repeats nothing by itself.
func (r *loadRun) exchange(transport *http.Transport, i int) (loadedReply, error) {
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+r.address+loadCases[i].path, strings.NewReader("grant_type=refresh_token&refresh_token=dummy"))
	if err != nil {
		return loadedReply{}, err
	}
	req.GetBody = nil
	req.Header = http.Header{caseHeader: {strconv.Itoa(i)}, "Content-Type": {"application/x-www-form-urlencoded"}, "Accept-Encoding": {"gzip"}}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return loadedReply{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	got := loadedReply{resp.StatusCode, fieldsOf(resp.Header), string(body)}
	if err == nil && got.unreached(r.with) {
		err = errUnreached
		r.unreached.Add(1)
	}
	return got, err
}
