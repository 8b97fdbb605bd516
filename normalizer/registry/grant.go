package registry

import (
	"fmt"
	"slices"
)

// Grant is the grant type of a token request.
type Grant uint8

// The grant types.
const (
	GrantNone              Grant = iota // no token request, or no grant_type in it
	GrantOther                          // one that is not listed here
	GrantAuthorizationCode              // RFC 6749 §4.1.3
	GrantRefreshToken                   // RFC 6749 §6
	GrantPassword                       // RFC 6749 §4.3.2
	GrantClientCredentials              // RFC 6749 §4.4.2
	GrantDeviceCode                     // RFC 8628 §3.4
	GrantCIBA                           // OpenID CIBA Core §10.1
	GrantJWTBearer                      // RFC 7523 §2.1
	GrantSAML2Bearer                    // RFC 7522 §2.1
	GrantTokenExchange                  // RFC 8693 §2.1
	GrantUMATicket                      // UMA 2.0 Grant §3.3.1
	grantCount
)

// grants has the name of each grant type in mappings, and its grant_type.
var grants = [grantCount]struct{ name, value string }{
	GrantNone:              {"none", ""},
	GrantOther:             {"other", ""},
	GrantAuthorizationCode: {"authorization_code", "authorization_code"},
	GrantRefreshToken:      {"refresh_token", "refresh_token"},
	GrantPassword:          {"password", "password"},
	GrantClientCredentials: {"client_credentials", "client_credentials"},
	GrantDeviceCode:        {"device_code", "urn:ietf:params:oauth:grant-type:device_code"},
	GrantCIBA:              {"ciba", "urn:openid:params:grant-type:ciba"},
	GrantJWTBearer:         {"jwt_bearer", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
	GrantSAML2Bearer:       {"saml2_bearer", "urn:ietf:params:oauth:grant-type:saml2-bearer"},
	GrantTokenExchange:     {"token_exchange", "urn:ietf:params:oauth:grant-type:token-exchange"},
	GrantUMATicket:         {"uma_ticket", "urn:ietf:params:oauth:grant-type:uma-ticket"},
}

// Grants returns all grant types, none and other among them.
func Grants() []Grant {
	all := make([]Grant, grantCount)
	for i := range all {
		all[i] = Grant(i)
	}
	return all
}

// String returns the grant type as mappings spell it. A value that is no grant type
// is spelled as a number.
func (g Grant) String() string {
	if g >= grantCount {
		return fmt.Sprintf("grant %d", uint8(g))
	}
	return grants[g].name
}

// Value returns the value of grant_type, or nothing.
func (g Grant) Value() string {
	if g >= grantCount {
		return ""
	}
	return grants[g].value
}

// MarshalText returns the grant type as mappings spell it.
func (g Grant) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// ParseGrant reads a grant type as mappings spell it. The error lists them.
func ParseGrant(name string) (Grant, error) {
	var names []string
	for g := range grantCount {
		if g.String() == name {
			return g, nil
		}
		names = append(names, g.String())
	}
	return 0, fmt.Errorf("unknown grant %q: %s", name, Choose(name, names))
}

// GrantOf returns the grant type of a request by the value of its grant_type.
func GrantOf(grantType string) Grant {
	if grantType == "" {
		return GrantNone
	}
	if i := slices.IndexFunc(grants[:], func(g struct{ name, value string }) bool { return g.value == grantType }); i >= 0 {
		return Grant(i)
	}
	return GrantOther
}

// Polls reports whether clients poll with the grant type (RFC 8628 §3.4, OpenID CIBA Core
// §10.1).
func (g Grant) Polls() bool { return g == GrantDeviceCode || g == GrantCIBA }

// GrantSet is a set of grant types; the empty set stands for all of them.
type GrantSet uint16

// With returns the set with one more grant type.
func (s GrantSet) With(g Grant) GrantSet { return s | 1<<g }

// Names reports whether the grant type is in the set by name.
func (s GrantSet) Names(g Grant) bool { return s&(1<<g) != 0 }

// Has reports whether the set has the grant type. The empty set has all.
func (s GrantSet) Has(g Grant) bool { return s == 0 || s.Names(g) }

// Intersects reports whether some grant type is in both sets.
func (s GrantSet) Intersects(other GrantSet) bool { return s == 0 || other == 0 || s&other != 0 }

// Each returns the grant types that the set names.
func (s GrantSet) Each() []Grant {
	var out []Grant
	for g := range grantCount {
		if s.Names(g) {
			out = append(out, g)
		}
	}
	return out
}
