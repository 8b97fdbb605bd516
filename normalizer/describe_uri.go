package normalizer

import (
	"net/url"
	"strings"
)

// secretParameters are names of parameters that no error_uri may have, without
// hyphens and underscores.
var secretParameters = wordSet(`accesstoken idtoken idtokenhint refreshtoken loginhint clientsecret password token assertion
	clientassertion samlresponse session sessionid sid state nonce otp pin username email jwt ticket`)

// cleanURI returns an error_uri that a client can follow safely: an absolute
// http or https URI in the character set of RFC 6749 appendix A.9, or nothing. It is
// refused, rather than shown in part,
//
//   - with user information;
//   - with a parameter in the query or fragment that carries a secret, such as
//     access_token, or code unless that is the code of an error;
//   - if anything in it would be masked in a text.
func cleanURI(uri string) string {
	if uri == "" {
		return ""
	}
	for i := 0; i < len(uri); i++ {
		if uri[i] == ' ' || !inErrorSet(rune(uri[i])) {
			return ""
		}
	}
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil {
		return ""
	}
	if hasSecretParameter(u.RawQuery) || hasSecretParameter(u.Fragment) || Mask(u.Path) != u.Path || Mask(uri) != uri {
		return ""
	}
	return uri
}

// hasSecretParameter reports whether a query names a parameter that carries a secret.
func hasSecretParameter(query string) bool {
	for pair := range strings.FieldsFuncSeq(query, func(r rune) bool { return r == '&' || r == ';' || r == '?' || r == '/' }) {
		name, value, assigned := strings.Cut(pair, "=")
		if !assigned {
			continue
		}
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		var buf [28]byte
		key := string(nameOf(buf[:0], name))
		if secretParameters[key] || key == "code" && !isErrorCode(value) {
			return true
		}
	}
	return false
}

// isErrorCode reports whether the value of a parameter named code is the code of an
// error, such as 70008 or invalid_grant, and not one to be exchanged for a token.
func isErrorCode(value string) bool {
	digits, letters, _, _ := count(value)
	switch {
	case digits == len(value):
		return digits <= 8
	case digits == 0 && letters > 0:
		return isKnown(value) || isParameter(value)
	}
	return isErrorID(value)
}
