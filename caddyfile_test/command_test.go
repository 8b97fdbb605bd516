package caddyfile_test

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// commandDir has a file for each command: the command as typed, and its output. The files
// that commands read are beside them; those named *.http were saved with curl -i.
var commandDir = filepath.Join("testdata", "command")

// transcript is one such file.
type transcript struct {
	file   string
	before string // comments, and the command itself
	typed  string // the command
	want   string
}

// readTranscripts returns the transcripts whose names match.
func readTranscripts(t *testing.T, pattern string) []transcript {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(commandDir, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("looking for %s: got %d files, %v, want some", pattern, len(files), err)
	}
	var all []transcript
	for _, file := range files {
		x := transcript{file: file}
		rest := readText(t, file)
		for x.typed == "" {
			line, after, ok := strings.Cut(rest, "\n")
			command, isCommand := strings.CutPrefix(line, "$ caddy ")
			if !ok || !isCommand && !strings.HasPrefix(line, "#") {
				t.Fatalf("%s: got line %q, want a comment or a command", file, line)
			}
			if isCommand {
				x.typed = command
			}
			x.before, rest = x.before+line+"\n", after
		}
		x.want = rest
		all = append(all, x)
	}
	return all
}

// run types the command, with the words replaced, and compares the output.
func (x transcript) run(t *testing.T, replace ...string) {
	t.Helper()
	words := shellWords(strings.NewReplacer(replace...).Replace(x.typed))
	var in io.Reader
	if i := slices.Index(words, "<"); i >= 0 {
		file, err := os.Open(filepath.Join(commandDir, words[i+1]))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		in, words = file, words[:i]
	}
	x.compare(t, runCaddy(t, commandDir, in, words...).String())
}

// compare compares the output with the file, or writes it there.
func (x transcript) compare(t *testing.T, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(x.file, []byte(x.before+got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != x.want {
		t.Errorf("%s: $ caddy %s\ngot\n%s\nwant\n%s", x.file, x.typed, got, x.want)
	}
}

var (
	// ownLog are the lines that Caddy itself logs, to standard error.
	ownLog = regexp.MustCompile(`(?m)^\{"level":.*\n`)
	// shippedLine is where a row of a shipped mapping stands today.
	shippedLine = regexp.MustCompile(`mappings/[a-z0-9-]+\.yaml:\d+`)
	// moment is a time of the test run.
	moment = regexp.MustCompile(`\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z)?`)
	digit  = regexp.MustCompile(`\d`)
	// manySpaces are what columns are aligned with.
	manySpaces = regexp.MustCompile(` {2,}`)
)

// String is what was said, without what changes from day to day. As many signs
// are left, so that columns stay where they are.
func (s said) String() string {
	text := s.out
	if errors := ownLog.ReplaceAllString(s.err, ""); errors != "" {
		text += "-- stderr --\n" + errors
	}
	if s.exit != 0 {
		text += fmt.Sprintf("-- exit %d --\n", s.exit)
	}
	text = shippedLine.ReplaceAllStringFunc(text, func(found string) string {
		file, line, _ := strings.Cut(found, ":")
		return file + ":" + digit.ReplaceAllString(line, "#")
	})
	if dir, err := filepath.Abs(commandDir); err == nil && strings.Contains(text, dir) {
		// Columns are as wide as the path of this directory.
		text = manySpaces.ReplaceAllString(strings.ReplaceAll(text, dir, here), "  ")
	}
	return text
}

// TestCommands types every command of the directory that needs no running Caddy.
func TestCommands(t *testing.T) {
	for _, x := range readTranscripts(t, "*.golden") {
		name := strings.TrimSuffix(filepath.Base(x.file), ".golden")
		if strings.HasPrefix(name, "unmapped_") {
			continue // TestUnmappedCommand
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x.run(t)
		})
	}
}

// TestEveryCommandHasHelp: every command has a help text with an example.
func TestEveryCommandHasHelp(t *testing.T) {
	help := runCaddy(t, ".", nil, "auth-errors", "--help").out
	_, list, _ := strings.Cut(help, "Available Commands:\n")
	list, _, _ = strings.Cut(list, "\n\n")
	var got []string
	for line := range strings.Lines(list) {
		name := strings.Fields(line)[0]
		got = append(got, name)
		said := runCaddy(t, ".", nil, "auth-errors", name, "--help").out
		if !strings.Contains(said, "Examples:\n") || !strings.Contains(said, "caddy auth-errors "+name) {
			t.Errorf("caddy auth-errors %s --help: got\n%s\nwant an example", name, said)
		}
		if _, err := os.Stat(filepath.Join(commandDir, "help_"+name+".golden")); err != nil {
			t.Errorf("caddy auth-errors %s: got %v, want a file with its help", name, err)
		}
	}
	if want := []string{"catalogue", "explain", "guess", "lint", "list", "probe", "record", "show", "test", "unmapped", "version", "workbench"}; !slices.Equal(got, want) {
		t.Errorf("caddy auth-errors --help: got the commands %v, want %v", got, want)
	}
}

// TestListCommand compares the list with the mappings that ship, and not with a
// file, because mappings grow.
func TestListCommand(t *testing.T) {
	table := strings.Split(strings.TrimSuffix(runCaddy(t, ".", nil, "auth-errors", "list").out, "\n"), "\n")
	if want := []string{"PROVIDER", "ROWS", "EXAMPLES", "CHECKED", "TITLE"}; !slices.Equal(strings.Fields(table[0]), want) {
		t.Errorf("caddy auth-errors list: got the headings %q, want %v", table[0], want)
	}
	var entries []struct {
		Provider, Title, Kind, Checked string
		Rows, Examples                 int
	}
	if err := json.Unmarshal([]byte(runCaddy(t, ".", nil, "auth-errors", "list", "--json").out), &entries); err != nil {
		t.Fatalf("caddy auth-errors list --json: %v", err)
	}
	title := strings.Index(table[0], "TITLE")
	var want []string
	for _, kind := range mapping.Kinds {
		want = append(want, kind+"s:")
		for _, e := range entries {
			m, err := normalizer.Shipped.Mapping(e.Provider)
			if err != nil {
				t.Fatal(err)
			}
			if e.Title != m.Title || e.Kind != m.Kind || e.Rows != len(m.Rows) || e.Examples != len(m.Examples) || e.Checked != lastRetrieved(m) {
				t.Errorf("caddy auth-errors list --json: got %+v, want %s with %d rows and %d examples, checked %s", e, m.Title, len(m.Rows), len(m.Examples), lastRetrieved(m))
			}
			if m.Kind == kind {
				want = append(want, fmt.Sprint(m.Provider, " ", len(m.Rows), " ", len(m.Examples), " ", lastRetrieved(m), " ", m.Title))
			}
		}
	}
	if len(entries) != len(normalizer.Shipped.Providers()) || len(table) != len(want)+1 {
		t.Fatalf("caddy auth-errors list: got %d entries and %d lines, want %d and %d", len(entries), len(table), len(normalizer.Shipped.Providers()), len(want)+1)
	}
	for i, line := range table[1:] {
		isHeading := strings.HasSuffix(want[i], "s:")
		if !slices.Equal(strings.Fields(line), strings.Fields(want[i])) || !isHeading && !strings.HasSuffix(want[i], " "+line[title:]) {
			t.Errorf("caddy auth-errors list: got line %q, want %q, with the title in column %d", line, want[i], title)
		}
	}
}

// TestListCommandFinds: a misspelled name leads to the provider.
func TestListCommandFinds(t *testing.T) {
	for name, want := range map[string][]string{
		"azuread": {"entra"}, "keyclok": {"keycloak"}, "Instagram": {"facebook"}, "auth0": {"auth0"}, "spring": {"spring-boot", "spring-security"}, "xyzzy": nil,
	} {
		said := runCaddy(t, ".", nil, "auth-errors", "list", name)
		var got []string
		for line := range strings.Lines(said.out) {
			if strings.HasPrefix(line, "  ") {
				got = append(got, strings.Fields(line)[0])
			}
		}
		if !slices.Equal(got, want) || (said.exit != 0) != (want == nil) {
			t.Errorf("caddy auth-errors list %s: got %v, exit %d, want %v", name, got, said.exit, want)
		}
	}
}

// lastRetrieved is the latest date of the sources of a mapping.
func lastRetrieved(m *mapping.Mapping) string {
	last := ""
	for _, s := range m.Sources {
		last = max(last, s.Retrieved)
	}
	return last
}

// TestShowCommand: every shipped mapping is shown with a line for each row, and
// with --all also with the rows that lie under it.
func TestShowCommand(t *testing.T) {
	library := normalizer.Shipped
	generic, err := library.Mapping("oauth2")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"auth0", "oauth2", "accelo"} {
		m, err := library.Mapping(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(runCaddy(t, ".", nil, "auth-errors", "show", name).out), "\n")
		if len(lines) != len(m.Rows)+1 {
			t.Fatalf("caddy auth-errors show %s: got %d lines, want headings and %d rows", name, len(lines), len(m.Rows))
		}
		for i, r := range m.Rows {
			if line := lines[i+1]; !strings.HasSuffix(line, "  "+r.Position()) || !strings.Contains(line, "->  "+r.Result()+" ") {
				t.Errorf("caddy auth-errors show %s: got %q, want %s at %s", name, line, r.Result(), r.Position())
			}
		}
		want := len(m.Rows) + len(generic.Rows)
		if name == "oauth2" {
			want = len(generic.Rows)
		}
		var all []json.RawMessage
		if err := json.Unmarshal([]byte(runCaddy(t, ".", nil, "auth-errors", "show", "--all", "--json", name).out), &all); err != nil || len(all) != want {
			t.Errorf("caddy auth-errors show --all --json %s: got %d rows, %v, want %d", name, len(all), err, want)
		}
	}
}
