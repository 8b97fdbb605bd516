package caddyfile_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/auth-errors/caddy-auth-errors/internal/ledger"
)

// reloaded is a configuration of two handlers, of which one has a mapping file.
type reloaded struct {
	up                    *upstream
	admin, metrics        string
	auth0, mycorp, mapped string // addresses, and the file
	caddyfile             string
}

// newReloaded writes the file and puts the configuration together.
func newReloaded(t *testing.T) *reloaded {
	t.Helper()
	r := &reloaded{up: startUpstream(t), admin: freeAddress(t), metrics: freeAddress(t), auth0: freeAddress(t), mycorp: freeAddress(t)}
	r.mapped = filepath.Join(t.TempDir(), "mycorp.yaml")
	proxy := "reverse_proxy " + r.up.address
	caddyfile, _ := withPreamble(t, site(r.auth0, "auth_errors auth0", proxy)+
		site(r.mycorp, fmt.Sprintf("auth_errors mycorp {\n\t\tmapping %q\n\t}", filepath.ToSlash(r.mapped)), proxy)+site(r.metrics, "metrics"))
	r.caddyfile = withAdmin(caddyfile, r.admin)
	r.up.script("mapped", answer{wire: sized(forbidden, `{"error":"E-1"}`)})
	r.up.script("unmapped", answer{wire: sized(forbidden, `{"error":"E-2"}`)})
	stopAtEnd(t)
	return r
}

// says writes a mapping in which E-1 means the error.
func (r *reloaded) says(t *testing.T, code string) {
	t.Helper()
	text := fmt.Sprintf("version: 1\nprovider: mycorp\nerrors:\n  - {status: 403, code: E-1, error: %s}\n", code)
	if err := os.WriteFile(r.mapped, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// ask returns the error that a client gets, or why it gets none. A server that is
// on its way out may still take a connection and close it unread; clients ask
// again then.
func (r *reloaded) ask(ctx context.Context, address, name string) string {
	for deadline := time.Now().Add(patience); ; {
		code, err := r.askOnce(ctx, address, name)
		if err == nil || ctx.Err() != nil {
			return code
		}
		if time.Now().After(deadline) {
			return err.Error()
		}
	}
}

func (r *reloaded) askOnce(ctx context.Context, address, name string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/token", nil)
	if err != nil {
		return "", err
	}
	req.Header.Set(caseHeader, name)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var object struct{ Error string }
	if err := json.NewDecoder(resp.Body).Decode(&object); err != nil {
		return "", err
	}
	return object.Error, nil
}

// await asks until a client gets the error: the server of the old configuration
// still takes a connection now and then while it stops.
func (r *reloaded) await(t *testing.T, when, address, name, want string) {
	t.Helper()
	eventually(t, func() string {
		if got := r.ask(t.Context(), address, name); got != want {
			return fmt.Sprintf("%s: got %s, want %s", when, got, want)
		}
		return ""
	})
}

// check holds what is in force: two handlers and no more, and what E-1 means.
func (r *reloaded) check(t *testing.T, when, code string) {
	t.Helper()
	var providers []string
	meaning := ""
	for _, h := range view[[]inForce](t, r.admin, "handlers") {
		providers = append(providers, h.Provider)
	}
	for _, h := range view[[]inForce](t, r.admin, "handlers?provider=mycorp") {
		meaning = h.Rows[0].Error
	}
	if want := []string{"auth0", "mycorp"}; !slices.Equal(providers, want) || meaning != code {
		t.Errorf("%s: got the handlers %v in force, E-1 means %s, want %v and %s", when, providers, meaning, want, code)
	}
	r.await(t, when, r.mycorp, "mapped", code)
	r.await(t, when, r.auth0, "unmapped", "access_denied")
}

// seen returns how often the error was counted, by the metrics and by the ledger.
func (r *reloaded) seen(t *testing.T, code string) (counted, unmapped float64) {
	t.Helper()
	labels := auditLine{Provider: "auth0", Endpoint: "token", Error: code, Outcome: "normalized"}.labels()
	for _, u := range view[[]ledger.Unmapped](t, r.admin, "unmapped") {
		if u.Code == "E-2" {
			unmapped += float64(u.Count)
		}
	}
	return samples(t, "http://"+r.metrics, "caddy_auth_errors_responses_total")[labels], unmapped
}

// TestReloads: with requests and readers under way, an edited file is in force
// after a reload; a reload that fails changes nothing; what was counted stays.
func TestReloads(t *testing.T) {
	r := newReloaded(t)
	r.says(t, "invalid_grant")
	if err := load(r.caddyfile); err != nil {
		t.Fatal(err)
	}
	stop := r.disturb(t)
	r.check(t, "at first", "invalid_grant")

	r.says(t, "login_required")
	if err := load(r.caddyfile); err != nil {
		t.Fatalf("reloading an edited mapping: %v", err)
	}
	r.check(t, "after the first reload", "login_required")

	config, err := adapt(r.caddyfile)
	if err != nil {
		t.Fatal(err)
	}
	r.says(t, "server_error") // behind the back of the configuration, so that Provision refuses it
	if err := caddy.Load(config, true); err == nil || !strings.Contains(err.Error(), "mycorp.yaml has changed") {
		t.Fatalf("reloading a configuration that was made of another file: got %v, want it refused", err)
	}
	r.check(t, "after the failed reload", "login_required")

	if err := load(r.caddyfile); err != nil {
		t.Fatalf("reloading an edited mapping: %v", err)
	}
	r.check(t, "after the last reload", "server_error")
	stop()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()

	counted, unmapped := r.seen(t, "access_denied")
	r.ask(t.Context(), r.auth0, "unmapped")
	if err := load(r.caddyfile); err != nil {
		t.Fatal(err)
	}
	r.ask(t.Context(), r.auth0, "unmapped")
	more, moreUnmapped := r.seen(t, "access_denied")
	if unmapped < 5 || more-counted != 2 || moreUnmapped-unmapped != 2 {
		t.Errorf("across a reload: got %v counted and %v in the ledger, then %v and %v, want two more of each", counted, unmapped, more, moreUnmapped)
	}
}

// disturb keeps asking both handlers and reading all views until it is stopped.
func (r *reloaded) disturb(t *testing.T) (stop func()) {
	var stopped atomic.Bool
	var busy sync.WaitGroup
	keep := func(ask func()) {
		busy.Go(func() {
			for !stopped.Load() {
				ask()
			}
		})
	}
	among := func(what, got string, want ...string) {
		if !slices.Contains(want, got) {
			t.Errorf("%s during reloads: got %s, want one of %v", what, got, want)
			stopped.Store(true)
		}
	}
	keep(func() {
		among("mycorp", r.ask(t.Context(), r.mycorp, "mapped"), "invalid_grant", "login_required", "server_error")
	})
	keep(func() { among("auth0", r.ask(t.Context(), r.auth0, "unmapped"), "access_denied") })
	for _, name := range []string{"handlers", "unmapped", "providers"} {
		// The admin API itself is away for a moment, so an answer is not demanded.
		keep(func() {
			if resp, err := http.Get("http://" + r.admin + "/auth_errors/" + name); err == nil {
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
	return func() {
		stopped.Store(true)
		busy.Wait()
	}
}

// TestReloadDuringRequest: a request that was under way when the table changed is
// answered by the table that it began with.
func TestReloadDuringRequest(t *testing.T) {
	r := newReloaded(t)
	r.says(t, "invalid_grant")
	if err := load(r.caddyfile); err != nil {
		t.Fatal(err)
	}
	arrived, goOn := make(chan struct{}), make(chan struct{})
	r.up.script("slow", answer{play: func(_ *testing.T, conn net.Conn, _ *bufio.Reader) {
		close(arrived)
		<-goOn
		io.WriteString(conn, sized(forbidden, `{"error":"E-1"}`))
	}})
	slow := make(chan string, 1)
	go func() { slow <- r.ask(context.WithoutCancel(t.Context()), r.mycorp, "slow") }()
	<-arrived
	r.says(t, "login_required")
	if err := load(r.caddyfile); err != nil {
		t.Fatal(err)
	}
	r.await(t, "a new request", r.mycorp, "mapped", "login_required")
	close(goOn)
	if got := <-slow; got != "invalid_grant" {
		t.Errorf("the request under way: got %s, want invalid_grant", got)
	}
}

// TestFailedLoadLeavesNothing: handlers that were provisioned for a configuration
// that another one made fail are not in force.
func TestFailedLoadLeavesNothing(t *testing.T) {
	r := newReloaded(t)
	r.says(t, "invalid_grant")
	for _, broken := range []string{"mode: bogus", "no_such_module"} {
		if err := load(r.caddyfile); err != nil {
			t.Fatal(err)
		}
		config, err := adapt(r.caddyfile)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(string(config), `"handler":"reverse_proxy"`, `"handler":"no_such_module"`, 1)
		if broken == "mode: bogus" {
			text = strings.Replace(string(config), `"provider":"auth0"`, `"provider":"auth0","mode":"bogus"`, 1)
		}
		if err := caddy.Load([]byte(text), true); err == nil {
			t.Fatalf("%s: got it loaded, want it refused", broken)
		}
		r.check(t, broken, "invalid_grant")
	}
}
