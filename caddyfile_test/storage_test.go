package caddyfile_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/certmagic"

	"github.com/auth-errors/caddy-auth-errors/internal/ledger"
)

func init() { caddy.RegisterModule(new(hangingStorage)) }

// hangingCalls has a channel for each storage that hangs, by its directory, and is told of
// each call that does not return.
var hangingCalls = map[string]chan string{}

// hangingStorage is a storage of Caddy of which a part is dead: who reads or writes a ledger
// there waits for ever, whatever becomes of the context. Caddy itself gets what it wants,
// since its reloads wait for its certificates.
type hangingStorage struct {
	certmagic.FileStorage
}

// CaddyModule returns the Caddy module information.
func (*hangingStorage) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "caddy.storage.hanging", New: func() caddy.Module { return new(hangingStorage) }}
}

// UnmarshalCaddyfile reads the directory.
func (s *hangingStorage) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	if d.Next(); !d.Args(&s.Path) {
		return d.ArgErr()
	}
	return nil
}

// CertMagicStorage returns the storage.
func (s *hangingStorage) CertMagicStorage() (certmagic.Storage, error) { return s, nil }

// hang does not return if the key is one of a ledger.
func (s *hangingStorage) hang(key string) {
	if strings.HasPrefix(key, "auth_errors/") {
		hangingCalls[s.Path] <- key
		select {}
	}
}

func (s *hangingStorage) Store(ctx context.Context, key string, value []byte) error {
	s.hang(key)
	return s.FileStorage.Store(ctx, key, value)
}

func (s *hangingStorage) Load(ctx context.Context, key string) ([]byte, error) {
	s.hang(key)
	return s.FileStorage.Load(ctx, key)
}

func (s *hangingStorage) List(ctx context.Context, prefix string, recursive bool) ([]string, error) {
	s.hang(prefix)
	return s.FileStorage.List(ctx, prefix, recursive)
}

// returns fails the test if something does not return.
func returns(t *testing.T, what string, do func() error) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	case <-time.After(patience):
		t.Fatalf("%s: got nothing within %v", what, patience)
	}
}

// TestHangingStorage: a storage that never answers costs one warning. Requests, views, a
// reload and the end wait for it no longer than they have to.
func TestHangingStorage(t *testing.T) {
	dir := filepath.ToSlash(t.TempDir())
	hangingCalls[dir] = make(chan string, 100)
	provider, address, admin := startMuxProvider(t), freeAddress(t), freeAddress(t)
	text, logFile := withPreamble(t, site(address, "auth_errors auth0", "reverse_proxy "+provider))
	text = strings.Replace(withAdmin(text, admin), "{\n", "{\n\tstorage hanging "+dir+"\n", 1)
	answers := func(when string) {
		t.Helper()
		if got := fetch(t, "http://"+address+"/oauth/token?code=NEW"); got.status != http.StatusBadRequest {
			t.Errorf("%s: got %d %s, want 400", when, got.status, got.body)
		}
	}
	returns(t, "loading", func() error { return load(text) })
	answers("before the storage is used")
	select {
	case <-hangingCalls[dir]:
	case <-time.After(patience):
		t.Fatalf("got no call of the storage within %v", patience)
	}
	answers("while it hangs")
	if got := view[[]ledger.Unmapped](t, admin, "unmapped"); len(got) != 1 || got[0].Count != 2 {
		t.Errorf("unmapped: got %+v, want the two errors of this instance", got)
	}
	returns(t, "reloading", func() error {
		return load(strings.Replace(text, "auth_errors auth0", "auth_errors auth0 {\n\t\tname reloaded\n\t}", 1))
	})
	answers("after a reload")
	returns(t, "stopping", caddy.Stop)
	logged, err := os.ReadFile(logFile)
	if err != nil {
		t.Fatal(err)
	}
	const warning = "keeping the errors that no row names in the storage"
	if n := strings.Count(string(logged), warning); n != 1 {
		t.Errorf("got %d warnings, want 1:\n%s", n, logged)
	}
}

// TestRestart: what the ledger had when Caddy was stopped is shown when it runs again.
func TestRestart(t *testing.T) {
	provider, storage := startMuxProvider(t), t.TempDir()
	const mapping = "version: 1\nprovider: mycorp\n"
	first := startSharer(t, storage, provider, mapping)
	for range 3 {
		if status, _, err := postCode("http://"+first.address+"/token", "NEW-1"); err != nil || status != http.StatusBadRequest {
			t.Fatalf("got %d, %v, want 400", status, err)
		}
	}
	before := view[[]ledger.Unmapped](t, first.admin, "unmapped")
	if said := runCaddy(t, t.TempDir(), nil, "stop", "--address", first.admin); said.exit != 0 {
		t.Fatalf("caddy stop: %+v", said)
	}
	first.end.Wait()
	second := startSharer(t, storage, provider, mapping)
	after := view[[]ledger.Unmapped](t, second.admin, "unmapped")
	if len(before) != 1 || len(after) != 1 || after[0].Count != 3 || after[0].Code != "NEW-1" || !after[0].FirstSeen.Equal(before[0].FirstSeen) {
		t.Errorf("after a restart: got %+v, want what was there before it, %+v", after, before)
	}
	if inForce := view[[]struct{ Drift bool }](t, second.admin, "handlers"); len(inForce) != 1 || inForce[0].Drift {
		t.Errorf("after a restart: got the handlers %+v, want the one, which differs from nothing that runs", inForce)
	}
	saved, err := filepath.Glob(filepath.Join(storage, "auth_errors", "instances", "*.json"))
	if err != nil || len(saved) != 1 {
		t.Errorf("got %v, %v in the storage, want one ledger", saved, err)
	}
}
