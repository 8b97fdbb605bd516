package commands

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/auth-errors/caddy-auth-errors/internal/saved"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

func explainCommand() *cobra.Command {
	cmd := command("explain --provider <name> [--endpoint <kind>] [<file>|-]", "Explains how the handler treats a response",
		`Reads a response as 'curl -i' prints it, from a file or from standard input. Shows
where the error is in it, the rows compared, the row that decides, and the answer to
the client. Without a file, --status, --header and --body describe the response; a body
that begins with { or [ is then application/json, unless --header says otherwise.

--path finds the kind of endpoint as the handler does; --endpoint names it. --config
uses a handler of a configuration. --mapping needs no configuration.`,
		`  curl -i https://tenant.eu.auth0.com/oauth/token -d ... | caddy auth-errors explain --provider auth0 --path /oauth/token -
  caddy auth-errors explain --provider asseco --status 440 --body '{"problem":"access_denied"}'
  caddy auth-errors explain --mapping mycorp.yaml --endpoint token response.txt
  caddy auth-errors explain --config Caddyfile --provider mycorp --endpoint token response.txt`,
		cobra.MaximumNArgs(1), runExplain)
	f := cmd.Flags()
	tableFlags(cmd)
	f.String("endpoint", "", "the kind of endpoint (default: the kind of --path, or token)")
	f.String("path", "", "the path of the request")
	f.String("authorization", "", "the authentication scheme of the request: Basic, Bearer or DPoP")
	f.String("grant", registry.GrantNone.String(), "the grant type of the request, as mappings spell it")
	f.Int("status", 0, "the HTTP status of the response, instead of a file")
	f.StringArray("header", nil, "a header field of the response, `'Name: value'`; repeat for more")
	f.String("body", "", "the body of the response")
	return cmd
}

func runExplain(cmd *cobra.Command, args []string) error {
	table, _, err := chosenTable(cmd)
	if err != nil {
		return err
	}
	resp, err := explainedResponse(cmd, args)
	if err != nil {
		return err
	}
	if len(args) == 0 && resp.Header.Get("Content-Type") == "" && strings.IndexAny(string(resp.Body), "{[") == 0 {
		resp.Header.Set("Content-Type", "application/json") // as in the examples of mappings
	}
	r, err := explainedRequest(cmd)
	if err != nil {
		return err
	}
	q, err := knownRequest(cmd, table, r, resp.Header)
	if err != nil {
		return err
	}
	out := saved.Visible(cmd.OutOrStdout())
	d, limit, looked := saved.Decide(table, &q, resp)
	if !looked {
		_, err := fmt.Fprintf(out, "Response  status %d, %s, %s endpoint\n\n%s",
			resp.Status, cmp.Or(resp.Header.Get("Content-Type"), "no media type"), q.Endpoint(), notLookedAt)
		return err
	}
	printExplanation(out, table, &d, resp, limit, exactFields)
	return nil
}

// knownRequest returns the request for the table. Its kind of endpoint comes from
// --endpoint, or else from --path, or else is token.
func knownRequest(cmd *cobra.Command, table *normalizer.Table, r *http.Request, answer http.Header) (normalizer.Request, error) {
	q := table.Request(r)
	named, _ := cmd.Flags().GetString("grant")
	grant, err := registry.ParseGrant(named)
	if err != nil {
		return q, fmt.Errorf("--grant: %w", err)
	}
	name, _ := cmd.Flags().GetString("endpoint")
	if name == "" && r.URL.Path != "" {
		return q.As(table.EndpointOf(&q, answer), grant), nil
	}
	kind, err := registry.ParseEndpoint(cmp.Or(name, registry.EndpointToken.String()))
	return q.As(kind, grant), err
}

// explainedRequest makes the request that the flags describe.
func explainedRequest(cmd *cobra.Command) (*http.Request, error) {
	path, _ := cmd.Flags().GetString("path")
	u, err := url.Parse(path)
	if err != nil {
		return nil, fmt.Errorf("--path: %w", err)
	}
	if path != "" && u.Host == "" && !strings.HasPrefix(path, "/") {
		return nil, fmt.Errorf("--path %q: begin it with /, or give a whole URL", path)
	}
	r := &http.Request{Method: http.MethodPost, URL: u, Header: http.Header{"Accept": {"application/json"}}}
	if scheme, _ := cmd.Flags().GetString("authorization"); scheme != "" {
		r.Header.Set("Authorization", scheme+" -")
		if registry.SchemeOf(scheme) == "" {
			return nil, fmt.Errorf("--authorization %q: use Basic, Bearer or DPoP", scheme)
		}
	}
	return r, nil
}

// printExplanation prints the whole story of a response. What is read of it is masked, as it
// is in logs; the answer is exactly that for the client, but for its fields.
func printExplanation(out io.Writer, table *normalizer.Table, d *normalizer.Decision, resp normalizer.Response, limit int64, fields func(http.Header) string) {
	trace := d.Explain()
	unread := ""
	if int64(len(resp.Body)) > limit {
		unread = fmt.Sprintf(", of which %d are read", limit)
	}
	fmt.Fprintf(out, "Response  status %d, %d bytes, %s%s\n", resp.Status, len(resp.Body), cmp.Or(resp.Header.Get("Content-Type"), "no media type"), unread)
	fmt.Fprintf(out, "Provider  %s, %s endpoint\n", table.Provider(), d.Endpoint())
	printRead(out, trace.Read)
	printCompared(out, trace)
	fmt.Fprintln(out)
	printOutcome(out, d, resp, fields)
}

// notLookedAt is the outcome of a response that the handler does not look at.
var notLookedAt = fmt.Sprintf("Outcome   %s: %s\n", normalizer.OutcomeUnmapped, saved.NotLookedAt)

// printOutcome prints the outcome, and the answer if it differs from the response.
func printOutcome(out io.Writer, d *normalizer.Decision, resp normalizer.Response, fields func(http.Header) string) {
	fmt.Fprintf(out, "Outcome   %s: %s\n", d.Outcome, d.Outcome.Meaning())
	if action := d.Finding.Action(); action != "" && d.Effect != normalizer.EffectPass {
		fmt.Fprintf(out, "Action    %s: %s\n", action, action.Meaning())
	}
	header := resp.Header.Clone()
	status, answer := d.Apply(header)
	switch d.Effect {
	case normalizer.EffectRedirect:
		fmt.Fprintf(out, "\nLocation: %s\n", header.Get("Location"))
	case normalizer.EffectRewrite:
		fmt.Fprintf(out, "\nHTTP/1.1 %d %s\n", status, http.StatusText(status))
		fmt.Fprintf(out, "%s\n%s\n", fields(header), answer)
	}
}

// exactFields returns header fields as they are sent.
func exactFields(header http.Header) string {
	var b strings.Builder
	_ = header.Write(&b) // a builder takes everything
	return strings.ReplaceAll(b.String(), "\r\n", "\n")
}

func printRead(out io.Writer, steps []normalizer.ReadStep) {
	fmt.Fprintln(out, "\nRead")
	w := columns(out)
	for _, s := range steps {
		mark, known := " ", ""
		if s.Chosen {
			mark = "*"
		}
		switch {
		case s.Code != "" && s.Known:
			known = "known"
		case s.Code != "":
			known = "not known"
		}
		fmt.Fprintf(w, "%s %s\t%q\t%q\t%s\n", mark, s.Place, normalizer.Mask(s.Code), normalizer.Mask(s.Description), known)
	}
	w.Flush()
}

func printCompared(out io.Writer, trace normalizer.Trace) {
	fmt.Fprintln(out, "\nRows")
	if len(trace.Rows) == 0 {
		fmt.Fprintln(out, "  none is for this code or status")
	}
	w := columns(out)
	for _, s := range trace.Rows {
		mark := " "
		if s.Chosen {
			mark = "*"
		}
		fmt.Fprintf(w, "%s %s\t%s\t%s\n", mark, s.Row.Position(), trace.Verdict(&s), s.Row.Text)
	}
	w.Flush()
}
