package normalizer

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// maxCode is the longest code a mapping can name, in bytes after folding.
const maxCode = 128

// genericProvider is the mapping under every other one: the registered codes,
// the plain HTTP statuses and the well-known endpoints.
const genericProvider = "oauth2"

// Config says which table to compile and how it answers.
type Config struct {
	// Provider is the mapping to use: a shipped one, or one that Files define.
	Provider string
	// Files are the user's own mappings; a later one wins a tie.
	Files []*Mapping
	// Inline are the rows of the configuration itself; they win every tie.
	Inline []*Rule
	// Endpoints are path patterns by kind; they are asked before any mapping.
	Endpoints map[Endpoint][]string
	// Keep are further members to copy into the canonical error.
	Keep []string
	// NoDefaults turns the status defaults of the oauth2 mapping off.
	NoDefaults bool
	// CanonicalDescriptions replaces the provider's descriptions by ours.
	CanonicalDescriptions bool
	// AlwaysRender rewrites answers that are canonical already, because they are
	// to be rendered in another way.
	AlwaysRender bool
	// Realm is the realm of rebuilt challenges; empty keeps the provider's.
	Realm string
}

// Compile builds the table of a provider: its mapping and the mappings under
// it, found by lookup, with what the configuration adds. Two rows of one layer
// that surely fit the same response, with the same rank and different results,
// are an error that names both lines.
func Compile(c Config, lookup func(provider string) (*Mapping, error)) (*Table, error) {
	chain, err := mappingChain(c, lookup)
	if err != nil {
		return nil, err
	}
	t := &Table{
		provider:              c.Provider,
		realm:                 c.Realm,
		canonicalDescriptions: c.CanonicalDescriptions,
		alwaysRender:          c.AlwaysRender,
		byCode:                make(map[string][]*compiledRule),
		bare:                  make(map[int][]*compiledRule),
	}
	if err := t.configure(c, chain); err != nil {
		return nil, err
	}
	layers := [][]*Rule{registeredRules()}
	for i, m := range chain { // from the lowest layer up
		rules := m.Rules
		if i == 0 && c.NoDefaults {
			rules = slices.DeleteFunc(slices.Clone(rules), (*Rule).IsDefault)
		}
		layers = append(layers, rules)
	}
	layers = append(layers, c.Inline)
	for _, layer := range slices.Backward(layers[1:]) {
		t.rules = append(t.rules, layer...)
	}
	if len(layers) > maxLayer {
		return nil, fmt.Errorf("%d mappings for one provider: at most %d can be combined", len(chain), maxLayer-2)
	}
	return t, t.index(layers)
}

// mappingChain returns the mappings of the provider from the lowest layer up:
// oauth2, the bases, the provider's own, the user's files.
func mappingChain(c Config, lookup func(string) (*Mapping, error)) ([]*Mapping, error) {
	base := ""
	for _, m := range c.Files {
		if m.Provider != c.Provider {
			return nil, fmt.Errorf("%s: provider %q: must be %q, the provider it is used for", m.File, m.Provider, c.Provider)
		}
		if m.Base != "" {
			base = m.Base
		}
	}
	if base != "" && c.Provider == genericProvider {
		return nil, fmt.Errorf("base %q: %s lies under every mapping and has no base: leave it out", base, genericProvider)
	}
	chain := slices.Clone(c.Files)
	own, err := lookup(c.Provider)
	switch {
	case err == nil:
		chain = slices.Insert(chain, 0, own)
		if base == "" {
			base = own.Base
		}
	case !errors.Is(err, ErrNoMapping) || len(c.Files) == 0:
		return nil, err
	}
	seen := []string{c.Provider}
	for ; base != ""; base = chain[0].Base {
		if slices.Contains(seen, base) {
			return nil, fmt.Errorf("the bases of %q form a circle: %s, %s", c.Provider, strings.Join(seen, ", "), base)
		}
		m, err := lookup(base)
		if err != nil {
			return nil, fmt.Errorf("base of %q: %w", seen[len(seen)-1], err)
		}
		seen = append(seen, base)
		chain = slices.Insert(chain, 0, m)
	}
	if slices.Contains(seen, genericProvider) {
		return chain, nil
	}
	generic, err := lookup(genericProvider)
	if err != nil {
		return nil, err
	}
	return slices.Insert(chain, 0, generic), nil
}

// configure sets all of the table but its rules. What stands higher in the
// chain is read first, and replaces endpoints kind by kind.
func (t *Table) configure(c Config, chain []*Mapping) error {
	var keep []wire.Path
	var endpoints, wellKnown endpointPaths
	for i, m := range slices.Backward(chain) {
		for _, e := range m.read {
			if !slices.ContainsFunc(t.read, func(o readEntry) bool { return o.String() == e.String() }) {
				t.read = append(t.read, e)
			}
		}
		keep = append(keep, m.keep...)
		target := &endpoints
		if i == 0 && m.Provider == genericProvider {
			target = &wellKnown
		}
		for kind, paths := range m.endpoints {
			if target[kind] == nil {
				target[kind] = paths
			}
		}
	}
	for kind, paths := range c.Endpoints {
		endpoints[kind] = nil
		for _, spelled := range paths {
			p, err := parseEndpointPath(spelled)
			if err != nil {
				return fmt.Errorf("endpoint %s: %w", kind, err)
			}
			endpoints[kind] = append(endpoints[kind], p)
		}
	}
	t.endpoints, t.wellKnown = endpoints.index(), wellKnown.index()
	for _, spelled := range c.Keep {
		p, err := parseMember(spelled)
		if err != nil {
			return fmt.Errorf("keep: %w", err)
		}
		keep = append(keep, p)
	}
	t.keepTop = make(map[string]string)
	for _, p := range keep {
		quoted := string(appendQuoted(nil, p.Last()))
		member := keptMember{path: p, name: quoted}
		if p.IsTop() {
			t.keepTop[p.Last()] = quoted
		} else if !slices.Contains(t.keepDeep, member) {
			t.keepDeep = append(t.keepDeep, member)
		}
	}
	return nil
}

// registeredRules are the lowest layer: a registered code means itself.
func registeredRules() []*Rule {
	rules := make([]*Rule, len(registry))
	for i, e := range registry {
		rules[i] = &Rule{File: "registry", Text: e.Code + ", " + e.Source, codes: []string{e.Code}, Error: e.Code}
		if e.NotAtResources {
			rules[i].endpoints = allEndpoints &^ (1 << EndpointResource)
		}
	}
	return rules
}
