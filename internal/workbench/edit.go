package workbench

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/internal/mapfile"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/check"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// edited is the text of the editor.
type edited struct {
	Mapping string `json:"mapping"`
}

// note is a remark on a line. Lines count from 1; 0 is the file as a whole.
type note struct {
	Line int    `json:"line"`
	Text string `json:"text"`
}

// linted has the problems of a mapping.
type linted struct {
	Problems []note `json:"problems"` // it cannot be loaded
	Remarks  []note `json:"remarks"`  // it can, and may not be meant
}

// load reads and compiles the text of the editor. Mistakes come back as notes.
func (w *Workbench) load(text string) (*mapping.Mapping, *normalizer.Table, []note) {
	file := w.file()
	m, err := mapping.Load(file, []byte(text))
	var table *normalizer.Table
	if err == nil {
		table, err = tableOf(m)
	}
	if err == nil {
		return m, table, nil
	}
	var notes []note
	if mistakes := (*mapping.LoadError)(nil); errors.As(err, &mistakes) {
		for _, p := range mistakes.Problems {
			notes = append(notes, note{p.Line, p.Reason})
		}
		return nil, nil, notes
	}
	return nil, nil, overlapsOf(file, err)
}

// overlapsOf returns a note for each pair of contradicting rows, without the text of the
// rows, because the editor shows it.
func overlapsOf(file string, err error) []note {
	var notes []note
	for text := range strings.SplitSeq(err.Error(), "\n") {
		if strings.HasPrefix(text, " ") {
			continue
		}
		n := note{Text: text}
		if number, rest, ok := strings.Cut(strings.TrimPrefix(text, file+":"), ": "); ok {
			if line, err := strconv.Atoi(number); err == nil {
				n = note{line, rest}
			}
		}
		notes = append(notes, n)
	}
	return notes
}

// file returns the name of the mapping for messages.
func (w *Workbench) file() string {
	return filepath.Base(cmp.Or(w.config.File, "mapping.yaml"))
}

func (w *Workbench) lint(in edited) (linted, error) {
	m, table, problems := w.load(in.Mapping)
	out := linted{Problems: problems}
	if m != nil {
		out.Remarks = notesOf(check.Lint(m, table))
	}
	return out, nil
}

func notesOf(remarks []check.Remark) []note {
	var out []note
	for _, r := range remarks {
		out = append(out, note{r.Line, r.Reason})
	}
	return out
}

// tested has the results of the examples of a mapping.
type tested struct {
	Examples    int    `json:"examples"`
	Failed      []note `json:"failed"`
	Uncovered   []note `json:"uncovered"`
	Indifferent []note `json:"indifferent"`
}

func (w *Workbench) test(in edited) (tested, error) {
	m, _, problems := w.load(in.Mapping)
	if m == nil {
		return tested{}, unloaded(problems)
	}
	report, err := check.Run(m, tableOf)
	if err != nil {
		return tested{}, err
	}
	return tested{len(m.Examples), notesOf(report.Failed), notesOf(report.Uncovered), notesOf(report.Indifferent)}, nil
}

// unloaded is the error of a mapping that cannot be loaded.
func unloaded(problems []note) error {
	if len(problems) == 0 {
		return errors.New("the mapping cannot be loaded")
	}
	return fmt.Errorf("the mapping cannot be loaded, line %d: %s", problems[0].Line, problems[0].Text)
}

// addition is a line for one of the lists of a mapping.
type addition struct {
	Mapping string `json:"mapping"`
	List    string `json:"list"` // errors or examples
	Line    string `json:"line"`
}

// added is the mapping with the line, and where it stands, from 1.
type added struct {
	Mapping string `json:"mapping"`
	Line    int    `json:"line"`
}

func (w *Workbench) add(in addition) (added, error) {
	if in.List != "errors" && in.List != "examples" {
		return added{}, fmt.Errorf("list %q: use errors or examples", in.List)
	}
	lines := strings.Split(strings.TrimRight(in.Mapping, "\n"), "\n")
	at := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, in.List+":") })
	if at < 0 {
		lines = append(lines, in.List+":")
		at = len(lines) - 1
	}
	end := at + 1
	for i := at + 1; i < len(lines) && (lines[i] == "" || strings.HasPrefix(lines[i], " ") || strings.HasPrefix(lines[i], "#")); i++ {
		if strings.HasPrefix(lines[i], " ") {
			end = i + 1
		}
	}
	lines = slices.Insert(lines, end, "  "+strings.TrimSpace(in.Line))
	return added{strings.Join(lines, "\n") + "\n", end + 1}, nil
}

// written says where a mapping was written.
type written struct {
	File string `json:"file"`
}

// save writes the mapping to the file that the workbench was started with, unless the
// mapping has mistakes.
func (w *Workbench) save(in edited) (written, error) {
	if w.config.File == "" {
		return written{}, errors.New("there is no file to save to: start the workbench with one")
	}
	if m, _, problems := w.load(in.Mapping); m == nil {
		return written{}, unloaded(problems)
	}
	if err := mapfile.Replace(w.config.File, in.Mapping); err != nil {
		return written{}, fmt.Errorf("saving the mapping: %w", err)
	}
	return written{w.config.File}, nil
}
