// Package autherrors is a Caddy HTTP handler that stands in front of identity
// providers and rewrites their error responses into canonical OAuth 2.0 errors,
// by mapping tables kept as data.
package autherrors

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/auth-errors/caddy-auth-errors/mappings"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
)

func init() {
	caddy.RegisterModule(Handler{})
}

// Handler intercepts the error responses of an identity provider and answers
// with one canonical OAuth 2.0 error instead: `error` and `error_description`
// as JSON, with the HTTP status and the headers that RFC 6749, RFC 6750 and
// their extensions ask for.
//
// Responses that are no errors stream through untouched, and so do errors that
// no mapping understands.
type Handler struct {
	// The provider whose mapping applies. Defaults to `oauth2`, which knows the
	// registered error codes and the plain HTTP statuses.
	Provider string `json:"provider,omitempty"`

	// If true, responses to the requests that reach this handler are left alone,
	// also by other auth_errors handlers around or inside it. Default: false.
	Off bool `json:"off,omitempty"`

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

	// How errors are rendered: `oauth`, the object of RFC 6749; `problem`, problem
	// details (RFC 9457) with the members of the former; or `auto`, problem details
	// for requests that rank them above JSON. Defaults to `oauth`, which every client
	// library reads.
	Format string `json:"format,omitempty"`

	// What to tell about the provider's response: any of `provider`, `status`,
	// `code` and `rule`, in a member `upstream`, and `request_id`. Defaults to
	// nothing, since clients need none of it.
	Expose []string `json:"expose,omitempty"`

	// What becomes of failures of reverse_proxy itself, such as a refused
	// connection: `normalize` answers them in the same shape, `pass` leaves them to
	// handle_errors. Defaults to `normalize`.
	ProxyErrors string `json:"proxy_errors,omitempty"`

	// What becomes of an error whose code no row names: `normalize` lets the
	// plain HTTP status decide, `pass` lets the response through. Defaults to
	// `normalize`.
	Unmapped string `json:"unmapped,omitempty"`

	// Whether answers are replaced: `enforce` does, `shadow` computes, logs and
	// counts what would be answered and lets the original stream. Defaults to
	// `enforce`.
	Mode string `json:"mode,omitempty"`

	// The largest error body to hold, in bytes as received. Larger ones are
	// answered by their status alone, or leave intact. Defaults to 65536.
	MaxBody int64 `json:"max_body,omitempty"`

	// The realm of rebuilt challenges. Defaults to the provider's own realm, or
	// to the name of the provider.
	Realm string `json:"realm,omitempty"`

	table    *normalizer.Table
	expose   exposed
	ledger   *ledger // nil until the handler is in force
	logger   *zap.Logger
	errorLog *zap.Logger
}

// MapRow is one row of the configuration itself.
type MapRow struct {
	// The HTTP status, such as `440`, or a class, such as `5xx`. Empty for any.
	Status string `json:"status,omitempty"`

	// The provider's code. Empty for any.
	Code string `json:"code,omitempty"`

	// The canonical error.
	Error string `json:"error"`

	// The HTTP status to answer with. Defaults to what follows from the error and
	// the endpoint.
	ToStatus int `json:"to_status,omitempty"`

	position string // in the Caddyfile, if it comes from one
}

// The values of the options, and their defaults.
const (
	descriptionsUpstream  = "upstream"
	descriptionsCanonical = "canonical"
	formatOAuth           = "oauth"
	formatProblem         = "problem"
	formatAuto            = "auto"
	normalize             = "normalize"
	pass                  = "pass"
	modeEnforce           = "enforce"
	modeShadow            = "shadow"

	defaultProvider = "oauth2"
	defaultMaxBody  = 64 << 10
)

// library finds the mappings that ship with the module.
var library = normalizer.Library{FS: mappings.FS}

// CaddyModule returns the Caddy module information.
func (Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.auth_errors",
		New: func() caddy.Module { return new(Handler) },
	}
}

// Provision sets the defaults and compiles the mapping.
func (h *Handler) Provision(ctx caddy.Context) error {
	h.logger = ctx.Logger()
	h.errorLog = ctx.Logger(errorLog{})
	if err := registerMetrics(ctx.GetMetricsRegistry()); err != nil {
		return err
	}
	h.setDefaults()
	if h.Off {
		return nil
	}
	if err := h.prepare(); err != nil {
		return err
	}
	return h.join()
}

// setDefaults fills in what the configuration leaves out.
func (h *Handler) setDefaults() {
	if h.Provider == "" {
		h.Provider = defaultProvider
	}
	if h.MaxBody == 0 {
		h.MaxBody = defaultMaxBody
	}
}

// prepare reads the mapping files and compiles the table.
func (h *Handler) prepare() (err error) {
	if h.expose, err = parseExpose(h.Expose); err != nil {
		return err
	}
	files, err := h.loadMappings()
	if err != nil {
		return err
	}
	h.table, err = h.compile(files)
	return err
}

// compile makes the table of the configuration.
func (h *Handler) compile(files []*normalizer.Mapping) (*normalizer.Table, error) {
	c := normalizer.Config{
		Provider:              h.Provider,
		Files:                 files,
		Keep:                  h.Keep,
		NoDefaults:            h.Unmapped == pass,
		CanonicalDescriptions: h.Descriptions == descriptionsCanonical,
		AlwaysRender:          h.Format != "" && h.Format != formatOAuth || len(h.Expose) > 0,
		Realm:                 h.Realm,
	}
	for i, row := range h.Map {
		rule, err := normalizer.NewRule(cmp.Or(row.position, fmt.Sprintf("map row %d", i+1)), row.Status, row.Code, row.Error, row.ToStatus)
		if err != nil {
			return nil, err
		}
		c.Inline = append(c.Inline, rule)
	}
	for name, paths := range h.Endpoints {
		kind, err := normalizer.ParseEndpoint(name)
		if err != nil {
			return nil, err
		}
		if c.Endpoints == nil {
			c.Endpoints = make(map[normalizer.Endpoint][]string)
		}
		c.Endpoints[kind] = paths
	}
	return normalizer.Compile(c, library.Rules)
}

// choices are the options with a fixed set of values, the default first.
func (h *Handler) choices() []choice {
	return []choice{
		{"format", &h.Format, []string{formatOAuth, formatProblem, formatAuto}},
		{"descriptions", &h.Descriptions, []string{descriptionsUpstream, descriptionsCanonical}},
		{"unmapped", &h.Unmapped, []string{normalize, pass}},
		{"proxy_errors", &h.ProxyErrors, []string{normalize, pass}},
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
	for _, c := range h.choices() {
		if *c.target != "" && !slices.Contains(c.values, *c.target) {
			return fmt.Errorf("%s %q: use one of %s", c.name, *c.target, strings.Join(c.values, ", "))
		}
	}
	if h.MaxBody < 0 || h.MaxBody > maxMaxBody {
		return fmt.Errorf("max_body %d: use 1 to %d bytes", h.MaxBody, maxMaxBody)
	}
	return nil
}

// maxMaxBody bounds what an operator can ask us to hold, in bytes. No provider
// sends errors anywhere near it.
const maxMaxBody = 16 << 20

// ServeHTTP lets the request through and looks at what comes back.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if h.Off {
		caddyhttp.SetVar(r.Context(), offVar, true)
		return next.ServeHTTP(w, r)
	}
	if h.isExempt(r) {
		return next.ServeHTTP(w, r)
	}
	i := newInterceptor(w, r, h)
	i.grant = watchGrant(r)
	err := i.serve(next)
	// A panic that goes on leaves the interceptor to the garbage collector, since
	// something below may still hold it.
	i.recycle()
	return err
}

// offVar is the request variable that an auth_errors handler which is off
// leaves for the others.
const offVar = "auth_errors.off"

// isExempt reports whether nothing in the answer to a request is ours: it has no
// body to rewrite, or the connection changes hands. Where descriptions are canonical,
// no header field of the client gets it at the provider's.
func (h *Handler) isExempt(r *http.Request) bool {
	switch r.Method {
	case http.MethodHead, http.MethodOptions, http.MethodConnect:
		return true
	}
	return h.Descriptions != descriptionsCanonical && upgrades(r.Header)
}

// upgrades reports whether the request asks for another protocol. An offer of
// HTTP/2 without TLS is no such thing: clients make it with any request.
func upgrades(h http.Header) bool {
	protocol := h["Upgrade"]
	return len(protocol) > 0 && !strings.EqualFold(protocol[0], "h2c")
}

// isGRPC reports whether a message is gRPC, whose errors live in trailers.
func isGRPC(h http.Header) bool {
	contentType := h["Content-Type"]
	return len(contentType) > 0 && strings.HasPrefix(contentType[0], "application/grpc")
}

// isEventStream reports whether a response is a stream of server-sent events.
func isEventStream(h http.Header) bool {
	contentType := h["Content-Type"]
	return len(contentType) > 0 && strings.HasPrefix(contentType[0], "text/event-stream")
}

// Interface guards
var (
	_ caddy.CleanerUpper          = (*Handler)(nil)
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddy.Validator             = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
)
