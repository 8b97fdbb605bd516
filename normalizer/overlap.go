package normalizer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// overlapFinder finds rows that contradict each other. It compares only rows of
// the same rank and layer that name the same code, status and description, so that
// its cost grows with the number of rows and not with its square.
type overlapFinder struct {
	groups   map[overlapKey][]*compiledRule
	reported map[[2]*Rule]bool
	errs     []error
}

// overlapKey is what two rows must share before they can overlap.
type overlapKey struct {
	rank   rank
	code   string
	status statusRange
	// The literal characters of the description. Rules of equal rank have equally many,
	// so that a text of one that fits the other leaves no room between them.
	literals string
}

func newOverlapFinder() *overlapFinder {
	return &overlapFinder{groups: make(map[overlapKey][]*compiledRule), reported: make(map[[2]*Rule]bool)}
}

// add compares a rule with those added before it.
func (f *overlapFinder) add(c *compiledRule) {
	for _, key := range c.overlapKeys() {
		for _, other := range f.groups[key] {
			if !c.sameResult(other.Rule) && c.overlaps(other) {
				f.report(other.Rule, c.Rule)
			}
		}
		f.groups[key] = append(f.groups[key], c)
	}
}

// overlapKeys returns the groups of a rule.
func (c *compiledRule) overlapKeys() []overlapKey {
	codes := uniqueCodes(c.codes)
	if len(codes) == 0 {
		codes = []string{""}
	}
	literals := ""
	if c.description != nil {
		literals = strings.Join(c.description.parts, "")
	}
	keys := make([]overlapKey, len(codes))
	for i, code := range codes {
		keys[i] = overlapKey{c.rank.withoutPlace(), code, c.status, literals}
	}
	return keys
}

func (f *overlapFinder) report(a, b *Rule) {
	if a == b || f.reported[[2]*Rule{a, b}] {
		return
	}
	f.reported[[2]*Rule{a, b}] = true
	f.errs = append(f.errs, fmt.Errorf("%s: this row and the one at %s fit the same responses and differ in their result: make one of them narrower, or drop it\n    %s\n    %s",
		b.Position(), a.Position(), a.Text, b.Text))
}

func (f *overlapFinder) err() error { return errors.Join(f.errs...) }

// overlaps reports whether a response that fits both rules is sure to exist.
// The rules have the same key already. Conditions on different places
// prove nothing, since the places may never occur together.
func (c *compiledRule) overlaps(o *compiledRule) bool {
	if !c.endpoints.intersects(o.endpoints) {
		return false
	}
	for _, a := range c.when {
		i := slices.IndexFunc(o.when, func(b condition) bool { return a.field.spelled == b.field.spelled })
		if i < 0 || !a.pattern.overlaps(o.when[i].pattern) {
			return false
		}
	}
	return true
}
