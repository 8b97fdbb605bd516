package normalizer

import (
	"net/http"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// Response is a response of a provider. The zero Response is no error.
type Response struct {
	// Status is the HTTP status.
	Status int
	// Header is the header. Decide does not change it.
	Header http.Header
	// Body is the body as received, with its codings. Do not change it before
	// [Decision.Apply].
	Body []byte
	// Extent says whether Body is complete.
	Extent Extent
}

// Extent says whether a body is complete.
type Extent uint8

// The extents.
const (
	// Whole is a complete body.
	Whole Extent = iota
	// Oversize is the beginning of a body that is larger than the limit.
	Oversize
	// OverBudget is the beginning of a body that did not fit into memory.
	OverBudget
)

// Outcome is the result of a decision.
type Outcome string

// The outcomes.
const (
	// OutcomeNormalized: the response is rewritten.
	OutcomeNormalized Outcome = "normalized"
	// OutcomeCanonical: the response is the canonical error already.
	OutcomeCanonical Outcome = "canonical"
	// OutcomePassed: a row with pass names the response.
	OutcomePassed Outcome = "passed"
	// OutcomeUnmapped: no row fits the response.
	OutcomeUnmapped Outcome = "unmapped"
	// OutcomeOversize: no row fits the beginning of the body, which is larger than the
	// limit.
	OutcomeOversize Outcome = "oversize"
	// OutcomeOverBudget: no row fits the beginning of the body; all requests together held
	// too many bytes to read more.
	OutcomeOverBudget Outcome = "over_budget"
	// OutcomeUnreadable: no row fits the response, and the coding or format of its body is
	// unknown.
	OutcomeUnreadable Outcome = "unreadable"
	// OutcomeShadow: the response would have been changed.
	OutcomeShadow Outcome = "shadow"
	// OutcomeProxyError: the proxy got no response, and the table made an answer.
	OutcomeProxyError Outcome = "proxy_error"
	// OutcomeCanceled: the client went away.
	OutcomeCanceled Outcome = "canceled"
)

// Effect is the change that a decision makes to a response.
type Effect uint8

// The effects.
const (
	// EffectPass leaves the response unchanged, byte for byte.
	EffectPass Effect = iota
	// EffectSecure changes header fields only: it adds no-store, or removes fields that
	// must not stay beside a canonical error.
	EffectSecure
	// EffectRedirect changes the error in the Location field.
	EffectRedirect
	// EffectRewrite replaces the status, the body and the fields that describe them.
	EffectRewrite
)

// Decision is the decision of a table about one response. [Table.Decide] and [Table.Fail]
// return it. The zero Decision changes nothing.
type Decision struct {
	// Outcome is the result of the decision.
	Outcome Outcome
	// Effect is the change to the response; with [OutcomeShadow], the change that would
	// have been made.
	Effect Effect
	// Finding is the error recognized in the response.
	Finding Finding
	// Error is the canonical error. The client gets it only if Effect is [EffectRewrite].
	Error Error

	table     *Table
	exchange  exchange
	rendering rendering
	location  string // with EffectRedirect
	body      []byte // of the response
}

// Decide recognizes the error in a response and decides about the answer to the client.
// It does not change the response; [Decision.Apply] does.
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
	x.scheme, x.grant, x.public, x.asked = q.scheme(), q.Grant(), q.isPublic(), q.http.Header
	x.read(resp, limitAt(resp.Status, t.maxBody))
	if q.http.Method == http.MethodHead {
		x.empty, x.unread = firstValue(resp.Header, "Content-Length") == "0", "" // GET would have this body
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

// decideBody decides about a response that is not a redirect with an error in its URL. A
// response below 400 is an error only if a row says that it may be one.
func (t *Table) decideBody(d *Decision) {
	x, fixed := &d.exchange, t.answers.canonicalDescriptions
	d.Outcome = OutcomeUnmapped
	if x.status/100 == 2 && (x.unread == OutcomeOversize || x.unread == OutcomeUnmapped) {
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
// could not be read as a whole. It does at token-like endpoints, where clients expect
// only OAuth errors, and with canonical descriptions, where every doubt must end in an
// error.
func (x *exchange) isDecidedUnread(fixed bool) bool { return fixed || x.endpoint.TokenLike() }

// IsReadable reports whether the body has a known coding and format.
func (d *Decision) IsReadable() bool { return d.exchange.unread != OutcomeUnreadable }

// Changes reports whether the decision changes the response.
func (d *Decision) Changes() bool { return d.Effect != EffectPass && d.Outcome != OutcomeShadow }

// Endpoint returns the kind of endpoint.
func (d *Decision) Endpoint() registry.Endpoint { return d.exchange.endpoint }

// Grant returns the grant type of the request.
func (d *Decision) Grant() registry.Grant { return d.exchange.grant }

// Status returns the provider's HTTP status.
func (d *Decision) Status() int { return d.exchange.status }

// MediaType returns the media type of the response, in lower case.
func (d *Decision) MediaType() string { return mediaType(d.exchange.header) }

// IsUnmapped reports whether a mapping should know the error and does not: no row names
// it, and it is about authentication or authorization. At authorization endpoints that is
// so only for an error with a code, at resources only for one that refuses access, and at
// other paths only for one with a code that refuses access.
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
