package commands

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
)

// genericProvider is the provider of a handler that names none.
const genericProvider = "oauth2"

// tableIn compiles the auth_errors handler of a provider in a configuration.
func tableIn(file, adapter, provider string) (*normalizer.Table, error) {
	config, _, _, err := caddycmd.LoadConfig(file, adapter)
	if err != nil {
		return nil, err
	}
	var tree any
	if err := json.Unmarshal(config, &tree); err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	module, err := caddy.GetModule("http.handlers.auth_errors")
	if err != nil {
		return nil, err
	}
	var found []Handler
	var seen []string
	eachHandler(tree, func(object map[string]any) {
		h, ok := module.New().(Handler)
		text, err := json.Marshal(object)
		if err != nil || !ok || json.Unmarshal(text, h) != nil || h.IsOff() {
			return
		}
		name, _ := object["provider"].(string)
		name = cmp.Or(name, genericProvider)
		seen = append(seen, name)
		if provider == "" || provider == name {
			found = append(found, h)
		}
	})
	switch {
	case len(found) == 0:
		return nil, fmt.Errorf("%s has no auth_errors handler for provider %q: it has %s", file, provider, cmp.Or(strings.Join(seen, ", "), "none"))
	case len(found) > 1 && provider == "":
		return nil, fmt.Errorf("%s has handlers for %s: choose one by --provider", file, strings.Join(seen, ", "))
	}
	return found[0].Compile()
}

// eachHandler visits the auth_errors handlers in a configuration.
func eachHandler(tree any, visit func(map[string]any)) {
	switch node := tree.(type) {
	case map[string]any:
		if node["handler"] == "auth_errors" {
			visit(node)
		}
		for _, key := range slices.Sorted(maps.Keys(node)) {
			eachHandler(node[key], visit)
		}
	case []any:
		for _, item := range node {
			eachHandler(item, visit)
		}
	}
}
