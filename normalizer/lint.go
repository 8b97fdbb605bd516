package normalizer

import (
	"cmp"
	"fmt"
	"slices"
)

// Remark is something in a mapping that loads, but may not be what was meant.
type Remark struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// String returns the remark as file:line: reason.
func (r Remark) String() string { return fmt.Sprintf("%s:%d: %s", r.File, r.Line, r.Reason) }

// Lint looks for what the loader cannot refuse: rows that never decide because
// another one ranks higher, rows that no example reaches, rows that may meet in a
// response and then go by their order, and statuses at odds with the registry.
// The table is the one that the mapping is used in.
func Lint(m *Mapping, t *Table) []Remark {
	var remarks []Remark
	remark := func(line int, format string, args ...any) {
		remarks = append(remarks, Remark{m.File, line, fmt.Sprintf(format, args...)})
	}
	reached := t.reachedBy(m.Examples)
	for _, rule := range m.Rules {
		if by := t.shadowedBy(rule); by != "" {
			remark(rule.Line, "the row never decides: %s", by)
		}
		if !slices.ContainsFunc(reached, func(r *Rule) bool { return twins(r, rule) }) {
			remark(rule.Line, "no example reaches the row: add one")
		}
		if odd := oddStatus(rule); odd != "" {
			remark(rule.Line, "%s", odd)
		}
	}
	for _, pair := range unproven(m.Rules) {
		remark(pair[1].Line, "the row and the one at line %d may fit one response; the one at line %d then decides, because it stands first", pair[0].Line, pair[0].Line)
	}
	slices.SortStableFunc(remarks, func(a, b Remark) int { return cmp.Compare(a.Line, b.Line) })
	return remarks
}

// reachedBy returns the rows that decide the examples.
func (t *Table) reachedBy(examples []Example) []*Rule {
	var reached []*Rule
	for i := range examples {
		if rule, _ := t.Check(&examples[i]); rule != nil {
			reached = append(reached, rule)
		}
	}
	return reached
}

// shadowedBy says which row decides wherever the rule should, or nothing if the
// rule decides somewhere.
func (t *Table) shadowedBy(rule *Rule) string {
	winner := "no place in read has what it looks for"
	for _, s := range synthesize(t, rule) {
		for kind := range endpointCount {
			if rule.endpoints == 0 {
				s.endpoint = kind
			}
			w := s.winner(t)
			if twins(w, rule) {
				return ""
			}
			if w != nil {
				winner = w.Position() + " ranks higher"
			}
			if rule.endpoints != 0 {
				break
			}
		}
	}
	return winner
}

// oddStatus says that to_status is neither what the registry says nor a status
// with a meaning of its own.
func oddStatus(r *Rule) string {
	entry, ok := Lookup(r.Error)
	if !ok || r.ToStatus == 0 || r.ToStatus == entry.Status || keptStatuses[r.ToStatus] {
		return ""
	}
	for _, status := range entry.At {
		if r.ToStatus == status {
			return ""
		}
	}
	return fmt.Sprintf("to_status %d is unusual for %s, whose status is %d", r.ToStatus, r.Error, entry.Status)
}

// unproven returns the pairs of rows of equal rank and different result of which
// it can be proven neither that they meet in some response nor that they do not.
func unproven(rules []*Rule) [][2]*Rule {
	groups := make(map[overlapKey][]*compiledRule)
	var pairs [][2]*Rule
	for place, rule := range rules {
		for _, c := range compileRule(rule, 0, place) {
			for _, key := range c.overlapKeys() {
				key.literals = "" // one text may have the words of two patterns
				for _, other := range groups[key] {
					pair := [2]*Rule{other.Rule, rule}
					if other.Rule != rule && !c.sameResult(other.Rule) && c.mayMeet(other) && !slices.Contains(pairs, pair) {
						pairs = append(pairs, pair)
					}
				}
				groups[key] = append(groups[key], c)
			}
		}
	}
	return pairs
}

// mayMeet reports whether nothing keeps two rules of one group apart.
func (c *compiledRule) mayMeet(o *compiledRule) bool {
	if !c.endpoints.intersects(o.endpoints) ||
		c.description != nil && o.description != nil && c.description.excludes(*o.description) {
		return false
	}
	for _, a := range c.when {
		for _, b := range o.when {
			if a.field.spelled == b.field.spelled && a.pattern.excludes(b.pattern) {
				return false
			}
		}
	}
	return true
}

// Repeated returns a remark for each pair of mappings that have five rows or more
// in common, which belong into a base.
func Repeated(mappings []*Mapping) []Remark {
	var remarks []Remark
	for i, a := range mappings {
		for _, b := range mappings[i+1:] {
			if a.Base == b.Provider || b.Base == a.Provider {
				continue
			}
			if n := commonRows(a, b); n >= 5 {
				remarks = append(remarks, Remark{b.File, 1, fmt.Sprintf("%d rows are the same in %s: move them to a base", n, a.File)})
			}
		}
	}
	return remarks
}

func commonRows(a, b *Mapping) int {
	n := 0
	for _, rule := range b.Rules {
		if slices.ContainsFunc(a.Rules, func(r *Rule) bool { return twins(r, rule) && !r.isDocumentary() }) {
			n++
		}
	}
	return n
}

// isDocumentary reports whether a row says only that a registered code means
// itself, as the documents of most providers do.
func (r *Rule) isDocumentary() bool {
	return len(r.descriptions) == 0 && len(r.when) == 0 && len(r.codes) == 1 && r.ToStatus == 0 && r.codes[0] == r.Error
}
