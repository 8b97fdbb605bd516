package normalizer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// paths say which kind of endpoint a request is for.
type paths struct {
	configured endpointIndex // of the configuration
	endpoints  endpointIndex // of the mappings
	wellKnown  endpointIndex // of the oauth2 mapping
	fixed      bool          // the client has no say: descriptions are canonical
}

// pathsOf returns the paths of a table. For each kind of endpoint, the highest mapping of
// the chain that names paths counts.
func pathsOf(c *Config, chain []*mapping.Mapping) (paths, error) {
	var endpoints, wellKnown endpointPaths
	for i, m := range slices.Backward(chain) {
		target := &endpoints
		if i == 0 && m.Provider == genericProvider {
			target = &wellKnown
		}
		target.fill(m.Endpoints)
	}
	configured, err := endpoints.replace(c.Endpoints)
	if err != nil {
		return paths{}, err
	}
	return paths{
		configured: configured.index(), endpoints: endpoints.index(), wellKnown: wellKnown.index(),
		fixed: c.CanonicalDescriptions,
	}, nil
}

// endpointPaths says which paths belong to which kind, in one layer.
type endpointPaths map[registry.Endpoint][]mapping.Pattern

// fill adds the paths of kinds that have none yet.
func (p *endpointPaths) fill(paths map[registry.Endpoint][]mapping.Pattern) {
	if *p == nil {
		*p = make(endpointPaths)
	}
	for kind, patterns := range paths {
		if _, ok := (*p)[kind]; !ok {
			(*p)[kind] = patterns
		}
	}
}

// replace drops the paths of the kinds that a configuration names, and returns the paths
// of the configuration.
func (p endpointPaths) replace(paths map[registry.Endpoint][]string) (endpointPaths, error) {
	configured := make(endpointPaths)
	for kind, spelled := range paths {
		patterns := make([]mapping.Pattern, 0, len(spelled))
		for _, s := range spelled {
			pattern, err := mapping.ParseEndpointPath(s)
			if err != nil {
				return nil, fmt.Errorf("endpoint %s: %w", kind, err)
			}
			for other, taken := range configured {
				if slices.ContainsFunc(taken, pattern.Same) {
					return nil, fmt.Errorf("endpoint: path %q is under %s and under %s: name it under one of them", s, min(kind, other), max(kind, other))
				}
			}
			patterns = append(patterns, pattern)
		}
		delete(p, kind)
		configured[kind] = patterns
	}
	return configured, nil
}

// endpointIndex finds the kind of a path. Most patterns end in a whole segment,
// by which they are found without comparing the others.
type endpointIndex struct {
	byLast map[string][]endpointPattern // by the last segment
	rest   []endpointPattern
}

type endpointPattern struct {
	mapping.Pattern
	kind   registry.Endpoint
	weight int
}

// index sorts the patterns so that the first match has the most literal characters.
func (p endpointPaths) index() endpointIndex {
	x := endpointIndex{byLast: make(map[string][]endpointPattern)}
	for _, kind := range registry.Endpoints() {
		for _, pat := range p[kind] {
			e := endpointPattern{pat, kind, pat.Weight()}
			tail := pat.Tail()
			if i := strings.LastIndexByte(tail, '/'); i >= 0 {
				x.byLast[tail[i+1:]] = append(x.byLast[tail[i+1:]], e)
			} else {
				x.rest = append(x.rest, e)
			}
		}
	}
	byWeight := func(a, b endpointPattern) int { return b.weight - a.weight }
	for _, patterns := range x.byLast {
		slices.SortStableFunc(patterns, byWeight)
	}
	slices.SortStableFunc(x.rest, byWeight)
	return x
}

// find returns the kind of endpoint of a folded path. If several patterns match, the one
// with the most literal characters counts.
func (x *endpointIndex) find(path string) (kind registry.Endpoint, ok bool) {
	p := x.match(path)
	if p == nil {
		return registry.EndpointNone, false
	}
	return p.kind, true
}

// match returns that pattern, or nil.
func (x *endpointIndex) match(path string) *endpointPattern {
	if len(x.byLast) == 0 && len(x.rest) == 0 { // as where nothing is configured
		return nil
	}
	best := firstMatch(x.byLast[path[strings.LastIndexByte(path, '/')+1:]], path, -1)
	weight := -1
	if best != nil {
		weight = best.weight
	}
	if heavier := firstMatch(x.rest, path, weight); heavier != nil {
		return heavier
	}
	return best
}

// firstMatch returns the first of the sorted patterns that is heavier and fits, or nil.
func firstMatch(patterns []endpointPattern, path string, weight int) *endpointPattern {
	for i := range patterns {
		p := &patterns[i]
		if p.weight <= weight {
			return nil
		}
		if p.Match(path) {
			return p
		}
	}
	return nil
}
