package caddyfile_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var testName = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)

// TestSecurityDocument: each attempt of docs/security.md names tests that there are.
func TestSecurityDocument(t *testing.T) {
	known := testNames(t)
	rows := tableOf(t, security, "attempt | what stops it | tests")
	if lines := strings.Count(readText(t, security), "\n| ") - strings.Count(readText(t, security), "\n| attempt"); lines != len(rows) {
		t.Errorf("got %d rows of %d lines, want all of them", len(rows), lines)
	}
	for _, row := range rows {
		if len(row) != 3 {
			t.Errorf("%q: got %d cells, want 3", row, len(row))
			continue
		}
		names := codeSpans(row[2])
		if len(names) == 0 {
			t.Errorf("%s: got no test, want one that holds it", row[0])
		}
		for _, name := range names {
			if !known[name] {
				t.Errorf("%s: got the test %s, which there is not", row[0], name)
			}
		}
	}
}

// testNames are the names of all tests.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range testName.FindAllSubmatch(source, -1) {
			known[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return known
}
