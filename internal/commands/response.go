package commands

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/auth-errors/caddy-auth-errors/internal/saved"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
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
	in, err := openArgument(cmd, args[0])
	if err != nil {
		return normalizer.Response{}, err
	}
	defer in.Close()
	return saved.ReadResponse(in)
}

// fieldName matches the name of a header field (RFC 9110 §5.1).
var fieldName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// openArgument opens a file, or standard input for a hyphen.
func openArgument(cmd *cobra.Command, name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(cmd.InOrStdin()), nil
	}
	return os.Open(name)
}
