package normalizer

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/mappings"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// genericProvider is the mapping under every other one: the registered codes, the
// plain HTTP statuses and the well-known endpoints.
const genericProvider = "oauth2"

// Shipped finds the mappings that ship with this package.
var Shipped = mapping.Library{FS: mappings.FS}

// Format is the format of answers.
type Format string

// The formats.
const (
	FormatOAuth   Format = "oauth"   // the object of RFC 6749 §5.2; the default
	FormatProblem Format = "problem" // problem details (RFC 9457), with the members of the former
	FormatAuto    Format = "auto"    // problem details for requests that rank them above JSON
)

// DefaultMaxBody is the default of [Config.MaxBody], in bytes as received.
const DefaultMaxBody = 64 << 10

// mostMaxBody is the largest MaxBody, in bytes.
const mostMaxBody = 1 << 30

// Config is the input of [Compile]. The zero Config is for the oauth2 mapping.
type Config struct {
	// Provider is the mapping to use: a shipped one, or one that Files define.
	// Defaults to oauth2.
	Provider string
	// Files are additional mappings. If two rows rank equally, the row in the later
	// mapping wins.
	Files []*mapping.Mapping
	// Inline are single rows. If two rows rank equally, the inline row wins.
	Inline []*mapping.Row
	// Endpoints are path patterns by kind. They rank above the paths of mappings.
	Endpoints map[registry.Endpoint][]string
	// Keep names more members to copy into the canonical error, in addition to those that
	// the mapping keeps.
	Keep []string
	// NoDefaults turns off the status defaults of the oauth2 mapping.
	NoDefaults bool
	// CanonicalDescriptions replaces the provider's texts by those of the registry, so
	// that answers do not reveal whether an account exists.
	CanonicalDescriptions bool
	// Format is the format of answers. Defaults to oauth.
	Format Format
	// Expose are additional members of answers, from [Exposable]. Defaults to none.
	Expose []string
	// ErrorDocs is the error_uri of answers where the provider sent none. A `*` in it
	// stands for the error. Defaults to none.
	ErrorDocs string
	// Realm is the realm of challenges; empty keeps the provider's.
	Realm string
	// ResourceMetadata is the URL of the metadata of a protected resource (RFC 9728 §5.1).
	// Challenges at resources name it, unless the provider's challenge names one already.
	// Defaults to none.
	ResourceMetadata string
	// MaxBody is how much of an error body is read, in bytes, both as received and with
	// its codings undone. Defaults to 64 KiB, and is at most 1 GiB.
	MaxBody int64
	// HiddenErrors makes the table read the successes of token endpoints. A success with
	// an error and without a token is an error.
	HiddenErrors bool
	// Shadow is for callers that do not apply decisions. The outcome of a decision that
	// changes the response is [OutcomeShadow].
	Shadow bool
	// Own replaces the shipped mapping of Provider. Defaults to none.
	Own *mapping.Mapping
	// Library finds the mappings. Defaults to [Shipped].
	Library *mapping.Library
}

// New returns the table of a shipped mapping. The error wraps [mapping.ErrNoMapping] if
// no mapping ships for the provider.
func New(provider string) (*Table, error) { return Compile(Config{Provider: provider}) }

// Compile builds the table of a provider from its mapping, the bases of the mapping and
// the configuration. It refuses two rows of one layer with equal rank and different
// results that fit the same response; the error names both lines. The error wraps
// [mapping.ErrNoMapping] for an unknown provider.
func Compile(c Config) (*Table, error) {
	if c.Provider == "" {
		c.Provider = genericProvider
	}
	if c.MaxBody <= 0 {
		c.MaxBody = DefaultMaxBody
	}
	chain, err := mappingChain(&c)
	if err != nil {
		return nil, err
	}
	t := &Table{
		provider:     c.Provider,
		shadow:       c.Shadow,
		hiddenErrors: c.HiddenErrors,
		maxBody:      min(c.MaxBody, mostMaxBody),
		places:       placesOf(chain),
		answers: answers{
			canonicalDescriptions: c.CanonicalDescriptions,
			realm:                 realm{own: c.Realm, missing: c.Provider, metadata: c.ResourceMetadata},
		},
		style: style{provider: c.Provider, format: c.Format},
	}
	if t.style.expose, err = parseExpose(c.Expose); err != nil {
		return nil, err
	}
	if t.answers.docs, err = parseErrorDocs(c.ErrorDocs); err != nil {
		return nil, err
	}
	if err := cmp.Or(c.contradiction(), checkMetadata(c.ResourceMetadata)); err != nil {
		return nil, err
	}
	if t.paths, err = pathsOf(&c, chain); err != nil {
		return nil, err
	}
	if t.answers.kept, err = keptOf(&c, chain); err != nil {
		return nil, err
	}
	if err := layRows(t, &c, chain); err != nil {
		return nil, err
	}
	return t, nil
}

// layRows compiles the rows of a chain of mappings and of the configuration.
func layRows(t *Table, c *Config, chain []*mapping.Mapping) error {
	lower, err := lowerLayers(chain[0], c.NoDefaults)
	if err != nil {
		return err
	}
	var layers [][]*mapping.Row
	for _, m := range chain[1:] { // from the lowest layer up
		layers = append(layers, m.Rows)
	}
	layers = append(layers, c.Inline)
	for _, layer := range slices.Backward(layers) {
		t.rows = append(t.rows, layer...)
	}
	t.rows = append(t.rows, lower.rows...)
	if len(layers)+genericLayer+1 > maxLayer {
		return fmt.Errorf("%d mappings for one provider: at most %d can be combined", len(chain), maxLayer-2)
	}
	index, err := newIndex(lower.index, genericLayer+1, layers)
	if err != nil {
		return err
	}
	t.index = *index
	if t.hiddenErrors {
		t.index.looksInto[2] = t.index.looksInto[2].With(registry.EndpointToken)
	}
	return nil
}

// mappingChain returns the mappings of the provider from the lowest layer up: oauth2, the
// bases, the provider's own mapping, the user's files. The bases are taken from the last
// file that names any, or else from the provider's own mapping.
func mappingChain(c *Config) ([]*mapping.Mapping, error) {
	l := chainLoader{library: c.Library, loaded: map[string]bool{c.Provider: true}}
	named := new(mapping.Mapping) // the mapping that names the bases
	for _, m := range c.Files {
		if m.Provider != c.Provider {
			return nil, fmt.Errorf("%s: the mapping is for provider %q, but auth_errors has provider %q: write auth_errors %s, or change the provider in the file", m.Position("provider"), m.Provider, c.Provider, m.Provider)
		}
		if len(m.Bases) > 0 {
			named = m
		}
	}
	if len(named.Bases) > 0 && c.Provider == genericProvider {
		return nil, fmt.Errorf("%s: base %q: %s is the base of every mapping and cannot have one: leave it out", named.Position("base"), named.Bases[0], genericProvider)
	}
	var own []*mapping.Mapping
	shipped, err := c.Own, error(nil)
	if shipped == nil {
		shipped, err = l.rows(c.Provider)
	}
	switch {
	case err == nil:
		own = append(own, shipped)
		if len(named.Bases) == 0 {
			named = shipped
		}
	case !errors.Is(err, mapping.ErrNoMapping) || len(c.Files) == 0:
		return nil, err
	}
	above, err := l.under(named, []string{c.Provider})
	if err != nil {
		return nil, err
	}
	if !l.loaded[genericProvider] {
		generic, err := l.rows(genericProvider)
		if err != nil {
			return nil, err
		}
		above = append(above, generic)
	}
	slices.Reverse(above)
	return slices.Concat(above, own, c.Files), nil
}

// chainLoader loads the mappings under a provider, each once.
type chainLoader struct {
	library *mapping.Library // or nil for the shipped one
	loaded  map[string]bool
}

func (l *chainLoader) rows(provider string) (*mapping.Mapping, error) {
	switch {
	case l.library != nil:
		return l.library.Rows(provider)
	case provider == genericProvider:
		return shippedGeneric()
	}
	return Shipped.Rows(provider)
}

// under returns the bases of a mapping and the bases of those, the highest first; path
// are the providers that led to it.
func (l *chainLoader) under(named *mapping.Mapping, path []string) ([]*mapping.Mapping, error) {
	var out []*mapping.Mapping
	for _, base := range named.Bases {
		if slices.Contains(path, base) {
			return nil, fmt.Errorf("%s: the bases of %q form a cycle, %s, %s: remove one of them", named.Position("base"), path[0], strings.Join(path, ", "), base)
		}
		if l.loaded[base] {
			continue // two bases may stand on the same one
		}
		l.loaded[base] = true
		m, err := l.rows(base)
		if err != nil {
			return nil, fmt.Errorf("%s: base of %q: %w", named.Position("base"), path[len(path)-1], err)
		}
		below, err := l.under(m, append(slices.Clone(path), base))
		if err != nil {
			return nil, err
		}
		out = append(append(out, m), below...)
	}
	return out, nil
}

// placesOf returns the places where the mappings of a chain look for an error. Mappings
// higher in the chain are read first.
func placesOf(chain []*mapping.Mapping) places {
	var out places
	for _, m := range slices.Backward(chain) {
		for _, e := range m.Read {
			if m.Provider == genericProvider {
				e = e.Fold()
			}
			if !slices.ContainsFunc(out, func(o mapping.Read) bool { return o.String() == e.String() }) {
				out = append(out, e)
			}
		}
	}
	return out
}
