// Package mappings holds the mapping files that ship with the module, one for
// each provider; README.md beside them describes the format.
package mappings

import "embed"

// FS holds <provider>.yaml for every provider.
//
//go:embed *.yaml
var FS embed.FS
