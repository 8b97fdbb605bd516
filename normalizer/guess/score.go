package guess

import (
	"cmp"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
)

// The numbers below were found by trial: with them, two fifths of the examples are
// recognized best from the others. TestHeldOut has the results for all examples.
const (
	doubt     = 15.0 // documents that a provider is thought to have besides those seen
	nearness  = 68.0 // how much a document that is like the response counts
	described = 1.0  // how much it counts that a text is one of a row
	marked    = 2.0  // how much a sign counts
	many      = 0.2  // how much a provider with many documents is preferred
	crowding  = 0.17 // how much less each piece counts where there are many of a kind
	sureText  = 24.0 // characters of a pattern from which on it counts in full
	heat      = 9.5  // the score by which one provider is e times as likely as another
)

// scale is how much a piece of each kind counts.
var scale = [kinds]float64{
	kindStatus: 0.12, kindMedia: 0.34, kindField: 1.1, kindProduct: 4, kindMember: 2.3, kindShape: 0.95,
	kindLayout: 0.2, kindCode: 0.73, kindPair: 0.4, kindStyle: 0.19, kindText: 0.69, kindWords: 0.12,
	kindWord: 0.36, kindPath: 0.51, kindName: 0.91,
}

// scoring compares one response with an index.
type scoring struct {
	index  *Index
	found  []int32    // the pieces that the index knows
	pieces []evidence // the same
	scores []float64  // by provider, as all below
	near   []likeness // the document that is most like the response
	rows   []reason   // the row with the longest text that fits
	signs  []reason
}

// likeness is a document and its similarity to the response, from 0 to 1.
type likeness struct {
	document int32
	degree   float64
}

// reason is a sentence with how much it counts.
type reason struct {
	worth float64
	text  string
}

// worth is the weight of a piece: the fewer providers send it, the higher.
func (x *Index) worth(k kind, id int32) float64 {
	return scale[k] * math.Log(float64(len(x.mappings)+1)/float64(len(x.by[id])))
}

// score compares a response with the evidence for each provider.
func (x *Index) score(resp *normalizer.Response, request *url.URL) *scoring {
	n := len(x.mappings)
	s := &scoring{index: x, scores: make([]float64, n), near: make([]likeness, n), rows: make([]reason, n), signs: make([]reason, n)}
	c := collect(resp, request)
	var number [kinds]float64
	for _, e := range c.list {
		if id, ok := x.pieces[e]; ok {
			s.found, s.pieces = append(s.found, id), append(s.pieces, e)
			number[e.kind]++
		}
	}
	for i, id := range s.found {
		k := s.pieces[i].kind
		s.weigh(k, id, scale[k]/math.Pow(number[k], crowding))
	}
	s.compare()
	s.match(c.texts)
	for _, sign := range x.signed {
		if worth := math.Log(float64(n) / float64(len(sign.of))); sign.fits(resp.Header) {
			for _, p := range sign.of {
				if worth > s.signs[p].worth {
					s.signs[p] = reason{worth, fmt.Sprintf("%s is a sign of %s", sign.field, sign.says)}
				}
			}
		}
	}
	for p := range s.scores {
		s.scores[p] += nearness*s.near[p].degree + described*s.rows[p].worth + marked*s.signs[p].worth +
			many*math.Log(1+float64(x.known[p][kindStatus]))
	}
	return s
}

// weigh adds the weight of one piece: how much more often the provider sends it than
// others do.
func (s *scoring) weigh(k kind, id int32, weight float64) {
	x, usual := s.index, 0.0
	for _, by := range x.by[id] {
		usual += float64(by.documents) / (float64(x.known[by.provider][k]) + doubt)
	}
	usual /= float64(len(x.mappings))
	for p := range s.scores {
		s.scores[p] += weight * math.Log(doubt/(float64(x.known[p][k])+doubt))
	}
	for _, by := range x.by[id] {
		s.scores[by.provider] += weight * math.Log((float64(by.documents)+doubt*usual)/(doubt*usual))
	}
}

// compare finds the document of each provider that is most like the response: the one
// that shares most of the pieces that tell providers apart.
func (s *scoring) compare() {
	x := s.index
	shared, all := make([]float32, len(x.documents)), 0.0
	for i, id := range s.found {
		w := x.worth(s.pieces[i].kind, id)
		all += w * w
		for _, d := range x.in[id] {
			shared[d] += float32(w * w)
		}
	}
	for d, sum := range shared {
		doc := &x.documents[d]
		if degree := float64(sum) / (math.Sqrt(all) * float64(doc.norm)); sum > 0 && degree > s.near[doc.provider].degree {
			s.near[doc.provider] = likeness{int32(d), degree}
		}
	}
}

// match finds the rows with a description that fits a text of the response.
func (s *scoring) match(texts []string) {
	x := s.index
	for i := range x.patterns {
		p := &x.patterns[i]
		if !slices.ContainsFunc(texts, p.Match) {
			continue
		}
		worth := min(1, float64(p.Weight())/sureText) * math.Log(float64(len(x.mappings))/float64(len(p.of)))
		for j, provider := range p.of {
			if worth > s.rows[provider].worth {
				s.rows[provider] = reason{worth, fmt.Sprintf("the row at %s has its text", p.rows[j].Position())}
			}
		}
	}
}

// why returns the reasons for a provider.
func (s *scoring) why(provider int) []string {
	x, m := s.index, s.index.mappings[provider]
	var reasons []reason
	add := func(r reason) {
		if r.worth > 1 {
			reasons = append(reasons, r)
		}
	}
	add(s.rows[provider])
	add(reason{marked * s.signs[provider].worth, s.signs[provider].text})
	if near := s.near[provider]; near.degree > 0.35 && x.documents[near.document].line > 0 {
		add(reason{10 * near.degree, fmt.Sprintf("the example at %s:%d is like it", m.File, x.documents[near.document].line)})
	}
	for _, r := range s.told(provider) {
		add(r)
	}
	slices.SortStableFunc(reasons, func(a, b reason) int { return cmp.Compare(b.worth, a.worth) })
	out := []string{}
	for _, r := range reasons[:min(len(reasons), mostReasons)] {
		out = append(out, r.text)
	}
	return out
}

// mostReasons is how many sentences tell why.
const mostReasons = 4

// told returns the best piece of each kind, if it can be described in a few words.
func (s *scoring) told(provider int) []reason {
	var best [kinds]reason
	for i, id := range s.found {
		e := s.pieces[i]
		if !isTold(e) || said[e.kind] == "" || strings.Contains(e.value, "*") || strings.Contains(e.value, "=") != (e.kind == kindCode) ||
			e.kind == kindName && !strings.Contains(s.index.mappings[provider].Provider, e.value) {
			continue
		}
		at := slices.IndexFunc(s.index.by[id], func(c count) bool { return c.provider == int32(provider) })
		if worth := s.index.worth(e.kind, id); at >= 0 && worth > best[e.kind].worth {
			best[e.kind] = reason{worth, fmt.Sprintf(said[e.kind], e.value)}
		}
	}
	return best[:]
}

// isTold reports whether a piece tells a person something. Numbers are all 0 here, so a
// date or a version alone does not.
func isTold(e evidence) bool {
	switch e.kind {
	case kindText:
		return strings.ContainsFunc(e.value, unicode.IsLetter) && strings.Count(e.value, "0") < 3
	case kindProduct:
		_, value, isField := strings.Cut(e.value, ": ")
		return !isField || strings.ContainsFunc(value, unicode.IsLetter)
	}
	return true
}

// said has the sentence for each kind that makes one.
var said = [kinds]string{
	kindField: "it sends the field or challenge %q", kindProduct: "a header field says %q", kindMember: "its bodies have %q",
	kindCode: "it has %s", kindText: "its texts have %q", kindPath: "its endpoints have %q", kindName: "the name %q",
}
