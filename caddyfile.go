package autherrors

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/dustin/go-humanize"

	"github.com/auth-errors/caddy-auth-errors/internal/advice"
	"github.com/auth-errors/caddy-auth-errors/internal/mapfile"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

func init() {
	httpcaddyfile.RegisterHandlerDirective("auth_errors", parseCaddyfile)
	// Behind encode, which compresses the answers, and before every directive that
	// responds.
	httpcaddyfile.RegisterDirectiveOrder("auth_errors", httpcaddyfile.After, "intercept")
}

func parseCaddyfile(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	right, ok := h.State[rightState].(map[tableKey]bool)
	if !ok {
		right = make(map[tableKey]bool)
		h.State[rightState] = right
	}
	handler := &Handler{right: right}
	return handler, handler.UnmarshalCaddyfile(h.Dispenser)
}

// rightState is the key of the checked configurations in the state of an adaptation.
const rightState = "auth_errors.right"

// subdirectives has a parser for each subdirective. The current token of the dispenser is
// the name of the subdirective.
var subdirectives = map[string]func(*Handler, *caddyfile.Dispenser) error{
	"mapping":           parseMapping,
	"map":               parseMap,
	"endpoint":          parseEndpoint,
	"keep":              parseKeep,
	"format":            parseChoice,
	"descriptions":      parseChoice,
	"log_descriptions":  parseChoice,
	"expose":            parseExpose,
	"unmapped":          parseChoice,
	"proxy_errors":      parseChoice,
	"hidden_errors":     parseChoice,
	"mode":              parseChoice,
	"max_body":          parseMaxBody,
	"error_docs":        parseText,
	"name":              parseText,
	"realm":             parseText,
	"resource_metadata": parseText,
}

// repeatable names the subdirectives that add up.
var repeatable = []string{"mapping", "map", "endpoint"}

// UnmarshalCaddyfile sets up the handler from Caddyfile tokens. Syntax:
//
//	auth_errors [<matcher>] [<provider>|off] {
//	    name         <text>
//	    mapping      <file...>
//	    map          <status|*> <code|*> <error> [<to_status>]
//	    endpoint     <kind> <path...>
//	    format       oauth|problem|auto
//	    descriptions upstream|canonical
//	    log_descriptions masked|off
//	    keep         <member...>
//	    expose       provider|status|code|row|action|request_id ...
//	    unmapped     normalize|pass
//	    proxy_errors normalize|pass
//	    hidden_errors pass|normalize
//	    mode         enforce|shadow
//	    max_body     <size>
//	    error_docs   <url>
//	    realm        <text>
//	    resource_metadata <url>
//	}
//
// It reads and checks mapping files too, so a mistake in one of them fails the
// configuration. A relative path begins at the directory of the Caddyfile.
func (h *Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // consume the directive name
	start := d.Token()
	if err := refusePlaceholders(*d); err != nil {
		return err
	}
	if d.NextArg() {
		start = d.Token()
		h.Provider = d.Val()
		if err := advice.Provider(h.Provider); err != nil {
			return d.WrapErr(err)
		}
	}
	if d.NextArg() {
		return d.WrapErr(advice.SecondArgument(h.Provider, d.Val()))
	}
	if h.Provider == "off" {
		h.Provider, h.Off = "", true
	}
	seen := make(map[string]bool)
	for d.NextBlock(0) {
		name := d.Val()
		parse, ok := subdirectives[name]
		switch {
		case name == "{":
			return d.Err("unexpected block: no subdirective of auth_errors takes one")
		case h.Off:
			return d.Errf("unexpected '%s': auth_errors off takes no options", name)
		case !ok:
			return d.Errf("unrecognized subdirective '%s': %s", name, advice.Subdirective(name, slices.Sorted(maps.Keys(subdirectives)), ownerOf(h, name)))
		case seen[name] && !slices.Contains(repeatable, name):
			return d.Errf("%s is given twice: keep one", name)
		}
		seen[name] = true
		if err := refusePlaceholders(*d); err != nil {
			return err
		}
		if err := parse(h, d); err != nil {
			return err
		}
	}
	if h.Off {
		return nil
	}
	c, key, err := h.keyed()
	if err == nil && !h.right[key] {
		_, err = normalizer.Compile(c) // for its errors only
	}
	if err != nil {
		return fmt.Errorf("%w, at %s:%d", err, start.File, start.Line)
	}
	if h.right != nil {
		h.right[key] = true
	}
	return nil
}

// placeholder matches a placeholder that Caddy replaces while it serves requests, such as
// {env.REALM}.
var placeholder = regexp.MustCompile(`\{[A-Za-z][A-Za-z0-9_.-]*\}`)

// refusePlaceholders refuses arguments with a placeholder, because all arguments are
// needed when the configuration is loaded. The dispenser is a copy.
func refusePlaceholders(d caddyfile.Dispenser) error {
	name := d.Val()
	for d.NextArg() {
		found := placeholder.FindString(d.Val())
		if found == "" {
			continue
		}
		if name == "error_docs" {
			return d.Errf("error_docs '%s': write * for the error, not %s", d.Val(), found)
		}
		variable, isEnv := strings.CutPrefix(strings.Trim(found, "{}"), "env.")
		if !isEnv {
			variable = "NAME"
		}
		return d.Errf("%s '%s': placeholders such as %s are not replaced here; use {$%s}, an environment variable that is replaced when the Caddyfile is read", name, d.Val(), found, variable)
	}
	return nil
}

func parseMapping(h *Handler, d *caddyfile.Dispenser) error {
	paths := d.RemainingArgs()
	if len(paths) == 0 {
		return d.Errf("mapping takes <file...>, as in: mapping mycorp.yaml")
	}
	for _, path := range paths {
		arg := path
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(d.File()), path)
		}
		// A reload sends the configuration to a process with another working
		// directory.
		path, err := filepath.Abs(path)
		if err != nil {
			return d.WrapErr(err)
		}
		_, missing := os.Stat(path)
		if err := advice.MappingFile(arg, missing == nil, normalizer.Shipped.Providers()); err != nil {
			return d.WrapErr(err)
		}
		file := MappingFile{Path: path}
		_, file.SHA256, err = mapfile.Load(path)
		if err != nil {
			return d.WrapErr(err)
		}
		h.Mappings = append(h.Mappings, file)
	}
	return nil
}

func parseEndpoint(h *Handler, d *caddyfile.Dispenser) error {
	args := d.RemainingArgs()
	if err := advice.Endpoint(args); err != nil {
		return d.WrapErr(err)
	}
	kind, paths := args[0], args[1:]
	if _, ok := h.Endpoints[kind]; ok {
		return d.Errf("endpoint %s is given twice: put all its paths on one line", kind)
	}
	for _, path := range paths {
		if _, err := mapping.ParseEndpointPath(path); err != nil {
			return d.WrapErr(err)
		}
	}
	if h.Endpoints == nil {
		h.Endpoints = make(map[string][]string)
	}
	h.Endpoints[kind] = paths
	return nil
}

func parseKeep(h *Handler, d *caddyfile.Dispenser) error {
	h.Keep = d.RemainingArgs()
	if len(h.Keep) == 0 {
		return d.Errf("keep takes <member...>, as in: keep mfa_token")
	}
	for _, member := range h.Keep {
		if _, err := mapping.ParseMember(member); err != nil {
			return d.WrapErr(err)
		}
	}
	return nil
}

// parseChoice reads one argument from a fixed set of values.
func parseChoice(h *Handler, d *caddyfile.Dispenser) error {
	name := d.Val()
	for _, c := range choicesOf(h) {
		if c.name != name {
			continue
		}
		args := d.RemainingArgs()
		if len(args) == 0 {
			return d.Errf("%s takes one value: use one of %s", name, strings.Join(c.values, ", "))
		}
		if given := strings.Join(args, " "); len(args) != 1 || !slices.Contains(c.values, given) {
			return d.Errf("%s takes one value, not '%s': %s", name, given, registry.Choose(given, c.values))
		}
		*c.target = args[0]
	}
	return nil
}

func parseExpose(h *Handler, d *caddyfile.Dispenser) error {
	h.Expose = d.RemainingArgs()
	if len(h.Expose) == 0 {
		return d.Errf("expose takes one or more of %s", strings.Join(normalizer.Exposable(), ", "))
	}
	for _, name := range h.Expose {
		if !slices.Contains(normalizer.Exposable(), name) {
			return d.Errf("expose %q: %s", name, registry.Choose(name, normalizer.Exposable()))
		}
	}
	return nil
}

func parseMaxBody(h *Handler, d *caddyfile.Dispenser) error {
	var arg string
	if !d.Args(&arg) || d.NextArg() {
		return d.Errf("max_body takes one size, such as 64KiB")
	}
	size, err := humanize.ParseBytes(arg)
	if err != nil || size == 0 || size > maxMaxBody {
		return d.Errf("max_body '%s': use a size from 1B to %s", arg, humanize.IBytes(maxMaxBody))
	}
	if isDigits := strings.Trim(arg, "0123456789") == ""; isDigits && size < 1024 {
		return d.Errf("max_body '%s' is %[1]s bytes: write a unit, as in %[1]sKiB, or %[1]sB", arg)
	}
	h.MaxBody = int64(size)
	return nil
}

// parseText reads one argument that may be any text.
func parseText(h *Handler, d *caddyfile.Dispenser) error {
	name := d.Val()
	target := map[string]*string{"error_docs": &h.ErrorDocs, "name": &h.Name, "realm": &h.Realm, "resource_metadata": &h.ResourceMetadata}[name]
	if !d.Args(target) || d.NextArg() || *target == "" {
		return d.Errf("%s takes one text; quote it if it has spaces", name)
	}
	return nil
}

// Interface guards
var _ caddyfile.Unmarshaler = (*Handler)(nil)
