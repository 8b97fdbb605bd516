package autherrors

import (
	"encoding/json"
	"fmt"

	"github.com/caddyserver/caddy/v2"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
)

// tables holds the tables in use by what they were compiled from, so that handlers with
// the same configuration share one, also across a reload.
var tables = caddy.NewUsagePool()

// tableKey is what a table is compiled from, with the contents of files.
type tableKey string

// sharedTable is a table in the pool.
type sharedTable struct{ *normalizer.Table }

// Destruct does nothing: a table has nothing that must be given back.
func (sharedTable) Destruct() error { return nil }

// takeTable takes the table of the configuration out of the pool, or compiles it.
func (h *Handler) takeTable() error {
	c, sums, err := h.config()
	if err != nil {
		return err
	}
	written, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("comparing the configuration with those of other handlers: %w", err)
	}
	key := tableKey(fmt.Sprintf("%s %+v %s", written, h.Map, sums)) // %+v has the places in the Caddyfile, too
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

// leaveTable gives the table back, if the handler has one.
func (h *Handler) leaveTable() error {
	if h.tableKey == "" {
		return nil
	}
	_, err := tables.Delete(h.tableKey)
	h.tableKey = ""
	return err
}
