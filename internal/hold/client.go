package hold

import (
	"errors"
	"io"
	"net/http"
)

// client is the writer that leads to the client.
type client struct{ http.ResponseWriter }

// Unwrap returns the writer that leads to the client, for [http.ResponseController].
func (c client) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// copyFrom keeps the fast path of a writer that reads by itself.
func (c client) copyFrom(r io.Reader) (int64, error) { return io.Copy(c.ResponseWriter, r) }

// flush flushes the buffer of the server.
func (c client) flush() error {
	return http.NewResponseController(c.ResponseWriter).Flush()
}

// send writes status and body, with flushes before and behind the body if they are asked
// for. A writer that cannot flush is no error.
func (c client) send(status int, body []byte, before, behind bool) (err error) {
	c.ResponseWriter.WriteHeader(status)
	if before {
		err = c.flush()
	}
	if len(body) > 0 && !isBroken(err) {
		_, err = c.ResponseWriter.Write(body)
	}
	if behind && !isBroken(err) {
		err = c.flush()
	}
	if isBroken(err) {
		return err
	}
	return nil
}

// isBroken reports whether an error is anything other than a writer that cannot flush.
func isBroken(err error) bool { return err != nil && !errors.Is(err, http.ErrNotSupported) }
