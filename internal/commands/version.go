package commands

import (
	"fmt"

	"github.com/spf13/cobra"
)

// Version is the version of this module, as its releases are tagged. It is that of the
// last release until the next one: a build of what lies between says so only in
// 'caddy build-info'. docs/versions.md says what a version promises.
const Version = "v0.1.0"

func versionCommand() *cobra.Command {
	return command("version", "Shows the version of this module",
		`Shows the version of this module. Its mappings ship with it, so it is theirs, too.
'caddy version' shows that of Caddy, and 'caddy build-info' what else was built in.`,
		"  caddy auth-errors version", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), Version)
			return err
		})
}
