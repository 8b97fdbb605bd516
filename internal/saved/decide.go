package saved

import (
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// NotLookedAt is told of a response about which [Decide] does not decide.
const NotLookedAt = "the handler does not look at the response; it passes unchanged"

// Decide decides about a saved response as the handler would, and returns how much of
// the body was read at most. A response that the handler does not look at is not decided
// about. A body that curl --compressed has decoded still stands under the field that says
// how it was coded.
func Decide(table *normalizer.Table, q *normalizer.Request, resp normalizer.Response) (d normalizer.Decision, limit int64, looked bool) {
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
