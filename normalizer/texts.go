package normalizer

import (
	"encoding/binary"
	"slices"
)

// textIndex finds rows of the generic layer that look only at a text. There are hundreds
// of them. Each is indexed by four characters that every matching text contains.
type textIndex struct {
	byGram map[gram][]*compiledRow
	grams  gramSet
	rest   []*compiledRow // patterns without four characters in a row
}

// gram is four characters of a folded text.
type gram [4]byte

// gramSet has a bit for each gram, which some share. Most grams of a text are in none of
// the patterns, and asking the set costs a tenth of asking a map.
type gramSet [1 << (32 - gramShift - 6)]uint64

const gramShift = 20 // leaves 12 bits of a hash

func (s *gramSet) bit(g gram) (word *uint64, mask uint64) {
	hash := binary.LittleEndian.Uint32(g[:]) * 0x9e3779b1 >> gramShift
	return &s[hash>>6], 1 << (hash & 63)
}

func (s *gramSet) add(g gram) {
	word, mask := s.bit(g)
	*word |= mask
}

// may reports whether the set may have the gram.
func (s *gramSet) may(g gram) bool {
	word, mask := s.bit(g)
	return *word&mask != 0
}

// isText reports whether a row is one that the index is for.
func (c *compiledRow) isText() bool {
	return c.layer == genericLayer && c.description != nil && len(c.Codes) == 0
}

// index puts each row under the gram of its pattern that the fewest others have.
func indexTexts(rows []*compiledRow) textIndex {
	x := textIndex{byGram: make(map[gram][]*compiledRow)}
	uses := make(map[gram]int)
	for _, c := range rows {
		for _, g := range gramsOf(c) {
			uses[g]++
		}
	}
	for _, c := range rows {
		grams := gramsOf(c)
		if len(grams) == 0 {
			x.rest = append(x.rest, c)
			continue
		}
		rarest := slices.MinFunc(grams, func(a, b gram) int { return uses[a] - uses[b] })
		x.byGram[rarest] = append(x.byGram[rarest], c)
		x.grams.add(rarest)
	}
	return x
}

// gramsOf lists the grams of a pattern.
func gramsOf(c *compiledRow) []gram {
	var out []gram
	for _, part := range c.description.Parts() {
		for i := 0; i+len(gram{}) <= len(part); i++ {
			out = append(out, gram([]byte(part[i:i+len(gram{})])))
		}
	}
	return out
}

// maxIndexed bounds how many bytes of a text are searched. The telling words come early.
const maxIndexed = 512

// best returns the row of the highest rank that fits, or the given row if none is better.
func (x *textIndex) best(m *matcher, best *compiledRow) *compiledRow {
	folded := m.foldedText()
	for _, c := range x.rest {
		if (best == nil || c.rank > best.rank) && m.fits(c) {
			best = c
		}
	}
	for i := 0; i+len(gram{}) <= len(folded) && i < maxIndexed; i++ {
		g := gram([]byte(folded[i : i+len(gram{})]))
		if !x.grams.may(g) {
			continue
		}
		for _, c := range x.byGram[g] {
			if (best == nil || c.rank > best.rank) && m.fits(c) {
				best = c
			}
		}
	}
	return best
}
