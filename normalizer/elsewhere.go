package normalizer

import (
	"strconv"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// Stated is a value in a body with its path. The zero Stated is none.
type Stated struct {
	Path  string // as `read` takes it
	Value string // with secrets masked
}

// Bounds of the search for what nobody reads.
const (
	maxElsewhereDepth  = 6
	maxElsewhereLeaves = 100
	longestOddCode     = 64 // bytes
)

// Elsewhere returns values anywhere in the body that look like a code and like a text. It
// helps people to write `read`; no decision uses it.
func (d *Decision) Elsewhere() (code, text Stated) {
	s := search{}
	if root := d.exchange.body.Root(); root.Exists() {
		s.object(root, "", 0)
	}
	return s.code, s.text
}

// search is how far the search has come: the best code and the best text, with their
// ranks. A lower one is better; 0 is none.
type search struct {
	code, text         Stated
	codeRank, textRank int
	leaves             int
}

func (s *search) object(v wire.Value, path string, depth int) {
	v.Each(func(name string, v wire.Value) {
		if s.leaves++; s.leaves > maxElsewhereLeaves || depth > maxElsewhereDepth || len(name) > longestOddCode {
			return
		}
		folded := registry.FoldName(nil, name)
		member := registry.LookupMember(folded)
		if member.Hidden || Mask(name) != name { // a path with a secret in it is worse than none
			return
		}
		at := strings.ReplaceAll(name, ".", `\.`)
		if path != "" {
			at = path + "." + at
		}
		value, ok := v.Code()
		switch {
		case !ok:
			s.object(v, at, depth+1)
		case strings.Contains(strings.TrimSpace(value), " "):
			s.addText(Stated{at, safeText(value)}, member.Text, depth)
		default:
			s.addCode(Stated{at, value}, rankOfCode(string(folded), member), depth)
		}
	})
}

func (s *search) addText(found Stated, rank, depth int) {
	if rank == 0 {
		rank = perLevel // any sentence, after those of members that have one by their name
	}
	if rank += depth; s.textRank == 0 || rank < s.textRank {
		s.text, s.textRank = found, rank
	}
}

// addCode takes a value that may be shown as it is, and that is no status and no word
// that every error is called by.
func (s *search) addCode(found Stated, rank, depth int) {
	if status, err := strconv.Atoi(found.Value); err == nil && 100 <= status && status <= 599 {
		return
	}
	if rank == 0 || len(found.Value) > longestOddCode || cleanDescription(found.Value) != found.Value || registry.IsPhrase(found.Value) {
		return
	}
	if rank += depth; s.codeRank == 0 || rank < s.codeRank {
		s.code, s.codeRank = found, rank
	}
}

// rankOfCode says how likely a member has a code by its name; 0 is not at all.
func rankOfCode(folded string, m registry.Member) int {
	switch {
	case m.Code > 0:
		return m.Code
	case strings.HasSuffix(folded, "code"), strings.HasSuffix(folded, "error"):
		return perLevel / 2
	case folded == "id", folded == "kind", strings.HasSuffix(folded, "reason"), strings.HasSuffix(folded, "type"):
		return perLevel
	}
	return 0
}
