package caddyfile_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddytest"
)

// update rewrites the expected results in testdata/adapt and testdata/command. Read the
// changes before you trust them:
//
//	go test ./caddyfile_test -run 'TestAdapt|Command' -update
var update = flag.Bool("update", false, "rewrite the expected results in testdata/adapt and testdata/command")

const (
	// separator stands between the Caddyfile and the expected result.
	separator = "\n----------\n"

	// here stands, in expected results, for the directory of this test: paths of
	// mappings become absolute, and no two machines have the same ones.
	here = "{here}"
)

// position is where a mistake has to be reported, in the Caddyfile at least.
var position = regexp.MustCompile(`\bCaddyfile:[1-9][0-9]*`)

// TestAdapt compares each Caddyfile of testdata/adapt with its JSON, or with the
// error that it is refused with. Files named error_* have to be refused.
func TestAdapt(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "adapt", "*.caddyfiletest"))
	if err != nil || len(files) == 0 {
		t.Fatalf("looking for Caddyfiles: got %d, %v, want some", len(files), err)
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".caddyfiletest"), func(t *testing.T) {
			caddyfile, want := readGolden(t, file)
			got, adaptErr := adapt(caddyfile)
			if refuse := strings.HasPrefix(filepath.Base(file), "error_"); refuse != (adaptErr != nil) {
				t.Fatalf("%s: got JSON %s, error %v, want an error: %t", file, got, adaptErr, refuse)
			}
			if adaptErr != nil && !position.MatchString(adaptErr.Error()) {
				t.Errorf("%s: got error %q, want one with the position in the Caddyfile", file, adaptErr)
			}
			if *update {
				writeGolden(t, file, caddyfile, dir, got, adaptErr)
				return
			}
			if adaptErr != nil {
				if got, want := adaptErr.Error(), strings.ReplaceAll(want, here, dir); got != want {
					t.Errorf("%s: got error\n%s\nwant\n%s", file, got, want)
				}
			} else if !caddytest.CompareAdapt(t, file, caddyfile, "caddyfile", strings.ReplaceAll(want, here, inJSON(dir))) {
				t.Errorf("%s: got another JSON than wanted, see the difference above", file)
			}
		})
	}
}

// readGolden returns the halves of a file, with line ends of one kind.
func readGolden(t *testing.T, file string) (caddyfile, want string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	caddyfile, want, ok := strings.Cut(strings.ReplaceAll(string(data), "\r\n", "\n"), separator)
	if !ok && !*update {
		t.Fatalf("%s: no line %q between Caddyfile and result", file, strings.TrimSpace(separator))
	}
	return strings.TrimSpace(caddyfile) + "\n", strings.TrimSpace(want)
}

// writeGolden replaces the lower half of a file.
func writeGolden(t *testing.T, file, caddyfile, dir string, got []byte, adaptErr error) {
	t.Helper()
	var result string
	if adaptErr != nil {
		result = strings.ReplaceAll(adaptErr.Error(), dir, here)
	} else {
		var indented bytes.Buffer
		if err := json.Indent(&indented, got, "", "\t"); err != nil {
			t.Fatal(err)
		}
		result = strings.ReplaceAll(indented.String(), inJSON(dir), here)
	}
	text := strings.TrimSpace(caddyfile) + separator + result + "\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// inJSON returns a text as it is spelled inside a JSON string.
func inJSON(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return strings.Trim(string(quoted), `"`)
}
