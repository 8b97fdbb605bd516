package normalizer

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
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

// pair is one name=value in the spelling of the URL.
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

// is reports whether a client reads the pair as one of that name.
func (p pair) is(name string) bool {
	return p.name == name || strings.IndexByte(p.name, '%') >= 0 && unescapeParam(p.name) == name
}

// text returns the value as a client reads it.
func (p pair) text() string {
	if p.value == "\x00" {
		return ""
	}
	return unescapeParam(p.value)
}

// unescapeParam undoes the escapes of a name or a value. Invalid escapes stay, as in
// lenient clients.
func unescapeParam(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			c, _ := strconv.ParseUint(s[i+1:i+3], 16, 8)
			b.WriteByte(byte(c))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return strings.ReplaceAll(b.String(), "+", " ")
}

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f'
}

// get returns the decoded value of the first pair of that name.
func get(pairs []pair, name string) (string, bool) {
	for _, p := range pairs {
		if p.is(name) && p.value != "\x00" {
			return p.text(), true
		}
	}
	return "", false
}

// set replaces the value of each pair of that name.
func set(pairs []pair, name, value string, plus bool) {
	for i := range pairs {
		if pairs[i].is(name) {
			pairs[i].set(value, plus)
		}
	}
}

// set replaces the value of a pair. One that means the same already keeps its spelling.
func (p *pair) set(value string, plus bool) {
	if p.text() == value {
		return
	}
	p.value = url.QueryEscape(value)
	if !plus {
		p.value = strings.ReplaceAll(p.value, "+", "%20")
	}
}

// spellsPlus reports whether pairs spell a space as a plus sign.
func spellsPlus(pairs []pair) bool {
	return slices.ContainsFunc(pairs, func(p pair) bool { return strings.Contains(p.value, "+") })
}

// isRedirectError reports whether the response sends the browser back with an
// error in the URL.
func isRedirectError(status int, header http.Header) bool {
	if status/100 != 3 {
		return false
	}
	location := firstValue(header, "Location")
	if !strings.Contains(location, paramError+"=") {
		return false
	}
	l := parseLocation(location)
	return l.errorPairs() != nil
}

// RedirectError returns the error in the URL of a redirect, or nothing.
func RedirectError(location string) string {
	l := parseLocation(location)
	code, _ := get(l.errorPairs(), paramError)
	return code
}

// readRedirect reads the error out of a Location.
func readRedirect(x *exchange, rows *rowIndex) (Finding, bool) {
	l := parseLocation(x.header.Get("Location"))
	pairs := l.errorPairs()
	if pairs == nil {
		return Finding{}, false
	}
	f := Finding{Status: x.status, inRedirect: true}
	f.Code, _ = get(pairs, paramError)
	f.Description, _ = get(pairs, paramDescription)
	f.URI, _ = get(pairs, paramURI)
	f.coded = rows.rowsFor(f.Code)
	return f, true
}
