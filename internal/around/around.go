// Package around finds rewrites of the path around a handler in a configuration.
package around

import (
	"encoding/json"
	"slices"
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
	for _, s := range rewritesAround(ctx) {
		prefixes = strip(prefixes, s.rewrite, s.conditional)
	}
	return prefixes
}

// PathsAround returns the path matchers around the module that ctx provisions, as a list
// for each route around it. A request matches one path of each list before it reaches the
// module.
//
//   - A list is left out if a matcher without a path also leads to the module.
//   - All lists are left out if a rewrite changes the path on the way.
func PathsAround(ctx caddy.Context) (lists [][]string) {
	if len(rewritesAround(ctx)) > 0 {
		return nil
	}
	for _, routes := range routesAround(ctx) {
		if paths := pathsOf(routes[current(routes)].MatcherSets); len(paths) > 0 {
			lists = append(lists, paths)
		}
	}
	return lists
}

// pathsOf returns the paths of matchers, or nothing if one of them takes any path.
func pathsOf(sets caddyhttp.MatcherSets) (paths []string) {
	for _, set := range sets {
		i := slices.IndexFunc(set, func(m any) bool { _, ok := m.(*caddyhttp.MatchPath); return ok })
		if i < 0 {
			return nil
		}
		paths = append(paths, *set[i].(*caddyhttp.MatchPath)...)
	}
	return paths
}

// routesAround returns the lists of routes around the module that ctx provisions, the
// outermost first. If there are several servers, the routes of the server are left out,
// because nothing tells which server Caddy is provisioning.
func routesAround(ctx caddy.Context) (lists []caddyhttp.RouteList) {
	for _, module := range ctx.Modules() {
		switch m := module.(type) {
		case *caddyhttp.App:
			for _, server := range m.Servers {
				if len(m.Servers) == 1 && current(server.Routes) >= 0 {
					lists = append(lists, server.Routes)
				}
			}
		case *caddyhttp.Subroute:
			if current(m.Routes) >= 0 {
				lists = append(lists, m.Routes)
			}
		}
	}
	return lists
}

// current returns the index of the route that Caddy is provisioning: the first route
// whose handlers are not loaded yet. It is -1 if there is none.
func current(routes caddyhttp.RouteList) int {
	return slices.IndexFunc(routes, func(r caddyhttp.Route) bool { return len(r.HandlersRaw) > 0 })
}

// step is a rewrite on the way to a module.
type step struct {
	rewrite     *rewrite.Rewrite
	conditional bool // it does not meet every request
}

func rewritesAround(ctx caddy.Context) (steps []step) {
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
					steps = append(steps, step{rewr, conditional})
				}
				break
			}
			for _, handler := range route.Handlers {
				if rewr, ok := handler.(*rewrite.Rewrite); ok {
					steps = append(steps, step{rewr, conditional})
				}
			}
		}
	}
	return steps
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
			break // Caddy reports the mistake
		}
		if handler.Name == "rewrite" {
			rewrites = append(rewrites, &handler.Rewrite)
		}
	}
	return rewrites
}

// strip returns the prefixes that are stripped once a rewrite has run.
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
