package commands

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"strings"

	"github.com/spf13/cobra"

	"github.com/auth-errors/caddy-auth-errors/internal/ledger"
	"github.com/auth-errors/caddy-auth-errors/internal/probe"
	"github.com/auth-errors/caddy-auth-errors/internal/saved"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

func probeCommand() *cobra.Command {
	cmd := command("probe [--provider <name>] [--token <path>] ... [--into <file>] <url>", "Provokes errors of a server, and explains them",
		fmt.Sprintf(`Sends at most %d harmless requests to a server: without a client, with an unknown
client, an unknown grant type, an invalid code, an invalid token. Prints each response
and how the handler treats it. Then prints a mapping file with a row and an example for
each error that no row names; --into adds them to a file instead. Check the error in
each row: it is the present answer, or a guess from the status.

The paths come from the metadata of the server, or from flags. With --client-id and
--client-secret the server also checks codes and tokens. The command follows no
redirect and asks no other host. It stops at a 429, or after %d server errors in a row.`, probe.Most, probe.MostFailures),
		`  caddy auth-errors probe https://idp.example/realms/main
  caddy auth-errors probe --provider mycorp --token /oauth/token --userinfo /me --into mycorp.yaml https://idp.example
  caddy auth-errors probe --client-id app --client-secret @secret.txt https://idp.example`, cobra.ExactArgs(1), runProbe)
	tableFlags(cmd)
	f := cmd.Flags()
	for _, kind := range probe.Endpoints {
		f.String(flagOf(kind), "", "the path of the "+flagOf(kind)+" endpoint (default: as the metadata says)")
	}
	f.String("client-id", "", "the id of a client of the server (default: an unknown client)")
	f.String("client-secret", "", "the secret of the client, or @ and the file with it")
	f.Bool("why", false, "print the places read for each error, and the compared rows")
	f.String("into", "", "add rows and examples to this mapping file")
	return cmd
}

// flagOf returns the flag that has the path of an endpoint.
func flagOf(kind registry.Endpoint) string {
	if kind == registry.EndpointResource {
		return "userinfo"
	}
	return kind.String()
}

func runProbe(cmd *cobra.Command, args []string) error {
	server, err := probedServer(cmd, args[0])
	if err != nil {
		return err
	}
	table, t, name, err := recordTarget(cmd)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
	defer stop()
	p := probed{out: saved.Visible(cmd.OutOrStdout()), table: table, provider: name, endpoints: make(map[string]string)}
	p.why, _ = cmd.Flags().GetBool("why")
	left, err := server.Ask(ctx, p.print)
	if err != nil {
		return fmt.Errorf("asking %s: %w", server.URL, err)
	}
	w := columns(p.out)
	fmt.Fprintln(w, "#\tASKED\tSTATUS\tOUTCOME\tCLIENT GETS\tDECIDED BY")
	fmt.Fprint(w, p.summary.String())
	if err := w.Flush(); err != nil {
		return err
	}
	for _, text := range left {
		fmt.Fprintln(p.out, text)
	}
	entries := p.seen.List()
	if len(entries) == 0 {
		_, err := fmt.Fprintln(p.out, "\nNothing to draft: a row, a registered code or the status alone decides each.")
		return err
	}
	fmt.Fprintf(p.out, "\nDraft for errors that no row names: %d\n\n", len(entries))
	t.endpoints = p.endpoints
	return t.write(p.out, name, entries)
}

// probedServer reads the flags that describe the server.
func probedServer(cmd *cobra.Command, address string) (s probe.Server, err error) {
	s.URL, err = url.Parse(address)
	if err == nil && s.URL.User != nil {
		return s, errors.New("the URL has a user: leave it out, and give --client-id and --client-secret")
	}
	if err != nil || s.URL.Scheme != "https" && s.URL.Scheme != "http" || s.URL.Host == "" {
		return s, fmt.Errorf("%q: give the URL of the server, such as https://idp.example", address)
	}
	f := cmd.Flags()
	s.Paths = make(map[registry.Endpoint]string)
	for _, kind := range probe.Endpoints {
		if path, _ := f.GetString(flagOf(kind)); path != "" {
			s.Paths[kind] = path
		}
	}
	s.ClientID, _ = f.GetString("client-id")
	s.ClientSecret, _ = f.GetString("client-secret")
	if s.ClientSecret != "" && s.ClientID == "" {
		return s, fmt.Errorf("--client-secret: give --client-id, too")
	}
	if file, ok := strings.CutPrefix(s.ClientSecret, "@"); ok {
		secret, err := os.ReadFile(file)
		if err != nil {
			return s, fmt.Errorf("--client-secret: %w", err)
		}
		if s.ClientSecret = strings.TrimSpace(string(secret)); s.ClientSecret == "" {
			return s, fmt.Errorf("--client-secret: the file %s is empty: put the secret into it", file)
		}
	}
	return s, nil
}

// probed prints answers and keeps the errors that no row names.
type probed struct {
	out       io.Writer
	table     *normalizer.Table
	provider  string
	why       bool
	count     int
	summary   strings.Builder
	seen      ledger.Ledger
	endpoints map[string]string // paths that the table does not know, by their kind
}

func (p *probed) print(a probe.Answer) {
	p.count++
	fmt.Fprintf(p.out, "%d. %s: %s %s\n\n", p.count, a.Name, a.Request.Method, normalizer.Mask(a.Request.URL.RequestURI()))
	row := fmt.Sprintf("%d\t%s\t", p.count, a.Name)
	switch {
	case a.Response.Status == 0:
		fmt.Fprintf(p.out, "No answer: %v\n\n", a.Err)
		row += "-\tno answer\t\t"
	case a.Endpoint == registry.EndpointNone:
		fmt.Fprintf(p.out, "Status %d, %d bytes\n\n", a.Response.Status, len(a.Response.Body))
		row += fmt.Sprintf("%d\t\t\t", a.Response.Status)
	default:
		row += fmt.Sprintf("%d\t%s", a.Response.Status, p.explain(&a))
	}
	p.summary.WriteString(row + "\n")
}

// explain prints an answer and the decision about it, and returns a summary of the
// decision.
func (p *probed) explain(a *probe.Answer) string {
	fmt.Fprintf(p.out, "%s\n\n", strings.Join(saved.Lines(a.Response.Status, a.Response.Header, a.Response.Body), "\n"))
	q := p.table.Request(a.Request)
	if p.table.EndpointOf(&q, nil) != a.Endpoint {
		p.endpoints[a.Endpoint.String()] = a.Request.URL.Path
	}
	q = q.As(a.Endpoint, a.Grant)
	d, limit, looked := saved.Decide(p.table, &q, a.Response)
	if !looked {
		fmt.Fprintln(p.out, notLookedAt)
		return "not looked at\tas it is\t"
	}
	if p.why {
		printExplanation(p.out, p.table, &d, a.Response, limit, saved.Fields)
	} else {
		printOutcome(p.out, &d, a.Response, saved.Fields)
	}
	fmt.Fprintln(p.out)
	if u := ledger.Fingerprint(p.provider, &d); d.IsUnmapped() && !isBare(&u) {
		p.seen.Add(u, a.At)
	}
	gets := "as it is"
	if d.Changes() {
		gets = fmt.Sprintf("%d %s", d.Error.Status(), d.Error.Code())
	}
	return fmt.Sprintf("%s\t%s\t%s", d.Outcome, gets, d.Finding.Position())
}

// isBare reports whether the response has only a status, and the status decided. Then
// there is no row to write.
func isBare(u *ledger.Unmapped) bool {
	return u.Error != "" && u.Code == "" && u.Description == "" && len(u.Members) == 0
}
