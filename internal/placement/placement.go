// Package placement finds auth_errors handlers that do nothing, because of their place in
// a configuration.
package placement

import (
	"encoding/json"
	"fmt"
	"maps"
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

// handler has the properties of a handler that matter here.
type handler struct {
	Name     string `json:"handler"`
	Off      bool   `json:"off"`
	PassThru bool   `json:"pass_thru"` // of file_server

	// The routes of reverse_proxy that replace responses instead of passing them on.
	// Those of forward_auth lead to the next handler.
	HandleResponse []json.RawMessage `json:"handle_response"`

	match  string              // the requests that reach it, as far as its list decides
	routes caddyhttp.RouteList // inside it
}

// apps are the HTTP apps that were looked through, as long as a handler is in them.
var apps = caddy.NewUsagePool()

// app is an HTTP app in the pool.
type app struct{}

// Destruct does nothing.
func (app) Destruct() error { return nil }

// Warn logs which handlers of the HTTP app do nothing, why, and the remedy. Only the
// first call for an app does. Call leave when the handler is cleaned up.
func Warn(ctx caddy.Context) (leave func() error) {
	for _, m := range ctx.Modules() {
		if in, ok := m.(*caddyhttp.App); ok {
			_, _, _ = apps.LoadOrNew(in, func() (caddy.Destructor, error) {
				warn(ctx.Logger(), in)
				return app{}, nil
			})
			return func() error {
				_, err := apps.Delete(in)
				return err
			}
		}
	}
	return func() error { return nil }
}

func warn(logger *zap.Logger, app *caddyhttp.App) {
	for _, server := range slices.Sorted(maps.Keys(app.Servers)) {
		for _, reason := range find(app.Servers[server].Routes) {
			logger.Warn(reason, zap.String("server", server))
		}
	}
}

// find looks through a list of routes, in the order in which they run, and through the
// lists inside it. For each handler without effect it returns the reason and the remedy.
func find(routes caddyhttp.RouteList) (reasons []string) {
	var before []handler
	for _, h := range handlersOf(routes) {
		reasons = append(reasons, find(h.routes)...)
		for _, b := range before {
			switch {
			case h.Name != name || b.match != h.match && b.match != "":
			case answering[b.Name] && !b.PassThru && len(b.HandleResponse) == 0:
				reasons = append(reasons, fmt.Sprintf("%s comes after %s, which answers first: move auth_errors above it", name, directiveOf(b.Name)))
			case b.Name == name && b.match == h.match && !b.Off && !h.Off:
				reasons = append(reasons, "two "+name+" handlers get the same requests, and the inner one decides: keep one, or give each its own matcher")
			}
		}
		before = append(before, h)
	}
	return reasons
}

// directiveOf returns the name of a handler, with that of its directive if they differ.
func directiveOf(name string) string {
	if name == "static_response" {
		return "respond (static_response)"
	}
	return name
}

// handlersOf returns the handlers of a list of routes, in the order in which they run.
// Caddy drops the configuration of each handler that it has loaded, so a handler is known
// by its configuration or by its Go value.
func handlersOf(routes caddyhttp.RouteList) (out []handler) {
	for _, r := range routes {
		match := spelled(r.MatcherSetsRaw, len(r.MatcherSetsRaw)) + spelled(r.MatcherSets, len(r.MatcherSets))
		for _, config := range r.HandlersRaw {
			h := handler{match: match}
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
			if config, err := json.Marshal(loaded); err == nil {
				_ = json.Unmarshal(config, &h) // fields that are missing stay empty
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
