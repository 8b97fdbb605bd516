package caddyfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// top is the directory that the commands of the documents are run in.
const top = ".."

// The documents, by what they are about.
var (
	readme        = filepath.Join(top, "README.md")
	format        = filepath.Join(top, "mappings", "README.md")
	reference     = filepath.Join(top, "docs", "reference.md")
	operations    = filepath.Join(top, "docs", "operate.md")
	providersPage = filepath.Join(top, "docs", "providers.md")
	architecture  = filepath.Join(top, "docs", "architecture.md")
	security      = filepath.Join(top, "docs", "security.md")
)

// documents returns the files of all documents: the READMEs and whatever is in docs.
func documents(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob(filepath.Join(top, "docs", "*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("got the pages %v, error %v, want some", pages, err)
	}
	return append([]string{readme, format}, pages...)
}

// fenced is a fenced block of a document.
type fenced struct {
	file     string
	line     int // of its first line
	language string
	text     string
}

func (b *fenced) String() string {
	return fmt.Sprintf("%s:%d: the %s block", filepath.ToSlash(b.file), b.line, b.language)
}

// name is the file name that a block of YAML has in its first line.
func (b *fenced) name() string {
	first, _, _ := strings.Cut(b.text, "\n")
	name, ok := strings.CutPrefix(first, "# ")
	if !ok || !strings.HasSuffix(name, ".yaml") {
		return ""
	}
	return name
}

// blocksOf cuts the fenced blocks out of a document.
func blocksOf(t *testing.T, file string) []*fenced {
	t.Helper()
	var blocks []*fenced
	var open *fenced
	indent := 0 // of a block inside a list
	for i, line := range strings.Split(readText(t, file), "\n") {
		language, fence := strings.CutPrefix(strings.TrimLeft(line, " "), "```")
		switch {
		case fence && open == nil:
			open, indent = &fenced{file: file, line: i + 2, language: language}, strings.Index(line, "`")
		case fence:
			blocks = append(blocks, open)
			open = nil
		case open != nil:
			open.text += line[min(indent, len(line)):] + "\n"
		}
	}
	if open != nil {
		t.Fatalf("%v: got it left open, want it closed", open)
	}
	return blocks
}

// readText returns a file with line ends of one kind.
func readText(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(data), "\r\n", "\n")
}

// findFenced returns the only block of a document with the language and the words.
func findFenced(t *testing.T, file, language, words string) *fenced {
	t.Helper()
	var found *fenced
	for _, b := range blocksOf(t, file) {
		if b.language != language || !strings.Contains(b.text, words) {
			continue
		}
		if found != nil {
			t.Fatalf("%s: blocks with %q at the lines %d and %d, want one", file, words, found.line, b.line)
		}
		found = b
	}
	if found == nil {
		t.Fatalf("%s: no %s block with %q", file, language, words)
	}
	return found
}

// findFirst returns the first Caddyfile of a document with the words.
func findFirst(t *testing.T, file, words string) *fenced {
	t.Helper()
	for _, b := range blocksOf(t, file) {
		if b.language == "caddyfile" && strings.Contains(b.text, words) {
			return b
		}
	}
	t.Fatalf("%s: no Caddyfile with %q", file, words)
	return nil
}

// tableOf returns the cells of the table with those words in its first line.
func tableOf(t *testing.T, file, header string) [][]string {
	t.Helper()
	var rows [][]string
	inside := false
	for line := range strings.SplitSeq(readText(t, file), "\n") {
		switch {
		case strings.HasPrefix(line, "| "+header):
			inside = true
		case !strings.HasPrefix(line, "|"):
			inside = false
		case inside && !strings.HasPrefix(line, "|---"):
			var cells []string
			for cell := range strings.SplitSeq(strings.Trim(line, "|"), " |") {
				cells = append(cells, strings.TrimSpace(cell))
			}
			rows = append(rows, cells)
		}
	}
	if len(rows) == 0 {
		t.Fatalf("%s: no table that begins with %q", file, header)
	}
	return rows
}

// codeSpans returns what stands between the backticks of a text.
func codeSpans(text string) []string {
	var out []string
	for i, part := range strings.Split(text, "`") {
		if i%2 == 1 {
			out = append(out, part)
		}
	}
	return out
}

// statusesIn returns the HTTP statuses in a text.
func statusesIn(text string) []int {
	var out []int
	for _, word := range regexp.MustCompile(`\b[1-5]\d\d\b`).FindAllString(text, -1) {
		n, _ := strconv.Atoi(word) // it has three digits
		out = append(out, n)
	}
	return out
}

// fileLink finds the links of a document to files and headings.
var fileLink = regexp.MustCompile(`\]\(([^):]+)\)`)

// TestDocumentLinks: files and headings that are linked to exist.
func TestDocumentLinks(t *testing.T) {
	for _, file := range append(documents(t), projectPages...) {
		for _, m := range fileLink.FindAllStringSubmatch(readText(t, file), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			path := filepath.Join(filepath.Dir(file), filepath.FromSlash(target))
			if target == "" {
				path = file
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s: link %s: %v", file, m[1], err)
			} else if anchor != "" && !slices.Contains(anchorsOf(t, path), anchor) {
				t.Errorf("%s: link %s: got no such heading, want one of %v", file, m[1], anchorsOf(t, path))
			}
		}
	}
}

// anchorsOf returns the headings of a document as links spell them.
func anchorsOf(t *testing.T, file string) []string {
	t.Helper()
	var anchors []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(readText(t, file), -1) {
		anchors = append(anchors, anchorOf(m[1]))
	}
	return anchors
}

// anchorOf returns a heading as links spell it.
func anchorOf(heading string) string {
	letters := regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(heading), "")
	return strings.ReplaceAll(letters, " ", "-")
}

// TestDocumentContents: each page but the README begins with a table of its contents.
func TestDocumentContents(t *testing.T) {
	heading := regexp.MustCompile(`(?m)^## (.+)$`)
	for _, file := range documents(t)[1:] {
		text := readText(t, file)
		var want string
		for _, m := range heading.FindAllStringSubmatch(text, -1) {
			want += fmt.Sprintf("- [%s](#%s)\n", m[1], anchorOf(m[1]))
		}
		begin, _, _ := strings.Cut(text, "\n## ")
		if !strings.HasSuffix(begin, "\n\n"+want) {
			t.Errorf("%s: got no table of contents, or another, want before the first heading\n%s", file, want)
		}
	}
}

// TestDocumentTests: the tests that documents name exist.
func TestDocumentTests(t *testing.T) {
	known := testNames(t)
	for _, file := range documents(t) {
		for _, name := range codeSpans(readText(t, file)) {
			if regexp.MustCompile(`^(Test|Fuzz|Benchmark)[A-Z]\w+$`).MatchString(name) && !known[name] {
				t.Errorf("%s: got the test %s, which there is not", file, name)
			}
		}
	}
}
