package caddyfile_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/auth-errors/caddy-auth-errors/internal/ledger"
)

// sharer is one of the instances that share a storage.
type sharer struct {
	*running
	address, admin string
}

// startSharer runs an instance on a storage directory.
func startSharer(t *testing.T, storage, provider, mapping string) sharer {
	t.Helper()
	dir, m := t.TempDir(), sharer{address: freeAddress(t), admin: freeAddress(t)}
	if err := os.WriteFile(filepath.Join(dir, "mine.yaml"), []byte(mapping), 0o600); err != nil {
		t.Fatal(err)
	}
	globals := strings.Replace(fmt.Sprintf(binaryGlobals, m.admin), "{\n", fmt.Sprintf("{\n\tstorage file_system %q\n", filepath.ToSlash(storage)), 1)
	m.running = startBinary(t, dir, globals+site(m.address, "auth_errors mycorp {\n\t\tmapping mine.yaml\n\t}", "reverse_proxy "+provider))
	return m
}

// TestInstances: three instances on one storage directory, behind a Caddy that balances
// them, are killed one after another under load. What each has seen five seconds before
// its end is shown by those that are left, and by a new one; no client gets a wrong answer.
func TestInstances(t *testing.T) {
	provider := startMuxProvider(t)
	storage := t.TempDir()
	const mapping = "version: 1\nprovider: mycorp\nerrors:\n  - {status: 403, code: E-1, error: invalid_grant}\n"
	var members []sharer
	var upstreams []string
	for range 3 {
		m := startSharer(t, storage, provider, mapping)
		members, upstreams = append(members, m), append(upstreams, m.address)
	}
	gateway := freeAddress(t)
	startBinary(t, t.TempDir(), fmt.Sprintf(binaryGlobals, freeAddress(t))+site(gateway,
		"reverse_proxy "+strings.Join(upstreams, " ")+" {\n\t\tlb_policy round_robin\n\t\tlb_try_duration 10s\n\t\tlb_try_interval 20ms\n\t\tlb_retry_match {\n\t\t\tmethod POST\n\t\t}\n\t\trequest_buffers 4KiB\n\t}"))

	// Load: an error that all of them know.
	var wrong, sent atomic.Int64
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				status, body, err := postCode("http://"+gateway+"/token", "E-1")
				if sent.Add(1); err != nil || status != 400 || !strings.Contains(body, `"error":"invalid_grant"`) {
					wrong.Add(1)
					t.Logf("got %d %s, %v", status, body, err)
				}
			}
		})
	}
	seen := func(admin string) map[string]bool {
		codes := make(map[string]bool)
		for _, u := range view[[]ledger.Unmapped](t, admin, "unmapped") {
			codes[u.Code] = true
		}
		return codes
	}
	var codes []string
	last := members[2].admin
	for i, m := range members {
		codes = append(codes, fmt.Sprint("NEW-", i))
		if _, _, err := postCode("http://"+m.address+"/token", codes[i]); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if i == 2 { // nobody of the three will be left to be asked
			last = startSharer(t, storage, provider, strings.Replace(mapping, "E-1", "E-2", 1)).admin
		}
		waitFor(t, "entry of an instance at another one", func() bool { return seen(last)[codes[i]] })
		if took := time.Since(began); i < 2 && took > 5*time.Second {
			t.Errorf("instance %d: its entry was saved after %v, want 5 s at most", i, took)
		}
		if i == 2 {
			close(stop)
			clients.Wait()
		}
		m.kill()
		for _, code := range codes {
			if !seen(last)[code] {
				t.Errorf("after the end of instance %d: %s is lost, want what was seen before it", i, code)
			}
		}
	}
	if wrong.Load() > 0 || sent.Load() == 0 {
		t.Errorf("got %d wrong answers of %d, want none", wrong.Load(), sent.Load())
	}
	t.Logf("of %d answers under load %d were wrong", sent.Load(), wrong.Load())

	shown := runCaddy(t, t.TempDir(), nil, "auth-errors", "unmapped", "--address", last).out
	for _, want := range append(codes, "INSTANCE", " ago") {
		if !strings.Contains(shown, want) {
			t.Errorf("unmapped: got\n%s\nwant %s in it", shown, want)
		}
	}
	drifting := 0
	for _, h := range view[[]struct{ Drift bool }](t, last, "handlers") {
		if h.Drift {
			drifting++
		}
	}
	if drifting < 2 {
		t.Errorf("handlers: got %d that drift, want the one here and those with other files", drifting)
	}
	if said := runCaddy(t, t.TempDir(), nil, "auth-errors", "unmapped", "--clear", "--address", last); said.out != "3 cleared\n" {
		t.Errorf("unmapped --clear: got %s%s, want 3 cleared", said.out, said.err)
	}
	if left := seen(last); len(left) != 0 {
		t.Errorf("after clearing: got %v, want nothing of any instance", left)
	}
}

// TestBrokenStorage: a storage that cannot be written costs one warning, and no answer.
func TestBrokenStorage(t *testing.T) {
	provider := startMuxProvider(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	m := startSharer(t, filepath.Join(file, "below"), provider, "version: 1\nprovider: mycorp\n")
	const warning = "keeping the errors that no row names in the storage"
	if status, _, err := postCode("http://"+m.address+"/token", "NEW"); err != nil || status != 400 {
		t.Fatalf("got %d, %v, want 400", status, err)
	}
	waitFor(t, "warning", func() bool { return strings.Contains(m.log(), warning) })
	if status, body, err := postCode("http://"+m.address+"/token", "NEW"); err != nil || status != 400 {
		t.Errorf("with the broken storage: got %d %s, %v, want 400", status, body, err)
	}
}

// startMuxProvider runs a provider that refuses with the code that it is asked for.
func startMuxProvider(t *testing.T) string {
	t.Helper()
	address := freeAddress(t)
	server := &http.Server{Addr: address, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, `{"error":%q}`, r.FormValue("code"))
	})}
	go server.ListenAndServe()
	t.Cleanup(func() { server.Close() })
	return address
}

// postCode asks for a refusal.
func postCode(url, code string) (status int, body string, err error) {
	resp, err := http.Post(url, "application/x-www-form-urlencoded", strings.NewReader("grant_type=refresh_token&client_secret=dummy&code="+code))
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}
