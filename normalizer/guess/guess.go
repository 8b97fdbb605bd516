// Package guess finds the providers that may have sent a response. Commands use it; the
// handling of requests does not.
//
// An [Index] has the codes and texts of the rows of mappings, their endpoints, and the
// header fields and members of their examples. [Shipped] is the index of the shipped
// mappings. A response such as {"error":"invalid_grant"} has no sign of its provider, so
// its guesses have small shares.
package guess

import (
	"cmp"
	"math"
	"net/url"
	"slices"
	"sync"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// mostBody is how much of a body is looked at, in bytes, with its codings undone.
const mostBody = 256 << 10

// Guess is a provider that may have sent a response.
type Guess struct {
	// Provider is its name, as mappings have it.
	Provider string `json:"provider"`
	// Title is the title of its mapping.
	Title string `json:"title"`
	// Share is the probability, from 0 to 1. The shares of all providers add up to 1.
	Share float64 `json:"share"`
	// Why has up to four reasons, the strongest first. They quote mappings, never the
	// response.
	Why []string `json:"why"`
}

// Index has the signs of providers in responses. It is immutable.
type Index struct {
	mappings  []*mapping.Mapping
	pieces    map[evidence]int32 // the number of each piece
	by        [][]count          // by piece: which providers have it in how many documents
	in        [][]int32          // by piece: the documents that have it
	documents []document
	known     [][kinds]float32 // by provider: how many documents have a kind of evidence
	patterns  []pattern        // the descriptions of all rows
	signed    []signed         // signs with the providers that the index has
}

// count says in how many documents of a provider a piece of evidence stands.
type count struct {
	provider  int32
	documents float32
}

// document is a row, an example or the head of a mapping.
type document struct {
	provider int32
	line     int // of an example; 0 for others
	norm     float32
}

// pattern is a description of rows.
type pattern struct {
	mapping.Pattern
	rows []*mapping.Row // the first of each provider
	of   []int32        // their providers
}

// Shipped returns the index of the mappings that ship. It is made when it is asked for the
// first time, which takes some tenths of a second and some ten MiB.
var Shipped = sync.OnceValues(func() (*Index, error) {
	all, err := normalizer.Shipped.All()
	if err != nil {
		return nil, err
	}
	return New(all), nil
})

// New makes the index of mappings. Do not change the mappings afterwards.
func New(mappings []*mapping.Mapping) *Index {
	x := &Index{mappings: mappings, pieces: make(map[evidence]int32), known: make([][kinds]float32, len(mappings))}
	texts := make(map[string]int)
	for i, m := range mappings {
		provider := int32(i)
		for j := range m.Examples {
			x.learn(document{provider: provider, line: m.Examples[j].Line}, exampleEvidence(&m.Examples[j]))
		}
		for _, row := range m.Rows {
			x.learn(document{provider: provider}, rowEvidence(m, row))
			for _, d := range row.Descriptions {
				x.describe(texts, d, provider, row)
			}
		}
		x.learn(document{provider: provider}, mappingEvidence(m))
	}
	x.sign()
	x.measure()
	return x
}

// Guess returns the likeliest providers of a response, up to most of them, the likeliest
// first. request is the URL of the request, or nil. The response may be hostile.
func (x *Index) Guess(resp normalizer.Response, request *url.URL, most int) []Guess {
	if len(x.mappings) == 0 {
		return nil
	}
	s := x.score(&resp, request)
	top := slices.Max(s.scores)
	order, sum := make([]int, len(s.scores)), 0.0
	for i, score := range s.scores {
		order[i] = i
		sum += math.Exp((score - top) / heat)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s.scores[b], s.scores[a]) })
	var out []Guess
	for _, i := range order[:min(most, len(order))] {
		m := x.mappings[i]
		out = append(out, Guess{
			Provider: m.Provider, Title: m.Title, Share: math.Exp((s.scores[i]-top)/heat) / sum, Why: s.why(i),
		})
	}
	return out
}
