package commands

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// genericProvider is the provider of a handler that names none.
const genericProvider = "oauth2"

// tableFlags adds the flags that say which table a command uses.
func tableFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.String("provider", "", "the provider of the response (default: the provider of --mapping, or oauth2)")
	f.StringArray("mapping", nil, "a mapping file to use; repeat for more")
	f.String("config", "", "use the handler of this configuration")
	f.String("adapter", "", "the adapter for --config (default: caddyfile for a Caddyfile)")
}

// chosenTable returns the table that --config, --mapping and --provider choose, and the
// files of --mapping.
func chosenTable(cmd *cobra.Command) (*normalizer.Table, []*mapping.Mapping, error) {
	provider, _ := cmd.Flags().GetString("provider")
	config, _ := cmd.Flags().GetString("config")
	files, err := chosenMappings(cmd)
	switch {
	case err != nil:
		return nil, nil, err
	case config != "" && len(files) > 0:
		return nil, nil, errors.New("give --config or --mapping, not both: a configuration names its own mapping files")
	case config != "":
		adapter, _ := cmd.Flags().GetString("adapter")
		table, err := tableIn(cmd, config, adapter, provider)
		return table, nil, err
	case len(files) > 0:
		table, err := normalizer.Compile(normalizer.Config{Provider: cmp.Or(provider, files[0].Provider), Files: files})
		return table, files, err
	}
	table, err := normalizer.New(provider)
	return table, nil, err
}

// chosenMappings reads the files of --mapping.
func chosenMappings(cmd *cobra.Command) ([]*mapping.Mapping, error) {
	paths, _ := cmd.Flags().GetStringArray("mapping")
	var files []*mapping.Mapping
	for _, path := range paths {
		m, err := readMappingFile(path)
		if err != nil {
			return nil, fmt.Errorf("--mapping: %w", err)
		}
		files = append(files, m)
	}
	return files, nil
}

// tableIn compiles the auth_errors handler of a provider in a configuration.
func tableIn(cmd *cobra.Command, file, adapter, provider string) (*normalizer.Table, error) {
	all, err := handlersIn(file, adapter)
	if err != nil {
		return nil, err
	}
	var found []configured
	var seen []string
	for _, h := range all {
		seen = append(seen, h.provider)
		if provider == "" || provider == h.provider {
			found = append(found, h)
		}
	}
	switch {
	case len(all) == 0:
		return nil, fmt.Errorf("%s has no auth_errors handler: add one, or leave --config out", file)
	case len(found) == 0:
		return nil, fmt.Errorf("%s has no auth_errors handler for provider %q: %s", file, provider, registry.Choose(provider, seen))
	case len(found) > 1 && provider == "":
		return nil, fmt.Errorf("%s has handlers for %s: choose one with --provider", file, strings.Join(seen, ", "))
	}
	if len(found) > 1 {
		fmt.Fprintf(cmd.ErrOrStderr(), "warning: %s has %d handlers for %s: the first of them decides here\n", file, len(found), provider)
	}
	c, err := found[0].Config()
	if err != nil {
		return nil, err
	}
	return normalizer.Compile(c)
}

// configured is a handler of a configuration that is not off.
type configured struct {
	Handler
	provider string
}

// handlersIn returns the auth_errors handlers of a configuration, in its order.
func handlersIn(file, adapter string) ([]configured, error) {
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
	var all []configured
	eachHandler(tree, func(object map[string]any) {
		h, ok := module.New().(Handler)
		text, err := json.Marshal(object)
		if err != nil || !ok || json.Unmarshal(text, h) != nil || h.IsOff() {
			return
		}
		name, _ := object["provider"].(string)
		all = append(all, configured{h, cmp.Or(name, genericProvider)})
	})
	return all, nil
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
