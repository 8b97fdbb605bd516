package normalizer

import (
	"slices"

	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// Table is a compiled set of rules. It is immutable, so that requests share it
// without locks.
type Table struct {
	provider              string
	realm                 string
	canonicalDescriptions bool
	alwaysRender          bool

	read      []readEntry
	endpoints endpointIndex
	wellKnown endpointIndex
	keepTop   map[string]string // names of members at the top, with the same as JSON text
	keepDeep  []keptMember

	rules    []*Rule                    // the highest layer first, without the registered codes
	byCode   map[string][]*compiledRule // by folded code, best first
	bare     map[int][]*compiledRule    // rules without a code, by exact status, best first
	bareRest [6][]*compiledRule         // the same for other statuses, by class

	// looksInto says at which endpoints a success (2) or a redirect (3) may be an
	// error, because a row says so.
	looksInto [4]endpointSet
}

// keptMember is a member to copy from deeper down, with its name as JSON text.
type keptMember struct {
	path wire.Path
	name string
}

// compiledRule is a rule for one status range and one description, with what
// decides between rules in one number.
type compiledRule struct {
	*Rule
	entry       *Entry      // of Error; nil if the row lets pass
	status      statusRange // the zero range is any status
	description *pattern
	layer       int
	rank        rank
}

// rank orders rules; the higher one wins. From the highest bits down: number of
// conditions, literal characters of the description, has a code, is not of the
// generic layers (which lie under everything), has an endpoint, how exact the
// status is, the layer, the earlier place in the file.
type rank uint64

const (
	// genericLayer is the layer of the oauth2 mapping; the registered codes lie
	// under it.
	genericLayer = 1

	placeBits = 27
	layerBits = 8
	maxPlace  = 1<<placeBits - 1
	maxLayer  = 1<<layerBits - 1
)

// withoutPlace is what equal rank and layer means for an overlap.
func (r rank) withoutPlace() rank { return r >> placeBits }

// index compiles the rules of all layers, refuses overlaps and sorts.
func (t *Table) index(layers [][]*Rule) error {
	var bare []*compiledRule
	overlaps := newOverlapFinder()
	for layer, rules := range layers {
		for place, rule := range rules {
			for _, c := range compileRule(rule, layer, place) {
				overlaps.add(c)
				t.optIn(c)
				for _, code := range uniqueCodes(rule.codes) {
					t.byCode[code] = append(t.byCode[code], c)
				}
				if len(rule.codes) == 0 {
					bare = append(bare, c)
				}
			}
		}
	}
	if err := overlaps.err(); err != nil {
		return err
	}
	for _, rules := range t.byCode {
		sortRules(rules)
	}
	sortRules(bare)
	t.indexBare(bare)
	return nil
}

// optIn notes where a row finds errors behind a status that promises none. A
// redirect that carries its error in the URL needs no such row.
func (t *Table) optIn(c *compiledRule) {
	class := c.status.low / 100
	if c.Error == "" || class != 2 && (class != 3 || len(c.when) == 0) {
		return
	}
	where := c.endpoints
	if where == 0 {
		where = allEndpoints &^ pageEndpoints
	}
	t.looksInto[class] |= where
}

// LooksInto reports whether a response below 400 may be an error: whether some
// row says so for its class and endpoint.
func (t *Table) LooksInto(status int, endpoint func() Endpoint) bool {
	class := status / 100
	return (class == 2 || class == 3) && t.looksInto[class] != 0 && t.looksInto[class].names(endpoint())
}

// indexBare puts the sorted rules without a code under the statuses they fit.
func (t *Table) indexBare(bare []*compiledRule) {
	exact := make(map[int]bool)
	for _, c := range bare {
		if c.status.exact() && c.status.low != 0 {
			exact[c.status.low] = true
		}
	}
	for _, c := range bare {
		for status := range exact {
			if c.fitsStatus(status) {
				t.bare[status] = append(t.bare[status], c)
			}
		}
		if c.status == (statusRange{}) {
			t.bareRest[0] = append(t.bareRest[0], c) // for statuses beyond the classes
		}
		for class := 1; class <= 5; class++ {
			if !c.status.exact() && c.fitsStatus(class*100) || c.status == (statusRange{}) {
				t.bareRest[class] = append(t.bareRest[class], c)
			}
		}
	}
}

func sortRules(rules []*compiledRule) {
	slices.SortFunc(rules, func(a, b *compiledRule) int {
		switch {
		case a.rank > b.rank:
			return -1
		case a.rank < b.rank:
			return 1
		}
		return 0
	})
}

// compileRule splits a row by what gives it different ranks: each of its status
// ranges and each of its descriptions.
func compileRule(rule *Rule, layer, place int) []*compiledRule {
	statuses := rule.statuses
	if len(statuses) == 0 {
		statuses = []statusRange{{}}
	}
	descriptions := make([]*pattern, max(1, len(rule.descriptions)))
	for i := range rule.descriptions {
		descriptions[i] = &rule.descriptions[i]
	}
	var out []*compiledRule
	entry, _ := Lookup(rule.Error)
	for _, status := range statuses {
		for _, description := range descriptions {
			c := &compiledRule{Rule: rule, entry: entry, status: status, description: description, layer: layer}
			c.rank = c.computeRank(place)
			out = append(out, c)
		}
	}
	return out
}

func (c *compiledRule) computeRank(place int) rank {
	r := rank(min(len(c.when), 255))
	weight := 0
	if c.description != nil {
		weight = min(c.description.weight(), 1<<16-1)
	}
	r = r<<16 | rank(weight)
	r = r<<1 | bit(len(c.codes) > 0)
	r = r<<1 | bit(c.layer > genericLayer)
	r = r<<1 | bit(c.endpoints != 0)
	switch {
	case c.status == statusRange{}:
		r <<= 2
	case c.status.exact():
		r = r<<2 | 2
	default:
		r = r<<2 | 1
	}
	r = r<<layerBits | rank(c.layer)
	return r<<placeBits | rank(maxPlace-min(place, maxPlace))
}

func bit(b bool) rank {
	if b {
		return 1
	}
	return 0
}

// fitsStatus reports whether the rule is for the status.
func (c *compiledRule) fitsStatus(status int) bool {
	return c.status == statusRange{} || c.status.has(status)
}

// uniqueCodes folds the codes of a row and drops repetitions.
func uniqueCodes(codes []string) []string {
	out := make([]string, 0, len(codes))
	for _, code := range codes {
		if folded := string(foldCode(nil, code)); !slices.Contains(out, folded) {
			out = append(out, folded)
		}
	}
	return out
}
