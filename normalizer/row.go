package normalizer

import (
	"slices"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// compiledRow is a row for one status range and one description. One number ranks it.
type compiledRow struct {
	*mapping.Row
	entry       *registry.Entry // of Error; nil if the row lets pass
	status      mapping.StatusRange
	description *mapping.Pattern
	layer       int
	rank        rank
	first       placeSet // the place of the first condition
	clean       bool     // cleanDescription changes no code
}

// placeSet has a bit for each place of a first condition, as far as there are bits. A
// place without a value is looked up only once.
type placeSet uint64

// rank orders rows; the higher one wins. From the highest bits down: number of
// conditions, literal characters of the description, has a code, is not of the
// generic layers (which lie under everything), has an endpoint or a grant or both,
// how exact the status is, the layer, the earlier place in the file.
type rank uint64

const (
	// genericLayer is the layer of the oauth2 mapping; the registered codes lie
	// under it.
	genericLayer = 1

	placeBits = 26
	layerBits = 8
	maxPlace  = 1<<placeBits - 1
	maxLayer  = 1<<layerBits - 1
)

// withoutPlace returns the part of the rank that must be equal for an overlap.
func (r rank) withoutPlace() rank { return r >> placeBits }

// compileRow splits a row into parts of equal rank: one for each status range and each
// description.
func compileRow(row *mapping.Row, layer, place int) []*compiledRow {
	statuses := row.Statuses
	if len(statuses) == 0 {
		statuses = []mapping.StatusRange{{}}
	}
	descriptions := make([]*mapping.Pattern, max(1, len(row.Descriptions)))
	for i := range row.Descriptions {
		descriptions[i] = &row.Descriptions[i]
	}
	var out []*compiledRow
	var entry *registry.Entry
	if e, ok := registry.Lookup(row.Error); ok {
		entry = &e
	}
	clean := !slices.ContainsFunc(row.Codes, func(code string) bool { return cleanDescription(code) != code })
	for _, status := range statuses {
		for _, description := range descriptions {
			c := &compiledRow{Row: row, entry: entry, status: status, description: description, layer: layer, clean: clean}
			c.rank = c.computeRank(place)
			out = append(out, c)
		}
	}
	return out
}

func (c *compiledRow) computeRank(place int) rank {
	r := rank(min(len(c.When)+len(c.Without), 255))
	weight := 0
	if c.description != nil {
		weight = min(c.description.Weight(), 1<<16-1)
	}
	r = r<<16 | rank(weight)
	r = r<<1 | bit(len(c.Codes) > 0)
	r = r<<1 | bit(c.layer > genericLayer)
	r = r<<2 | (bit(c.Endpoints != 0) + bit(c.Grants != 0))
	switch {
	case c.status == mapping.StatusRange{}:
		r <<= 2
	case c.status.Exact():
		r = r<<2 | 2
	default:
		r = r<<2 | 1
	}
	r = r<<layerBits | rank(c.layer)
	return r<<placeBits | rank(maxPlace-min(place, maxPlace))
}

func bit(b bool) rank {
	if b {
		return 1
	}
	return 0
}
