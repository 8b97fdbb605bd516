package mapping

import (
	"strings"
	"testing"
)

func loadAs(t testing.TB, file, text string) *Mapping {
	t.Helper()
	m, err := Load(file, []byte(text))
	if err != nil {
		t.Fatalf("Load:\n%s\ngot error %v, want none", text, err)
	}
	return m
}

// rows makes a mapping text of the provider test.
func rows(rows ...string) string {
	return "version: 1\nprovider: test\nerrors:\n  - " + strings.Join(rows, "\n  - ") + "\n"
}
