package normalizer

import (
	"os"
	"reflect"
	"slices"
	"testing"
)

// shipped is the library of the mappings that ship with the module.
func shipped() Library { return Library{FS: os.DirFS("../mappings")} }

// eachShipped runs a test for every shipped mapping and its table.
func eachShipped(t *testing.T, run func(t *testing.T, m *Mapping, table *Table)) {
	library := shipped()
	providers := library.Providers()
	if len(providers) == 0 {
		t.Fatal("../mappings: got no mapping, want some")
	}
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) {
			m, err := library.Mapping(provider)
			if err != nil {
				t.Fatalf("loading: %v", err)
			}
			table, err := Compile(Config{Provider: provider}, library.Mapping)
			if err != nil {
				t.Fatalf("compiling: %v", err)
			}
			run(t, m, table)
		})
	}
}

// TestExamples plays every example of every mapping.
func TestExamples(t *testing.T) {
	eachShipped(t, func(t *testing.T, m *Mapping, table *Table) {
		if n := len(m.Examples); n < 5 || !slices.ContainsFunc(m.Examples, func(x Example) bool { return x.Expect.Pass }) {
			t.Errorf("%s: got %d examples, want at least five, and one of them with pass: true", m.File, n)
		}
		for i := range m.Examples {
			x := &m.Examples[i]
			if _, got := table.Check(x); got != "" {
				t.Errorf("%s:%d: %v %d %s: %s", m.File, x.Line, x.Endpoint, x.Status, x.Body, got)
			}
		}
	})
}

// TestRulesAreTheWholeMapping holds that what a handler loads lacks nothing but the
// examples.
func TestRulesAreTheWholeMapping(t *testing.T) {
	eachShipped(t, func(t *testing.T, m *Mapping, _ *Table) {
		rules, err := shipped().Rules(m.Provider)
		if err != nil {
			t.Fatal(err)
		}
		if rules.Examples != nil {
			t.Errorf("%s: got %d examples, want none: examples is the last key of a mapping that ships", m.File, len(rules.Examples))
		}
		rules.Examples = m.Examples
		if !reflect.DeepEqual(rules, m) {
			t.Errorf("%s: got other rules without the examples than with them: examples is the last key of a mapping that ships", m.File)
		}
	})
}

// TestEveryRowWins makes up a response for each combination of what a row names
// and expects the row, or one that says the same, to decide.
func TestEveryRowWins(t *testing.T) {
	eachShipped(t, func(t *testing.T, m *Mapping, table *Table) {
		for _, rule := range m.Rules {
			for _, s := range synthesize(table, rule) {
				if winner := s.winner(table); !twins(winner, rule) {
					by := "no row"
					if winner != nil {
						by = winner.Position() + " " + winner.Text
					}
					t.Errorf("%s: %s:\n  %s\n  got %s, want this row", rule.Position(), rule.Text, s, by)
				}
			}
		}
	})
}

// TestShippedLint holds the shipped mappings to what lint asks of others, and
// refuses rows that are repeated between them instead of standing in a base.
func TestShippedLint(t *testing.T) {
	var all []*Mapping
	eachShipped(t, func(t *testing.T, m *Mapping, table *Table) {
		all = append(all, m)
		for _, remark := range Lint(m, table) {
			t.Error(remark)
		}
	})
	for _, remark := range Repeated(all) {
		t.Error(remark)
	}
}
