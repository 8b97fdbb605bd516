package commands

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/auth-errors/caddy-auth-errors/internal/catalogue"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// listed is a shipped mapping in the output of list.
type listed struct {
	Provider string   `json:"provider"`
	Title    string   `json:"title"`
	Kind     string   `json:"kind,omitempty"`
	Aliases  []string `json:"aliases,omitempty"`
	Base     string   `json:"base,omitempty"`
	Rows     int      `json:"rows"`
	Examples int      `json:"examples"`
	Checked  string   `json:"checked,omitempty"` // the latest date of its sources
}

func listCommand() *cobra.Command {
	cmd := command("list [<name>] [--errors] [--json]", "Lists the shipped providers, or the canonical errors",
		`Lists the providers that ship with this binary: frameworks, gateways, providers and
standards. With a name, lists the providers with this name, title or alias, or else the
one with the most similar name.

With --errors, lists the canonical errors with their HTTP statuses and their action, and
the kinds of endpoint; with a name, only the errors with this word.`,
		"  caddy auth-errors list\n  caddy auth-errors list azuread\n  caddy auth-errors list --errors", cobra.MaximumNArgs(1), runList)
	cmd.Flags().Bool("json", false, "print JSON")
	cmd.Flags().Bool("errors", false, "list the canonical errors")
	return cmd
}

func runList(cmd *cobra.Command, args []string) error {
	if errors, _ := cmd.Flags().GetBool("errors"); errors {
		return listErrors(cmd, strings.Join(args, ""))
	}
	mappings, err := normalizer.Shipped.All()
	if err != nil {
		return err
	}
	var all []listed
	for _, m := range mappings {
		all = append(all, listed{m.Provider, m.Title, m.Kind, m.Aliases, strings.Join(m.Bases, ", "), len(m.Rows), len(m.Examples), lastChecked(m)})
	}
	if len(args) > 0 {
		if all = named(all, args[0]); len(all) == 0 {
			return fmt.Errorf("no provider has the name %q or a similar one: 'caddy auth-errors list' shows all providers", args[0])
		}
	}
	out := cmd.OutOrStdout()
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return printJSON(out, all)
	}
	w := columns(out)
	fmt.Fprintln(w, "PROVIDER\tROWS\tEXAMPLES\tCHECKED\tTITLE")
	for _, kind := range mapping.Kinds {
		of := slices.DeleteFunc(slices.Clone(all), func(l listed) bool { return l.Kind != kind })
		if len(of) > 0 {
			fmt.Fprintf(w, "%ss:\t\t\t\t\n", kind)
		}
		for _, l := range of {
			fmt.Fprintf(w, "  %s\t%d\t%d\t%s\t%s\n", l.Provider, l.Rows, l.Examples, l.Checked, l.Title)
		}
	}
	return w.Flush()
}

// named returns the providers that a name may stand for.
func named(all []listed, name string) []listed {
	asked := strings.ToLower(name)
	found := slices.DeleteFunc(slices.Clone(all), func(l listed) bool {
		return !strings.Contains(strings.ToLower(l.Provider+"\n"+l.Title+"\n"+strings.Join(l.Aliases, "\n")), asked)
	})
	if len(found) > 0 {
		return found
	}
	near := normalizer.Shipped.Near(name)
	return slices.DeleteFunc(all, func(l listed) bool { return l.Provider != near })
}

// listedError is a canonical error in the output of list --errors.
type listedError struct {
	Error    string          `json:"error"`
	Token    int             `json:"token"`    // the HTTP status at token endpoints
	Resource int             `json:"resource"` // and at resources
	Action   registry.Action `json:"action"`
	Meaning  string          `json:"meaning"`
	Title    string          `json:"title"`
}

// listErrors lists the canonical errors with a word in them. If all are listed for
// people, the kinds of endpoint follow.
func listErrors(cmd *cobra.Command, word string) error {
	var all []listedError
	for _, e := range registry.All() {
		if !strings.Contains(e.Code, strings.ToLower(word)) {
			continue
		}
		all = append(all, listedError{
			e.Code, e.StatusAt(registry.EndpointToken), e.StatusAt(registry.EndpointResource), e.Action, e.Action.Meaning(), e.Title,
		})
	}
	if len(all) == 0 {
		return fmt.Errorf("no canonical error has %q in its name: %s", word, registry.Choose(word, registry.Codes()))
	}
	out := cmd.OutOrStdout()
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return printJSON(out, all)
	}
	w := columns(out)
	fmt.Fprintln(w, "ERROR\tTOKEN\tRESOURCE\tACTION\tMEANING")
	for _, e := range all {
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\n", e.Error, e.Token, e.Resource, e.Action, e.Meaning)
	}
	if word != "" {
		return w.Flush()
	}
	fmt.Fprintln(w, "\nENDPOINT\tMEANING")
	for _, kind := range registry.Endpoints() {
		fmt.Fprintf(w, "%s\t%s\n", kind, kind.Meaning())
	}
	return w.Flush()
}

// lastChecked returns the latest date at which a source was read.
func lastChecked(m *mapping.Mapping) string {
	last := ""
	for _, s := range m.Sources {
		last = max(last, s.Retrieved)
	}
	return last
}

func showCommand() *cobra.Command {
	cmd := command("show <provider|file> [--all] [--json]", "Shows the rows of a provider",
		`Shows the rows of a provider, or of a mapping file: the response of the provider on
the left, the canonical error on the right. With --all, shows also the rows of its
bases.`,
		"  caddy auth-errors show auth0\n  caddy auth-errors show ./mycorp.yaml --all", cobra.ExactArgs(1),
		func(cmd *cobra.Command, args []string) error {
			rows, err := rowsOf(cmd, args[0])
			if err != nil {
				return err
			}
			if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
				return printJSON(cmd.OutOrStdout(), rows)
			}
			return printRows(cmd.OutOrStdout(), rows)
		})
	cmd.Flags().Bool("json", false, "print JSON")
	cmd.Flags().Bool("all", false, "also the rows of the mappings under it")
	return cmd
}

// rowsOf returns the rows of one mapping, or of its whole table.
func rowsOf(cmd *cobra.Command, name string) ([]mapping.Row, error) {
	m, err := readMapping(name)
	if err != nil {
		return nil, err
	}
	if all, _ := cmd.Flags().GetBool("all"); all {
		table, err := tableOf(m, isShipped(name))
		if err != nil {
			return nil, err
		}
		return table.Rows(), nil
	}
	rows := make([]mapping.Row, len(m.Rows))
	for i, r := range m.Rows {
		rows[i] = *r
	}
	return rows, nil
}

func printRows(out io.Writer, rows []mapping.Row) error {
	w := columns(out)
	fmt.Fprintln(w, "STATUS\tCODE\tDESCRIPTION, WHEN\tENDPOINT\t\tERROR\tACTION\tWHERE")
	for i := range rows {
		r := &rows[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t->\t%s\t%s\t%s\n", anyOr(catalogue.Spelled(r.Statuses)), anyOr(r.Codes), anyOr(catalogue.Texts(r)), anyOr(catalogue.Where(r)), r.Result(), actionOf(r), r.Position())
	}
	return w.Flush()
}

// actionOf returns the action for the error of a row, or a dash.
func actionOf(r *mapping.Row) string {
	entry, _ := registry.Lookup(r.Error)
	return cmp.Or(string(entry.Action), "-")
}

// anyOr joins what a row names, or says that anything fits.
func anyOr(values []string) string { return cmp.Or(strings.Join(values, ", "), "any") }
