package commands

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/auth-errors/caddy-auth-errors/internal/ledger"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/check"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

func unmappedCommand() *cobra.Command {
	cmd := command("unmapped [--rows] [--json] [--address <admin>]", "Lists errors that no row names",
		`Asks a running Caddy for the errors that no row names: what was seen, how often, and
when. With --rows, prints rows and examples to paste into a mapping; the error in
them is a guess from the status, for you to check.`,
		"  caddy auth-errors unmapped\n  caddy auth-errors unmapped --rows >>mycorp.yaml", cobra.NoArgs, runUnmapped)
	cmd.Flags().Bool("rows", false, "print rows and examples to paste")
	cmd.Flags().Bool("json", false, "print JSON")
	cmd.Flags().String("address", "", "the address of the admin API, if it is not the default one")
	cmd.Flags().String("config", "", "take the address from this configuration")
	cmd.Flags().String("adapter", "", "the adapter for --config")
	return cmd
}

func runUnmapped(cmd *cobra.Command, _ []string) error {
	f := cmd.Flags()
	address, _ := f.GetString("address")
	config, _ := f.GetString("config")
	adapter, _ := f.GetString("adapter")
	address, err := caddycmd.DetermineAdminAPIAddress(address, nil, config, adapter)
	if err != nil {
		return fmt.Errorf("finding the admin API: %w", err)
	}
	entries, err := fetchUnmapped(address)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	asJSON, _ := f.GetBool("json")
	asRows, _ := f.GetBool("rows")
	switch {
	case asJSON:
		return printJSON(out, entries)
	case asRows:
		return printSuggestions(out, entries)
	}
	return printUnmapped(out, entries)
}

// fetchUnmapped asks the admin API.
func fetchUnmapped(address string) ([]ledger.Unmapped, error) {
	resp, err := caddycmd.AdminAPIRequest(address, http.MethodGet, "/auth_errors/unmapped", nil, nil)
	if err != nil {
		return nil, fmt.Errorf("asking the admin API at %s: %w; is Caddy running, and its admin API on?", address, err)
	}
	defer resp.Body.Close()
	var entries []ledger.Unmapped
	if err := json.NewDecoder(resp.Body).Decode(&entries); err != nil {
		return nil, fmt.Errorf("reading the answer of the admin API at %s: %w", address, err)
	}
	return entries, nil
}

func printUnmapped(out io.Writer, entries []ledger.Unmapped) error {
	if len(entries) == 0 {
		_, err := fmt.Fprintln(out, "none seen since the start")
		return err
	}
	w := columns(out)
	fmt.Fprintln(w, "COUNT\tPROVIDER\tENDPOINT\tSTATUS\tCODE\tDESCRIPTION\tMEMBERS\tLAST SEEN\tOUTCOME")
	for _, u := range entries {
		fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\n", u.Count, u.Provider, u.Endpoint, u.Status, u.Code, u.Description,
			strings.Join(u.Members, ","), u.LastSeen.Format(time.RFC3339), u.Outcome)
	}
	return w.Flush()
}

func recordCommand() *cobra.Command {
	cmd := command("record --provider <name> [--endpoint <kind>] <file|->", "Makes a row of a saved response",
		`Reads a response as 'curl -i' prints it and prints a row and an example for it, to
paste into a mapping. Only the code and the description are taken over, and secrets
in them are masked. The error is a guess from the status, for you to check.`,
		"  curl -i https://idp.example/token -d ... | caddy auth-errors record --provider mycorp -", cobra.ExactArgs(1), runRecord)
	f := cmd.Flags()
	f.String("provider", "", "the provider that sent the response (default oauth2)")
	f.String("endpoint", "token", "the kind of endpoint that answered")
	return cmd
}

func runRecord(cmd *cobra.Command, args []string) error {
	provider, _ := cmd.Flags().GetString("provider")
	kind, _ := cmd.Flags().GetString("endpoint")
	endpoint, err := registry.ParseEndpoint(kind)
	if err != nil {
		return err
	}
	name := cmp.Or(provider, genericProvider)
	table, err := normalizer.New(name)
	if errors.Is(err, mapping.ErrNoMapping) { // a provider that is yet to be written
		table, err = normalizer.New(genericProvider)
	}
	if err != nil {
		return err
	}
	resp, err := explainedResponse(cmd, args)
	if err != nil {
		return err
	}
	q := table.Request(&http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/"}, Header: make(http.Header)}).As(endpoint, registry.GrantNone)
	d := decideSaved(table, &q, resp, normalizer.DefaultMaxBody)
	return printSuggestions(cmd.OutOrStdout(), []ledger.Unmapped{ledger.Fingerprint(name, &d)})
}

// printSuggestions prints rows and examples, in the two lists of a mapping. What
// has neither code nor text gets no row: its place has to be found first.
func printSuggestions(out io.Writer, entries []ledger.Unmapped) error {
	if len(entries) == 0 {
		_, err := fmt.Fprintln(out, "# none seen since the start")
		return err
	}
	var rows, examples []string
	seen := make(map[string]bool)
	for _, u := range entries {
		if u.Code == "" && u.Description == "" && len(u.Members) > 0 {
			fmt.Fprintf(out, "# %s, %s, status %d: no code was found among %s. Say in read where it is.\n",
				u.Provider, u.Endpoint, u.Status, strings.Join(u.Members, ", "))
			continue
		}
		if row := fmt.Sprintf("  - {%serror: %s}", leftOf(&u), guess(&u)); !seen[row] {
			seen[row] = true
			rows = append(rows, remarkOn(&u), row)
		}
		examples = append(examples, fmt.Sprintf("  - {endpoint: %s, status: %d, body: %s, expect: {status: %d, error: %s}}",
			u.Endpoint, u.Status, quoteYAML(bodyOf(&u)), answerTo(&u), guess(&u)))
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(out, "errors:\n%s\nexamples:\n%s\n", strings.Join(rows, "\n"), strings.Join(examples, "\n"))
	return err
}

// remarkOn says where a row comes from.
func remarkOn(u *ledger.Unmapped) string {
	seen := ""
	if u.Count > 0 {
		seen = fmt.Sprintf(", seen %d times until %s", u.Count, u.LastSeen.Format(time.DateOnly))
	}
	return fmt.Sprintf("  # %s, %s%s. Is the error right?", u.Provider, u.Endpoint, seen)
}

// leftOf returns the left side of a row for the error.
func leftOf(u *ledger.Unmapped) string {
	left := fmt.Sprintf("status: %d, ", u.Status)
	switch {
	case u.Code != "":
		left += "code: " + quoteYAML(u.Code) + ", "
	case u.Description != "":
		left += "description: " + quoteYAML(strings.NewReplacer("***", "*", "*", `\*`).Replace(u.Description)) + ", "
	}
	if u.Endpoint == registry.EndpointResource.String() {
		left += "endpoint: resource, "
	}
	return left
}

// guess returns the error that the status alone suggests. It never guesses one
// that makes clients throw credentials away.
func guess(u *ledger.Unmapped) string {
	switch {
	case u.Status == 429 || u.Status == 503 || u.Status == 504:
		return "temporarily_unavailable"
	case u.Status >= 500:
		return "server_error"
	case u.Status == 401 || u.Status == 403:
		return "access_denied"
	}
	return "invalid_request"
}

// answerTo returns the status that the guess is answered with.
func answerTo(u *ledger.Unmapped) int {
	endpoint, _ := registry.ParseEndpoint(u.Endpoint)
	return normalizer.StatusOf(guess(u), endpoint, u.Status)
}

// bodyOf returns a body with the code and the description where they were, or else in
// members that are read of any server.
func bodyOf(u *ledger.Unmapped) string {
	if u.CodePath == "#text" {
		return u.Code
	}
	return check.MakeBody(map[string]string{cmp.Or(u.CodePath, "code"): u.Code, cmp.Or(u.DescriptionPath, "message"): u.Description})
}

// plainYAML matches what needs no quotes.
var plainYAML = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// quoteYAML returns a scalar for a flow mapping.
func quoteYAML(s string) string {
	switch strings.ToLower(s) {
	case "null", "true", "false": // plain, they are no text
	default:
		if plainYAML.MatchString(s) {
			return s
		}
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
