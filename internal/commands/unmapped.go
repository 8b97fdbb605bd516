package commands

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/auth-errors/caddy-auth-errors/internal/ledger"
)

func unmappedCommand() *cobra.Command {
	cmd := command("unmapped [--provider <name>] [--rows | --into <file> | --json | --clear] [--address <admin>]", "Lists errors that no row names",
		`Asks a running Caddy for the errors that no row names: how often each was seen, and
when. --rows prints a mapping file with a row for each. --into adds the missing rows to
a file and leaves the rest of the file unchanged. Check the error in each row: it is the
answer that clients get now, or a guess from the status.

When a reload brings a row for an error, the error leaves the list. --clear empties the
list.`,
		`  caddy auth-errors unmapped
  caddy auth-errors unmapped --rows --provider mycorp >mycorp.yaml
  caddy auth-errors unmapped --into mycorp.yaml`, cobra.NoArgs, runUnmapped)
	f := cmd.Flags()
	f.String("provider", "", "only the errors of this provider")
	f.Bool("rows", false, "print a mapping file")
	f.String("into", "", "add rows and examples to this mapping file")
	f.Bool("json", false, "print JSON")
	f.Bool("clear", false, "clear the list")
	f.String("address", "", "the address of the admin API (default: that of --config)")
	f.String("config", "", "take the address of the admin API from this configuration (default: the Caddyfile here, if there is one)")
	f.String("adapter", "", "the adapter for --config")
	return cmd
}

func runUnmapped(cmd *cobra.Command, _ []string) error {
	f := cmd.Flags()
	if chosen := slices.DeleteFunc([]string{"rows", "into", "json", "clear"}, func(name string) bool { return !f.Changed(name) }); len(chosen) > 1 {
		return fmt.Errorf("give one of --rows, --into, --json and --clear, not both --%s and --%s", chosen[0], chosen[1])
	}
	address, err := adminAddress(cmd)
	if err != nil {
		return err
	}
	provider, _ := f.GetString("provider")
	out := cmd.OutOrStdout()
	if isClear, _ := f.GetBool("clear"); isClear {
		return clearUnmapped(out, address, provider)
	}
	var entries []ledger.Unmapped
	if err := askAdmin(address, http.MethodGet, "unmapped", &entries); err != nil {
		return err
	}
	t, err := targetOf(cmd, nil)
	if err != nil {
		return err
	}
	if t != nil {
		provider, err = providerOf(t, provider, entries)
	}
	if err != nil {
		return err
	}
	seen := len(entries)
	entries = slices.DeleteFunc(entries, func(u ledger.Unmapped) bool { return provider != "" && u.Provider != provider })
	if left := seen - len(entries); t != nil && left > 0 {
		fmt.Fprintf(out, "# %s of other providers left out: these rows are for %s\n", counted(left, "error"), provider)
	}
	asJSON, _ := f.GetBool("json")
	switch {
	case asJSON:
		return printJSON(out, entries)
	case t != nil && provider == "":
		_, err := fmt.Fprintln(out, "# none seen")
		return err
	case t != nil:
		return t.write(out, provider, entries)
	}
	return printUnmapped(out, entries)
}

// adminAddress returns the address of the admin API from the flags, or else from the
// Caddyfile in the current directory, as caddy reload does.
func adminAddress(cmd *cobra.Command) (string, error) {
	f := cmd.Flags()
	address, _ := f.GetString("address")
	if address != "" {
		return address, checkAddress(address)
	}
	config, _ := f.GetString("config")
	adapter, _ := f.GetString("adapter")
	if _, err := os.Stat("Caddyfile"); err == nil && config == "" {
		config = "Caddyfile"
	}
	address, err := caddycmd.DetermineAdminAPIAddress("", nil, config, adapter)
	if err != nil {
		return "", fmt.Errorf("finding the admin API: %w: give its --address", err)
	}
	return address, nil
}

// checkAddress refuses an address without a port, except for a socket.
func checkAddress(address string) error {
	parsed, err := caddy.ParseNetworkAddress(address)
	if err != nil || !parsed.IsUnixNetwork() && (parsed.StartPort == 0 || strings.Contains(address, "://")) {
		return fmt.Errorf("--address %q: give the host and the port of the admin API, such as localhost:2019", address)
	}
	return nil
}

// counted spells a number of things.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// providerOf returns the provider to write rows for, or nothing if there are no errors.
func providerOf(t *target, provider string, entries []ledger.Unmapped) (string, error) {
	if t.into != nil && provider == "" {
		provider = t.into.Provider
	}
	if provider != "" {
		return provider, nil
	}
	seen := make(map[string]bool)
	for _, u := range entries {
		seen[u.Provider] = true
	}
	names := slices.Sorted(maps.Keys(seen))
	if len(names) > 1 {
		return "", fmt.Errorf("the errors are of several providers, %s, and a mapping file is for one: choose it with --provider", strings.Join(names, ", "))
	}
	return strings.Join(names, ""), nil
}

// askAdmin asks the admin API for a view, and reads the answer.
func askAdmin(address, method, view string, answer any) error {
	resp, err := caddycmd.AdminAPIRequest(address, method, "/auth_errors/"+view, nil, nil)
	if err != nil {
		return fmt.Errorf("asking the admin API at %s: %w: start Caddy with its admin API, or give its --address", address, err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
		return fmt.Errorf("reading the answer of the admin API at %s: %w", address, err)
	}
	return nil
}

func clearUnmapped(out io.Writer, address, provider string) error {
	var answer struct{ Cleared int }
	view := "unmapped"
	if provider != "" {
		view += "?" + url.Values{"provider": {provider}}.Encode()
	}
	if err := askAdmin(address, http.MethodDelete, view, &answer); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%d cleared\n", answer.Cleared)
	return err
}

func printUnmapped(out io.Writer, entries []ledger.Unmapped) error {
	if len(entries) == 0 {
		_, err := fmt.Fprintln(out, "none seen")
		return err
	}
	w := columns(out)
	fmt.Fprintln(w, "COUNT\tPROVIDER\tENDPOINT\tGRANT\tSTATUS\tCODE\tDESCRIPTION\tMEMBERS\tLAST SEEN\tOUTCOME\tIN FORCE")
	for _, u := range entries {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n", u.Count, u.Provider, u.Endpoint, cmp.Or(u.Grant, "-"), u.Status, u.Code, u.Description,
			strings.Join(u.Members, ","), u.LastSeen.Format(time.RFC3339), u.Outcome, inForce(&u))
	}
	return errors.Join(w.Flush(), printInstances(out, entries))
}

// printInstances prints, if there are several instances, how many of the errors each has
// seen, and how long ago it saved them.
func printInstances(out io.Writer, entries []ledger.Unmapped) error {
	errorsOf, age := make(map[string]int), make(map[string]time.Duration)
	for _, u := range entries {
		for _, seen := range u.Instances {
			errorsOf[seen.Instance]++
			age[seen.Instance] = time.Duration(seen.Age * float64(time.Second)).Round(time.Second)
		}
	}
	if len(errorsOf) == 0 {
		return nil
	}
	w := columns(out)
	fmt.Fprintln(w, "\nINSTANCE\tERRORS\tSAVED")
	for _, id := range slices.Sorted(maps.Keys(errorsOf)) {
		fmt.Fprintf(w, "%s\t%d\t%s ago\n", id, errorsOf[id], age[id])
	}
	return w.Flush()
}

// inForce returns what clients get now, or a dash if they get the response unchanged.
func inForce(u *ledger.Unmapped) string {
	if u.Error == "" {
		return "-"
	}
	return fmt.Sprintf("%d %s", u.Answered, u.Error)
}
