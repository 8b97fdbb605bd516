package normalizer

import (
	"errors"
	"fmt"
	"slices"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// overlapFinder finds rows that contradict each other. It compares only rows of the same
// rank and layer with the same code, status and description, so that its cost does not
// grow with the square of the number of rows.
type overlapFinder struct {
	groups   map[overlapKey][]*compiledRow
	reported map[[2]*mapping.Row]bool
	errs     []error
}

// overlapKey has the properties that overlapping rows share.
type overlapKey struct {
	rank   rank
	code   string
	status mapping.StatusRange
	// The literal characters of the description. Rows of equal rank have equally many,
	// so that a text of one that fits the other leaves no room between them.
	literals string
}

func newOverlapFinder() *overlapFinder {
	return &overlapFinder{groups: make(map[overlapKey][]*compiledRow), reported: make(map[[2]*mapping.Row]bool)}
}

// add compares a row with those added before it.
func (f *overlapFinder) add(c *compiledRow) {
	for _, key := range c.overlapKeys() {
		for _, other := range f.groups[key] {
			switch {
			case !c.SameResult(other.Row) && c.overlaps(other):
				f.report(other.Row, c.Row, "this row and the one at %s fit the same responses and differ in their result: make one of them narrower, or drop it")
			case c.Row != other.Row && c.IsTwin(other.Row) && !c.IsDocumentary(): // documents repeat themselves
				f.report(other.Row, c.Row, "this row repeats the one at %s: drop one of them")
			}
		}
		f.groups[key] = append(f.groups[key], c)
	}
}

// overlapKeys returns the groups of a row.
func (c *compiledRow) overlapKeys() []overlapKey {
	codes := c.FoldedCodes()
	if len(codes) == 0 {
		codes = []string{""}
	}
	literals := ""
	if c.description != nil {
		literals = c.description.Literals()
	}
	keys := make([]overlapKey, len(codes))
	for i, code := range codes {
		keys[i] = overlapKey{c.rank.withoutPlace(), code, c.status, literals}
	}
	return keys
}

// report records a mistake in b, which follows a.
func (f *overlapFinder) report(a, b *mapping.Row, what string) {
	if a == b || f.reported[[2]*mapping.Row{a, b}] {
		return
	}
	f.reported[[2]*mapping.Row{a, b}] = true
	f.errs = append(f.errs, fmt.Errorf("%s: "+what+"\n    %s\n    %s", b.Position(), a.Position(), a.Text, b.Text))
}

func (f *overlapFinder) err() error { return errors.Join(f.errs...) }

// overlaps reports whether a response that fits both rows is sure to exist.
// The rows have the same key already. Conditions on different places
// prove nothing, since the places may never occur together.
func (c *compiledRow) overlaps(o *compiledRow) bool {
	if !c.Endpoints.Intersects(o.Endpoints) || !c.Grants.Intersects(o.Grants) || !samePlaces(c.Without, o.Without) {
		return false
	}
	for _, a := range c.When {
		i := slices.IndexFunc(o.When, func(b mapping.Condition) bool { return a.Field.String() == b.Field.String() })
		if i < 0 || !a.Pattern.Overlaps(o.When[i].Pattern) {
			return false
		}
	}
	return true
}

// samePlaces reports whether two lists name the same places. If they do not, nothing is
// proven.
func samePlaces(a, b []mapping.Field) bool {
	return slices.EqualFunc(a, b, func(x, y mapping.Field) bool { return x.String() == y.String() })
}

// Unproven returns pairs of rows with equal rank and different results that may fit the
// same response. If they do, the order of the rows decides.
func Unproven(rows []*mapping.Row) [][2]*mapping.Row {
	groups := make(map[overlapKey][]*compiledRow)
	var pairs [][2]*mapping.Row
	for place, row := range rows {
		for _, c := range compileRow(row, 0, place) {
			for _, key := range c.overlapKeys() {
				key.literals = "" // one text may have the words of two patterns
				for _, other := range groups[key] {
					pair := [2]*mapping.Row{other.Row, row}
					if other.Row != row && !c.SameResult(other.Row) && c.mayMeet(other) && !slices.Contains(pairs, pair) {
						pairs = append(pairs, pair)
					}
				}
				groups[key] = append(groups[key], c)
			}
		}
	}
	return pairs
}

// mayMeet reports whether nothing keeps two rows of one group apart.
func (c *compiledRow) mayMeet(o *compiledRow) bool {
	if !c.Endpoints.Intersects(o.Endpoints) || !c.Grants.Intersects(o.Grants) ||
		c.description != nil && o.description != nil && c.description.Excludes(*o.description) {
		return false
	}
	for _, a := range c.When {
		for _, b := range o.When {
			if a.Field.String() == b.Field.String() && a.Pattern.Excludes(b.Pattern) {
				return false
			}
		}
	}
	return true
}
