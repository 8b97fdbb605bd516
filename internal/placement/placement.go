// Package placement finds auth_errors handlers in places of a configuration where they
// do nothing.
package placement

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
)

// name is the handler that is looked for.
const name = "auth_errors"

// answering are handlers that answer every request that reaches them.
var answering = map[string]bool{"reverse_proxy": true, "file_server": true, "static_response": true, "error": true}

// handler is what counts of a handler in a list of routes.
type handler struct {
	Name     string `json:"handler"`
	Off      bool   `json:"off"`
	PassThru bool   `json:"pass_thru"` // of file_server

	match  string              // the requests that reach it, as far as its list decides
	routes caddyhttp.RouteList // inside it
	config json.RawMessage     // all of it
}

// finding is a handler that does nothing.
type finding struct {
	config json.RawMessage // the handler
	reason string          // why, and what to do
}

// Warn logs why a handler that is being provisioned does nothing in the HTTP app that it
// is in, and what to do. Handlers with the same configuration are one.
func Warn(ctx caddy.Context, h caddyhttp.MiddlewareHandler) {
	config, err := json.Marshal(h)
	if err != nil {
		return
	}
	for _, m := range ctx.Modules() {
		app, ok := m.(*caddyhttp.App)
		if !ok {
			continue
		}
		for _, server := range slices.Sorted(maps.Keys(app.Servers)) {
			for _, f := range find(app.Servers[server].Routes) {
				if same(f.config, config) {
					ctx.Logger().Warn(f.reason, zap.String("server", server))
				}
			}
		}
	}
}

// same reports whether a handler of a list has a configuration.
func same(inList, config []byte) bool {
	var a, b map[string]any
	if json.Unmarshal(inList, &a) != nil || json.Unmarshal(config, &b) != nil {
		return false
	}
	delete(a, "handler")
	return reflect.DeepEqual(a, b)
}

// find looks through one list of routes, whose handlers run in its order, and through
// the lists inside it.
func find(routes caddyhttp.RouteList) (found []finding) {
	var before []handler
	for _, h := range handlersOf(routes) {
		found = append(found, find(h.routes)...)
		for _, b := range before {
			switch {
			case h.Name != name || b.match != h.match && b.match != "":
			case answering[b.Name] && !b.PassThru:
				found = append(found, finding{h.config, fmt.Sprintf("%s stands behind %s, which answers before it: put auth_errors first", name, b.Name)})
			case b.Name == name && b.match == h.match && !b.Off && !h.Off:
				found = append(found, finding{h.config, name + " stands twice around the same requests, and the inner one decides: keep one, or give each a matcher"})
			}
		}
		before = append(before, h)
	}
	return found
}

// handlersOf returns the handlers of a list of routes, in the order in which they run.
// Caddy drops the configuration of what it has loaded, so that some are known by their
// configuration, and some by what they have become.
func handlersOf(routes caddyhttp.RouteList) (out []handler) {
	for _, r := range routes {
		match := spelled(r.MatcherSetsRaw, len(r.MatcherSetsRaw)) + spelled(r.MatcherSets, len(r.MatcherSets))
		for _, config := range r.HandlersRaw {
			h := handler{match: match, config: config}
			var inside struct {
				Routes caddyhttp.RouteList `json:"routes"`
			}
			if json.Unmarshal(config, &h) == nil && (h.Name != "subroute" || json.Unmarshal(config, &inside) == nil) {
				h.routes = inside.Routes
				out = append(out, h)
			}
		}
		if len(r.HandlersRaw) > 0 {
			continue
		}
		for _, loaded := range r.Handlers {
			h := handler{match: match}
			if config, err := json.Marshal(loaded); err == nil && json.Unmarshal(config, &h) == nil {
				h.config = config
			}
			if m, ok := loaded.(caddy.Module); ok {
				h.Name = strings.TrimPrefix(string(m.CaddyModule().ID), "http.handlers.")
			}
			if s, ok := loaded.(*caddyhttp.Subroute); ok {
				h.routes = s.Routes
			}
			out = append(out, h)
		}
	}
	return out
}

// spelled returns matchers in a form that compares, and nothing for none.
func spelled(matchers any, n int) string {
	if n == 0 {
		return ""
	}
	text, err := json.Marshal(matchers)
	if err != nil {
		return fmt.Sprintf("%p", matchers)
	}
	return string(text)
}
