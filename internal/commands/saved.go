package commands

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// explainedResponse returns the response of the file or of the flags.
func explainedResponse(cmd *cobra.Command, args []string) (normalizer.Response, error) {
	f := cmd.Flags()
	if len(args) == 0 {
		status, _ := f.GetInt("status")
		if f.Changed("status") && (status < 200 || status > 599) {
			return normalizer.Response{}, fmt.Errorf("--status %d: use a number from 200 to 599", status)
		}
		if status == 0 {
			return normalizer.Response{}, errors.New("nothing to explain: give a file with a response, - for standard input, or --status")
		}
		header := make(http.Header)
		fields, _ := f.GetStringArray("header")
		for _, field := range fields {
			name, value, ok := strings.Cut(field, ":")
			if !ok {
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
	return readResponse(in)
}

// maxExplained bounds what is read of a saved response, in bytes.
const maxExplained = 16 << 20

// readResponse reads a response as curl -i prints it: any HTTP version, line ends
// with or without CR, informational responses before it, and the body decoded of
// its transfer coding already.
func readResponse(in io.Reader) (resp normalizer.Response, err error) {
	r := bufio.NewReader(io.LimitReader(in, maxExplained))
	for {
		lines := textproto.NewReader(r)
		line, err := lines.ReadLine()
		if err != nil {
			return resp, fmt.Errorf("reading the status line: %w", err)
		}
		version, rest, _ := strings.Cut(line, " ")
		code, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
		resp.Status, err = strconv.Atoi(code)
		if err != nil || !strings.HasPrefix(version, "HTTP/") || resp.Status < 100 || resp.Status > 999 {
			return normalizer.Response{}, fmt.Errorf("%q is no status line: save the response with curl -i", line)
		}
		fields, err := lines.ReadMIMEHeader()
		if err != nil && err != io.EOF {
			return normalizer.Response{}, fmt.Errorf("reading the header: %w", err)
		}
		resp.Header = http.Header(fields)
		// An informational response, or the one of a proxy to CONNECT, comes before
		// the response.
		if next, _ := r.Peek(len("HTTP/")); resp.Status >= 200 && string(next) != "HTTP/" {
			resp.Body, err = io.ReadAll(r)
			return resp, err
		}
	}
}

// decideSaved decides about a saved response as the handler would. A body that curl
// --compressed has decoded still stands under the field that says how it was coded.
func decideSaved(table *normalizer.Table, q *normalizer.Request, resp normalizer.Response, limit int64) normalizer.Decision {
	if int64(len(resp.Body)) > limit {
		resp.Body, resp.Extent = resp.Body[:limit], normalizer.Oversize
	}
	d := table.Decide(q, resp)
	if !d.IsReadable() && wire.IsKnownCoding(resp.Header.Get("Content-Encoding")) {
		resp.Header = resp.Header.Clone()
		resp.Header.Del("Content-Encoding")
		if plain := table.Decide(q, resp); plain.IsReadable() {
			return plain
		}
	}
	return d
}
