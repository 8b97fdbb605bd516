package normalizer

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Endpoint is the kind of endpoint a request was sent to. The same error has a
// different status, challenge and sometimes code at different kinds.
type Endpoint uint8

// The kinds of endpoint.
const (
	EndpointNone          Endpoint = iota // discovery, keys, pages: only coded errors are rewritten
	EndpointToken                         // RFC 6749 §3.2
	EndpointDevice                        // device authorization, RFC 8628 §3.1
	EndpointPAR                           // pushed authorization requests, RFC 9126
	EndpointRevocation                    // RFC 7009
	EndpointIntrospection                 // RFC 7662
	EndpointRegistration                  // RFC 7591, RFC 7592
	EndpointCIBA                          // backchannel authentication, OpenID CIBA Core §7
	EndpointAuthorization                 // RFC 6749 §3.1: pages and redirects for a browser
	EndpointResource                      // protected resources and userinfo, RFC 6750
	endpointCount
)

var endpointNames = [endpointCount]string{
	"none", "token", "device", "par", "revocation", "introspection", "registration", "ciba", "authorization", "resource",
}

// String returns the kind as mappings and Caddyfiles spell it.
func (e Endpoint) String() string { return endpointNames[e] }

// ParseEndpoint reads a kind as mappings and Caddyfiles spell it.
func ParseEndpoint(name string) (Endpoint, error) {
	if i := slices.Index(endpointNames[:], name); i >= 0 {
		return Endpoint(i), nil
	}
	return 0, fmt.Errorf("unknown endpoint kind %q: use one of %s", name, strings.Join(endpointNames[:], ", "))
}

// ServesPages reports whether this kind answers to browsers, with pages.
func (e Endpoint) ServesPages() bool { return pageEndpoints.names(e) }

// tokenLike reports whether errors of this kind are RFC 6749 §5.2 answers.
func (e Endpoint) tokenLike() bool { return EndpointToken <= e && e <= EndpointCIBA }

// endpointSet is a set of kinds; the empty set stands for all of them.
type endpointSet uint16

const (
	allEndpoints  endpointSet = 1<<endpointCount - 1
	pageEndpoints endpointSet = 1<<EndpointNone | 1<<EndpointAuthorization
)

func (s endpointSet) with(e Endpoint) endpointSet       { return s | 1<<e }
func (s endpointSet) names(e Endpoint) bool             { return s&(1<<e) != 0 }
func (s endpointSet) has(e Endpoint) bool               { return s == 0 || s.names(e) }
func (s endpointSet) intersects(other endpointSet) bool { return s == 0 || other == 0 || s&other != 0 }

// endpointPaths says which paths belong to which kind, in one layer.
type endpointPaths [endpointCount][]pattern

// endpointIndex finds the kind of a path. Most patterns end in a whole segment,
// by which they are found without comparing the others.
type endpointIndex struct {
	byLast map[string][]endpointPattern // by the last segment
	rest   []endpointPattern
}

type endpointPattern struct {
	pattern
	kind   Endpoint
	weight int
}

// index sorts the patterns so that the first match has the most literal characters.
func (p *endpointPaths) index() endpointIndex {
	x := endpointIndex{byLast: make(map[string][]endpointPattern)}
	for kind, patterns := range p {
		for _, pat := range patterns {
			e := endpointPattern{pat, Endpoint(kind), pat.weight()}
			tail := pat.parts[len(pat.parts)-1]
			if i := strings.LastIndexByte(tail, '/'); i >= 0 {
				x.byLast[tail[i+1:]] = append(x.byLast[tail[i+1:]], e)
			} else {
				x.rest = append(x.rest, e)
			}
		}
	}
	byWeight := func(a, b endpointPattern) int { return b.weight - a.weight }
	for _, patterns := range x.byLast {
		slices.SortStableFunc(patterns, byWeight)
	}
	slices.SortStableFunc(x.rest, byWeight)
	return x
}

// find returns the kind whose pattern for the (folded) path has the most literal
// characters.
func (x *endpointIndex) find(path string) (Endpoint, bool) {
	best, ok := firstMatch(x.byLast[path[strings.LastIndexByte(path, '/')+1:]], path)
	for _, p := range x.rest {
		if ok && p.weight <= best.weight {
			break
		}
		if p.match(path) {
			return p.kind, true
		}
	}
	return best.kind, ok
}

func firstMatch(patterns []endpointPattern, path string) (endpointPattern, bool) {
	for _, p := range patterns {
		if p.match(path) {
			return p, true
		}
	}
	return endpointPattern{}, false
}

// Endpoint tells which kind of endpoint the request was sent to. In order:
//   - the paths of the configuration and of the provider's mapping;
//   - none for a navigation of a browser, unless descriptions are canonical: it is the
//     client who says so;
//   - the well-known paths of the oauth2 mapping;
//   - none for a navigation;
//   - resource for a request with a bearer or DPoP token (RFC 6750, RFC 9449);
//   - token, the endpoint everything else in front of a login is for.
func (t *Table) Endpoint(r *http.Request) Endpoint {
	path := foldText(r.URL.Path)
	if e, ok := t.endpoints.find(path); ok {
		return e
	}
	navigates := IsNavigation(r.Header)
	if navigates && !t.canonicalDescriptions {
		return EndpointNone
	}
	if e, ok := t.wellKnown.find(path); ok {
		return e
	}
	if navigates {
		return EndpointNone
	}
	switch AuthorizationScheme(r.Header) {
	case "Bearer", "DPoP":
		return EndpointResource
	}
	return EndpointToken
}

// AuthorizationScheme returns Basic, Bearer or DPoP, in this spelling, if the
// request authenticates in that way, or an empty string.
func AuthorizationScheme(h http.Header) string {
	values := h["Authorization"]
	if len(values) == 0 {
		return ""
	}
	scheme, _, _ := strings.Cut(strings.TrimSpace(values[0]), " ")
	for _, known := range []string{"Basic", "Bearer", "DPoP"} {
		if strings.EqualFold(scheme, known) {
			return known
		}
	}
	return ""
}

// IsNavigation reports whether a browser asked for a page: it says so itself
// (Fetch Metadata), or it ranks HTML above JSON.
func IsNavigation(h http.Header) bool {
	if mode := h.Get("Sec-Fetch-Mode"); mode != "" {
		return mode == "navigate"
	}
	accept := strings.Join(h.Values("Accept"), ",")
	return quality(accept, "text", "html") > quality(accept, "application", "json")
}
