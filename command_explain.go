package autherrors

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

func explainCommand() *cobra.Command {
	cmd := command("explain --provider <name> [--endpoint <kind>] [<file>|-]", "Explains what becomes of a response, and why",
		`Reads a response as 'curl -i' prints it, from a file or from standard input, and
shows where the error was read, which rows were compared, what decided, and the
answer that a client would get. Without a file, --status, --header and --body say
what the response is.

The kind of endpoint is told from --path as the handler would, or given by
--endpoint. With --config, the handler is the one that the configuration has for
the provider.`,
		`  curl -i https://tenant.eu.auth0.com/oauth/token -d ... | caddy auth-errors explain --provider auth0 --path /oauth/token -
  caddy auth-errors explain --provider asseco --status 440 --body '{"problem":"access_denied"}'
  caddy auth-errors explain --config Caddyfile --provider mycorp --endpoint token response.txt`,
		cobra.MaximumNArgs(1), runExplain)
	f := cmd.Flags()
	f.String("provider", "", "the provider that sent the response (default oauth2)")
	f.String("endpoint", "", "the kind of endpoint that answered (default: as --path says, else token)")
	f.String("path", "", "the path of the request")
	f.String("authorization", "", "how the request authenticated: Basic, Bearer or DPoP")
	f.String("config", "", "take the handler from this configuration")
	f.String("adapter", "", "the adapter for --config (default: caddyfile for a Caddyfile)")
	f.Int("status", 0, "the status, instead of a file")
	f.StringArray("header", nil, "a header field `'Name: value'`, instead of a file; repeat for more")
	f.String("body", "", "the body, instead of a file")
	return cmd
}

func runExplain(cmd *cobra.Command, args []string) error {
	h, err := explainedHandler(cmd)
	if err != nil {
		return err
	}
	status, header, body, err := explainedResponse(cmd, args)
	if err != nil {
		return err
	}
	request, err := explainedRequest(cmd)
	if err != nil {
		return err
	}
	resp, reason := readSaved(header, body, h.MaxBody)
	resp.Status, resp.Header = status, header
	resp.Scheme = normalizer.AuthorizationScheme(request.Header)
	resp.Endpoint = h.table.Endpoint(request)
	if name, _ := cmd.Flags().GetString("endpoint"); name != "" {
		if resp.Endpoint, err = normalizer.ParseEndpoint(name); err != nil {
			return err
		}
	}
	if _, ok := h.candidate(status, header, func() normalizer.Endpoint { return resp.Endpoint }); !ok {
		return printUntouched(cmd.OutOrStdout(), &resp)
	}
	return h.printExplanation(cmd.OutOrStdout(), &resp, reason, body)
}

// printUntouched says that a response is none that the handler looks at.
func printUntouched(out io.Writer, resp *normalizer.Response) error {
	_, err := fmt.Fprintf(out, "Response  status %d, %s, %s endpoint\n\nOutcome   %s: the response is not looked at; it leaves as it is\n",
		resp.Status, cmp.Or(resp.Header.Get("Content-Type"), "no media type"), resp.Endpoint, normalizer.OutcomeUnmapped)
	return err
}

// explainedHandler returns the handler of --config and --provider.
func explainedHandler(cmd *cobra.Command) (*Handler, error) {
	provider, _ := cmd.Flags().GetString("provider")
	config, _ := cmd.Flags().GetString("config")
	h := &Handler{Provider: provider}
	if config != "" {
		adapter, _ := cmd.Flags().GetString("adapter")
		found, err := handlerIn(config, adapter, provider)
		if err != nil {
			return nil, err
		}
		h = found
	}
	h.setDefaults()
	return h, h.prepare()
}

// handlerIn finds the auth_errors handler of a provider in a configuration.
func handlerIn(file, adapter, provider string) (*Handler, error) {
	config, _, _, err := caddycmd.LoadConfig(file, adapter)
	if err != nil {
		return nil, err
	}
	var tree any
	if err := json.Unmarshal(config, &tree); err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	var found []*Handler
	var seen []string
	eachHandler(tree, func(object map[string]any) {
		h := new(Handler)
		text, err := json.Marshal(object)
		if err != nil || json.Unmarshal(text, h) != nil || h.Off {
			return
		}
		name := cmp.Or(h.Provider, defaultProvider)
		seen = append(seen, name)
		if provider == "" || provider == name {
			found = append(found, h)
		}
	})
	switch {
	case len(found) == 0:
		return nil, fmt.Errorf("%s has no auth_errors handler for provider %q: it has %s", file, provider, cmp.Or(strings.Join(seen, ", "), "none"))
	case len(found) > 1 && provider == "":
		return nil, fmt.Errorf("%s has handlers for %s: choose one by --provider", file, strings.Join(seen, ", "))
	}
	return found[0], nil
}

// eachHandler visits the auth_errors handlers in a configuration.
func eachHandler(tree any, visit func(map[string]any)) {
	switch node := tree.(type) {
	case map[string]any:
		if node["handler"] == "auth_errors" {
			visit(node)
		}
		for _, key := range slices.Sorted(maps.Keys(node)) {
			eachHandler(node[key], visit)
		}
	case []any:
		for _, item := range node {
			eachHandler(item, visit)
		}
	}
}

// explainedResponse returns the response of the file or of the flags.
func explainedResponse(cmd *cobra.Command, args []string) (int, http.Header, []byte, error) {
	f := cmd.Flags()
	if len(args) == 0 {
		status, _ := f.GetInt("status")
		if f.Changed("status") && (status < 200 || status > 599) {
			return 0, nil, nil, fmt.Errorf("--status %d: use a number from 200 to 599", status)
		}
		if status == 0 {
			return 0, nil, nil, errors.New("nothing to explain: give a file with a response, - for standard input, or --status")
		}
		header := make(http.Header)
		fields, _ := f.GetStringArray("header")
		for _, field := range fields {
			name, value, ok := strings.Cut(field, ":")
			if !ok {
				return 0, nil, nil, fmt.Errorf("--header %q: write 'Name: value'", field)
			}
			header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
		}
		body, _ := f.GetString("body")
		return status, header, []byte(body), nil
	}
	in := cmd.InOrStdin()
	if args[0] != "-" {
		file, err := os.Open(args[0])
		if err != nil {
			return 0, nil, nil, err
		}
		defer file.Close()
		in = file
	}
	return readResponse(in)
}

// maxExplained bounds what is read of a saved response, in bytes.
const maxExplained = 16 << 20

// readResponse reads a response as curl -i prints it: any HTTP version, line ends
// with or without CR, informational responses before it, and the body decoded of
// its transfer coding already.
func readResponse(in io.Reader) (status int, header http.Header, body []byte, err error) {
	r := bufio.NewReader(io.LimitReader(in, maxExplained))
	for {
		lines := textproto.NewReader(r)
		line, err := lines.ReadLine()
		if err != nil {
			return 0, nil, nil, fmt.Errorf("reading the status line: %w", err)
		}
		version, rest, _ := strings.Cut(line, " ")
		code, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
		status, err = strconv.Atoi(code)
		if err != nil || !strings.HasPrefix(version, "HTTP/") || status < 100 || status > 999 {
			return 0, nil, nil, fmt.Errorf("%q is no status line: save the response with curl -i", line)
		}
		fields, err := lines.ReadMIMEHeader()
		if err != nil && err != io.EOF {
			return 0, nil, nil, fmt.Errorf("reading the header: %w", err)
		}
		header = http.Header(fields)
		// An informational response, or the one of a proxy to CONNECT, comes before
		// the response.
		if next, _ := r.Peek(len("HTTP/")); status >= 200 && string(next) != "HTTP/" {
			body, err = io.ReadAll(r)
			return status, header, body, err
		}
	}
}

// readSaved reads a body as the handler would. A body that curl --compressed has
// decoded still stands under the field that says how it was coded.
func readSaved(header http.Header, body []byte, limit int64) (normalizer.Response, normalizer.Outcome) {
	if int64(len(body)) > limit {
		return normalizer.Response{}, outcomeOversize
	}
	resp, reason := readBody(header["Content-Encoding"], header.Get("Content-Type"), body, limit)
	if reason == outcomeUndecodable && wire.IsKnownCoding(header.Get("Content-Encoding")) {
		if decoded, why := readBody(nil, header.Get("Content-Type"), body, limit); why != outcomeUndecodable {
			return decoded, why
		}
	}
	return resp, reason
}

// explainedRequest makes the request that the flags describe.
func explainedRequest(cmd *cobra.Command) (*http.Request, error) {
	path, _ := cmd.Flags().GetString("path")
	u, err := url.Parse(path)
	if err != nil {
		return nil, fmt.Errorf("--path: %w", err)
	}
	r := &http.Request{Method: http.MethodPost, URL: u, Header: http.Header{"Accept": {"application/json"}}}
	if scheme, _ := cmd.Flags().GetString("authorization"); scheme != "" {
		r.Header.Set("Authorization", scheme+" -")
		if normalizer.AuthorizationScheme(r.Header) == "" {
			return nil, fmt.Errorf("--authorization %q: use Basic, Bearer or DPoP", scheme)
		}
	}
	return r, nil
}

// printExplanation prints the whole story of a response.
func (h *Handler) printExplanation(out io.Writer, resp *normalizer.Response, reason normalizer.Outcome, body []byte) error {
	trace := h.table.Explain(resp)
	unread := ""
	if int64(len(body)) > h.MaxBody {
		unread = ", not read: more than max_body"
	}
	fmt.Fprintf(out, "Response  status %d, %d bytes, %s%s\n", resp.Status, len(body), cmp.Or(resp.Header.Get("Content-Type"), "no media type"), unread)
	fmt.Fprintf(out, "Provider  %s, %s endpoint\n", h.Provider, resp.Endpoint)
	printRead(out, trace.Read)
	printCompared(out, trace)
	if normalizer.IsRedirectError(resp.Status, resp.Header.Get("Location")) {
		location, _, outcome := h.table.NormalizeRedirect(resp)
		fmt.Fprintf(out, "\nOutcome   %s\n", outcome)
		if outcome == normalizer.OutcomeNormalized {
			fmt.Fprintf(out, "\nLocation: %s\n", location)
		}
		return nil
	}
	e, f, outcome := h.table.Normalize(resp)
	rewritten := outcome == normalizer.OutcomeNormalized
	switch {
	case outcome == normalizer.OutcomeUnmapped:
		outcome = reason
	case rewritten && h.Mode == modeShadow:
		outcome = outcomeShadow
	}
	fmt.Fprintf(out, "\nOutcome   %s: %s\n", outcome, outcomeMeaning[outcome])
	if !rewritten {
		return nil
	}
	r := h.baseRendering(&f, resp.Status)
	answer := e.Append(nil, &r)
	header := resp.Header.Clone()
	maps.DeleteFunc(header, func(name string, _ []string) bool { return normalizer.IsStale(name) })
	e.EditHeader(header, &r, len(answer))
	fmt.Fprintf(out, "\nHTTP/1.1 %d %s\n", e.Status, http.StatusText(e.Status))
	var fields bytes.Buffer
	if err := header.Write(&fields); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%s\n%s\n", bytes.ReplaceAll(fields.Bytes(), []byte("\r\n"), []byte("\n")), answer)
	return err
}

// outcomeMeaning says what an outcome means for the client.
var outcomeMeaning = map[normalizer.Outcome]string{
	normalizer.OutcomeNormalized: "the client gets this answer",
	outcomeShadow:                "the client would get this answer, and gets the response as it is",
	normalizer.OutcomeCanonical:  "the response is canonical already and leaves as it is, with no-store",
	normalizer.OutcomePassed:     "a row lets the response pass; it leaves as it is",
	normalizer.OutcomeUnmapped:   "nothing is known about the response; it leaves as it is",
	outcomeOversize:              "the body is too large; the response leaves as it is",
	outcomeUndecodable:           "the body cannot be read; the response leaves as it is",
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
		fmt.Fprintf(w, "%s %s\t%q\t%q\t%s\n", mark, s.Place, s.Code, s.Description, known)
	}
	w.Flush()
}

func printCompared(out io.Writer, trace normalizer.Trace) {
	fmt.Fprintln(out, "\nRows")
	if len(trace.Rules) == 0 {
		fmt.Fprintln(out, "  none is for this code or status")
	}
	w := columns(out)
	for _, s := range trace.Rules {
		mark, why := " ", "fits, but another ranks higher"
		switch {
		case s.Chosen && trace.Moved:
			mark, why = "*", "decides: the code is known at another status only"
		case s.Chosen:
			mark, why = "*", "decides"
		case s.Mismatch != "":
			why = s.Mismatch + " does not fit"
		}
		fmt.Fprintf(w, "%s %s\t%s\t%s\n", mark, s.Rule.Position(), why, s.Rule.Text)
	}
	w.Flush()
}
