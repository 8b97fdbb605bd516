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

// TestReadmeSecurity: each claim about security names tests that there are.
func TestReadmeSecurity(t *testing.T) {
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
	for _, row := range tableOf(t, readmes[0], "attempt | what stops it") {
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
