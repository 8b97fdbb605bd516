package commands

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/auth-errors/caddy-auth-errors/internal/catalogue"
)

func catalogueCommand() *cobra.Command {
	return command("catalogue <directory>", "Writes the shipped mappings as HTML pages",
		`Writes the shipped mappings as HTML pages that any web server can serve: one for each
provider, and one for each canonical error, errors/<error>.html. The pages work
without JavaScript.`,
		"  caddy auth-errors catalogue ./public", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
			c, err := catalogue.Shipped()
			if err != nil {
				return err
			}
			if err := c.Write(args[0]); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "wrote index.html, errors and providers to %s\n", args[0])
			return err
		})
}
