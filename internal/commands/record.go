package commands

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/auth-errors/caddy-auth-errors/internal/ledger"
	"github.com/auth-errors/caddy-auth-errors/internal/saved"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

func recordCommand() *cobra.Command {
	cmd := command("record [--provider <name>] [--endpoint <kind>] [--into <file>] <file|->", "Writes a mapping file from saved responses",
		`Reads a response as 'curl -i' prints it, or a HAR file as browsers save it. Prints a
mapping file with a row and an example for each error that no row names; --into adds
them to a file instead. Examples have the code and the description alone, with secrets
masked. Check the error in each row: it is the present answer, or a guess from the
status.

In a HAR file the requests show the kind of endpoint, unless --endpoint names it.`,
		`  curl -i https://idp.example/token -d ... | caddy auth-errors record --provider mycorp -
  caddy auth-errors record --mapping mycorp.yaml --into mycorp.yaml login.har`, cobra.ExactArgs(1), runRecord)
	tableFlags(cmd)
	cmd.Flags().String("endpoint", registry.EndpointToken.String(), "the kind of endpoint that answered")
	cmd.Flags().String("into", "", "add rows and examples to this mapping file")
	return cmd
}

func runRecord(cmd *cobra.Command, args []string) error {
	kind, _ := cmd.Flags().GetString("endpoint")
	endpoint, err := registry.ParseEndpoint(kind)
	if err != nil {
		return err
	}
	table, t, name, err := recordTarget(cmd)
	if err != nil {
		return err
	}
	entries, err := recorded(cmd, args, table, name, endpoint)
	if err != nil {
		return err
	}
	return t.write(cmd.OutOrStdout(), name, entries)
}

// recordTarget returns the table to compare with, the file for new rows, and the provider
// that they are for. The table includes the file of --into, unless --config, --mapping or
// --provider chooses another table.
func recordTarget(cmd *cobra.Command) (*normalizer.Table, *target, string, error) {
	t, err := targetOf(cmd, nil)
	if err != nil {
		return nil, nil, "", err
	}
	f := cmd.Flags()
	if t.into != nil && !f.Changed("provider") && !f.Changed("mapping") && !f.Changed("config") {
		table, err := tableOf(t.into, false)
		return table, t, t.into.Provider, err
	}
	table, files, err := chosenTable(cmd)
	if errors.Is(err, mapping.ErrNoMapping) { // a provider that is yet to be written
		table, err = normalizer.New(genericProvider)
		name, _ := f.GetString("provider")
		if near := normalizer.Shipped.Near(name); near != "" {
			fmt.Fprintf(cmd.ErrOrStderr(), "warning: no mapping ships for provider %q, so these rows are for a provider of your own; did you mean %q?\n", name, near)
		}
		return table, t, name, err
	}
	if err != nil {
		return nil, nil, "", err
	}
	if t.into == nil { // else it may be one of them
		t.files = files
	}
	return table, t, table.Provider(), nil
}

// recorded returns the errors to record: the error of a saved response, or all errors of
// a HAR file that no row of the table names.
func recorded(cmd *cobra.Command, args []string, table *normalizer.Table, provider string, endpoint registry.Endpoint) ([]ledger.Unmapped, error) {
	in, err := openArgument(cmd, args[0])
	if err != nil {
		return nil, err
	}
	defer in.Close()
	r := bufio.NewReader(in)
	if start, _ := r.Peek(64); bytes.HasPrefix(bytes.TrimLeft(start, "\ufeff \t\r\n"), []byte("{")) {
		exchanges, err := saved.ReadHAR(r)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", args[0], err)
		}
		if len(exchanges) == 0 {
			return nil, fmt.Errorf("reading %s: it has no responses: open the network tool before the requests are sent, and save all of them", args[0])
		}
		var fixed *registry.Endpoint
		if cmd.Flags().Changed("endpoint") {
			fixed = &endpoint
		}
		return unmappedOf(table, provider, exchanges, fixed), nil
	}
	resp, err := saved.ReadResponse(r)
	if err != nil {
		return nil, err
	}
	q := table.Request(&http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/"}, Header: make(http.Header)}).As(endpoint, registry.GrantNone)
	d, _, looked := saved.Decide(table, &q, resp)
	if !looked {
		return nil, fmt.Errorf("%s: status %d is not an error at a %s endpoint: check --endpoint", args[0], resp.Status, endpoint)
	}
	return []ledger.Unmapped{ledger.Fingerprint(provider, &d)}, nil
}

// unmappedOf returns the errors that no row names.
func unmappedOf(table *normalizer.Table, provider string, exchanges []saved.Exchange, fixed *registry.Endpoint) []ledger.Unmapped {
	var seen ledger.Ledger
	for _, x := range exchanges {
		q := table.Request(x.Request)
		kind := table.EndpointOf(&q, x.Response.Header)
		if kind == registry.EndpointNone && x.Grant != registry.GrantNone {
			kind = registry.EndpointToken
		}
		if fixed != nil {
			kind = *fixed
		}
		q = q.As(kind, x.Grant)
		if d, _, looked := saved.Decide(table, &q, x.Response); looked && d.IsUnmapped() {
			seen.Add(ledger.Fingerprint(cmp.Or(provider, table.Provider()), &d), cmp.Or(x.At, time.Now()))
		}
	}
	return seen.List()
}
