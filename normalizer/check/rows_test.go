package check

import (
	"reflect"
	"slices"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// eachShipped runs a test for every shipped mapping and its table.
func eachShipped(t *testing.T, run func(t *testing.T, m *mapping.Mapping, table *normalizer.Table)) {
	library := normalizer.Shipped
	providers := library.Providers()
	if len(providers) == 0 {
		t.Fatal("mappings: got no mapping, want some")
	}
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) {
			m, err := library.Mapping(provider)
			if err != nil {
				t.Fatalf("loading: %v", err)
			}
			table, err := normalizer.New(provider)
			if err != nil {
				t.Fatalf("compiling: %v", err)
			}
			run(t, m, table)
		})
	}
}

// TestExamples plays every example of every mapping.
func TestExamples(t *testing.T) {
	eachShipped(t, func(t *testing.T, m *mapping.Mapping, table *normalizer.Table) {
		if n := len(m.Examples); n < 5 || !slices.ContainsFunc(m.Examples, func(x mapping.Example) bool { return x.Expect.Pass }) {
			t.Errorf("%s: got %d examples, want at least five, and one of them with pass: true", m.File, n)
		}
		for i := range m.Examples {
			x := &m.Examples[i]
			if _, got := Example(table, x); got != "" {
				t.Errorf("%s:%d: %v %d %s: %s", m.File, x.Line, x.Endpoint, x.Status, x.Body, got)
			}
		}
	})
}

// TestRowsAreTheWholeMapping checks that a handler loads everything of a mapping except
// the examples.
func TestRowsAreTheWholeMapping(t *testing.T) {
	eachShipped(t, func(t *testing.T, m *mapping.Mapping, _ *normalizer.Table) {
		rows, err := normalizer.Shipped.Rows(m.Provider)
		if err != nil {
			t.Fatal(err)
		}
		if rows.Examples != nil {
			t.Errorf("%s: got %d examples, want none: examples is the last key of a mapping that ships", m.File, len(rows.Examples))
		}
		rows.Examples = m.Examples
		if !reflect.DeepEqual(rows, m) {
			t.Errorf("%s: got other rows without the examples than with them: examples is the last key of a mapping that ships", m.File)
		}
	})
}

// TestEveryRowWins makes up a response for each combination of the values of a row. The
// row, or one with the same result, must decide.
func TestEveryRowWins(t *testing.T) {
	eachShipped(t, func(t *testing.T, m *mapping.Mapping, table *normalizer.Table) {
		for _, row := range m.Rows {
			for _, s := range synthesize(table, row) {
				if winner := s.winner(table); !winner.IsTwin(row) {
					by := "no row"
					if winner != nil {
						by = winner.Position() + " " + winner.Text
					}
					t.Errorf("%s: %s:\n  %s\n  got %s, want this row", row.Position(), row.Text, s, by)
				}
			}
		}
	})
}

// TestShippedLint runs lint on the shipped mappings, and refuses repeated rows that
// belong into a base.
func TestShippedLint(t *testing.T) {
	var all []*mapping.Mapping
	eachShipped(t, func(t *testing.T, m *mapping.Mapping, table *normalizer.Table) {
		all = append(all, m)
		for _, remark := range Lint(m, table) {
			t.Error(remark)
		}
	})
	for _, remark := range Repeated(all) {
		t.Error(remark)
	}
}
