// Package autherrors is a Caddy HTTP handler that stands in front of identity
// providers and rewrites their error responses into canonical OAuth 2.0 errors, by
// mapping tables kept as data.
package autherrors

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/auth-errors/caddy-auth-errors/internal/around"
	"github.com/auth-errors/caddy-auth-errors/internal/commands"
	"github.com/auth-errors/caddy-auth-errors/internal/discovery"
	"github.com/auth-errors/caddy-auth-errors/internal/meter"
	"github.com/auth-errors/caddy-auth-errors/internal/placement"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
)

func init() {
	caddy.RegisterModule(Handler{})
	caddycmd.RegisterCommand(commands.Command())
}

// Handler intercepts the error responses of an identity provider and answers with one
// canonical OAuth 2.0 error instead: `error` and `error_description` as JSON, with the
// HTTP status and the headers that RFC 6749, RFC 6750 and their extensions ask for.
//
// Responses that are no errors stream through unchanged, and so do errors that no
// mapping understands.
type Handler struct {
	// The provider whose mapping applies. Defaults to `oauth2`, which knows the
	// registered error codes, the plain HTTP statuses, and what frameworks in common
	// use send.
	Provider string `json:"provider,omitempty"`

	// If true, responses to the requests that reach this handler are left alone,
	// also by other auth_errors handlers around or inside it. Default: false.
	Off bool `json:"off,omitempty"`

	// What the handler is called in metrics and logs, so that several with the same
	// provider can be told apart. Defaults to nothing.
	Name string `json:"name,omitempty"`

	// The user's own mapping files. They extend the provider's mapping, or define
	// the provider if none ships; a later file wins a tie.
	Mappings []MappingFile `json:"mappings,omitempty"`

	// Single rows, for what does not merit a file. They win every tie.
	Map []MapRow `json:"map,omitempty"`

	// Path patterns by endpoint kind (`token`, `device`, `par`, `revocation`,
	// `introspection`, `registration`, `ciba`, `authorization`, `resource`,
	// `none`). Case does not count, `*` is any run of characters. Defaults to the
	// paths of the mapping.
	Endpoints map[string][]string `json:"endpoints,omitempty"`

	// Members of the provider's body to copy into the canonical error, besides
	// those the mapping keeps.
	Keep []string `json:"keep,omitempty"`

	// Where `error_description` comes from: `upstream`, the provider's own text,
	// cleaned; or `canonical`, a fixed text for each error, so that accounts cannot
	// be told apart by wording. Defaults to `upstream`.
	Descriptions string `json:"descriptions,omitempty"`

	// What logs and the table of unmapped errors have of descriptions: `masked`, the
	// provider's text with what looks like a secret masked; or `off`, nothing, also
	// where a text stands in place of a code. Clients get the same either way.
	// Defaults to `masked`, since rows are written from these texts.
	LogDescriptions string `json:"log_descriptions,omitempty"`

	// How errors are rendered: `oauth`, the object of RFC 6749; `problem`, problem
	// details (RFC 9457) with the members of the former; or `auto`, problem details
	// for requests that rank them above JSON. Defaults to `oauth`, which every client
	// library reads.
	Format string `json:"format,omitempty"`

	// What to tell about the provider's response: any of `provider`, `status`,
	// `code` and `row`, in a member `upstream`, `action` and `request_id`. Defaults
	// to nothing, since clients need none of it.
	Expose []string `json:"expose,omitempty"`

	// What becomes of failures of reverse_proxy itself, such as a refused
	// connection: `normalize` answers them in the same shape, `pass` leaves them to
	// handle_errors. Defaults to `normalize`.
	ProxyErrors string `json:"proxy_errors,omitempty"`

	// What becomes of an error whose code no row names: `normalize` lets the
	// plain HTTP status decide, `pass` lets the response through. Defaults to
	// `normalize`.
	Unmapped string `json:"unmapped,omitempty"`

	// What becomes of an error that a token endpoint hides in a success: `normalize`
	// looks into its successes, and rewrites one whose body has an error and no token;
	// `pass` looks only where a row of the mapping says so. Defaults to `pass`.
	HiddenErrors string `json:"hidden_errors,omitempty"`

	// Whether answers are replaced: `enforce` does, `shadow` computes, logs and
	// counts what would be answered and lets the original stream. Defaults to
	// `enforce`.
	Mode string `json:"mode,omitempty"`

	// The largest error body to hold, in bytes without its coding. Of larger ones the
	// beginning is read. Defaults to 65536.
	MaxBody int64 `json:"max_body,omitempty"`

	// The `error_uri` of answers whose provider gave none, such as pages that the
	// command `catalogue` writes. A `*` in it stands for the error. Defaults to none.
	ErrorDocs string `json:"error_docs,omitempty"`

	// The realm of rebuilt challenges. Defaults to the provider's own realm, or
	// to the name of the provider.
	Realm string `json:"realm,omitempty"`

	// The URL of the metadata of the protected resource (RFC 9728), which challenges at
	// resources then name unless the provider's own does. Defaults to none.
	ResourceMetadata string `json:"resource_metadata,omitempty"`

	table    *normalizer.Table
	tableKey tableKey
	observer observer
	metadata *discovery.Watch
	showsID  bool // answers may show the id of the request
	looksIn  bool // successes are looked into, and have to be let go in time
	joined   joined
	leaveApp func() error // nil if the handler is in none
}

// MappingFile is one mapping file of the user's own.
type MappingFile struct {
	// The path of the file; mappings/README.md describes the format.
	Path string `json:"path"`

	// The SHA-256 of the file, in hex. The Caddyfile adapter sets it, so that an
	// edited file is a changed configuration; a file that does not fit is refused.
	// Not checked if empty.
	SHA256 string `json:"sha256,omitempty"`
}

// The values of the options, and their defaults.
const (
	descriptionsUpstream  = "upstream"
	descriptionsCanonical = "canonical"
	descriptionsMasked    = "masked"
	descriptionsOff       = "off"
	normalize             = "normalize"
	pass                  = "pass"
	modeEnforce           = "enforce"
	modeShadow            = "shadow"
)

// maxMaxBody bounds what an operator can ask us to hold, in bytes. No provider sends
// errors anywhere near it.
const maxMaxBody = 16 << 20

// CaddyModule returns the Caddy module information.
func (Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.auth_errors",
		New: func() caddy.Module { return new(Handler) },
	}
}

// Provision makes the table, or takes that of a handler with the same configuration.
func (h *Handler) Provision(ctx caddy.Context) (err error) {
	if h.observer, err = newObserver(ctx); err != nil || h.Off {
		return err
	}
	h.observer.wordless = h.LogDescriptions == descriptionsOff
	if err = h.takeTable(); err != nil {
		return err
	}
	h.showsID = mayShowID(h)
	h.looksIn = h.Mode != modeShadow && h.table.LooksIntoSuccesses()
	h.leaveApp = placement.Warn(ctx)
	if !h.isCanonical() { // for which the path as it was sent counts, too
		h.observer.reach = around.NewReach(h.observer.logger, h.Endpoints, around.StrippedPrefixes(ctx))
	}
	h.observer.series = meter.NewSeries(h.Name, h.table.Provider())
	h.metadata = discovery.NewWatch(h.observer.logger, h.table.Provider())
	return h.join(ctx.Storage())
}

// IsOff reports whether the handler leaves all responses alone.
func (h *Handler) IsOff() bool { return h.Off }

// choicesOf returns the options with a fixed set of values, the default first.
func choicesOf(h *Handler) []choice {
	return []choice{
		{"format", &h.Format, []string{string(normalizer.FormatOAuth), string(normalizer.FormatProblem), string(normalizer.FormatAuto)}},
		{"descriptions", &h.Descriptions, []string{descriptionsUpstream, descriptionsCanonical}},
		{"log_descriptions", &h.LogDescriptions, []string{descriptionsMasked, descriptionsOff}},
		{"unmapped", &h.Unmapped, []string{normalize, pass}},
		{"proxy_errors", &h.ProxyErrors, []string{normalize, pass}},
		{"hidden_errors", &h.HiddenErrors, []string{pass, normalize}},
		{"mode", &h.Mode, []string{modeEnforce, modeShadow}},
	}
}

type choice struct {
	name   string
	target *string
	values []string
}

// Validate refuses values that mean nothing.
func (h *Handler) Validate() error {
	for _, c := range choicesOf(h) {
		if *c.target != "" && !slices.Contains(c.values, *c.target) {
			return fmt.Errorf("%s %q: use one of %s", c.name, *c.target, strings.Join(c.values, ", "))
		}
	}
	if h.MaxBody < 0 || h.MaxBody > maxMaxBody {
		return fmt.Errorf("max_body %d: use 1 to %d bytes", h.MaxBody, maxMaxBody)
	}
	return nil
}

// isCanonical reports whether accounts must not be told apart.
func (h *Handler) isCanonical() bool { return h.Descriptions == descriptionsCanonical }

// mayShowID reports whether an answer may show the id of the request.
func mayShowID(h *Handler) bool {
	if h.Format != "" && h.Format != string(normalizer.FormatOAuth) {
		return true
	}
	return slices.Contains(h.Expose, "request_id")
}

// offVar is the request variable that an auth_errors handler which is off leaves for
// the others.
const offVar = "auth_errors.off"

// ServeHTTP lets the request through and looks at what comes back.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if h.Off {
		caddyhttp.SetVar(r.Context(), offVar, true)
		return next.ServeHTTP(w, r)
	}
	request := h.table.Request(r)
	if request.Exempt() {
		return next.ServeHTTP(w, r)
	}
	h.observer.series.Requests.Inc()
	if h.metadata.Wants(r) {
		next = h.metadata.Around(next)
	}
	return newExchange(h, r, request).serve(w, next)
}

// Interface guards
var (
	_ caddy.CleanerUpper          = (*Handler)(nil)
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddy.Validator             = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
	_ commands.Handler            = (*Handler)(nil)
)
