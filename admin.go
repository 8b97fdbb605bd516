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

	"github.com/auth-errors/caddy-auth-errors/internal/ledger"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

func init() {
	caddy.RegisterModule(adminAPI{})
}

// adminAPI adds read-only views to Caddy's admin API:
//
//	GET /auth_errors/unmapped   errors that no row names, as a list of [ledger.Unmapped]
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
	if r.Method != http.MethodGet {
		return caddy.APIError{HTTPStatus: http.StatusMethodNotAllowed, Err: errors.New("the views of auth_errors are read-only: use GET")}
	}
	var view any
	switch name := strings.TrimPrefix(r.URL.Path, adminPath); name {
	case "unmapped":
		view = unmappedNow()
	case "handlers":
		view = handlersNow()
	case "providers":
		view = normalizer.Shipped.Providers()
	default:
		return caddy.APIError{HTTPStatus: http.StatusNotFound, Err: fmt.Errorf("no view %q: use unmapped, handlers or providers", name)}
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(view)
}

// unmappedNow returns the ledger. There is none as long as no handler is in force.
func unmappedNow() []ledger.Unmapped {
	entries := []ledger.Unmapped{}
	inForce.Range(func(_, value any) bool {
		if l, ok := value.(*ledger.Ledger); ok {
			entries = l.List()
		}
		return true
	})
	return entries
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
	shared, _, err := inForce.LoadOrNew(ledgerKey{}, func() (caddy.Destructor, error) { return new(ledger.Ledger), nil })
	if err != nil {
		return err
	}
	h.observer.ledger = shared.(*ledger.Ledger)
	inForce.LoadOrStore(h, h)
	return nil
}

// Cleanup takes the handler out of sight, if it ever came into it, and gives its table
// back.
func (h *Handler) Cleanup() error {
	err := h.leaveTable()
	if h.observer.ledger == nil {
		return err
	}
	_, gone := inForce.Delete(h)
	_, last := inForce.Delete(ledgerKey{})
	return errors.Join(err, gone, last)
}

// Interface guards
var _ caddy.AdminRouter = (*adminAPI)(nil)
