// Package saved reads saved responses, from curl -i or from a HAR file, decides about them
// as the handler would, and prints them with secrets masked.
package saved

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// Most is the largest saved file to read, in bytes.
const Most = 16 << 20

// Exchange is a request with its response.
type Exchange struct {
	Request  *http.Request // without its body
	Grant    registry.Grant
	Response normalizer.Response
	At       time.Time // time of the request; zero if unknown
}

// ReadResponse reads a response as curl -i prints it: of any HTTP version, with line ends
// with or without CR, with informational responses before it, and with a body without its
// transfer coding.
func ReadResponse(in io.Reader) (resp normalizer.Response, err error) {
	r := bufio.NewReader(io.LimitReader(in, Most))
	for {
		lines := textproto.NewReader(r)
		line, err := lines.ReadLine()
		if err == io.EOF && line == "" {
			return resp, errors.New("the response is empty: save it with curl -i")
		}
		if err != nil {
			return resp, fmt.Errorf("reading the status line: %w", err)
		}
		version, rest, _ := strings.Cut(line, " ")
		code, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
		resp.Status, err = strconv.Atoi(code)
		if err != nil || !strings.HasPrefix(version, "HTTP/") || resp.Status < 100 || resp.Status > 999 {
			return normalizer.Response{}, fmt.Errorf("%q is not a status line such as HTTP/1.1 403 Forbidden: save the response with curl -i", line)
		}
		fields, err := lines.ReadMIMEHeader()
		if err != nil && err != io.EOF {
			return normalizer.Response{}, fmt.Errorf("reading the header: %w", err)
		}
		resp.Header = http.Header(fields)
		// An informational response, or a proxy's response to CONNECT, comes before the
		// response.
		if next, _ := r.Peek(len("HTTP/")); resp.Status >= 200 && string(next) != "HTTP/" {
			resp.Body, err = io.ReadAll(r)
			return resp, err
		}
	}
}
