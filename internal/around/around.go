// Package around finds rewrites of the path around a handler in a configuration.
package around

import (
	"encoding/json"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/rewrite"
)

// StrippedPrefixes returns the path prefixes that handle_path and other rewrites strip
// before the module that ctx provisions, the outermost first. It looks only into the
// subroutes around the module:
//
//   - it ignores a rewrite with a matcher, which does not apply to every request;
//   - it drops the prefixes before a rewrite that changes the path in another way.
func StrippedPrefixes(ctx caddy.Context) []string {
	var prefixes []string
	modules := ctx.Modules()
	for i, module := range modules[:max(0, len(modules)-1)] {
		sub, ok := module.(*caddyhttp.Subroute)
		if !ok {
			continue
		}
		for _, route := range sub.Routes {
			conditional := len(route.MatcherSets) > 0
			if len(route.HandlersRaw) > 0 { // Caddy is at this route: the module is in it
				for _, rewr := range rewritesBefore(route.HandlersRaw, modules[i+1].CaddyModule().ID.Name()) {
					prefixes = strip(prefixes, rewr, conditional)
				}
				break
			}
			for _, handler := range route.Handlers {
				if rewr, ok := handler.(*rewrite.Rewrite); ok {
					prefixes = strip(prefixes, rewr, conditional)
				}
			}
		}
	}
	return prefixes
}

// rewritesBefore returns the rewrites that stand before the first handler of a name.
func rewritesBefore(handlers []json.RawMessage, name string) []*rewrite.Rewrite {
	var rewrites []*rewrite.Rewrite
	for _, raw := range handlers {
		handler := new(struct {
			Name string `json:"handler"`
			rewrite.Rewrite
		})
		if err := json.Unmarshal(raw, handler); err != nil || handler.Name == name {
			break // what is wrong Caddy says
		}
		if handler.Name == "rewrite" {
			rewrites = append(rewrites, &handler.Rewrite)
		}
	}
	return rewrites
}

// strip returns what has been stripped behind a rewrite.
func strip(prefixes []string, rewr *rewrite.Rewrite, conditional bool) []string {
	prefix := rewr.StripPathPrefix
	switch {
	case rewr.URI != "" || rewr.URISubstring != nil || rewr.PathRegexp != nil || strings.Contains(prefix, "{"):
		return nil
	case conditional || prefix == "":
		return prefixes
	}
	return append(prefixes, "/"+strings.Trim(prefix, "/"))
}
