package normalizer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Limits of a mapping file.
const (
	maxFileSize = 1 << 20 // bytes
	maxNesting  = 32      // levels
)

// Problem is one mistake in a mapping file.
type Problem struct {
	Line   int    // from 1
	Reason string // what is wrong, with the value, and what to do
	Text   string // the line itself
}

// LoadError lists all mistakes of one mapping file.
type LoadError struct {
	File     string
	Problems []Problem
}

// Error returns a line for each mistake, followed by the line it is in.
func (e *LoadError) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s:%d: %s", e.File, p.Line, p.Reason)
		if text := strings.TrimSpace(p.Text); text != "" {
			fmt.Fprintf(&b, "\n    %s", text)
		}
	}
	return b.String()
}

// Load reads one mapping file strictly; file is its name in errors. Unknown or
// repeated keys, a second document, anchors, nesting over 32 levels, files over
// 1 MiB, unregistered errors, bad patterns and unknown sources are mistakes. All
// mistakes of a file are returned at once, as a [*LoadError].
func Load(file string, data []byte) (*Mapping, error) {
	d := &decoder{file: file, lines: strings.Split(string(data), "\n")}
	m := &Mapping{File: file}
	if root := d.parse(data); root != nil {
		d.mapping(root, m)
	}
	if len(d.problems) == 0 {
		return m, nil
	}
	slices.SortStableFunc(d.problems, func(a, b Problem) int { return a.Line - b.Line })
	return nil, &LoadError{File: file, Problems: d.problems}
}

// Library finds mappings by provider in a file system that holds
// <provider>.yaml files, such as the embedded ones.
type Library struct{ FS fs.FS }

// ErrNoMapping is returned for a provider without a mapping.
var ErrNoMapping = errors.New("no mapping ships for it: use a provider that 'caddy auth-errors list' shows, or define it in a mapping file")

// Providers lists the providers, sorted.
func (l Library) Providers() []string {
	names, _ := fs.Glob(l.FS, "*.yaml") // the pattern is a good one
	for i, name := range names {
		names[i] = strings.TrimSuffix(name, ".yaml")
	}
	slices.Sort(names)
	return names
}

// Mapping loads the mapping of a provider. The error wraps [ErrNoMapping] if
// there is none.
func (l Library) Mapping(provider string) (*Mapping, error) {
	return l.load(provider, func(data []byte) []byte { return data })
}

// Rules loads the mapping of a provider without what no table is made of: its examples,
// which are more than half of the file, and its comments.
func (l Library) Rules(provider string) (*Mapping, error) {
	return l.load(provider, rulesOf)
}

// rulesOf cuts a mapping off before its examples, which stand at the end of every
// mapping that ships, and empties the lines that are comments.
func rulesOf(data []byte) []byte {
	if i := bytes.Index(data, []byte("\nexamples:")); i >= 0 {
		data = data[:i+1]
	}
	rules := make([]byte, 0, len(data))
	for line := range bytes.Lines(data) {
		if bytes.HasPrefix(bytes.TrimLeft(line, " "), []byte{'#'}) {
			line = []byte{'\n'}
		}
		rules = append(rules, line...)
	}
	return rules
}

func (l Library) load(provider string, part func([]byte) []byte) (*Mapping, error) {
	if !isName(provider) {
		return nil, fmt.Errorf("provider %q: %w", provider, ErrNoMapping)
	}
	file := provider + ".yaml"
	data, err := fs.ReadFile(l.FS, file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("provider %q: %w", provider, ErrNoMapping)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the mapping of %q: %w", provider, err)
	}
	m, err := Load(path.Join("mappings", file), part(data))
	if err != nil {
		return nil, err
	}
	if m.Provider != provider {
		return nil, fmt.Errorf("mappings/%s: provider %q: must be the name of the file, %q", file, m.Provider, provider)
	}
	return m, nil
}

// LoadFile reads a user's mapping from r, refusing more than 1 MiB.
func LoadFile(file string, r io.Reader) (*Mapping, []byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFileSize+1))
	if err != nil {
		return nil, nil, fmt.Errorf("reading the mapping %s: %w", file, err)
	}
	m, err := Load(file, data)
	return m, data, err
}

// isName reports whether s can name a provider: lower case letters, digits and
// hyphens.
func isName(s string) bool {
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return s != ""
}

// blockItem matches a line that begins an item or a member of a block collection.
var blockItem = regexp.MustCompile(`^ *(- |[a-z_]+: )`)

// nestingOf returns the first line on which flow collections or block sequences
// nest deeper than allowed, or 0. It runs before the YAML parser, whose cost
// grows faster than the input on deeply nested ones.
func nestingOf(data []byte) int {
	depth, line := 0, 0
	var quote byte
	for text := range bytes.Lines(data) {
		line++
		dashes := 0
		if blockItem.Match(text) {
			depth = 0 // no flow collection goes on here; what looked like one was text
		}
		for i := 0; i < len(text); i++ {
			c := text[i]
			switch {
			case quote != 0:
				if c == '\\' && quote == '"' {
					i++
				} else if c == quote {
					quote = 0
				}
			case (c == '"' || c == '\'') && (i == 0 || strings.IndexByte(" \t[{,:-", text[i-1]) >= 0):
				quote = c
			case c == '#' && (i == 0 || text[i-1] == ' '):
				i = len(text)
			case c == '[' || c == '{':
				depth++
			case c == ']' || c == '}':
				depth--
			case c == '-':
				dashes++
			}
			if depth > maxNesting || dashes > maxNesting && strings.Trim(string(text[:i]), "- ?") == "" {
				return line
			}
		}
	}
	return 0
}
