// Package autherrors is a Caddy HTTP handler in front of identity providers. It rewrites
// their error responses into canonical OAuth 2.0 errors, from mapping tables kept as
// data.
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

// Handler replaces the error responses of an identity provider by canonical OAuth 2.0
// errors: `error` and `error_description` as JSON, with the HTTP status and the headers
// that RFC 6749, RFC 6750 and their extensions require.
//
// All other responses pass through unchanged. So do errors that no mapping understands.
type Handler struct {
	// The provider whose mapping applies. Defaults to `oauth2`, which knows the
	// registered error codes, plain HTTP statuses, and the error formats of common
	// frameworks.
	Provider string `json:"provider,omitempty"`

	// If true, responses to the requests that reach this handler stay unchanged,
	// even where another auth_errors handler is around it or inside it. Defaults to
	// false.
	Off bool `json:"off,omitempty"`

	// The name of the handler in metrics and logs. It tells handlers with the same
	// provider apart. Defaults to none.
	Name string `json:"name,omitempty"`

	// Your own mapping files. They extend the mapping of the provider, or define a
	// provider that has none. If two rows rank equally, the row in the later file wins.
	Mappings []MappingFile `json:"mappings,omitempty"`

	// Single rows, without a mapping file. If two rows rank equally, a row given here
	// beats a row of a file.
	Map []MapRow `json:"map,omitempty"`

	// Path patterns by endpoint kind (`token`, `device`, `par`, `revocation`,
	// `introspection`, `registration`, `ciba`, `authorization`, `resource`,
	// `none`). Patterns ignore case, and `*` matches any text, slashes included.
	// Defaults to the paths of the mapping.
	Endpoints map[string][]string `json:"endpoints,omitempty"`

	// Members of the provider's response body to copy into the canonical error.
	// They add to those that the mapping keeps.
	Keep []string `json:"keep,omitempty"`

	// The text of `error_description`. `upstream` takes the provider's text and masks
	// secrets in it. `canonical` takes a fixed text for each error, so that answers do
	// not reveal whether an account exists. Defaults to `upstream`.
	Descriptions string `json:"descriptions,omitempty"`

	// The provider's descriptions in logs and in the list of unmapped errors. `masked`
	// writes them with secrets masked. `off` leaves them out, and with them codes that
	// are sentences. Answers to clients do not depend on it. Defaults to `masked`,
	// because you write rows from these texts.
	LogDescriptions string `json:"log_descriptions,omitempty"`

	// The format of answers. `oauth` is the JSON object of RFC 6749. `problem` is
	// problem details (RFC 9457) with the same OAuth members. `auto` sends problem
	// details to clients that prefer `application/problem+json` in `Accept`, and
	// `oauth` to others. Defaults to `oauth`, which every client library reads.
	Format string `json:"format,omitempty"`

	// Additional members of answers. `provider`, `status`, `code` and `row` describe the
	// provider's response, in a member `upstream`. `action` says who can solve the
	// problem, and how. `request_id` is the id of the request in the log. Defaults to
	// none, because clients do not need them.
	Expose []string `json:"expose,omitempty"`

	// The treatment of failures of reverse_proxy itself, such as a refused connection.
	// `normalize` answers them in the same format. `pass` leaves them to
	// `handle_errors`. Defaults to `normalize`.
	ProxyErrors string `json:"proxy_errors,omitempty"`

	// The treatment of errors whose code no row names. `normalize` decides by the HTTP
	// status. `pass` leaves the response unchanged. Defaults to `normalize`.
	Unmapped string `json:"unmapped,omitempty"`

	// The treatment of errors that a token endpoint sends with a status below 300.
	// `normalize` reads these responses, and rewrites those with an error and without a
	// token. `pass` reads them only where a row of the mapping asks for it. Defaults to
	// `pass`.
	HiddenErrors string `json:"hidden_errors,omitempty"`

	// `enforce` replaces errors. `shadow` leaves responses unchanged, and only logs and
	// counts the answers that `enforce` would give. Defaults to `enforce`.
	Mode string `json:"mode,omitempty"`

	// The largest error body to hold, in bytes without its coding. Of larger ones the
	// beginning is read. Defaults to 65536.
	MaxBody int64 `json:"max_body,omitempty"`

	// The `error_uri` of answers where the provider sent none. A `*` in it stands for
	// the error. `caddy auth-errors catalogue` writes such pages. Defaults to none.
	ErrorDocs string `json:"error_docs,omitempty"`

	// The realm in `WWW-Authenticate`. Defaults to the realm that the provider sent,
	// or else to the name of the provider.
	Realm string `json:"realm,omitempty"`

	// The URL of the metadata of the protected resource (RFC 9728). Bearer and DPoP
	// challenges at resources name it, unless the provider's challenge names one
	// already. Defaults to none.
	ResourceMetadata string `json:"resource_metadata,omitempty"`

	table    *normalizer.Table
	tableKey tableKey
	observer observer
	metadata *discovery.Watch
	showsID  bool // answers may show the id of the request
	looksIn  bool // successes are looked into, and have to be let go in time
	joined   joined
	leaveApp func() error // nil if the handler is in none

	right map[tableKey]bool // inputs of tables that are right; nil outside an adaptation
}

// MappingFile is one of your own mapping files.
type MappingFile struct {
	// The path of the file; mappings/README.md describes the format.
	Path string `json:"path"`

	// The SHA-256 of the file, in hex. The Caddyfile adapter sets it, so that a
	// reload notices an edited file. A file with another hash is refused. Not checked
	// if empty.
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

// maxMaxBody is the largest max_body, in bytes. Errors of providers are far smaller.
const maxMaxBody = 16 << 20

// CaddyModule returns the Caddy module information.
func (Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.auth_errors",
		New: func() caddy.Module { return new(Handler) },
	}
}

// Provision compiles the table, or shares the table of a handler with the same
// configuration.
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
		h.observer.reach = around.NewReach(h.observer.logger, h.Endpoints, around.StrippedPrefixes(ctx), around.PathsAround(ctx))
	}
	h.observer.series = meter.NewSeries(h.Name, h.table.Provider())
	h.metadata = discovery.NewWatch(h.observer.logger, h.table.Provider())
	return h.join(ctx.Storage())
}

// IsOff reports whether the handler leaves all responses unchanged.
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

// ownerOf returns the only option that has a value, or nothing.
func ownerOf(h *Handler, value string) (owner string) {
	for _, c := range choicesOf(h) {
		if slices.Contains(c.values, value) {
			if owner != "" {
				return ""
			}
			owner = c.name
		}
	}
	return owner
}

// Validate refuses unknown values of options.
func (h *Handler) Validate() error {
	for _, c := range choicesOf(h) {
		if *c.target != "" && !slices.Contains(c.values, *c.target) {
			return fmt.Errorf("%s %q: use one of %s", c.name, *c.target, strings.Join(c.values, ", "))
		}
	}
	for _, text := range []string{h.ErrorDocs, h.Name, h.Realm, h.ResourceMetadata} {
		if found := placeholder.FindString(text); found != "" {
			return fmt.Errorf("%q: placeholders such as %s are not replaced in options of auth_errors: write the text itself", text, found)
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

// ServeHTTP passes the request on and examines the response.
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
