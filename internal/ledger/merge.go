package ledger

import (
	"cmp"
	"slices"
	"time"
)

// Seen is an instance that has seen an error.
type Seen struct {
	Instance string `json:"instance"`
	// Age is the time in seconds since the instance saved its ledger; 0 for the instance
	// that answers.
	Age   float64 `json:"age"`
	Count int64   `json:"count"`
}

// Merge adds the entries of other instances to own. If there are others, each entry names
// the instances that have seen it. keep chooses which entries of others to add.
func Merge(id string, own []Unmapped, others []Saved, now time.Time, keep func(*Unmapped) bool) []Unmapped {
	if len(others) == 0 {
		return own
	}
	all := make(map[fingerprint]*Unmapped)
	add := func(u Unmapped, by Seen) {
		known, ok := all[keyOf(&u)]
		if !ok {
			all[keyOf(&u)] = &u
			u.Instances = append(u.Instances, by)
			return
		}
		known.Count += u.Count
		known.Instances = append(known.Instances, by)
		if u.FirstSeen.Before(known.FirstSeen) {
			known.FirstSeen = u.FirstSeen
		}
		if u.LastSeen.After(known.LastSeen) {
			known.LastSeen, known.Outcome, known.Error, known.Answered = u.LastSeen, u.Outcome, u.Error, u.Answered
		}
	}
	for _, u := range own {
		add(u, Seen{id, 0, u.Count})
	}
	for _, other := range others {
		for _, u := range other.Entries {
			if keep(&u) {
				add(u, Seen{other.Instance, max(0, now.Sub(other.Saved).Seconds()), u.Count})
			}
		}
	}
	out := make([]Unmapped, 0, len(all))
	for _, u := range all {
		out = append(out, *u)
	}
	sortEntries(out)
	return out
}

// sortEntries puts the most frequent first.
func sortEntries(entries []Unmapped) {
	slices.SortFunc(entries, func(a, b Unmapped) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), a.FirstSeen.Compare(b.FirstSeen), cmp.Compare(a.Code, b.Code))
	})
}
