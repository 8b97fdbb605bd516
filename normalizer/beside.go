package normalizer

import (
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// protocol are the members beside an error that specifications define, folded. Some are
// secrets that the client is to get. RFC 6749, RFC 8628, RFC 9396, RFC 9470, OpenID for
// Verifiable Credential Issuance, UMA, and the draft for first-party applications.
var protocol = wordSet(`error errordescription erroruri state iss scope interval expiresin acrvalues maxage
	authorizationdetails resourcemetadata claims cnonce cnonceexpiresin ticket requiredclaims redirectuser
	authsession requesturi deviceauthorizationuri nonce mfatoken`)

// dumps are the folded names of members with the state of a program.
var dumps = wordSet(`trace stack stacktrace backtrace traces rootcause innerexception exceptionstack debug debuginfo
	errordebug sql query args parameters config headers cookies`)

// Members beside an error are searched for secrets down to maxBeside levels, in bodies of
// up to mostBeside bytes. A larger body does not leave.
const (
	maxBeside  = 8
	mostBeside = 32 << 10
)

// quotesNothing reports whether the members beside an error may leave unchanged: none is
// a dump of a program, and none has a secret. Clients need the members of specifications,
// and those that the table keeps. Ids are not secrets: support uses them to find a
// request.
func (k *kept) quotesNothing(body *wire.Tree) bool {
	fine := len(body.Root().Raw()) <= mostBeside
	body.Root().Each(func(name string, v wire.Value) {
		if _, ok := k.top[name]; fine && !ok {
			fine = isHarmless(name, v, 0)
		}
	})
	return fine
}

// isHarmless reports whether a member is not a dump and has no secret.
func isHarmless(name string, v wire.Value, depth int) bool {
	var buf [64]byte
	folded := string(registry.FoldName(buf[:0], name[:min(len(name), len(buf))]))
	if depth == 0 && protocol[folded] {
		return true
	}
	text, isText := v.Code()
	switch {
	case !v.Exists():
		return true
	case Mask(name) != name || depth > maxBeside:
		return false
	case isText:
		return isHarmlessText(folded, text)
	}
	fine := (!dumps[folded] || len(v.Raw()) <= len("false")) && !isSecretPair(v)
	v.Each(func(name string, v wire.Value) { fine = fine && isHarmless(name, v, depth+1) })
	return fine
}

// isSecretPair reports whether one member names a secret and another has it:
// {"field":"password","rejectedValue":"..."}.
func isSecretPair(v wire.Value) bool {
	named, valued := false, false
	v.Each(func(name string, v wire.Value) {
		text, isText := v.Code()
		var buf [32]byte
		switch {
		case !isText || text == "":
		case pairValues[string(nameOf(buf[:0], name))]:
			valued = !stateWords[strings.ToLower(text)]
		default:
			folded := nameOf(buf[:0], text)
			named = named || isSecretName(string(folded)) || secretNouns[string(folded)]&(secretNoun|phraseNoun|digitNoun) != 0
		}
	})
	return named && valued
}

// isHarmlessText is isHarmless for a text or a number, with the folded name.
func isHarmlessText(folded, text string) bool {
	switch {
	case dumps[folded] && strings.ContainsAny(text, " \n"), isDump(text):
		return false
	case isSecretName(folded):
		return false
	case isID(folded) && !strings.ContainsAny(text, " @") && len(text) <= maxID:
		return !isCertainSecret(text)
	}
	return Mask(text) == text
}

// maxID is how long an id is at the most, in bytes.
const maxID = 128

// isID reports whether a member holds the id of a request, an error or a place, or a
// time.
func isID(folded string) bool {
	switch folded {
	case "timestamp", "datetime", "date", "time", "ray", "instance", "path", "uuid", "reference", "requesturl", "span", "trace":
		return true
	case "sid", "sessionid":
		return false
	}
	return strings.HasSuffix(folded, "id")
}

// isSecretName reports whether the value of a member is a secret by the name of the
// member.
func isSecretName(folded string) bool {
	switch folded {
	case "state", "nonce", "session", "email", "username", "token", "code", "pin", "sid": // of these the value tells
		return false
	}
	return secretParameters[folded]
}

// isDump reports whether a text has lines of a stack in it.
func isDump(text string) bool {
	if strings.Contains(text, "Traceback (most recent call last)") {
		return true
	}
	if strings.IndexByte(text, '\n') < 0 {
		return false
	}
	for _, sign := range [...]string{"\n\tat ", "\n    at ", "\n   at ", "\n  at ", "\n  File \"", "\n#0 ", "goroutine "} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}
