package mapping

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// describe spells out all of a node that mappings look at.
func describe(n *yaml.Node) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d:%d %q", n.Kind, n.Line, n.Value)
	if n.Tag == "!!null" || n.Tag == "!!bool" && n.Value == "true" {
		b.WriteString(n.Tag)
	}
	if n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		b.WriteString(" anchor or tag")
	}
	for _, child := range n.Content {
		b.WriteString("(" + describe(child) + ")")
	}
	return b.String()
}

// parseBoth reads a file with and without the shortcut.
func parseBoth(data []byte) (short, whole string) {
	spell := func(root *yaml.Node, d *nodes) string {
		if root == nil || len(d.problems) > 0 {
			return fmt.Sprint(d.problems)
		}
		return describe(root)
	}
	a, b := &nodes{lines: strings.Split(string(data), "\n")}, &nodes{lines: strings.Split(string(data), "\n")}
	root := parse(a, data)
	short = spell(root, a)
	if !isPrintable(b) || nestingOf(data) > 0 || len(data) > maxFileSize {
		return short, short
	}
	root = parseYAML(b, data)
	if root != nil && !isPlain(b, root, 1) {
		root = nil
	}
	return short, spell(root, b)
}

// TestShortcut: lines that are read without the YAML parser come out as it reads them.
func TestShortcut(t *testing.T) {
	for line, short := range map[string]bool{
		`{status: 403, code: [a, 0123, -1], error: x}`: true,
		`{status: 403, code: [a, 0123], error: x}`:     true,
		`{ status: 403 , code: [ a , b ] }`:            true,
		`{a: "b \"c\" \\ d", e: 'it''s'}`:              true,
		`{a: "b\u0020c"}`:                              false,
		`{a: "b\n\t\"\\n", 'c': '\n'}`:                 true,
		`{a: -}`:                                       false,
		`{a: -b}`:                                      false,
		`{when: {header.X-Y: "*", id.#text: b}}`:       true,
		`{"a": b, 'c': d}`:                             true,
		`{"a":b}`:                                      false,
		`{a: b} # a comment`:                           true,
		`{a: b}# a comment`:                            false,
		`{a: b #c, d: e}`:                              false,
		`{a: b#c}`:                                     true,
		`{a: null}`:                                    false,
		`{a: ~}`:                                       false,
		`{a: }`:                                        false,
		`{a, b: c}`:                                    false,
		`{a: b,}`:                                      false,
		`{a: &b c}`:                                    false,
		`{a: *b}`:                                      false,
		`{a: !t b}`:                                    false,
		`{a: http://b.example/c?d}`:                    false,
		`{a: http://b.example/c}`:                      true,
		`{a: b: c}`:                                    false,
		`{a: b:}`:                                      false,
		`{a: b`:                                        false,
		`{a: b}}`:                                      false,
		`{a: b} c`:                                     false,
		`{a: true, b: "true", c: True}`:                true,
		`{a: 授权码, b: é}`:                               true,
		"{a: \"b\u2028c\"}":                            false,
		`[a, {b: c}, [d]]`:                             true,
		`[a b c, d:e, f]`:                              true,
		`[]`:                                           false,
		`{}`:                                           false,
	} {
		if got := readBlocks([]string{"- " + line}) != nil; got != short {
			t.Errorf("%s: got it read without the parser %t, want %t", line, got, short)
		}
		for _, text := range []string{
			"a: b\nerrors:\n\n  # c\n  - " + line + "\n  - " + line + "\nc: d\n",
			"sources:\n  a: " + line + "\r\n  b: " + line,
			"a: \"b\nerrors:\n  - " + line + "\n  c\"",
			"a: |\n  b\nerrors: # c\n  - " + line + "\n  - |\n    - " + line + "\n  - " + line + "\n",
			"errors:\n  - " + line + "\n---\nerrors:\n  - " + line + "\n",
			"errors:\n  - " + line + "\nerrors:\n  - " + line + "\n",
			"errors:\n  - " + line + "\n  a: " + line + "\n",
			"errors:\n  - a: " + line + "\n    b: c d\n  - e:\n      - " + line + "\n      # f\n\n    g: h\n",
			"errors:\n- " + line + "\na: b\n  c\n",
			"a: " + line + "\n d\n",
		} {
			if got, want := parseBoth([]byte(text)); got != want {
				t.Errorf("%q:\ngot  %s\nwant %s", text, got, want)
			}
		}
	}
}

// TestShortcutOfBlocks: so do files, as long as every value stands on one line.
func TestShortcutOfBlocks(t *testing.T) {
	for text, short := range map[string]bool{
		"a: b\nc: [d, e]\n":                               true,
		"# x\n\na: b c # d\r\ne:\r\n  - f, g [h]\r\n":     true,
		"a:\n  - b: c\n    d:\n      - e\n      - f: g\n": true,
		"a:\n  b:\n    c: 'd'\n  e: \"f\"\ng: h":          true,
		"a: b#c\n":                                        true,
		"a: b:c\n":                                        true,
		"a: true\n":                                       true,
		"a:\n  - true\n  - 0123\n":                        true,
		"a:\n- b\n":                                       false, // as deep as its key
		"a:\n  - - b\n":                                   false,
		"a:\n  -  b: c\n    d: e\n":                       false,
		"a:\n  - b\n    c\n":                              false, // goes on
		"a: b\n c\n":                                      false,
		"a: 'b\n  c'\n":                                   false,
		"a: [b,\n  c]\n":                                  false,
		"a: |\n  b\n":                                     false,
		"a:\nb: c\n":                                      false, // nothing
		"a: null\n":                                       false,
		"a: # b\n":                                        false,
		"a: b: c\n":                                       false,
		"a: b:\n":                                         false,
		"a: b\t# c\n":                                     false,
		"a : b\n":                                         false,
		"\"a\": b\n":                                      false,
		"a: &b c\n":                                       false,
		"a: b\n---\nc: d\n":                               false,
		"a: b\n...\n":                                     false,
		" a: b\n":                                         false,
		"a:\n    b: c\n  d: e\n":                          false,
		"a:\n  b: c\n d: e\n":                             false,
		"a: b\n- c\n":                                     false,
		"a:\n  b: c\n  - d\n":                             false,
		"a: b # \u0085c: d\n":                             false,
		"\ufeffa: b\n":                                    false,
		"":                                                false,
		"# a\n":                                           false,
		strings.Repeat("- ", 40) + "a":                    false,
		"a: " + strings.Repeat("[", 32) + "b" + strings.Repeat("]", 32): false,
	} {
		if got := readBlocks(strings.Split(text, "\n")) != nil; got != short {
			t.Errorf("%q: got it read without the parser %t, want %t", text, got, short)
		}
		if got, want := parseBoth([]byte(text)); got != want {
			t.Errorf("%q:\ngot  %s\nwant %s", text, got, want)
		}
	}
}

// TestShortcutOfShipped: so do the mappings that ship.
func TestShortcutOfShipped(t *testing.T) {
	for _, file := range shipped(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if readBlocks(strings.Split(string(data), "\n")) == nil {
			t.Errorf("%s: got a file that needs the YAML parser, which takes long: write each value on one line", file)
		}
		if got, want := parseBoth(data); got != want {
			t.Errorf("%s: got other nodes than the YAML parser's, want the same", file)
		}
	}
}

func shipped(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("../../mappings/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("got %d mappings, %v, want those that ship", len(files), err)
	}
	return files
}

// FuzzShortcut: and whatever else is in a file.
func FuzzShortcut(f *testing.F) {
	f.Add(goodMapping)
	f.Add(rows(`{a: "b", c: [d, 'e']}`, `{a: &b c}`))
	f.Add("errors:\n  - {a: 'b\n  - {c: d}'}\n")
	f.Add("a: b\n\t# c\nd:\n  - e: f\n    g:\n      - h # i\n  j: k\n")
	f.Add("a:\n  b: {c: d} # e\n  f: [g,\n    h]\n  i: {j: k}\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<12 {
			return
		}
		if got, want := parseBoth([]byte(text)); got != want {
			t.Errorf("%q:\ngot  %s\nwant %s", text, got, want)
		}
	})
}
