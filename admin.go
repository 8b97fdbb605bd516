package autherrors

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/auth-errors/caddy-auth-errors/internal/commands"
	"github.com/auth-errors/caddy-auth-errors/internal/ledger"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

func init() {
	caddy.RegisterModule(adminAPI{})
}

// adminAPI adds views to Caddy's admin API:
//
//	GET /auth_errors/unmapped   errors that no row names, as a list of [ledger.Unmapped]
//	DELETE /auth_errors/unmapped[?provider=<name>]   clears that list
//	GET /auth_errors/handlers[?provider=<name>]   the handlers in force, as a list of [InForce]
//	GET /auth_errors/providers  the mappings that ship, as a list of names
//	GET /auth_errors/version    the version of this module, as an object
type adminAPI struct{}

// InForce is a running handler in the answers of the admin API.
type InForce struct {
	ledger.Handler

	// RowCount is the number of rows in the table, and Rows are the rows, if the request
	// names the provider: a table has hundreds. Both are of this instance only.
	RowCount int           `json:"row_count,omitempty"`
	Rows     []mapping.Row `json:"rows,omitempty"`

	// Instance is the other instance with the handler, empty for this one. Age is the
	// time in seconds since its report. Drift says that the instances differ: one of them
	// has no handler with this provider, this mode and these files, by their SHA-256.
	Instance string  `json:"instance,omitempty"`
	Age      float64 `json:"age,omitempty"`
	Drift    bool    `json:"drift,omitempty"`
}

// CaddyModule returns the Caddy module information.
func (adminAPI) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "admin.api.auth_errors",
		New: func() caddy.Module { return new(adminAPI) },
	}
}

// adminPath is where the views are.
const adminPath = "/auth_errors/"

// Routes returns the route of all views.
func (a adminAPI) Routes() []caddy.AdminRoute {
	return []caddy.AdminRoute{{Pattern: adminPath, Handler: caddy.AdminHandlerFunc(a.serve)}}
}

func (adminAPI) serve(w http.ResponseWriter, r *http.Request) error {
	name := strings.TrimPrefix(r.URL.Path, adminPath)
	if r.Method == http.MethodDelete && name == "unmapped" {
		return clearUnmapped(w, r)
	}
	if r.Method != http.MethodGet {
		return caddy.APIError{HTTPStatus: http.StatusMethodNotAllowed, Err: errors.New("the views of auth_errors are read-only: use GET, or DELETE for unmapped")}
	}
	var view any
	switch name {
	case "unmapped":
		view = unmappedNow(r.Context())
	case "handlers":
		view = handlersNow(r.Context(), r.URL.Query().Get("provider"))
	case "providers":
		view = normalizer.Shipped.Providers()
	case "version":
		view = map[string]string{"version": commands.Version}
	default:
		return caddy.APIError{HTTPStatus: http.StatusNotFound, Err: fmt.Errorf("no view %q: use unmapped, handlers, providers or version", name)}
	}
	return writeJSON(w, view)
}

func writeJSON(w http.ResponseWriter, value any) error {
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(value)
}

// unmappedNow returns the entries in the ledgers of all instances. It skips entries of
// other instances that handlers here name and that are older than these handlers.
func unmappedNow(ctx context.Context) []ledger.Unmapped {
	shared := sharedLedger()
	if shared == nil {
		return []ledger.Unmapped{}
	}
	byProvider, since := make(map[string][]*normalizer.Table), time.Now()
	eachInForce(func(h *Handler) {
		byProvider[h.table.Provider()] = append(byProvider[h.table.Provider()], h.table)
		if h.joined.since.Before(since) {
			since = h.joined.since
		}
	})
	return ledger.Merge(shared.Instance, shared.List(), shared.Others(ctx), time.Now(), func(u *ledger.Unmapped) bool {
		own := byProvider[u.Provider]
		return u.LastSeen.After(since) || len(own) == 0 || slices.ContainsFunc(own, func(t *normalizer.Table) bool { return isUnmapped(t, u) })
	})
}

// clearUnmapped removes the errors of one provider, or of all, from the ledgers.
func clearUnmapped(w http.ResponseWriter, r *http.Request) error {
	provider := r.URL.Query().Get("provider")
	cleared := 0
	for _, u := range unmappedNow(r.Context()) {
		if provider == "" || u.Provider == provider {
			cleared++
		}
	}
	if shared := sharedLedger(); shared != nil {
		shared.Clear(r.Context(), provider)
	}
	return writeJSON(w, map[string]int{"cleared": cleared})
}

// handlersNow returns the running handlers of all instances, or those of one provider with
// their rows. It marks those that differ between instances.
func handlersNow(ctx context.Context, provider string) []InForce {
	all := withOthers(ctx, ownHandlers(provider))
	return slices.DeleteFunc(all, func(h InForce) bool { return provider != "" && h.Provider != provider })
}

// ownHandlers returns the running handlers of this instance, sorted by provider.
func ownHandlers(provider string) []InForce {
	handlers := []InForce{}
	eachInForce(func(h *Handler) {
		rows := h.table.Rows()
		shown := InForce{Handler: h.summary(), RowCount: len(rows)}
		if shown.Provider == provider {
			shown.Rows = rows
		}
		handlers = append(handlers, shown)
	})
	slices.SortFunc(handlers, func(a, b InForce) int {
		return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Mode, b.Mode), cmp.Compare(a.RowCount, b.RowCount))
	})
	return handlers
}

// withOthers adds the handlers of other running instances, and marks those that differ.
func withOthers(ctx context.Context, own []InForce) []InForce {
	shared := sharedLedger()
	if shared == nil {
		return own
	}
	_, here := storageNow()
	all := own
	for _, other := range shared.Others(ctx) {
		age := time.Since(other.Saved)
		if age > ledger.Silence || len(other.Handlers) == 0 {
			continue
		}
		for i := range own {
			own[i].Drift = own[i].Drift || !own[i].In(other.Handlers)
		}
		for _, h := range other.Handlers {
			all = append(all, InForce{Handler: h, Instance: other.Instance, Age: max(0, age.Seconds()), Drift: !h.In(here)})
		}
	}
	return all
}

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

// Interface guards
var _ caddy.AdminRouter = (*adminAPI)(nil)
