package autherrors

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/auth-errors/caddy-auth-errors/internal/ledger"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/check"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

func init() {
	caddy.RegisterModule(adminAPI{})
}

// adminAPI adds views to Caddy's admin API:
//
//	GET /auth_errors/unmapped   errors that no row names, as a list of [ledger.Unmapped]
//	DELETE /auth_errors/unmapped[?provider=<name>]   clears that list
//	GET /auth_errors/handlers   the handlers in force, as a list of [InForce]
//	GET /auth_errors/providers  the mappings that ship, as a list of names
type adminAPI struct{}

// InForce is a handler in force, as the admin API shows it.
type InForce struct {
	Provider string        `json:"provider"`
	Mode     string        `json:"mode"`
	Mappings []MappingFile `json:"mappings,omitempty"`
	Rows     []mapping.Row `json:"rows"`
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
		return clearUnmapped(w, r.URL.Query().Get("provider"))
	}
	if r.Method != http.MethodGet {
		return caddy.APIError{HTTPStatus: http.StatusMethodNotAllowed, Err: errors.New("the views of auth_errors are read-only: use GET, or DELETE for unmapped")}
	}
	var view any
	switch name {
	case "unmapped":
		view = unmappedNow()
	case "handlers":
		view = handlersNow()
	case "providers":
		view = normalizer.Shipped.Providers()
	default:
		return caddy.APIError{HTTPStatus: http.StatusNotFound, Err: fmt.Errorf("no view %q: use unmapped, handlers or providers", name)}
	}
	return writeJSON(w, view)
}

func writeJSON(w http.ResponseWriter, value any) error {
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(value)
}

// sharedLedger returns the ledger, or an empty one as long as no handler is in force.
func sharedLedger() *ledger.Ledger {
	shared := new(ledger.Ledger)
	inForce.Range(func(_, value any) bool {
		if l, ok := value.(*ledger.Ledger); ok {
			shared = l
		}
		return true
	})
	return shared
}

// unmappedNow returns what is in the ledger.
func unmappedNow() []ledger.Unmapped { return sharedLedger().List() }

// clearUnmapped takes the errors of one provider out of the ledger, or those of all.
func clearUnmapped(w http.ResponseWriter, provider string) error {
	cleared := sharedLedger().Remove(func(u *ledger.Unmapped) bool { return provider == "" || u.Provider == provider })
	return writeJSON(w, map[string]int{"cleared": cleared})
}

// handlersNow returns the handlers in force, sorted by provider.
func handlersNow() []InForce {
	handlers := []InForce{}
	inForce.Range(func(_, value any) bool {
		if h, ok := value.(*Handler); ok {
			mode := h.Mode
			if mode == "" {
				mode = modeEnforce
			}
			handlers = append(handlers, InForce{Provider: h.table.Provider(), Mode: mode, Mappings: h.Mappings, Rows: h.table.Rows()})
		}
		return true
	})
	slices.SortFunc(handlers, func(a, b InForce) int {
		return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Mode, b.Mode), cmp.Compare(len(a.Rows), len(b.Rows)))
	})
	return handlers
}

// inForce holds what handlers share: each provisioned handler under its own
// address, and the ledger. Handlers join in Provision and leave in Cleanup, which
// Caddy calls also for a configuration that failed to load; so the pool shows the
// old and the new ones for as long as both serve.
var inForce = caddy.NewUsagePool()

// ledgerKey is where the ledger is in the pool.
type ledgerKey struct{}

// join makes the handler visible and gives it the ledger.
func (h *Handler) join() error {
	shared, _, err := inForce.LoadOrNew(ledgerKey{}, func() (caddy.Destructor, error) { return &ledger.Ledger{Dropped: warnOfDropped}, nil })
	if err != nil {
		return err
	}
	h.observer.ledger = shared.(*ledger.Ledger)
	inForce.LoadOrStore(h, h)
	return nil
}

// warnOfDropped says how many warnings there were too many. It outlives the handlers, and
// so it asks for the logger at that time.
func warnOfDropped(count int) {
	caddy.Log().Named(string(Handler{}.CaddyModule().ID)).Warn("more errors that no row names were not logged one by one",
		zap.Int("count", count), zap.String("see", "caddy auth-errors unmapped"))
}

// forgetMapped takes out of the ledger what the handler could not name and those that
// stay can: all of its provider, or any if none of that stays.
func (h *Handler) forgetMapped() {
	var own, others []*normalizer.Table
	inForce.Range(func(_, value any) bool {
		if other, ok := value.(*Handler); ok && other.table.Provider() == h.table.Provider() {
			own = append(own, other.table)
		} else if ok {
			others = append(others, other.table)
		}
		return true
	})
	h.observer.ledger.Remove(func(u *ledger.Unmapped) bool {
		names := func(t *normalizer.Table) bool { return !isUnmapped(t, u) }
		switch {
		case u.Provider != h.table.Provider() || names(h.table):
			return false // of another one, or a likeness that says too little
		case len(own) > 0:
			return !slices.ContainsFunc(own, func(t *normalizer.Table) bool { return !names(t) })
		}
		return slices.ContainsFunc(others, names)
	})
}

// isUnmapped reports whether no row of the table names a response like that.
func isUnmapped(t *normalizer.Table, u *ledger.Unmapped) bool {
	x := u.Example(check.MakeBody)
	request, response := check.Exchange(t, &x)
	d := t.Decide(&request, response)
	return d.IsUnmapped()
}

// Cleanup takes the handler out of sight, if it ever came into it, and gives its table
// back.
func (h *Handler) Cleanup() error {
	err := h.leaveTable()
	if h.observer.ledger == nil {
		return err
	}
	_, gone := inForce.Delete(h)
	h.forgetMapped()
	_, last := inForce.Delete(ledgerKey{})
	return errors.Join(err, gone, last)
}

// Interface guards
var _ caddy.AdminRouter = (*adminAPI)(nil)
