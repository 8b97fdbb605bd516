package autherrors

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
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

	// Instance is the other instance with the handler, empty for this one, and Age the
	// seconds since it reported it. Drift says that instances differ: one of them has no
	// handler with this provider, this mode and these files, by their SHA-256.
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

// Interface guards
var _ caddy.AdminRouter = (*adminAPI)(nil)
