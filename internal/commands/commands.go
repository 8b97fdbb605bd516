// Package commands is `caddy auth-errors …`: a file for each command or two that belong
// together.
package commands

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// Command returns the command `caddy auth-errors` with its subcommands.
func Command() caddycmd.Command {
	return caddycmd.Command{
		Name:  "auth-errors",
		Usage: "list|show|explain|probe|guess|workbench|catalogue|lint|test|unmapped|record|version ...",
		Short: "Looks into the mappings of the auth_errors handler",
		Long: `
Shows what the auth_errors handler knows about identity providers, explains what
becomes of a response and why, and checks mapping files before they are used.

The commands read the mappings that ship with this binary and files given by
name. Only 'unmapped', and 'workbench' if told to, ask a running Caddy, by its
admin API, and only 'probe' another server.`,
		CobraFunc: func(cmd *cobra.Command) {
			cmd.Args = cobra.NoArgs // an unknown subcommand is a mistake
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
			cmd.SilenceUsage = true
			cmd.AddCommand(listCommand(), showCommand(), explainCommand(), probeCommand(), guessCommand(), workbenchCommand(), catalogueCommand(), lintCommand(), testCommand(), unmappedCommand(), recordCommand(), versionCommand())
		},
	}
}

// Handler is what the commands ask of the handler of a configuration. They get it from
// Caddy's module registry, as Caddy does.
type Handler interface {
	// IsOff reports whether the handler leaves all responses alone.
	IsOff() bool
	// Config returns what the table of the handler is compiled from, with its mapping files
	// read, without provisioning the handler.
	Config() (normalizer.Config, error)
}

// command makes a subcommand. Errors are printed by Caddy; its usage text would
// only bury them.
func command(use, short, long, example string, args cobra.PositionalArgs, run func(*cobra.Command, []string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Long: long, Example: example, Args: args, RunE: run, SilenceUsage: true,
	}
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
	return readMappingFile(name)
}

func readMappingFile(path string) (*mapping.Mapping, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: give a file, or one of the providers that 'caddy auth-errors list' shows", err)
	}
	defer f.Close()
	m, _, err := mapping.LoadFile(path, f)
	return m, err
}

// tableOf compiles the table of a mapping as the handler would: a file extends the
// shipped mapping of its provider, or defines the provider; a shipped mapping is
// the provider's own.
func tableOf(m *mapping.Mapping, shipped bool) (*normalizer.Table, error) {
	c := normalizer.Config{Provider: m.Provider}
	if shipped {
		c.Own = m
	} else {
		c.Files = []*mapping.Mapping{m}
	}
	return normalizer.Compile(c)
}

// isShipped reports whether a name is that of a provider whose mapping ships.
func isShipped(name string) bool { return slices.Contains(normalizer.Shipped.Providers(), name) }
