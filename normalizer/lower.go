package normalizer

import (
	"slices"
	"sync"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// shippedGeneric is the generic mapping as it ships, which is under every table.
var shippedGeneric = sync.OnceValues(func() (*mapping.Mapping, error) { return Shipped.Rows(genericProvider) })

// lower are the layers under those of a provider: the registered codes and the generic
// mapping. They have hundreds of rows, which tables share.
type lower struct {
	index *rowIndex
	rows  []*mapping.Row // of the generic mapping
}

// shippedLower are the layers with the generic mapping as it ships, with and without its
// status defaults.
var shippedLower = [...]func() (lower, error){
	sync.OnceValues(func() (lower, error) { return compileShippedLower(false) }),
	sync.OnceValues(func() (lower, error) { return compileShippedLower(true) }),
}

func compileShippedLower(noDefaults bool) (lower, error) {
	generic, err := shippedGeneric()
	if err != nil {
		return lower{}, err
	}
	return compileLower(generic, noDefaults)
}

// lowerLayers returns the layers with a generic mapping.
func lowerLayers(generic *mapping.Mapping, noDefaults bool) (lower, error) {
	if shipped, err := shippedGeneric(); err != nil || generic != shipped {
		return compileLower(generic, noDefaults)
	}
	if noDefaults {
		return shippedLower[1]()
	}
	return shippedLower[0]()
}

func compileLower(generic *mapping.Mapping, noDefaults bool) (lower, error) {
	rows := generic.Rows
	if noDefaults {
		rows = slices.DeleteFunc(slices.Clone(rows), (*mapping.Row).IsDefault)
	}
	index, err := newIndex(nil, 0, [][]*mapping.Row{registeredRows(), rows})
	return lower{index, rows}, err
}

// registeredRows are the lowest layer: a registered code means itself.
func registeredRows() []*mapping.Row {
	entries := registry.All()
	rows := make([]*mapping.Row, len(entries))
	for i, e := range entries {
		rows[i] = &mapping.Row{File: "registry", Text: e.Code + ", " + e.Source, Codes: []string{e.Code}, Error: e.Code}
		if e.NotAtResources {
			rows[i].Endpoints = registry.AllEndpoints.Without(registry.EndpointResource)
		}
	}
	return rows
}
