package autherrors

import (
	"cmp"
	"crypto/rand"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/auth-errors/caddy-auth-errors/internal/ledger"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/check"
)

// inForce holds what handlers share: each provisioned handler under its own
// address, and the ledger. Handlers join in Provision and leave in Cleanup, which
// Caddy calls also for a configuration that failed to load; so the pool shows the
// old and the new ones for as long as both serve.
var inForce = caddy.NewUsagePool()

// ledgerKey is where the ledger is in the pool.
type ledgerKey struct{}

// joined has the time at which a handler started, and the storage it was given.
type joined struct {
	since   time.Time
	storage ledger.Storage
}

// join makes the handler visible and gives it the ledger.
func (h *Handler) join(storage ledger.Storage) error {
	h.joined = joined{time.Now(), storage}
	shared, _, err := inForce.LoadOrNew(ledgerKey{}, func() (caddy.Destructor, error) {
		host, _ := os.Hostname()
		return ledger.NewKeeper(&ledger.Ledger{Dropped: warnOfDropped}, strings.Trim(host+"-"+rand.Text()[:8], "-"), storageNow, warnOfStorage), nil
	})
	if err != nil {
		return err
	}
	h.observer.ledger = shared.(*ledger.Keeper)
	inForce.LoadOrStore(h, h)
	return nil
}

// Cleanup removes the handler from the admin API and returns its table to the pool.
func (h *Handler) Cleanup() error {
	err := h.leaveTable()
	if h.leaveApp != nil {
		err = errors.Join(err, h.leaveApp())
	}
	if h.observer.ledger == nil {
		return err
	}
	h.observer.ledger.Leave(h.joined.storage)
	_, gone := inForce.Delete(h)
	forgetMapped(h)
	_, last := inForce.Delete(ledgerKey{})
	return errors.Join(err, gone, last)
}

// forgetMapped removes from the ledger the errors that a handler that is gone could not name and
// that all remaining handlers of its provider can, or any remaining handler if there are
// none of its provider.
func forgetMapped(left *Handler) {
	provider := left.table.Provider()
	remaining := sync.OnceValues(func() (own, others []*normalizer.Table) { return tablesInForce(provider) }) // of a thousand handlers, few have something to forget
	left.observer.ledger.Remove(func(u *ledger.Unmapped) bool {
		if u.Provider != provider || !isUnmapped(left.table, u) {
			return false // of another one, or a likeness that says too little
		}
		own, others := remaining()
		names := func(t *normalizer.Table) bool { return !isUnmapped(t, u) }
		if len(own) > 0 {
			return !slices.ContainsFunc(own, func(t *normalizer.Table) bool { return !names(t) })
		}
		return slices.ContainsFunc(others, names)
	})
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

// sharedLedger returns the ledger, or nil as long as no handler is in force.
func sharedLedger() (shared *ledger.Keeper) {
	inForce.Range(func(_, value any) bool {
		shared, _ = value.(*ledger.Keeper)
		return shared == nil
	})
	return shared
}

func eachInForce(visit func(*Handler)) {
	inForce.Range(func(_, value any) bool {
		if h, ok := value.(*Handler); ok {
			visit(h)
		}
		return true
	})
}

// storageNow returns the storage of the latest handler, and the running handlers. The
// storage is nil if there is no handler.
func storageNow() (ledger.Storage, []ledger.Handler) {
	var storage ledger.Storage
	var since time.Time
	var handlers []ledger.Handler
	eachInForce(func(h *Handler) {
		if storage == nil || h.joined.since.After(since) {
			storage, since = h.joined.storage, h.joined.since
		}
		handlers = append(handlers, h.summary())
	})
	return storage, handlers
}

// summary describes the handler.
func (h *Handler) summary() ledger.Handler {
	s := ledger.Handler{Provider: h.table.Provider(), Mode: cmp.Or(h.Mode, modeEnforce)}
	for _, m := range h.Mappings {
		s.Files = append(s.Files, ledger.File(m))
	}
	return s
}
