package caddyfile_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// mistakesDir has the mistakes that people make who use the module for the first time,
// and what they are told, in files of this form:
//
//	=== <name>
//	--- <file>
//	<text>
//	--- $ caddy <arguments>
//	<what it says>
//
// The text of a file with (escaped) behind its name is written with the escapes of Go. A
// name that ends in a slash makes a directory.
var mistakesDir = filepath.Join("testdata", "mistakes")

// userMistake is one section of such a file.
type userMistake struct {
	name  string
	files map[string]string
	typed string
	want  string
	text  string // the section down to the command
}

// readMistakes returns the sections of a file.
func readMistakes(t *testing.T, file string) (all []userMistake) {
	t.Helper()
	sections := strings.Split("\n"+readText(t, file), "\n=== ")
	for _, section := range sections[1:] {
		parts := strings.Split(section, "\n--- ")
		m := userMistake{name: parts[0], files: make(map[string]string)}
		for _, part := range parts[1:] {
			head, body, _ := strings.Cut(part, "\n")
			if typed, isCommand := strings.CutPrefix(head, "$ caddy "); isCommand {
				m.typed, m.want = typed, strings.TrimSuffix(body, "\n")
				m.text = strings.TrimSuffix("=== "+strings.TrimSuffix(section, body), "\n") + "\n"
			} else if name, isEscaped := strings.CutSuffix(head, " (escaped)"); isEscaped {
				text, err := strconv.Unquote(`"` + body + `"`)
				if err != nil {
					t.Fatalf("%s: === %s: %s: got %v, want escapes of Go", file, m.name, name, err)
				}
				m.files[name] = text
			} else {
				m.files[head] = body + "\n"
			}
		}
		if m.typed == "" {
			t.Fatalf("%s: === %s: got no command, want one", file, m.name)
		}
		all = append(all, m)
	}
	return all
}

// make makes the mistake in a directory of its own, and returns what Caddy says.
func (m userMistake) make(t *testing.T) (text string, exit int) {
	t.Helper()
	dir := t.TempDir()
	for name, body := range m.files {
		if strings.HasSuffix(name, "/") {
			if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	said := runCaddy(t, dir, nil, shellWords(m.typed)...)
	lines := strings.Split(said.out, "\n")
	for line := range strings.Lines(said.err) {
		lines = append(lines, logged(strings.TrimSuffix(line, "\n")))
	}
	text = strings.Join(lines, "\n")
	for _, noise := range []string{"adapting config using caddyfile: ", "parsing caddyfile tokens for 'auth_errors': "} {
		text = strings.ReplaceAll(text, noise, "")
	}
	return blankLines.ReplaceAllString(strings.Trim(strings.ReplaceAll(text, dir, here), "\n"), "\n"), said.exit
}

// blankLines are where lines of the log have been left out.
var blankLines = regexp.MustCompile(`\n{2,}`)

// logged returns what a line of standard error tells of auth_errors: an error of Caddy
// or a warning of ours as text, and any other line of its log not at all.
func logged(line string) string {
	var entry map[string]any
	if json.Unmarshal([]byte(line), &entry) != nil {
		return line
	}
	switch {
	case entry["level"] == "error":
		if entry["error"] == nil { // Caddy puts some errors into the message
			return fmt.Sprint("Error: ", entry["msg"])
		}
		return fmt.Sprint("Error: ", entry["error"])
	case entry["logger"] != "http.handlers.auth_errors":
		return ""
	}
	text := fmt.Sprint(entry["level"], ": ", entry["msg"])
	for _, field := range []string{"server", "endpoint", "pattern", "stripped", "write"} {
		if value, ok := entry[field]; ok {
			text += fmt.Sprintf(" %s=%v", field, value)
		}
	}
	return text
}

// placeOfMistake matches where a mistake in a file is.
var placeOfMistake = regexp.MustCompile(`\b(mycorp\.yaml|Caddyfile):[1-9]`)

// TestMistakes makes each of them. What stands in a file is told with its line, and
// nothing is accepted without a word.
func TestMistakes(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(mistakesDir, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("looking for mistakes: got %d files, %v, want some", len(files), err)
	}
	for _, file := range files {
		group := strings.TrimSuffix(filepath.Base(file), ".txt")
		mistakes := readMistakes(t, file)
		rewritten := make([]string, len(mistakes))
		t.Run(group, func(t *testing.T) {
			for i, m := range mistakes {
				t.Run(m.name, func(t *testing.T) {
					t.Parallel()
					got, exit := m.make(t)
					rewritten[i] = m.text + got + "\n"
					warned := exit == 0 && strings.Contains(got, "warn")
					if inFile := group != "commands" && group != "json" && !warned; exit == 0 != warned || inFile && !placeOfMistake.MatchString(got) {
						t.Errorf("$ caddy %s: got exit %d and\n%s\nwant a refusal with file and line, or a warning", m.typed, exit, got)
					}
					if !*update && got != m.want {
						t.Errorf("$ caddy %s: got\n%s\nwant\n%s", m.typed, got, m.want)
					}
				})
			}
		})
		if *update {
			if err := os.WriteFile(file, []byte(strings.Join(rewritten, "")), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestNoMistake: what looks like one and is none is not warned of.
func TestNoMistake(t *testing.T) {
	dir := t.TempDir()
	text := `:8080 {
	route /a/* {
		auth_errors auth0
		reverse_proxy 127.0.0.1:9
	}
	handle /b/* {
		auth_errors okta
		reverse_proxy 127.0.0.1:9
	}
	route /c/* {
		respond /c/ping pong
		auth_errors off
		auth_errors entra
		reverse_proxy 127.0.0.1:9
	}
	@d path /d/*
	@e path /e/*
	auth_errors @d google
	auth_errors @e google
	handle /f/* {
		forward_auth 127.0.0.1:9 {
			uri /auth
		}
		auth_errors {
			endpoint token /f/token/ /f/v1:issue
		}
		reverse_proxy 127.0.0.1:9
	}
	reverse_proxy 127.0.0.1:9
}
`
	if err := os.WriteFile(filepath.Join(dir, "Caddyfile"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	said := runCaddy(t, dir, nil, "validate", "--adapter", "caddyfile", "--config", "Caddyfile")
	if said.exit != 0 || strings.Contains(said.err+said.out, `"http.handlers.auth_errors"`) {
		t.Errorf("validating\n%s: got exit %d and\n%s%s\nwant no warning", text, said.exit, said.out, said.err)
	}
}
