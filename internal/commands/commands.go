// Package commands has the subcommands of `caddy auth-errors`.
package commands

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"text/tabwriter"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// Command returns the command `caddy auth-errors` with its subcommands.
func Command() caddycmd.Command {
	return caddycmd.Command{
		Name:  "auth-errors",
		Usage: "list|show|explain|probe|guess|workbench|catalogue|lint|test|unmapped|record|version ...",
		Short: "Shows, explains and checks mappings of the auth_errors handler",
		Long: `
Shows the error mappings of identity providers, explains how the auth_errors handler
treats a response, and checks mapping files before you use them.

The commands read the mappings that ship with this binary, and the files that you
name. 'unmapped', and 'workbench' with --address, ask the admin API of a running
Caddy. 'probe' asks another server. All other commands need no network.`,
		CobraFunc: func(cmd *cobra.Command) {
			cmd.Args = knownCommand
			cmd.SetFlagErrorFunc(flagError)
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
			cmd.SilenceUsage = true
			cmd.AddCommand(listCommand(), showCommand(), explainCommand(), probeCommand(), guessCommand(), workbenchCommand(), catalogueCommand(), lintCommand(), testCommand(), unmappedCommand(), recordCommand(), versionCommand())
		},
	}
}

// Handler is the auth_errors handler of a configuration. Commands get it from Caddy's
// module registry.
type Handler interface {
	// IsOff reports whether the handler leaves all responses unchanged.
	IsOff() bool
	// Config returns the input of the handler's table, with its mapping files loaded. It
	// does not provision the handler.
	Config() (normalizer.Config, error)
}

// command makes a subcommand. Errors are printed by Caddy; its usage text would
// only bury them.
func command(use, short, long, example string, args cobra.PositionalArgs, run func(*cobra.Command, []string) error) *cobra.Command {
	checked := func(cmd *cobra.Command, given []string) error {
		if args(cmd, given) != nil {
			return fmt.Errorf("%s got %d arguments: write caddy auth-errors %s", cmd.Name(), len(given), use)
		}
		return nil
	}
	return &cobra.Command{
		Use: use, Short: short, Long: long, Example: example, Args: checked, RunE: run, SilenceUsage: true,
	}
}

// knownCommand refuses an unknown subcommand.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range cmd.Commands() {
		names = append(names, sub.Name())
	}
	return fmt.Errorf("unknown command %q: %s", args[0], registry.Choose(args[0], names))
}

// badFlag matches the error for a flag with a value of the wrong type.
var badFlag = regexp.MustCompile(`^invalid argument (".*") for "(?:-\w, )?(--[\w-]+)" flag: strconv\.Parse(Int|Bool)`)

// flagError says what is wrong with the value of a flag, or names the help that lists the
// known flags.
func flagError(cmd *cobra.Command, err error) error {
	if m := badFlag.FindStringSubmatch(err.Error()); m != nil {
		wanted := "a whole number"
		if m[3] == "Bool" {
			wanted = "no value, true or false"
		}
		return fmt.Errorf("%s %s: use %s", m[2], m[1], wanted)
	}
	return fmt.Errorf("%w: '%s --help' shows the flags", err, cmd.CommandPath())
}

// printJSON writes a value as indented JSON.
func printJSON(w io.Writer, value any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(value)
}

// columns returns a writer that aligns columns separated by tabs.
func columns(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 0, 2, ' ', 0) }

// readMapping loads a mapping by the name of a shipped provider or by the path of
// a file. A provider wins over a file of the same name without an ending.
func readMapping(name string) (*mapping.Mapping, error) {
	if m, err := normalizer.Shipped.Mapping(name); err == nil {
		return m, nil
	}
	m, err := readMappingFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		_, shipped := normalizer.Shipped.Mapping(name)
		err = fmt.Errorf("no file is named %q; %w", name, shipped)
	}
	return m, err
}

func readMappingFile(path string) (*mapping.Mapping, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("reading a mapping file: %s is a directory: name a file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading a mapping file: %w", err)
	}
	defer f.Close()
	m, _, err := mapping.LoadFile(path, f)
	return m, err
}

// tableOf compiles the table of a mapping as the handler does. A file extends the shipped
// mapping of its provider, or defines the provider. A shipped mapping stands alone.
func tableOf(m *mapping.Mapping, shipped bool) (*normalizer.Table, error) {
	c := normalizer.Config{Provider: m.Provider}
	if shipped {
		c.Own = m
	} else {
		c.Files = []*mapping.Mapping{m}
	}
	return normalizer.Compile(c)
}

// isShipped reports whether a mapping ships for a provider.
func isShipped(name string) bool { return slices.Contains(normalizer.Shipped.Providers(), name) }
