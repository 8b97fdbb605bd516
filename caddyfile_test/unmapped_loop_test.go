package caddyfile_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestUnmappedLoop plays the loop from its beginning: a server that nobody knows, which has
// its error where nobody looks, behind a handler without any mapping. What is seen becomes
// a file, the file is loaded, clients get the right answer, and the list is empty.
func TestUnmappedLoop(t *testing.T) {
	up := startUpstream(t)
	const body = `{"outcome":{"reasonCode":"SEAT-17","wording":"The refresh token of jane@example.com is gone"}}`
	up.script("gone", answer{wire: sized(forbidden, body)})
	dir, gateway, admin := t.TempDir(), freeAddress(t), freeAddress(t)
	caddyfile := func(options string) string {
		return fmt.Sprintf(binaryGlobals, admin) + site(gateway, "auth_errors"+options, "reverse_proxy "+up.address)
	}
	caddy := startBinary(t, dir, caddyfile(""))
	ask := func() reply {
		return send(t, protocols(t)[0], http.MethodPost, "http://"+gateway+"/token", field(caseHeader, "gone"), "")
	}
	run := func(args ...string) string {
		t.Helper()
		said := runCaddy(t, dir, nil, append([]string{"auth-errors"}, args...)...)
		if said.exit != 0 {
			t.Fatalf("caddy auth-errors %s: got exit %d, want 0\n%s%s", strings.Join(args, " "), said.exit, said.out, said.err)
		}
		return said.out
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	if got := ask(); got.status != 400 || errorIn(got) != "access_denied" {
		t.Fatalf("before: got %d %s, want 400 access_denied", got.status, got.body)
	}
	waitFor(t, "warning with the code and the masked text", func() bool {
		return strings.Contains(caddy.log(), `"code":"SEAT-17","description":"The refresh token of *** is gone"`)
	})

	// The file loads as it is, holds its own example, and changes nothing yet.
	rows := run("unmapped", "--rows", "--address", admin)
	for _, want := range []string{"provider: oauth2", "{code: 'outcome.reasonCode', description: 'outcome.wording'}", "code: SEAT-17, error: access_denied", "In force is 400 access_denied"} {
		if !strings.Contains(rows, want) {
			t.Fatalf("unmapped --rows: got\n%s\nwant %s in it", rows, want)
		}
	}
	write("mine.yaml", rows)
	if got, want := run("test", "mine.yaml"), "mine.yaml: 1 examples, 0 failed; 1 rows, 0 without an example\n"; !strings.HasSuffix(got, want) {
		t.Errorf("test: got\n%s\nwant\n%s", got, want)
	}
	write("mine.yaml", strings.ReplaceAll(rows, "error: access_denied", "error: invalid_grant"))
	explained := run("explain", "--mapping", "mine.yaml", "--endpoint", "token", "--status", "403", "--body", body)
	if !strings.Contains(explained, `"error":"invalid_grant"`) || !strings.Contains(explained, "Action    reauthorize") {
		t.Errorf("explain --mapping: got\n%s\nwant invalid_grant, and what to do", explained)
	}

	// What is mapped by a reload leaves the list, and what is not stays.
	up.script("other", answer{wire: sized(forbidden, `{"error":"quite_another"}`)})
	send(t, protocols(t)[0], http.MethodPost, "http://"+gateway+"/token", field(caseHeader, "other"), "")
	write("Caddyfile", caddyfile(" {\n\t\tmapping mine.yaml\n\t}"))
	if said := runCaddy(t, dir, nil, "reload", "--config", "Caddyfile", "--address", admin); said.exit != 0 {
		t.Fatalf("reload: got exit %d\n%s", said.exit, said.err)
	}
	waitFor(t, "list without SEAT-17 after the reload", func() bool {
		return !strings.Contains(run("unmapped", "--address", admin), "SEAT-17")
	})
	if got := ask(); got.status != 400 || errorIn(got) != "invalid_grant" || !strings.Contains(got.body, "The refresh token of *** is gone") {
		t.Errorf("after the reload: got %d %s, want 400 invalid_grant with the text", got.status, got.body)
	}
	if left := run("unmapped", "--address", admin); !strings.Contains(left, "quite_another") || strings.Contains(left, "SEAT-17") {
		t.Errorf("unmapped after the reload: got\n%s\nwant quite_another alone", left)
	}
	if got := run("unmapped", "--clear", "--provider", "auth0", "--address", admin); got != "0 cleared\n" {
		t.Errorf("unmapped --clear --provider auth0: got %s, want 0 cleared", got)
	}
	if got := run("unmapped", "--clear", "--address", admin); got != "1 cleared\n" {
		t.Errorf("unmapped --clear: got %s, want 1 cleared", got)
	}
	if got := run("unmapped", "--address", admin); got != "none seen\n" {
		t.Errorf("unmapped: got\n%s\nwant an empty list", got)
	}
}
