package normalizer

import (
	"net/http"
	"path"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// Request is what a table knows about one request. [Table.Request] returns it. Responses
// to the zero Request are not candidates.
type Request struct {
	// ID returns the UUID of the request. The table calls it only for answers that show
	// it. May be nil.
	ID func() string
	// Sent is the path as the client sent it, if it was rewritten before [Table.Request].
	// Only canonical descriptions use it.
	Sent string

	http     *http.Request
	grant    *grantWatcher // nil if the request cannot be a token request
	arrived  string        // the path at Table.Request, which handlers may rewrite
	endpoint registry.Endpoint
	named    bool // the path is one that the operator or a mapping names
	exempt   bool // see Exempt
	settled  bool // the kind is found out
	given    bool // the grant is given, and not watched for
	stated   registry.Grant
	public   bool
}

// Request reads the kind of endpoint and the grant type from a request. Call it before
// the request is sent. For a possible token request it replaces r.Body by one that finds
// the grant type while the body streams. It delays nothing and keeps nothing else.
func (t *Table) Request(r *http.Request) Request {
	q := Request{http: r, exempt: !t.answers.canonicalDescriptions && exempts(r)}
	if r.URL != nil {
		q.arrived = r.URL.Path
	}
	if !q.exempt {
		q.grant = watchGrant(r)
	}
	return q
}

// As returns the request with another kind of endpoint and grant type, whatever its path
// and body say.
func (q Request) As(endpoint registry.Endpoint, grant registry.Grant) Request {
	q.endpoint, q.named, q.settled = endpoint, !endpoint.ServesPages(), true
	if grant != registry.GrantNone {
		q.stated, q.given = grant, true
	}
	return q
}

// Public returns the request as one of a public client: a token request without a secret,
// an assertion and an Authorization field.
func (q Request) Public() Request {
	q.public = true
	return q
}

// Endpoint returns the kind of endpoint, as far as the request shows it. The answer may
// show it later (see [Table.Candidate]).
func (q *Request) Endpoint() registry.Endpoint { return q.endpoint }

// Arrived returns the path of the request at [Table.Request].
func (q *Request) Arrived() string { return q.arrived }

// Grant returns the grant type, as far as the body has been read.
func (q *Request) Grant() registry.Grant {
	switch {
	case q.given:
		return q.stated
	case q.http != nil && q.grant == nil:
		return registry.GrantNone
	}
	return q.grant.grantType()
}

// isPublic reports whether the request is a token request without a secret, an
// assertion, an Authorization field and a client certificate.
func (q *Request) isPublic() bool {
	if q.given || q.public {
		return q.public
	}
	return q.grant.isPublic() && q.scheme() == "" && (q.http.TLS == nil || len(q.http.TLS.PeerCertificates) == 0)
}

// scheme returns how the request authenticates: Basic, Bearer, DPoP or nothing.
func (q *Request) scheme() string {
	values := q.http.Header["Authorization"]
	if len(values) == 0 {
		return ""
	}
	return registry.SchemeOf(values[0])
}

// Exempt reports whether the table never changes the answer to the request because of its
// method: the answer has no body, or is no answer of a provider. With canonical
// descriptions no choice of the client makes a request exempt.
func (q *Request) Exempt() bool { return q.exempt }

func exempts(r *http.Request) bool {
	switch r.Method {
	case http.MethodHead, http.MethodOptions, http.MethodConnect:
		return true
	}
	return false
}

// upgrades reports whether the request asks for another protocol. An offer of HTTP/2
// without TLS does not count, because clients make it with any request.
func upgrades(h http.Header) bool {
	protocol := h["Upgrade"]
	return len(protocol) > 0 && !strings.EqualFold(protocol[0], "h2c")
}

// settle finds the kind of endpoint. It looks at the path at the time of the answer, and
// if that has no kind, at the path of the original request. In order:
//   - the paths of the configuration and of the provider's mapping;
//   - none for a navigation of a browser, unless descriptions are canonical, because
//     clients control these header fields;
//   - the well-known paths of the oauth2 mapping, unless the request is none of OAuth;
//   - none for a navigation;
//   - token for a request with a grant_type;
//   - none for another request with a password: a sign-in, or a change of the password;
//   - resource for a request with a Bearer or DPoP token (RFC 6750, RFC 9449), or for an
//     answer with a Bearer or DPoP challenge;
//   - none.
func (p *paths) settle(q *Request, answer http.Header) {
	if q.settled {
		return
	}
	q.settled = true
	q.endpoint, q.named = p.kindOf(q, answer)
}

// EndpointOf returns the kind of endpoint of a request, by its path and header, its grant
// type, and the header of the answer: none for the zero Request. [Table.Candidate] and
// [Table.Decide] call it themselves.
func (t *Table) EndpointOf(q *Request, answer http.Header) registry.Endpoint {
	kind, _ := t.paths.kindOf(q, answer)
	return kind
}

func (p *paths) kindOf(q *Request, answer http.Header) (kind registry.Endpoint, named bool) {
	if q.http == nil || q.http.URL == nil {
		return registry.EndpointNone, false
	}
	folded := mapping.FoldText(cleanPath(q.http.URL.Path))
	if p.fixed {
		if kind, ok := p.fixedKindOf(q, folded); ok {
			return kind, !kind.ServesPages()
		}
	}
	before := q.arrivedAt(folded)
	e, ok := p.namedKind(folded)
	if !ok {
		e, ok = p.namedKind(before)
	}
	if ok {
		return e, !e.ServesPages()
	}
	navigates := isNavigation(q.http.Header)
	if navigates && !p.fixed {
		return registry.EndpointNone, false
	}
	if e, ok = p.wellKnown.find(folded); !ok {
		e, ok = p.wellKnown.find(before)
	}
	if ok && !p.fixed {
		switch {
		case e == registry.EndpointToken && q.isPlainGet() && (registry.IsTokenScheme(q.scheme()) || offersToken(answer)):
			return registry.EndpointResource, false
		case !q.isOther(e):
			return e, false
		case e == registry.EndpointToken || e == registry.EndpointRegistration:
			return registry.EndpointNone, false
		}
	}
	switch {
	case navigates:
		return registry.EndpointNone, false
	case q.hasGrant():
		return registry.EndpointToken, false
	case !p.fixed && !q.given && q.grant.has(factPassword):
		return registry.EndpointNone, false
	case registry.IsTokenScheme(q.scheme()) || offersToken(answer):
		return registry.EndpointResource, false
	}
	return registry.EndpointNone, false
}

// arrivedAt returns the folded path at [Table.Request] if a handler such as php_fastcgi
// has rewritten it since, or else the current path.
func (q *Request) arrivedAt(now string) string {
	if q.arrived == "" || q.arrived == q.http.URL.Path {
		return now
	}
	return mapping.FoldText(cleanPath(q.arrived))
}

// namedKind returns the kind of a folded path that the configuration names, or else the
// provider's mapping.
func (p *paths) namedKind(folded string) (registry.Endpoint, bool) {
	if e, ok := p.configured.find(folded); ok {
		return e, true
	}
	return p.endpoints.find(folded)
}

// cleanPath returns a path as servers see it: without parameters behind semicolons (RFC
// 3986 §3.3), doubled or trailing slashes and dot segments. A clean path is returned
// unchanged.
func cleanPath(p string) string {
	if strings.IndexByte(p, ';') >= 0 {
		segments := strings.Split(p, "/")
		for i, s := range segments {
			segments[i], _, _ = strings.Cut(s, ";")
		}
		p = strings.Join(segments, "/")
	}
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	if isCleanPath(p) {
		return p
	}
	return path.Clean(p)
}

// isCleanPath reports whether no slash of a path is doubled, trailing or before a dot.
func isCleanPath(p string) bool {
	for i := range len(p) {
		if p[i] == '/' && i > 0 && (i+1 == len(p) || p[i-1] == '/') || p[i] == '.' && p[i-1] == '/' {
			return false
		}
	}
	return true
}

// wantsPage reports whether the request accepts a page: its Accept field names HTML, and
// ranks it no lower than JSON.
func wantsPage(values []string) bool {
	accept := strings.Join(values, ",")
	return strings.Contains(accept, "html") && quality(accept, "text", "html") >= quality(accept, "application", "json")
}

// isNavigation reports whether a browser asked for a page: it says so itself
// (Fetch Metadata), or it ranks HTML above JSON.
func isNavigation(h http.Header) bool {
	if firstValue(h, "Sec-Fetch-Mode") == "navigate" {
		return true
	}
	accept := strings.Join(h["Accept"], ",")
	if accept == "" {
		return false
	}
	return quality(accept, "text", "html") > quality(accept, "application", "json")
}
