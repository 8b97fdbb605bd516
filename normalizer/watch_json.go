package normalizer

// jsonScanner finds the members at the top of a JSON object that arrives in parts. It
// looks at nothing but strings, brackets and colons: a body that is no JSON has no
// members, or odd ones, and that is the provider's business.
type jsonScanner struct {
	depth   int
	quoted  bool // inside a string
	escaped bool // behind a backslash in it
	isValue bool // the string stands behind a colon
	long    bool // the string is too long to keep
	name    string
	text    []byte // of the string that has not ended yet
}

// jsonNames are the members that are looked for. No other is kept, not even for the
// time that the body takes.
var jsonNames = map[string]string{
	"password": "password", "passwd": "password",
	"client_id": "client_id", "clientId": "client_id",
	"token":      "token",
	"grant_type": "grant_type", "grantType": "grant_type",
	"client_secret": "client_secret", "clientSecret": "client_secret",
	"client_assertion": "client_assertion", "assertion": "assertion",
	"redirect_uris": metadataName, "client_name": metadataName, "grant_types": metadataName, "response_types": metadataName,
	"token_endpoint_auth_method": metadataName, "jwks": metadataName, "jwks_uri": metadataName, "software_statement": metadataName,
}

// metadataName stands for all members that only the metadata of a client has (RFC 7591 §2).
const metadataName = "redirect_uris"

func (j *jsonScanner) look(g *grantWatcher, part []byte) bool {
	for _, c := range part {
		switch {
		case j.quoted:
			if j.inString(c) && !j.endString(g) {
				return false
			}
		case c == '"':
			j.quoted, j.long = true, false
			j.text = j.text[:0]
		case c == ':':
			j.isValue = true
		case c == ',':
			j.isValue, j.name = false, ""
		case c == '{' || c == '[':
			j.depth++
			j.isValue, j.name = c == '[', ""
		case c == '}' || c == ']':
			j.depth--
			j.isValue, j.name = false, ""
		}
	}
	return true
}

// inString takes one byte of a string and reports whether it was the last.
func (j *jsonScanner) inString(c byte) bool {
	switch {
	case j.escaped:
		j.escaped = false
	case c == '\\':
		j.escaped = true
	case c == '"':
		return true
	}
	// Only the value of the grant type is kept.
	if j.isValue && j.name != "grant_type" {
		j.long = true
		return false
	}
	if j.long = j.long || len(j.text) == longestPair; !j.long {
		j.text = append(j.text, c)
	}
	return false
}

// endString notes a member if the string was its value.
func (j *jsonScanner) endString(g *grantWatcher) bool {
	j.quoted = false
	text := string(j.text)
	switch {
	case j.depth != 1:
	case !j.isValue:
		if j.name = jsonNames[text]; j.name == metadataName || j.name == "password" { // whatever its value is
			return g.take(j.name, "")
		}
	case j.name == "grant_type" && !j.long:
		return g.take(j.name, text)
	case j.name != "" && j.name != "grant_type" && j.long:
		return g.take(j.name, "given")
	}
	return true
}

func (j *jsonScanner) end(*grantWatcher) {}

func (j *jsonScanner) forget() {
	clear(j.text[:cap(j.text)])
	j.text = j.text[:0]
}
