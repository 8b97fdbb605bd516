package caddyfile_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// startBench starts a workbench in a directory and returns its origin.
func startBench(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := caddyCommand(t.Context(), t, dir, append([]string{"auth-errors", "workbench"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // the test's context has ended it
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(address, "http://127.0.0.1:") {
		t.Fatalf("got %q, %v, want the address of the page", address, err)
	}
	return strings.TrimSuffix(address, "/\n")
}

// askBench returns how the page asks its workbench.
func askBench(t *testing.T, address string) func(what string, in, out any) {
	return func(what string, in, out any) {
		t.Helper()
		body, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/api/"+what, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", address)
		r.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(out); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: got %s, %v, want an answer", what, resp.Status, err)
		}
	}
}

// benchRead is what the page is told of a response.
type benchRead struct {
	Provider, Endpoint, Outcome, Error, Row string
	Answer                                  []struct{ Text string }
}

// TestWorkbenchConfig reads a response with the handlers of a Caddyfile: their providers,
// mappings, endpoints and options are those of the page, and the mapping of the editor
// stands for its file.
func TestWorkbenchConfig(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const mine = "version: 1\nprovider: mycorp\nerrors:\n  - {status: 403, code: seat, error: access_denied}\n"
	write("mine.yaml", mine)
	write("Caddyfile", `:8080 {
	auth_errors auth0
}
:8081 {
	auth_errors mycorp {
		mapping mine.yaml
		endpoint token /gate/*
		format problem
	}
}
:8082 {
	auth_errors mycorp {
		mapping mine.yaml
		map 403 seat invalid_scope
	}
}
`)
	ask := askBench(t, startBench(t, dir, "--config", "Caddyfile", "mine.yaml"))
	var started struct {
		Handler  string
		Handlers []struct{ Name, Title string }
	}
	ask("start", struct{}{}, &started)
	if got := fmt.Sprint(started.Handlers, started.Handler); got != "[{#1 auth0} {#2 mycorp} {#3 mycorp}]#2" {
		t.Errorf("got the handlers %s, want three, and to begin with the one of the file", got)
	}
	edited := strings.Replace(mine, "access_denied", "invalid_grant", 1)
	for _, tt := range []struct{ name, provider, mapping, path, want string }{
		{"as it is saved", "#2", mine, "/gate/x", "mycorp token normalized access_denied mine.yaml:4"},
		{"as it is edited", "#2", edited, "/gate/x", "mycorp token normalized invalid_grant mine.yaml:4"},
		{"with the row taken out", "#2", "version: 1\nprovider: mycorp\n", "/gate/x", "mycorp token normalized access_denied oauth2.yaml:"},
		{"with a mistake", "#2", "version: 2", "/gate/x", "mycorp token normalized access_denied mine.yaml:4"},
		{"another path", "#2", edited, "/gat", "mycorp none normalized invalid_grant mine.yaml:4"},
		{"another handler", "#3", edited, "/oauth/token", "mycorp token normalized invalid_scope map row 1"},
		{"another provider", "#1", edited, "/oauth/token", "auth0 token normalized access_denied "},
		{"by name", "mycorp", edited, "/gate/x", "mycorp token normalized invalid_grant mine.yaml:4"},
		{"the mapping alone", "", edited, "/gate/x", "mycorp none normalized invalid_grant mine.yaml:4"},
	} {
		var seen benchRead
		ask("read", map[string]any{"response": `{"error":"seat"}`, "status": 403, "provider": tt.provider, "mapping": tt.mapping, "path": tt.path}, &seen)
		got := strings.Join([]string{seen.Provider, seen.Endpoint, seen.Outcome, seen.Error, filepath.Base(seen.Row)}, " ")
		if !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
		answer := fmt.Sprint(seen.Answer)
		if problem := tt.provider == "#2" || tt.provider == "mycorp"; strings.Contains(answer, "problem+json") != problem {
			t.Errorf("%s: got %s, want the format of the handler", tt.name, answer)
		}
	}
}

// TestWorkbenchAddress picks an unmapped error of a running Caddy.
func TestWorkbenchAddress(t *testing.T) {
	up := startUpstream(t)
	up.script("gone", answer{wire: sized(forbidden, `{"outcome":{"reasons":[{"id":"SEAT-17"}]},"message":"The seat is gone"}`)})
	dir, gateway, admin := t.TempDir(), freeAddress(t), freeAddress(t)
	startBinary(t, dir, fmt.Sprintf(binaryGlobals, admin)+site(gateway, "auth_errors", "reverse_proxy "+up.address))
	send(t, protocols(t)[0], http.MethodPost, "http://"+gateway+"/token", field(caseHeader, "gone"), "")
	ask := askBench(t, startBench(t, dir, "--address", admin))
	var picked []struct{ Provider, Endpoint, Response string }
	ask("unmapped", struct{}{}, &picked)
	if len(picked) != 1 {
		t.Fatalf("got %+v, want the one error", picked)
	}
	var seen benchRead
	ask("read", map[string]any{"response": picked[0].Response, "endpoint": picked[0].Endpoint, "provider": picked[0].Provider}, &seen)
	if !strings.HasPrefix(picked[0].Response, "HTTP/1.1 403 ") || !strings.Contains(fmt.Sprint(seen.Answer), "The seat is gone") {
		t.Errorf("got %+v, read as %+v, want the status and the text that were seen", picked, seen)
	}
}
