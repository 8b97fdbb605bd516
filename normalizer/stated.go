package normalizer

import (
	"strconv"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// Stated is a value in a body with its path. The zero Stated is none.
type Stated struct {
	Path  string // as `read` takes it; empty if the value stands at no single place
	Value string // with secrets masked
}

// Bounds of the search in a body.
const (
	maxStatedDepth  = 6
	maxStatedLeaves = 100
	maxStatedCode   = 64 // bytes
)

// Stated returns the code and the text of the error, with their places. If the table
// finds neither, it returns values anywhere in the body that look like them. It helps
// people to write `read` and rows; no decision uses it.
func (d *Decision) Stated() (code, text Stated) {
	f, x := &d.Finding, &d.exchange
	code.Value, text.Value = f.SafeCode(), f.SafeDescription()
	if len(code.Value) > maxStatedCode {
		code.Value = ""
	}
	if code.Value == "" && text.Value == "" {
		if s := (search{}); s.look(x) {
			return s.code, s.text
		}
	}
	var entry mapping.Read
	if f.entry != nil {
		entry = *f.entry
	}
	code.Path, text.Path = x.pathOf(entry.Code, f.Code), x.pathOf(entry.Description, f.Description)
	return code, text
}

// pathOf returns the path of a value: one that `read` has for it, or else the first in the
// body with this value. Without a value it returns the path where `read` looks first.
func (x *exchange) pathOf(read mapping.Fields, value string) (path string) {
	if value == "" {
		return read.First().String()
	}
	for i := range read {
		if v, ok := read[i].Code(x.header, &x.body); ok && v == value {
			return read[i].String()
		}
	}
	x.eachLeaf(func(l *leaf) {
		if path == "" && (l.value == value || readable(l.value) == value) {
			path = l.path
		}
	})
	return path
}

// leaf is a scalar in a body.
type leaf struct {
	path   string
	folded string // its name
	member registry.Member
	value  string
	depth  int
}

// eachLeaf visits the scalars of the body in order. It skips members that are never shown,
// and those whose names may be values.
func (x *exchange) eachLeaf(visit func(*leaf)) {
	leaves := 0
	var object func(v wire.Value, path string, depth int)
	object = func(v wire.Value, path string, depth int) {
		v.Each(func(name string, v wire.Value) {
			if leaves++; leaves > maxStatedLeaves || depth > maxStatedDepth {
				return
			}
			folded := registry.FoldName(nil, name)
			member := registry.LookupMember(folded)
			if member.Hidden || SafeName(name) != name {
				return
			}
			at := strings.ReplaceAll(name, ".", `\.`)
			if path != "" {
				at = path + "." + at
			}
			if value, ok := v.Code(); ok {
				visit(&leaf{at, string(folded), member, value, depth})
			} else {
				object(v, at, depth+1)
			}
		})
	}
	if root := x.body.Root(); root.Exists() {
		object(root, "", 0)
	}
}

// search is the best code and the best text so far, with their ranks. A lower rank is
// better; 0 is none.
type search struct {
	code, text         Stated
	codeRank, textRank int
}

// look searches a body, and reports whether it has found anything.
func (s *search) look(x *exchange) bool {
	x.eachLeaf(func(l *leaf) {
		if strings.Contains(strings.TrimSpace(l.value), " ") {
			s.addText(l)
		} else {
			s.addCode(l)
		}
	})
	return s.codeRank > 0 || s.textRank > 0
}

func (s *search) addText(l *leaf) {
	rank := l.member.Text
	if rank == 0 {
		rank = perLevel // any sentence, after those of members that have one by their name
	}
	if rank += l.depth; s.textRank == 0 || rank < s.textRank {
		s.text, s.textRank = Stated{l.path, safeText(l.value)}, rank
	}
}

// addCode takes a value that may be shown as it is, and that is no status and no word
// that every error is called by.
func (s *search) addCode(l *leaf) {
	if status, err := strconv.Atoi(l.value); err == nil && 100 <= status && status <= 599 {
		return
	}
	rank := rankOfCode(l.folded, l.member)
	if rank == 0 || len(l.value) > maxStatedCode || cleanDescription(l.value) != l.value || registry.IsPhrase(l.value) {
		return
	}
	if rank += l.depth; s.codeRank == 0 || rank < s.codeRank {
		s.code, s.codeRank = Stated{l.path, l.value}, rank
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

// maxSafeName is the most bytes of a name that is shown.
const maxSafeName = 40

// SafeName returns the name of a member or a media type with secrets masked. It returns
// nothing for what does not look like a name: somebody may have used a value as one.
func SafeName(name string) string {
	if len(name) > maxSafeName || strings.ContainsFunc(name, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./+@#$", r))
	}) {
		return ""
	}
	return Mask(name)
}
