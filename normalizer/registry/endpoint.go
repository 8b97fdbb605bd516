package registry

import (
	"fmt"
	"slices"
	"strings"
)

// Endpoint is a kind of endpoint. The status, the challenge and sometimes the code of an
// error depend on it.
type Endpoint uint8

// The kinds of endpoint.
const (
	EndpointNone          Endpoint = iota // anything else: only errors that are named there are rewritten
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

// endpointMeanings describe each kind of endpoint in a few words, with its document.
var endpointMeanings = [endpointCount]string{
	"any other path: unchanged, unless a row or a registered code names the error",
	"token endpoint, RFC 6749 §3.2",
	"device authorization, RFC 8628 §3.1",
	"pushed authorization requests, RFC 9126",
	"token revocation, RFC 7009",
	"token introspection, RFC 7662",
	"client registration, RFC 7591 and RFC 7592",
	"backchannel authentication, OpenID CIBA",
	"authorization endpoint, RFC 6749 §3.1: pages and redirects",
	"APIs and userinfo, RFC 6750",
}

// Meaning describes endpoints of this kind in a few words.
func (e Endpoint) Meaning() string {
	if e >= endpointCount {
		return ""
	}
	return endpointMeanings[e]
}

// Endpoints returns all kinds, in the order of their constants.
func Endpoints() []Endpoint {
	out := make([]Endpoint, endpointCount)
	for i := range out {
		out[i] = Endpoint(i)
	}
	return out
}

// String returns the kind as mappings and Caddyfiles spell it. A value that is no
// kind is spelled as a number.
func (e Endpoint) String() string {
	if e >= endpointCount {
		return fmt.Sprintf("endpoint %d", uint8(e))
	}
	return endpointNames[e]
}

// MarshalText returns the kind as mappings spell it.
func (e Endpoint) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// ParseEndpoint reads a kind as mappings and Caddyfiles spell it. The error lists
// the kinds.
func ParseEndpoint(name string) (Endpoint, error) {
	if i := slices.Index(endpointNames[:], name); i >= 0 {
		return Endpoint(i), nil
	}
	if strings.ContainsAny(name, ", ") {
		return 0, fmt.Errorf("unknown endpoint kind %q: name each kind by itself; a row of a mapping takes a list, as in [token, resource]", name)
	}
	return 0, fmt.Errorf("unknown endpoint kind %q: %s", name, Choose(name, endpointNames[:]))
}

// ServesPages reports whether endpoints of this kind send pages to browsers.
func (e Endpoint) ServesPages() bool { return PageEndpoints.Names(e) }

// TokenLike reports whether endpoints of this kind send errors as in RFC 6749 §5.2.
func (e Endpoint) TokenLike() bool { return EndpointToken <= e && e <= EndpointCIBA }

// EndpointSet is a set of kinds; the empty set stands for all of them.
type EndpointSet uint16

// Sets with a meaning of their own.
const (
	AllEndpoints  EndpointSet = 1<<endpointCount - 1
	PageEndpoints EndpointSet = 1<<EndpointNone | 1<<EndpointAuthorization
)

// With returns the set with one kind more.
func (s EndpointSet) With(e Endpoint) EndpointSet { return s | 1<<e }

// Without returns the set with one kind less.
func (s EndpointSet) Without(e Endpoint) EndpointSet { return s &^ (1 << e) }

// Names reports whether the kind is in the set by name.
func (s EndpointSet) Names(e Endpoint) bool { return s&(1<<e) != 0 }

// Has reports whether the kind is in the set, by name or because the set is empty.
func (s EndpointSet) Has(e Endpoint) bool { return s == 0 || s.Names(e) }

// Intersects reports whether some kind is in both sets.
func (s EndpointSet) Intersects(other EndpointSet) bool { return s == 0 || other == 0 || s&other != 0 }

// Each returns the kinds that the set names.
func (s EndpointSet) Each() []Endpoint {
	var out []Endpoint
	for e := range endpointCount {
		if s.Names(e) {
			out = append(out, e)
		}
	}
	return out
}
