// Package mapping reads mapping files: what one provider sends when something is
// wrong, row by row, and what each row means. [Load] is strict: it refuses all that
// it does not understand, with file, line and remedy. A [Library] finds the mappings
// of a file system by provider. mappings/README.md describes the format.
package mapping

import (
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// Mapping is one mapping file.
type Mapping struct {
	File     string // as errors name it
	Provider string
	Title    string
	Bases    []string // mappings whose rows lie under this one, the highest first
	Gaps     []string // what the rows are known not to cover
	Sources  []Source
	Read     []Read // where the provider puts its error
	Keep     []wire.Path
	Rows     []*Row
	Examples []Example

	// Endpoints has the path patterns of each kind of endpoint.
	Endpoints map[registry.Endpoint][]Pattern
}

// Source is where the facts of a mapping come from.
type Source struct {
	Key       string
	Title     string
	URL       string
	Retrieved string // a date, YYYY-MM-DD
}
