package caddyfile_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

var (
	changelog    = filepath.Join(top, "CHANGELOG.md")
	contributing = filepath.Join(top, ".github", "CONTRIBUTING.md")
	// projectPages are the pages about the project beside the documents.
	projectPages = []string{changelog, contributing, filepath.Join(top, ".github", "SECURITY.md")}
)

// release is the heading of a release in the changelog.
var release = regexp.MustCompile(`(?m)^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$`)

// released returns the version of the last release, as the changelog has it.
func released(t *testing.T) string {
	t.Helper()
	latest := release.FindStringSubmatch(readText(t, changelog))
	if latest == nil {
		t.Fatal("CHANGELOG.md: got no release, want one")
	}
	return "v" + latest[1]
}

// TestVersion: the command shows the version that the changelog has.
func TestVersion(t *testing.T) {
	want := released(t) + "\n"
	if got := runCaddy(t, ".", nil, "auth-errors", "version").String(); got != want {
		t.Errorf("caddy auth-errors version: got %q, want %q as in CHANGELOG.md", got, want)
	}
}

// TestIssueForm: what the form asks for can be made as the form says, out of the response
// that it shows.
func TestIssueForm(t *testing.T) {
	var form struct {
		Body []struct {
			ID         string
			Attributes struct{ Description, Placeholder string }
		}
	}
	if err := yaml.Unmarshal([]byte(readText(t, filepath.Join(top, ".github", "ISSUE_TEMPLATE", "provider.yml"))), &form); err != nil {
		t.Fatal(err)
	}
	placeholders, command := make(map[string]string), regexp.MustCompile("`caddy (auth-errors [^`]+)`")
	dir, ran := t.TempDir(), 0
	for _, field := range form.Body {
		placeholders[field.ID] = field.Attributes.Placeholder
		if field.ID == "response" {
			if err := os.WriteFile(filepath.Join(dir, "response.txt"), []byte(field.Attributes.Placeholder), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, typed := range command.FindAllStringSubmatch(field.Attributes.Description, -1) {
			got := runCaddy(t, dir, nil, shellWords(typed[1])...)
			if got.exit != 0 || got.out == "" {
				t.Errorf("caddy %s: got exit %d and %q, want output", typed[1], got.exit, got.out+got.err)
			}
			if field.ID == "explain" && !strings.Contains(got.out, `"error":"invalid_grant"`) {
				t.Errorf("caddy %s: got\n%s\nwant invalid_grant", typed[1], got.out)
			}
			ran++
		}
	}
	if ran != 4 || placeholders["version"] != released(t) {
		t.Errorf("got %d commands and the version %q, want 4 and %s", ran, placeholders["version"], released(t))
	}
}

// TestContributing: the scripts that contributors run exist.
func TestContributing(t *testing.T) {
	scripts := regexp.MustCompile("`(?:bash )?(\\./xcaddy\\.sh|\\.ci/\\w+)").FindAllStringSubmatch(readText(t, contributing), -1)
	var names []string
	for _, script := range scripts {
		names = append(names, filepath.Base(script[1]))
		if _, err := os.Stat(filepath.Join(top, filepath.FromSlash(script[1]))); err != nil {
			t.Errorf("CONTRIBUTING.md: %v", err)
		}
	}
	for _, want := range []string{"xcaddy.sh", "run", "release"} {
		if !slices.Contains(names, want) {
			t.Errorf("CONTRIBUTING.md: got the scripts %v, want %s among them", names, want)
		}
	}
}

// TestActionsArePinned: a workflow uses actions by their commits, which nobody can move.
func TestActionsArePinned(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(top, ".github", "workflows", "*.yml"))
	if err != nil || len(files) < 2 {
		t.Fatalf("got the workflows %v, %v, want CI and release", files, err)
	}
	pinned := regexp.MustCompile(`^\S+@[0-9a-f]{40} # v[\d.]+$`)
	for _, file := range files {
		for _, use := range regexp.MustCompile(`uses: (.*)`).FindAllStringSubmatch(readText(t, file), -1) {
			if !pinned.MatchString(use[1]) {
				t.Errorf("%s: got %s, want a commit and its tag", file, use[1])
			}
		}
	}
}
