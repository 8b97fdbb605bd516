package registry

import "strings"

// schemes are the authentication schemes by which requests are told apart: RFC 7617,
// RFC 6750, RFC 9449.
var schemes = [...]string{"Basic", "Bearer", "DPoP"}

// SchemeOf returns Basic, Bearer or DPoP, in this spelling, if an Authorization field
// has that scheme, or an empty string.
func SchemeOf(authorization string) string {
	scheme, _, _ := strings.Cut(strings.TrimSpace(authorization), " ")
	for _, known := range schemes {
		if strings.EqualFold(scheme, known) {
			return known
		}
	}
	return ""
}

// IsTokenScheme reports whether a scheme carries a token: Bearer or DPoP.
func IsTokenScheme(scheme string) bool {
	return strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "DPoP")
}
