package commands

import (
	"fmt"

	"github.com/spf13/cobra"
)

// Version is the version of this module. It equals the tag of the last release, also in
// builds of later commits: 'caddy build-info' tells these apart. docs/versions.md says
// what a version promises.
const Version = "v0.1.0"

func versionCommand() *cobra.Command {
	return command("version", "Shows the version of this module",
		`Shows the version of this module, which is also the version of its mappings.
'caddy version' shows the version of Caddy, and 'caddy build-info' lists all modules.`,
		"  caddy auth-errors version", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), Version)
			return err
		})
}
