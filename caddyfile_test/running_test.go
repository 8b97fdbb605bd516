package caddyfile_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/auth-errors/caddy-auth-errors/internal/ledger"
)

// binaryGlobals are the global options of a Caddy of its own.
const binaryGlobals = "{\n\tadmin %s\n\tauto_https off\n\tpersist_config off\n\tskip_install_trust\n\tdefault_bind 127.0.0.1\n}\n"

// running is a Caddy of its own.
type running struct {
	cmd *exec.Cmd
	end sync.WaitGroup // of its log

	mu     sync.Mutex
	logged bytes.Buffer
}

// log returns what it has logged so far.
func (r *running) log() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.logged.String()
}

// kill ends it at once, as kill -9 does, and waits until it is gone.
func (r *running) kill() {
	r.cmd.Process.Kill()
	r.end.Wait()
	r.cmd.Wait()
}

// startBinary runs the built Caddy in a directory, until the test ends, and waits
// until it says that it serves.
func startBinary(t *testing.T, dir, caddyfile string) *running {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "Caddyfile"), []byte(caddyfile), 0o600); err != nil {
		t.Fatal(err)
	}
	r := &running{cmd: caddyCommand(context.Background(), t, dir, "run", "--config", "Caddyfile")}
	stderr, err := r.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	serving := make(chan bool, 1)
	r.end.Go(func() {
		defer func() { serving <- false }()
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			r.mu.Lock()
			r.logged.WriteString(lines.Text() + "\n")
			r.mu.Unlock()
			if strings.Contains(lines.Text(), "serving initial configuration") {
				serving <- true
			}
		}
	})
	t.Cleanup(func() {
		r.kill()
		if t.Failed() {
			t.Logf("Caddy's log:\n%s", r.log())
		}
	})
	select {
	case ok := <-serving:
		if !ok {
			t.Fatalf("caddy run ended before it served:\n%s", caddyfile)
		}
	case <-time.After(patience):
		t.Fatalf("caddy run does not serve after %v:\n%s", patience, caddyfile)
	}
	return r
}

// waitUntilNoneUnmapped waits until what a reload has mapped has left the list: Caddy stops
// what was in force before behind the scenes.
func waitUntilNoneUnmapped(t *testing.T, admin string) {
	t.Helper()
	eventually(t, func() string {
		if left := view[[]ledger.Unmapped](t, admin, "unmapped"); len(left) > 0 {
			return fmt.Sprintf("unmapped: got %+v, want nothing", left)
		}
		return ""
	})
}
