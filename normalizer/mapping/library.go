package mapping

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// Library finds mappings by provider in a file system that holds
// <provider>.yaml files, such as the embedded ones. The zero Library has none.
type Library struct{ FS fs.FS }

// ErrNoMapping is returned for a provider without a mapping.
var ErrNoMapping = errors.New("no mapping ships for it; " + otherProviders)

const otherProviders = "'caddy auth-errors list' shows all providers, and a mapping file can define others"

// Providers lists the providers, sorted.
func (l Library) Providers() []string {
	if l.FS == nil {
		return nil
	}
	names, _ := fs.Glob(l.FS, "*.yaml") // the pattern is a good one
	for i, name := range names {
		names[i] = strings.TrimSuffix(name, ".yaml")
	}
	slices.Sort(names)
	return names
}

// Mapping loads the mapping of a provider. The error wraps [ErrNoMapping] if
// there is none.
func (l Library) Mapping(provider string) (*Mapping, error) {
	return l.load(provider, func(data []byte) []byte { return data })
}

// All loads the mappings of all providers, in the order of [Library.Providers].
func (l Library) All() ([]*Mapping, error) {
	var all []*Mapping
	for _, provider := range l.Providers() {
		m, err := l.Mapping(provider)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// Rows loads the mapping of a provider without its examples. A table does not need them,
// and they are more than half of the file.
func (l Library) Rows(provider string) (*Mapping, error) {
	return l.load(provider, rowsOf)
}

// rowsOf cuts a mapping off before its examples, which stand at the end of every
// mapping that ships.
func rowsOf(data []byte) []byte {
	if i := bytes.Index(data, []byte("\nexamples:")); i >= 0 {
		return data[:i+1]
	}
	return data
}

// Near returns the provider with this alias, or else the provider with the most similar
// name or alias. It returns nothing if no name is similar.
func (l Library) Near(name string) string {
	providers := make(map[string]string) // by their names and aliases
	for _, provider := range l.Providers() {
		m, err := l.Rows(provider)
		if err != nil {
			continue
		}
		providers[provider] = provider
		for _, alias := range m.Aliases {
			providers[alias] = provider
		}
	}
	return providers[registry.Nearest(name, slices.Sorted(maps.Keys(providers)))]
}

// noMapping is the error for a provider without a mapping. It searches for the intended
// name only when its text is needed, because the search loads all mappings.
type noMapping struct {
	library  Library
	provider string
}

func (e *noMapping) Error() string {
	if near := e.library.Near(e.provider); near != "" {
		return fmt.Sprintf("provider %q: did you mean %q? If not, %s", e.provider, near, otherProviders)
	}
	return fmt.Sprintf("provider %q: %v", e.provider, ErrNoMapping)
}

func (e *noMapping) Unwrap() error { return ErrNoMapping }

func (l Library) load(provider string, part func([]byte) []byte) (*Mapping, error) {
	if l.FS == nil || !isName(provider) {
		return nil, &noMapping{l, provider}
	}
	file := provider + ".yaml"
	data, err := fs.ReadFile(l.FS, file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &noMapping{l, provider}
	}
	if err != nil {
		return nil, fmt.Errorf("reading the mapping of %q: %w", provider, err)
	}
	m, err := Load(path.Join("mappings", file), part(data))
	if err != nil {
		return nil, err
	}
	if m.Provider != provider {
		return nil, fmt.Errorf("mappings/%s: provider %q: must be the name of the file, %q", file, m.Provider, provider)
	}
	return m, nil
}

// isName reports whether s can name a provider: lower case letters, digits and
// hyphens.
func isName(s string) bool {
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return s != ""
}
