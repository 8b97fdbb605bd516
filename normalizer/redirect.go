package normalizer

import (
	"net/url"
	"strings"
)

// The parameters of an error in a redirect (RFC 6749 §4.1.2.1, §4.2.2.1).
const (
	paramError       = "error"
	paramDescription = "error_description"
	paramURI         = "error_uri"
	paramJARM        = "response" // a signed error that cannot be rewritten (JARM §2.1)
)

// location is a Location with its query and fragment taken apart, in order.
type location struct {
	before   string // up to the query, without the question mark
	query    []pair
	fragment []pair
	hasQuery bool
	hasFrag  bool
}

// pair is one name=value as it is spelled in the URL.
type pair struct{ name, value string }

func parseLocation(s string) location {
	var l location
	rest, fragment, hasFrag := strings.Cut(s, "#")
	before, query, hasQuery := strings.Cut(rest, "?")
	l.before, l.hasQuery, l.hasFrag = before, hasQuery, hasFrag
	l.query, l.fragment = splitPairs(query), splitPairs(fragment)
	return l
}

func splitPairs(s string) []pair {
	var out []pair
	for part := range strings.SplitSeq(s, "&") {
		name, value, found := strings.Cut(part, "=")
		if !found {
			name, value = part, "\x00" // no URL has this byte: there was no equals sign
		}
		out = append(out, pair{name, value})
	}
	return out
}

// String puts the URL together again, byte for byte where nothing was changed.
func (l *location) String() string {
	var b strings.Builder
	b.WriteString(l.before)
	if l.hasQuery {
		b.WriteByte('?')
		writePairs(&b, l.query)
	}
	if l.hasFrag {
		b.WriteByte('#')
		writePairs(&b, l.fragment)
	}
	return b.String()
}

func writePairs(b *strings.Builder, pairs []pair) {
	for i, p := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.name)
		if p.value != "\x00" {
			b.WriteByte('=')
			b.WriteString(p.value)
		}
	}
}

// errorPairs returns the pairs that carry the error: the query's, or for the
// implicit and hybrid flows the fragment's. A signed response has none.
func (l *location) errorPairs() []pair {
	for _, pairs := range [][]pair{l.query, l.fragment} {
		if _, signed := get(pairs, paramJARM); signed {
			return nil
		}
		if code, ok := get(pairs, paramError); ok && code != "" {
			return pairs
		}
	}
	return nil
}

// get returns the decoded value of the first pair of that name.
func get(pairs []pair, name string) (string, bool) {
	for _, p := range pairs {
		if p.name != name || p.value == "\x00" {
			continue
		}
		if value, err := url.QueryUnescape(p.value); err == nil {
			return value, true
		}
	}
	return "", false
}

// set replaces the value of each pair of that name, spelling a space as the other
// pairs do. A value that means the same already keeps its spelling.
func set(pairs []pair, name, value string) {
	escaped := url.QueryEscape(value)
	plus := false
	for _, p := range pairs {
		plus = plus || strings.Contains(p.value, "+")
	}
	if !plus {
		escaped = strings.ReplaceAll(escaped, "+", "%20")
	}
	for i := range pairs {
		if pairs[i].name != name {
			continue
		}
		if old, err := url.QueryUnescape(pairs[i].value); err != nil || old != value {
			pairs[i].value = escaped
		}
	}
}

// IsRedirectError reports whether the response sends the browser back with an
// error in the URL.
func IsRedirectError(status int, locationField string) bool {
	if status/100 != 3 || !strings.Contains(locationField, paramError+"=") {
		return false
	}
	l := parseLocation(locationField)
	return l.errorPairs() != nil
}

// readRedirect reads the error out of a Location.
func (t *Table) readRedirect(resp *Response) (Finding, bool) {
	l := parseLocation(resp.Header.Get("Location"))
	pairs := l.errorPairs()
	if pairs == nil {
		return Finding{}, false
	}
	f := Finding{Status: resp.Status, inRedirect: true}
	f.Code, _ = get(pairs, paramError)
	f.Description, _ = get(pairs, paramDescription)
	f.URI, _ = get(pairs, paramURI)
	f.coded = t.rulesFor(f.Code)
	return f, true
}

// NormalizeRedirect returns the Location to send instead of the response's, if a
// row maps its error to a different one. Only the values of error,
// error_description and error_uri change: order, spelling, state, iss and the
// target stay, since the client checks them before it looks at the error.
func (t *Table) NormalizeRedirect(resp *Response) (string, Finding, Outcome) {
	f := t.Recognize(resp)
	switch {
	case f.Rule == nil || !f.inRedirect:
		return "", f, OutcomeUnmapped
	case f.Rule.Pass:
		return "", f, OutcomePassed
	case f.Rule.Error == f.Code:
		return "", f, OutcomeCanonical
	}
	f.Error = f.registered.Code
	l := parseLocation(resp.Header.Get("Location"))
	pairs := l.errorPairs()
	set(pairs, paramError, f.Error)
	set(pairs, paramDescription, t.describe(f.registered, &f))
	uri := ""
	if !t.canonicalDescriptions {
		uri = cleanURI(f.URI)
	}
	set(pairs, paramURI, uri)
	return l.String(), f, OutcomeNormalized
}
