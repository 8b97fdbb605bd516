package autherrors

import (
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
)

// inForce holds what handlers share: each provisioned handler under its own
// address, and the ledger. Handlers join in Provision and leave in Cleanup, which
// Caddy calls also for a configuration that failed to load; so the pool shows the
// old and the new ones for as long as both serve.
var inForce = caddy.NewUsagePool()

// ledgerKey is where the ledger is in the pool.
type ledgerKey struct{}

// Destruct lets the ledger go with the last handler.
func (*ledger) Destruct() error { return nil }

// join makes the handler visible and gives it the ledger.
func (h *Handler) join() error {
	shared, _, err := inForce.LoadOrNew(ledgerKey{}, func() (caddy.Destructor, error) { return new(ledger), nil })
	if err != nil {
		return err
	}
	h.ledger = shared.(*ledger)
	inForce.LoadOrStore(h, h)
	return nil
}

// Cleanup takes the handler out of sight, if it ever came into it.
func (h *Handler) Cleanup() error {
	if h.ledger == nil {
		return nil
	}
	if _, err := inForce.Delete(h); err != nil {
		return err
	}
	_, err := inForce.Delete(ledgerKey{})
	return err
}

// note puts an error that no row names into the ledger, and warns about a new
// one. The ledger is bounded, and so are the warnings.
func (i *interceptor) note(resp *normalizer.Response, f *normalizer.Finding, outcome normalizer.Outcome) {
	if f.Named() || !isAboutAuth(resp, f) {
		return
	}
	h := i.handler
	u := newUnmapped(h.Provider, resp, f, outcome)
	if !h.ledger.add(u, time.Now()) {
		return
	}
	h.logger.Warn("an error that no row names",
		zap.String("provider", u.Provider), zap.String("endpoint", u.Endpoint), zap.Int("status", u.Status),
		zap.String("code", u.Code), zap.String("description", u.Description), zap.String("outcome", u.Outcome))
}

// isAboutAuth reports whether an error may be one that a mapping should know: at
// pages only one with a code, at resources only one that refuses access.
func isAboutAuth(resp *normalizer.Response, f *normalizer.Finding) bool {
	switch resp.Endpoint {
	case normalizer.EndpointNone, normalizer.EndpointAuthorization:
		return resp.Status >= 400 && f.Code != "" && !normalizer.IsHTML(resp.Header)
	case normalizer.EndpointResource:
		return resp.Status == 401 || resp.Status == 403 || resp.Status == 440
	}
	return resp.Status >= 400
}
