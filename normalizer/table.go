package normalizer

import (
	"slices"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// Table is a compiled set of rows. It is immutable and safe for concurrent use.
type Table struct {
	provider     string
	shadow       bool
	hiddenErrors bool
	maxBody      int64 // bytes, as received

	paths   paths          // which kind of endpoint a request is for
	places  places         // where the error stands in a response
	rows    []*mapping.Row // the highest layer first, without the registered codes
	index   rowIndex       // which of the rows fit
	answers answers        // settings of the canonical errors
	style   style          // how it is written
}

// Provider returns the provider of the table.
func (t *Table) Provider() string { return t.provider }

// Rows returns copies of the rows, the highest layer first, each layer in the order of
// its file. Registered codes are not among them.
func (t *Table) Rows() []mapping.Row {
	out := make([]mapping.Row, len(t.rows))
	for i, r := range t.rows {
		out[i] = *r
	}
	return out
}

// NamesStatus reports whether a row without a code names exactly this status.
func (t *Table) NamesStatus(status int) bool {
	_, named := t.index.bare[status]
	return named
}

// EndpointPattern returns the pattern of [Config.Endpoints] that fits a path.
func (t *Table) EndpointPattern(path string) (pattern string, ok bool) {
	p := t.paths.configured.match(mapping.FoldText(cleanPath(path)))
	if p == nil {
		return "", false
	}
	return p.Pattern.String(), true
}

// Read returns the places where the table looks for an error, in order.
func (t *Table) Read() []mapping.Read { return slices.Clone(t.places) }
