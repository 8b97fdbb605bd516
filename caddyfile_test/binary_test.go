package caddyfile_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// mainFile is Caddy as xcaddy would build it.
const mainFile = `package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/auth-errors/caddy-auth-errors"
)

func main() { caddycmd.Main() }
`

// scratch is where the binary is, until all tests have run.
var scratch string

// TestMain removes what the tests share.
func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "caddyfile_test"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	caddy.DefaultStorage.Path = filepath.Join(scratch, "storage")
	code := m.Run()
	os.RemoveAll(scratch)
	os.Exit(code)
}

// builtCaddy builds the binary that users have, once. The package of its main
// function is an overlay: it exists for the compiler only, so that the repository
// has no second way to Caddy beside xcaddy.sh.
var builtCaddy = sync.OnceValues(func() (string, error) {
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	file, overlay := filepath.Join(scratch, "main.go"), filepath.Join(scratch, "overlay.json")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(here, "testdata", "caddy", "main.go"): file}})
	if err != nil {
		return "", err
	}
	if err := errors.Join(os.WriteFile(file, []byte(mainFile), 0o600), os.WriteFile(overlay, replace, 0o600)); err != nil {
		return "", err
	}
	binary := filepath.Join(scratch, "caddy")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	build := exec.Command("go", "build", "-mod=readonly", "-buildvcs=false", "-overlay", overlay, "-ldflags=-s -w", "-o", binary, "./testdata/caddy")
	build.Env = append(os.Environ(), "GOPROXY=off", "GOWORK=off")
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building Caddy: %w\n%s", err, said)
	}
	return binary, nil
})

// said is the output of a command, and its exit status.
type said struct {
	out, err string
	exit     int
}

// caddyCommand returns the binary with arguments, in a directory, in UTC, on a machine
// without earlier data of Caddy.
func caddyCommand(ctx context.Context, t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	binary, err := builtCaddy()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, binary, args...)
	home := t.TempDir()
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TZ=UTC", "HOME="+home, "XDG_DATA_HOME="+home, "XDG_CONFIG_HOME="+home, "APPDATA="+home)
	return cmd
}

// runCaddy runs a command of the binary to its end.
func runCaddy(t *testing.T, dir string, in io.Reader, args ...string) said {
	t.Helper()
	if _, err := builtCaddy(); err != nil { // which may take longer than any command
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := caddyCommand(ctx, t, dir, args...)
	var out, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &out, &stderr
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatalf("caddy %s: %v", strings.Join(args, " "), err)
	}
	return said{unixLines(out.String()), unixLines(stderr.String()), cmd.ProcessState.ExitCode()}
}

// unixLines makes line ends of one kind.
func unixLines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }
