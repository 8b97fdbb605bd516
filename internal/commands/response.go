package commands

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/auth-errors/caddy-auth-errors/internal/saved"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// explainedResponse returns the response of the file or of the flags.
func explainedResponse(cmd *cobra.Command, args []string) (normalizer.Response, error) {
	f := cmd.Flags()
	if len(args) > 0 && (f.Changed("status") || f.Changed("header") || f.Changed("body")) {
		return normalizer.Response{}, errors.New("give a file, or --status, --header and --body, not both: a file has all of the response")
	}
	if len(args) == 0 {
		status, _ := f.GetInt("status")
		if f.Changed("status") && (status < 200 || status > 599) {
			return normalizer.Response{}, fmt.Errorf("--status %d: use a number from 200 to 599", status)
		}
		if status == 0 {
			return normalizer.Response{}, errors.New("no response: give a file, - for standard input, or --status")
		}
		header := make(http.Header)
		fields, _ := f.GetStringArray("header")
		for _, field := range fields {
			name, value, ok := strings.Cut(field, ":")
			if !ok || !fieldName.MatchString(name) {
				return normalizer.Response{}, fmt.Errorf("--header %q: write 'Name: value'", field)
			}
			header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
		}
		body, _ := f.GetString("body")
		return normalizer.Response{Status: status, Header: header, Body: []byte(body)}, nil
	}
	in := cmd.InOrStdin()
	if args[0] != "-" {
		file, err := os.Open(args[0])
		if err != nil {
			return normalizer.Response{}, err
		}
		defer file.Close()
		in = file
	}
	return saved.ReadResponse(in)
}

// fieldName matches the name of a header field (RFC 9110 §5.1).
var fieldName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// decideSaved decides about a saved response as the handler would. limit is the largest
// number of body bytes read, and looked is false for a response that the handler ignores.
// curl --compressed saves a decoded body, but keeps its Content-Encoding: such a body is
// read as it is.
func decideSaved(table *normalizer.Table, q *normalizer.Request, resp normalizer.Response) (d normalizer.Decision, limit int64, looked bool) {
	if limit, looked = table.Candidate(q, resp.Status, resp.Header); !looked {
		return d, limit, false
	}
	if resp.Status < 400 && resp.Status >= 300 {
		limit = int64(len(resp.Body)) // a redirect is decided about without it
	}
	if int64(len(resp.Body)) > limit {
		resp.Body, resp.Extent = resp.Body[:limit], normalizer.Oversize
	}
	d = table.Decide(q, resp)
	if !d.IsReadable() && wire.IsKnownCoding(resp.Header.Get("Content-Encoding")) {
		resp.Header = resp.Header.Clone()
		resp.Header.Del("Content-Encoding")
		if plain := table.Decide(q, resp); plain.IsReadable() {
			return plain, limit, true
		}
	}
	return d, limit, true
}
