package normalizer

import (
	"maps"
	"slices"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// rowIndex finds the rows of a table that may fit.
type rowIndex struct {
	below    *rowIndex                 // the rows of the layers under this index, or nil
	byCode   map[string][]*compiledRow // by folded code, best first
	bare     map[int][]*compiledRow    // rows without a code, by exact status, best first
	bareRest [6][]*compiledRow         // the same for other statuses, by class
	texts    textIndex                 // the rows of the generic layer that look at a text alone
	plain    []*compiledRow            // the other rows without a code, best first
	first    map[string]placeSet       // the places of first conditions

	// looksInto has the endpoints at which a success (2) or a redirect (3) may be an
	// error, because a row says so.
	looksInto [4]registry.EndpointSet
}

// newIndex compiles the rows of the layers, numbered from lowest on. It refuses overlaps
// and sorts the rows. Rows below are used unchanged: a row never overlaps one of another
// layer.
func newIndex(below *rowIndex, lowest int, layers [][]*mapping.Row) (*rowIndex, error) {
	r := &rowIndex{
		below: below, byCode: make(map[string][]*compiledRow), bare: make(map[int][]*compiledRow),
		first: make(map[string]placeSet),
	}
	if below != nil {
		r.plain, r.texts, r.looksInto = slices.Clone(below.plain), below.texts, below.looksInto
		maps.Copy(r.first, below.first)
	}
	var texts []*compiledRow
	overlaps := newOverlapFinder()
	for i, rows := range layers {
		for place, row := range rows {
			for _, c := range compileRow(row, lowest+i, place) {
				overlaps.add(c)
				r.optIn(c)
				c.first = r.firstPlace(c)
				for _, code := range row.FoldedCodes() {
					r.byCode[code] = append(r.byCode[code], c)
				}
				switch {
				case c.isText():
					texts = append(texts, c)
				case len(row.Codes) == 0:
					r.plain = append(r.plain, c)
				}
			}
		}
	}
	if err := overlaps.err(); err != nil {
		return nil, err
	}
	for code, rows := range r.byCode {
		if below != nil {
			rows = append(rows, below.byCode[code]...)
		}
		sortRows(rows)
		r.byCode[code] = rows
	}
	sortRows(r.plain)
	r.indexBare()
	if len(texts) > 0 {
		r.texts = indexTexts(texts)
	}
	return r, nil
}

// firstPlace returns the bit for the place of the first condition of a row.
func (r *rowIndex) firstPlace(c *compiledRow) placeSet {
	if len(c.When) == 0 {
		return 0
	}
	name := c.When[0].Field.String()
	if _, ok := r.first[name]; !ok {
		r.first[name] = 1 << len(r.first) // nothing from the 65th on
	}
	return r.first[name]
}

// optIn notes where a row finds errors under a status below 400. A redirect with the
// error in its URL needs no such row.
func (r *rowIndex) optIn(c *compiledRow) {
	class := c.status.Low / 100
	if c.Error == "" || class != 2 && (class != 3 || len(c.When) == 0) {
		return
	}
	where := c.Endpoints
	if where == 0 {
		where = registry.AllEndpoints &^ registry.PageEndpoints
	}
	r.looksInto[class] |= where
}

// looksIntoAt reports whether a response below 400 may be an error: whether some row
// says so for its class and kind of endpoint.
func (r *rowIndex) looksIntoAt(status int, endpoint registry.Endpoint) bool {
	class := status / 100
	return (class == 2 || class == 3) && r.looksInto[class].Names(endpoint)
}

// indexBare puts the rows without a code under the statuses they fit.
func (r *rowIndex) indexBare() {
	exact := make(map[int]bool)
	for _, c := range r.plain {
		if c.status.Exact() && c.status.Low != 0 {
			exact[c.status.Low] = true
		}
	}
	for _, c := range r.plain {
		for status := range exact {
			if c.status.Has(status) {
				r.bare[status] = append(r.bare[status], c)
			}
		}
		if c.status == (mapping.StatusRange{}) {
			r.bareRest[0] = append(r.bareRest[0], c) // for statuses beyond the classes
		}
		for class := 1; class <= 5; class++ {
			if !c.status.Exact() && c.status.Has(class*100) || c.status == (mapping.StatusRange{}) {
				r.bareRest[class] = append(r.bareRest[class], c)
			}
		}
	}
}

func sortRows(rows []*compiledRow) {
	slices.SortFunc(rows, func(a, b *compiledRow) int {
		switch {
		case a.rank > b.rank:
			return -1
		case a.rank < b.rank:
			return 1
		}
		return 0
	})
}

// rowsFor returns the rows that name the code, best first.
func (r *rowIndex) rowsFor(code string) []*compiledRow {
	if code == "" || len(code) > 2*mapping.MaxCode {
		return nil
	}
	var buf [2 * mapping.MaxCode]byte
	folded := mapping.FoldCode(buf[:0], code)
	for ; r != nil; r = r.below {
		if rows, ok := r.byCode[string(folded)]; ok {
			return rows
		}
	}
	return nil
}

// bareFor returns the rows without a code that are for the status, best first.
func (r *rowIndex) bareFor(status int) []*compiledRow {
	if rows, ok := r.bare[status]; ok {
		return rows
	}
	if class := status / 100; 1 <= class && class <= 5 {
		return r.bareRest[class]
	}
	return r.bareRest[0]
}
