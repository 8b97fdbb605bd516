package caddyfile_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the operations page shows of the story: the list of unmapped errors, why a client
// got what it got, and what was added to the file. Each begins like this.
const (
	storyList = "COUNT  "
	storyWhy  = "Read\n"
	storyRows = "  - {status: 403, code: E-117,"
)

// compareStory compares what a command wrote with the lines that the operations page
// shows of it. Moments and the lines of shipped mappings change.
func compareStory(t *testing.T, beginning, said string) {
	t.Helper()
	varying := regexp.MustCompile(`\d{4}-\d\d-\d\d(T[0-9:]+Z)?|oauth2\.yaml:\d+ +| {2,}`)
	said = varying.ReplaceAllString(said, " ")
	for line := range strings.Lines(findFenced(t, operations, "text", beginning).text) {
		if line = strings.TrimSpace(varying.ReplaceAllString(line, " ")); !strings.Contains(said, line) {
			t.Errorf("%s: got\n%s\nwant %s in it", operations, said, line)
		}
	}
}

// TestStory plays the story of the operations page: an error that the mapping does not
// know is found, explained, mapped and reloaded. The Caddyfile stays as it is.
func TestStory(t *testing.T) {
	up := startUpstream(t)
	up.script("locked", answer{wire: sized(forbidden, `{"fault":{"id":"E-404","text":"The refresh token is gone","trace":"7f3d"}}`)})
	dir, gateway, admin := t.TempDir(), freeAddress(t), freeAddress(t)
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mapping := findFenced(t, operations, "yaml", "# mycorp.yaml").text
	write("mycorp.yaml", mapping)
	startBinary(t, dir, fmt.Sprintf(binaryGlobals, admin)+site(gateway, "auth_errors mycorp {\n\t\tmapping mycorp.yaml\n\t}", "reverse_proxy "+up.address))
	ask := func() reply {
		return send(t, protocols(t)[0], http.MethodPost, "http://"+gateway+"/token", field(caseHeader, "locked"), "")
	}
	must := func(wantExit int, in string, args ...string) string {
		t.Helper()
		said := runCaddy(t, dir, strings.NewReader(in), args...)
		if said.exit != wantExit {
			t.Fatalf("caddy %s: got exit %d, want %d\n%s%s", strings.Join(args, " "), said.exit, wantExit, said.out, said.err)
		}
		return said.out
	}

	// The client gets what the status says, which is not what the provider means.
	for range 3 {
		if got := ask(); got.status != 400 || errorIn(got) != "access_denied" {
			t.Fatalf("before: got %d %s, want 400 access_denied", got.status, got.body)
		}
	}

	// The error is found.
	found := must(0, "", "auth-errors", "unmapped", "--address", admin)
	compareStory(t, storyList, found)

	// It is explained: its code is not known, and a bare status decided.
	saved := "HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\n\r\n" + `{"fault":{"id":"E-404","text":"The refresh token is gone"}}`
	explained := must(0, saved, "auth-errors", "explain", "--mapping", "mycorp.yaml", "--path", "/token", "-")
	compareStory(t, storyWhy, explained)

	// It is mapped: the suggestion goes into the file, and gets another error than the one
	// that was in force.
	if got, want := must(0, "", "auth-errors", "unmapped", "--into", "mycorp.yaml", "--address", admin), "# mycorp.yaml: 1 row and 1 example added\n"; got != want {
		t.Fatalf("unmapped --into: got\n%s\nwant\n%s", got, want)
	}
	compareStory(t, storyRows, readText(t, filepath.Join(dir, "mycorp.yaml")))
	again := must(0, "", "auth-errors", "unmapped", "--into", "mycorp.yaml", "--address", admin)
	if !strings.Contains(again, "mycorp.yaml:6 names it already, as access_denied") && !strings.Contains(again, "mycorp.yaml:8 names it already, as access_denied") || !strings.HasSuffix(again, "0 rows and 0 examples added\n") {
		t.Errorf("unmapped --into once more: got\n%s\nwant nothing added", again)
	}
	mapped := readText(t, filepath.Join(dir, "mycorp.yaml"))
	if !strings.Contains(mapped, "code: E-404, error: access_denied") {
		t.Fatalf("unmapped --into: got\n%s\nwant a row for E-404 with access_denied", mapped)
	}
	write("mycorp.yaml", strings.ReplaceAll(mapped, "error: access_denied", "error: invalid_grant"))
	if got := must(0, "", "auth-errors", "lint", "mycorp.yaml"); got != "nothing to report\n" {
		t.Errorf("lint: got %s, want nothing to report", got)
	}
	if got, want := must(0, "", "auth-errors", "test", "mycorp.yaml"), "mycorp.yaml: 2 examples, 0 failed; 2 rows, 0 without an example\n"; got != want {
		t.Errorf("test: got\n%s\nwant\n%s", got, want)
	}

	// It is reloaded, and so normalized.
	must(0, "", "reload", "--config", "Caddyfile", "--address", admin)
	eventually(t, func() string {
		if got := ask(); got.status != 400 || errorIn(got) != "invalid_grant" {
			return fmt.Sprintf("after the reload: got %d %s, want 400 invalid_grant", got.status, got.body)
		}
		return ""
	})
	waitUntilNoneUnmapped(t, admin)
	ask()
	if after := must(0, "", "auth-errors", "unmapped", "--json", "--address", admin); after != "[]\n" {
		t.Errorf("after one more: got\n%s\nwant it no more counted as unmapped", after)
	}

	// A mistake in the file is refused, and what was in force stays so.
	write("mycorp.yaml", strings.Replace(mapping, "login_required", "logon_required", 1))
	if said := runCaddy(t, dir, nil, "reload", "--config", "Caddyfile", "--address", admin); said.exit == 0 || !strings.Contains(said.err, "mycorp.yaml:6") {
		t.Errorf("reloading a mistake: got exit %d\n%s\nwant it refused for mycorp.yaml:6", said.exit, said.err)
	}
	if got := ask(); got.status != 400 || errorIn(got) != "invalid_grant" {
		t.Errorf("after the mistake: got %d %s, want 400 invalid_grant as before", got.status, got.body)
	}
}
