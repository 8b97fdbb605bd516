package autherrors

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/auth-errors/caddy-auth-errors/internal/advice"
	"github.com/auth-errors/caddy-auth-errors/internal/ledger"
	"github.com/auth-errors/caddy-auth-errors/internal/mapfile"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/check"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// tables holds the tables in use by their input, so that handlers with the same
// configuration share one, also across a reload.
var tables = caddy.NewUsagePool()

// tableKey is the input of a table, with the contents of files.
type tableKey string

// sharedTable is a table in the pool.
type sharedTable struct{ *normalizer.Table }

// Destruct does nothing: a table needs no cleanup.
func (sharedTable) Destruct() error { return nil }

// takeTable takes the table of the configuration from the pool, or compiles it.
func (h *Handler) takeTable() error {
	c, key, err := h.keyed()
	if err != nil {
		return err
	}
	shared, _, err := tables.LoadOrNew(key, func() (caddy.Destructor, error) {
		t, err := normalizer.Compile(c)
		return sharedTable{t}, err
	})
	if err != nil {
		return err
	}
	h.table, h.tableKey = shared.(sharedTable).Table, key
	return nil
}

// keyed returns the input of the table, and its key.
func (h *Handler) keyed() (c normalizer.Config, key tableKey, err error) {
	c, sums, err := h.config()
	if err != nil {
		return c, "", err
	}
	plain := c
	plain.Files, plain.Inline = nil, nil // which h has as they are written
	options, err := json.Marshal(plain)
	if err != nil {
		return c, "", fmt.Errorf("comparing the configuration with those of other handlers: %w", err)
	}
	return c, tableKey(fmt.Sprintf("%s %+v %+v %s", options, h.Map, h.Mappings, sums)), nil // h.Map with the places in the Caddyfile
}

// leaveTable gives the table back, if the handler has one.
func (h *Handler) leaveTable() error {
	if h.tableKey == "" {
		return nil
	}
	_, err := tables.Delete(h.tableKey)
	h.tableKey = ""
	return err
}

// Config reads the mapping files and returns the input of the table. It works without
// Provision.
func (h *Handler) Config() (normalizer.Config, error) {
	c, _, err := h.config()
	return c, err
}

// config reads the mapping files. It returns the configuration of the table, and the
// SHA-256 of each file.
func (h *Handler) config() (c normalizer.Config, sums []string, err error) {
	files, sums, err := loadMappings(h.Mappings)
	if err != nil {
		return c, nil, err
	}
	c = normalizer.Config{
		Provider:              h.Provider,
		Files:                 files,
		Keep:                  h.Keep,
		NoDefaults:            h.Unmapped == pass,
		CanonicalDescriptions: h.Descriptions == descriptionsCanonical,
		Format:                normalizer.Format(h.Format),
		Expose:                h.Expose,
		ErrorDocs:             h.ErrorDocs,
		Realm:                 h.Realm,
		ResourceMetadata:      h.ResourceMetadata,
		MaxBody:               h.MaxBody,
		HiddenErrors:          h.HiddenErrors == normalize,
		Shadow:                h.Mode == modeShadow,
	}
	for i, m := range h.Map {
		row, err := mapping.NewRow(cmp.Or(m.position, fmt.Sprintf("map row %d", i+1)), m.Status, m.Code, m.Error, m.ToStatus)
		if err != nil {
			return c, nil, err
		}
		c.Inline = append(c.Inline, row)
	}
	for name, paths := range h.Endpoints {
		kind, err := registry.ParseEndpoint(name)
		if err != nil {
			return c, nil, err
		}
		if c.Endpoints == nil {
			c.Endpoints = make(map[registry.Endpoint][]string)
		}
		c.Endpoints[kind] = paths
	}
	return c, sums, nil
}

// loadMappings reads the mapping files, and returns the SHA-256 of each.
func loadMappings(files []MappingFile) (out []*mapping.Mapping, sums []string, err error) {
	for i, file := range files {
		if file.Path == "" {
			return nil, nil, fmt.Errorf("mappings: entry %d has no path", i+1)
		}
		m, sum, err := mapfile.Load(file.Path)
		if err != nil {
			return nil, nil, err
		}
		if file.SHA256 != "" && !strings.EqualFold(file.SHA256, sum) {
			return nil, nil, fmt.Errorf("mapping %s has changed since the configuration was made (sha256 %s, not %s): adapt the Caddyfile again", file.Path, sum, file.SHA256)
		}
		out, sums = append(out, m), append(sums, sum)
	}
	return out, sums, nil
}

// tablesInForce returns the tables of the running handlers, each once: those of a
// provider, and the rest.
func tablesInForce(provider string) (own, others []*normalizer.Table) {
	seen := make(map[*normalizer.Table]bool)
	eachInForce(func(h *Handler) {
		switch {
		case seen[h.table]:
		case h.table.Provider() == provider:
			own = append(own, h.table)
		default:
			others = append(others, h.table)
		}
		seen[h.table] = true
	})
	return own, others
}

// isUnmapped reports whether no row of the table names such a response.
func isUnmapped(t *normalizer.Table, u *ledger.Unmapped) bool {
	x := u.Example(check.MakeBody)
	request, response := check.Exchange(t, &x)
	d := t.Decide(&request, response)
	return d.IsUnmapped()
}

// MapRow is one row in the configuration.
type MapRow struct {
	// The HTTP status of the provider, such as `440`, or a class, such as `5xx`. Empty
	// means any.
	Status string `json:"status,omitempty"`

	// The error code of the provider. Empty means any.
	Code string `json:"code,omitempty"`

	// The canonical error.
	Error string `json:"error"`

	// The HTTP status of the answer. Defaults to the status of the error at the kind
	// of endpoint.
	ToStatus int `json:"to_status,omitempty"`

	position string // in the Caddyfile, or empty
}

// parseMap reads a row of a Caddyfile.
func parseMap(h *Handler, d *caddyfile.Dispenser) error {
	args := d.RemainingArgs()
	if err := advice.MapRow(args); err != nil {
		return d.WrapErr(err)
	}
	row := MapRow{Status: anyAsEmpty(args[0]), Code: anyAsEmpty(args[1]), Error: args[2]}
	row.position = fmt.Sprintf("%s:%d", d.File(), d.Line())
	if len(args) == 4 {
		row.ToStatus, _ = strconv.Atoi(args[3])
	}
	if _, err := mapping.NewRow("map", row.Status, row.Code, row.Error, row.ToStatus); err != nil {
		return d.WrapErr(err)
	}
	h.Map = append(h.Map, row)
	return nil
}

func anyAsEmpty(arg string) string {
	if arg == "*" {
		return ""
	}
	return arg
}
