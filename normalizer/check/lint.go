package check

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// Remark is a possible mistake in a mapping that loads.
type Remark struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// String returns the remark as file:line: reason.
func (r Remark) String() string { return fmt.Sprintf("%s:%d: %s", r.File, r.Line, r.Reason) }

// generic is the provider of the mapping that lies under all others.
const generic = "oauth2"

// Lint finds possible mistakes that the loader accepts: rows that never decide because
// another row ranks higher, rows without an example, rows whose order decides between
// them, and unusual statuses. The table is the table with the mapping.
func Lint(m *mapping.Mapping, t *normalizer.Table) []Remark {
	var remarks []Remark
	remark := func(line int, format string, args ...any) {
		remarks = append(remarks, Remark{m.File, line, fmt.Sprintf(format, args...)})
	}
	if len(m.Rows)+len(m.Read)+len(m.Endpoints)+len(m.Keep)+len(m.Bases) == 0 {
		remark(1, "the mapping changes nothing: add rows under errors")
	}
	reached := reachedBy(t, m.Examples)
	for _, row := range m.Rows {
		if by := shadowedBy(t, row); by != "" {
			remark(row.Line, "the row never decides: %s", by)
		}
		switch {
		case contains(reached, row):
		case needsPlace(row):
			remark(row.Line, "no example reaches the row: it fits only redirects with the error in their URL; for other redirects name the target, such as when: {header.Location: \"*/login*\"}")
		case len(m.Examples) > 0:
			remark(row.Line, "no example reaches the row: add one")
		}
		if odd := oddStatus(row); odd != "" {
			remark(row.Line, "%s", odd)
		}
	}
	rows := m.Rows
	if m.Provider == generic {
		rows = nil // of its texts, which one decides where two stand in one response is their order
	}
	for _, pair := range normalizer.Unproven(rows) {
		remark(pair[1].Line, "the row and the one at line %d may fit the same response; then the one at line %d decides, because it comes first", pair[0].Line, pair[0].Line)
	}
	slices.SortStableFunc(remarks, func(a, b Remark) int { return cmp.Compare(a.Line, b.Line) })
	return remarks
}

// shadowedBy returns the row that decides in every case in which this row should, or
// nothing if this row decides in some case.
func shadowedBy(t *normalizer.Table, row *mapping.Row) string {
	winner := "no place in read has what it looks for"
	for _, s := range synthesize(t, row) {
		for _, kind := range registry.Endpoints() {
			if row.Endpoints == 0 {
				s.endpoint = kind
			}
			w := s.winner(t)
			if w.IsTwin(row) {
				return ""
			}
			if w != nil {
				winner = w.Position() + " ranks higher"
			}
			if row.Endpoints != 0 {
				break
			}
		}
	}
	return winner
}

// needsPlace reports whether a row is only for redirects and ignores their target.
func needsPlace(r *mapping.Row) bool {
	return len(r.When) == 0 && len(r.Statuses) > 0 && !slices.ContainsFunc(r.Statuses, func(s mapping.StatusRange) bool { return s.Low/100 != 3 })
}

// oddStatus returns a remark on a to_status that the registry does not have for the
// error, unless the status has a meaning of its own.
func oddStatus(r *mapping.Row) string {
	entry, ok := registry.Lookup(r.Error)
	if !ok || r.ToStatus == 0 || registry.KeptStatus(r.ToStatus) {
		return ""
	}
	for _, kind := range registry.Endpoints() {
		if r.ToStatus == entry.StatusAt(kind) {
			return ""
		}
	}
	return fmt.Sprintf("to_status %d is unusual for %s, whose status is %d", r.ToStatus, r.Error, entry.Status)
}

// maxAge is how old the look at a source may be.
const maxAge = 180 * 24 * time.Hour

// Stale returns a remark for each source that was last read more than 180 days before
// now.
func Stale(m *mapping.Mapping, now time.Time) []Remark {
	var remarks []Remark
	for _, s := range m.Sources {
		seen, err := time.Parse(time.DateOnly, s.Retrieved)
		if err == nil && seen.After(now.Add(24*time.Hour)) { // it may be tomorrow elsewhere
			remarks = append(remarks, Remark{m.File, s.Line, fmt.Sprintf("source %s was read on %s, which is to come: correct retrieved", s.Key, s.Retrieved)})
		}
		if age := now.Sub(seen); err == nil && age > maxAge {
			remarks = append(remarks, Remark{m.File, s.Line, fmt.Sprintf("source %s was last read %d days ago: read it again, and set retrieved", s.Key, int(age.Hours()/24))})
		}
	}
	return remarks
}

// Repeated returns a remark for each pair of mappings with five equal rows or more. Such
// rows belong in a base.
func Repeated(mappings []*mapping.Mapping) []Remark {
	var remarks []Remark
	for i, a := range mappings {
		for _, b := range mappings[i+1:] {
			if slices.Contains(a.Bases, b.Provider) || slices.Contains(b.Bases, a.Provider) {
				continue
			}
			if n := commonRows(a, b); n >= 5 {
				remarks = append(remarks, Remark{b.File, 1, fmt.Sprintf("%d rows are the same in %s: move them to a base", n, a.File)})
			}
		}
	}
	return remarks
}

func commonRows(a, b *mapping.Mapping) int {
	n := 0
	for _, row := range b.Rows {
		if !row.IsDocumentary() && contains(a.Rows, row) {
			n++
		}
	}
	return n
}
