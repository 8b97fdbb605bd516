package normalizer

import (
	"net/http"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// Response is an answer of a provider. The zero Response is no error.
type Response struct {
	// Status is the HTTP status.
	Status int
	// Header is the header, which is not changed.
	Header http.Header
	// Body is the body as received: its codings are undone here. It must not be changed
	// before [Decision.Apply] has been called.
	Body []byte
	// Extent says whether Body is all of it.
	Extent Extent
}

// Extent says how much of a body there is to look at.
type Extent uint8

// The extents.
const (
	// Whole is a body that has arrived to its end.
	Whole Extent = iota
	// Oversize is the beginning of a body that is larger than what is read.
	Oversize
	// OverBudget is the beginning of one for which there was no memory.
	OverBudget
)

// Outcome says what a decision came to.
type Outcome string

// The outcomes.
const (
	// OutcomeNormalized is a response that is rewritten.
	OutcomeNormalized Outcome = "normalized"
	// OutcomeCanonical is one that says already what would be rendered.
	OutcomeCanonical Outcome = "canonical"
	// OutcomePassed is one that a row lets pass.
	OutcomePassed Outcome = "passed"
	// OutcomeUnmapped is one that no row fits.
	OutcomeUnmapped Outcome = "unmapped"
	// OutcomeOversize is one that no row fits, as far as its body was read: it is
	// over the cap, coded or with its codings undone.
	OutcomeOversize Outcome = "oversize"
	// OutcomeOverBudget is one that no row fits, as far as its body was read: all
	// requests together held too much.
	OutcomeOverBudget Outcome = "over_budget"
	// OutcomeUnreadable is one that no row fits, in a coding or format that cannot
	// be read.
	OutcomeUnreadable Outcome = "unreadable"
	// OutcomeShadow is one that would have been changed.
	OutcomeShadow Outcome = "shadow"
	// OutcomeProxyError is an answer in place of one that the proxy failed to get.
	OutcomeProxyError Outcome = "proxy_error"
	// OutcomeCanceled is one that nobody waits for any more.
	OutcomeCanceled Outcome = "canceled"
)

// Effect says what is to be done with a response.
type Effect uint8

// The effects.
const (
	// EffectPass leaves the response byte for byte as it came.
	EffectPass Effect = iota
	// EffectSecure changes a field or two of the header: a no-store, or what must not
	// leave beside a canonical error.
	EffectSecure
	// EffectRedirect changes the error in the Location.
	EffectRedirect
	// EffectRewrite replaces status, body and the fields that describe them.
	EffectRewrite
)

// Decision is what a table makes of one response: [Table.Decide] and [Table.Fail] make
// it. The zero Decision, and any that no table made, changes nothing.
type Decision struct {
	// Outcome says what the decision came to.
	Outcome Outcome
	// Effect says what is to be done with the response; with [OutcomeShadow], what
	// would have been done.
	Effect Effect
	// Finding is what was recognized.
	Finding Finding
	// Error is the canonical error. It is for the client only if Effect is
	// [EffectRewrite].
	Error Error

	table     *Table
	exchange  exchange
	rendering rendering
	location  string // with EffectRedirect
	body      []byte // of the response
}

// Decide recognizes the error in a response and decides what its client gets. The
// header of the response is not changed; [Decision.Apply] does that.
func (t *Table) Decide(q *Request, resp Response) (d Decision) {
	t.decide(q, &resp, &d) // apart, so that the decision is made where it is to lie
	return d
}

func (t *Table) decide(q *Request, resp *Response, d *Decision) {
	d.table, d.body = t, resp.Body
	x := &d.exchange
	x.status, x.header = resp.Status, resp.Header
	if q.http == nil {
		d.Outcome = OutcomeUnmapped
		return
	}
	t.paths.settle(q, resp.Header)
	x.endpoint, x.named = q.endpoint, q.named
	x.scheme, x.grant, x.public, x.accept = q.scheme(), q.Grant(), q.isPublic(), q.http.Header["Accept"]
	x.read(resp, limitAt(resp.Status, t.maxBody))
	if q.http.Method == http.MethodHead {
		x.empty, x.unread = firstValue(resp.Header, "Content-Length") == "0", "" // GET would show what there is
	}
	if isRedirectError(x.status, x.header) {
		d.decideRedirect()
	} else {
		t.decideBody(d)
	}
	if d.Outcome == OutcomeUnmapped && x.unread != "" {
		d.Outcome = x.unread
	}
	if d.Effect == EffectRewrite {
		d.rendering = t.style.renderingFor(q, d)
	}
	d.own()
	if t.shadow && d.Outcome == OutcomeNormalized {
		d.Outcome = OutcomeShadow
	}
}

// decideBody decides about a response that is no redirect with an error in its URL. A
// response below 400 is an error only where a row says that it may be.
func (t *Table) decideBody(d *Decision) {
	x, fixed := &d.exchange, t.answers.canonicalDescriptions
	d.Outcome = OutcomeUnmapped
	if x.status/100 == 2 && x.unread != "" && x.unread != OutcomeOverBudget {
		return // it is data
	}
	d.Finding = t.recognize(x)
	f := &d.Finding
	if t.hiddenErrors && x.endpoint == registry.EndpointToken && x.status/100 == 2 {
		if f.Code == "" || hasToken(&x.body) {
			return
		}
		if f.row == nil {
			x.status = http.StatusBadRequest // as if it had said so
			*f = t.recognize(x)
		}
	}
	if f.row != nil && x.unread != "" && f.row.IsDefault() && !x.isDecidedUnread(fixed) {
		f.row, f.registered = nil, nil
	}
	if fixed && x.failsClosed() && (f.row == nil || f.row.Pass) {
		t.index.decideByStatus(f, x)
	}
	switch {
	case f.row == nil || isPage(x),
		x.status == registry.ClientGone && !fixed || x.status < 400 && !t.index.looksIntoAt(x.status, x.endpoint):
	case f.row.Pass:
		d.Outcome = OutcomePassed
	default:
		entry := adjust(f, x)
		f.Error, f.registered = entry.Code, entry
		d.Error = t.answers.errorOf(entry, f, x)
		if !t.style.alwaysRenders() && t.answers.isCanonical(&d.Error, f, x) {
			d.Outcome, d.Effect = OutcomeCanonical, EffectSecure
			return
		}
		d.Outcome, d.Effect = OutcomeNormalized, EffectRewrite
		if !fixed {
			d.Error.members = t.answers.kept.members(x)
		}
	}
}

// hasToken reports whether a body has a member that is called a token.
func hasToken(body *wire.Tree) (found bool) {
	body.Each(func(name string, _ wire.Value) {
		var buf [32]byte
		if len(name) <= len(buf) {
			found = found || strings.HasSuffix(string(registry.FoldName(buf[:0], name)), "token")
		}
	})
	return found
}

// isDecidedUnread reports whether the status alone decides about a response whose body
// could not be read as a whole: at token-like endpoints, where clients expect nothing but
// errors of OAuth, and where descriptions are canonical, so that nothing fails open.
func (x *exchange) isDecidedUnread(fixed bool) bool { return fixed || x.endpoint.TokenLike() }

// IsReadable reports whether the coding and the format of the body are ones that can be
// read.
func (d *Decision) IsReadable() bool { return d.exchange.unread != OutcomeUnreadable }

// Changes reports whether the client gets something else than the response as it came.
func (d *Decision) Changes() bool { return d.Effect != EffectPass && d.Outcome != OutcomeShadow }

// Endpoint returns the kind of endpoint that answered.
func (d *Decision) Endpoint() registry.Endpoint { return d.exchange.endpoint }

// Grant returns the grant type of the request.
func (d *Decision) Grant() registry.Grant { return d.exchange.grant }

// Status returns the provider's HTTP status.
func (d *Decision) Status() int { return d.exchange.status }

// MediaType returns the media type of the response, in lower case.
func (d *Decision) MediaType() string { return mediaType(d.exchange.header) }

// IsUnmapped reports whether the response is an error that a mapping should know and
// does not: no row names it, and it is about authentication or authorization. At
// authorization endpoints only an error with a code is, at resources only one that
// refuses access, at other paths only one with a code that refuses access.
func (d *Decision) IsUnmapped() bool {
	x := &d.exchange
	if d.Finding.Named() || x.status < 400 || x.unread == OutcomeOversize {
		return false
	}
	switch x.endpoint {
	case registry.EndpointNone:
		return d.Finding.Code != "" && registry.RefusesAccess(x.status) && !isHTML(x.header)
	case registry.EndpointAuthorization:
		return d.Finding.Code != "" && !isHTML(x.header)
	case registry.EndpointResource:
		return registry.RefusesAccess(x.status)
	}
	return true
}

// EachMember calls visit with the name of each member at the top of the body.
func (d *Decision) EachMember(visit func(name string)) {
	d.exchange.body.Each(func(name string, _ wire.Value) { visit(name) })
}
