package mapping

import (
	"fmt"
	"io"
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
	Reason string // the mistake, with the value and the remedy
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
	d := &nodes{lines: strings.Split(string(data), "\n")}
	m := &Mapping{File: file}
	if root := parse(d, data); root != nil {
		decoder{d, m}.file(root)
	}
	if len(d.problems) == 0 {
		return m, nil
	}
	slices.SortStableFunc(d.problems, func(a, b Problem) int { return a.Line - b.Line })
	return nil, &LoadError{File: file, Problems: d.problems}
}

// LoadFile reads a mapping from r, and refuses more than 1 MiB.
func LoadFile(file string, r io.Reader) (*Mapping, []byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFileSize+1))
	if err != nil {
		return nil, nil, fmt.Errorf("reading the mapping %s: %w", file, err)
	}
	m, err := Load(file, data)
	return m, data, err
}
