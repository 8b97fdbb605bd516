// Package mapping reads mapping files. Each row of a file names an error response of one
// provider and its canonical error. [Load] is strict: it refuses everything that it does
// not understand, with file, line and remedy. A [Library] finds mapping files by
// provider. mappings/README.md describes the format.
package mapping

import (
	"strconv"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// Mapping is one mapping file.
type Mapping struct {
	File     string // as errors name it
	Provider string
	Title    string
	Kind     string   // one of Kinds, or empty
	Aliases  []string // other names of the provider
	Bases    []string // mappings below this one, the highest first
	Gaps     []string // known gaps in the rows
	Sources  []Source
	Read     []Read // where the provider puts its error
	Keep     []wire.Path
	Rows     []*Row
	Examples []Example

	// Endpoints has the path patterns of each kind of endpoint.
	Endpoints map[registry.Endpoint][]Pattern

	lines map[string]int // of the keys of the file
}

// Kinds are the kinds of mappings: for frameworks, for gateways in front of servers, for
// services, and for standards.
var Kinds = []string{"framework", "gateway", "provider", "standard"}

// Position returns the position of a key in the file, as file:line.
func (m *Mapping) Position(key string) string {
	if line := m.lines[key]; line > 0 {
		return m.File + ":" + strconv.Itoa(line)
	}
	return m.File
}

// Source is a document with the facts of a mapping.
type Source struct {
	Key       string
	Title     string
	URL       string
	Retrieved string // a date, YYYY-MM-DD
	Line      int    // from 1
}
