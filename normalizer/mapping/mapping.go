// Package mapping reads mapping files: what one provider sends when something is
// wrong, row by row, and what each row means. [Load] is strict: it refuses all that
// it does not understand, with file, line and remedy. A [Library] finds the mappings
// of a file system by provider. mappings/README.md describes the format.
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
	Aliases  []string // what else people call the provider
	Bases    []string // mappings whose rows lie under this one, the highest first
	Gaps     []string // what the rows are known not to cover
	Sources  []Source
	Read     []Read // where the provider puts its error
	Keep     []wire.Path
	Rows     []*Row
	Examples []Example

	// Endpoints has the path patterns of each kind of endpoint.
	Endpoints map[registry.Endpoint][]Pattern

	lines map[string]int // of the keys of the file
}

// Kinds are the sorts of servers that mappings are of: software that people build
// servers with, what stands in front of servers, services, and documents that servers of
// many makers follow.
var Kinds = []string{"framework", "gateway", "provider", "standard"}

// Position returns where a key of the file stands, as file:line.
func (m *Mapping) Position(key string) string {
	if line := m.lines[key]; line > 0 {
		return m.File + ":" + strconv.Itoa(line)
	}
	return m.File
}

// Source is where the facts of a mapping come from.
type Source struct {
	Key       string
	Title     string
	URL       string
	Retrieved string // a date, YYYY-MM-DD
	Line      int    // from 1
}
