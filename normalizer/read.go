package normalizer

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// Finding is the error that a table recognizes in a response.
type Finding struct {
	// Error is the canonical error, or empty if there is none.
	Error string
	// Code, Description and URI are unchanged text of the provider, and may hold secrets.
	// SafeCode and SafeDescription hold none.
	Code, Description, URI string
	// Status is the provider's HTTP status. For a 2xx response it is the status in the
	// body, if there is one.
	Status int

	row         *mapping.Row    // that decided, or nil
	entry       *mapping.Read   // where the body had it; nil for elsewhere
	coded       []*compiledRow  // the rows that name Code, with the registry's own
	registered  *registry.Entry // of Error
	layer       int             // of row
	named       bool            // row is more than a general status default
	inRedirect  bool            // Code stands in the Location
	foreign     bool            // Code stands in a member of some framework
	inChallenge bool            // Code stands in a challenge
	phrase      bool            // coded is for the phrase of a status
	aside       bool            // no row names Code: coded is for the phrase beside it
	more        string          // more words of the body than Description
}

// Row returns a copy of the row that decided, if one did.
func (f *Finding) Row() (mapping.Row, bool) {
	if f.row == nil {
		return mapping.Row{}, false
	}
	return *f.row, true
}

// Position returns the position of the row that decided, as file:line, or nothing.
func (f *Finding) Position() string { return f.row.Position() }

// Action returns the remedy for the error, or nothing without an error.
func (f *Finding) Action() registry.Action {
	if f.registered == nil {
		return ""
	}
	return f.registered.Action
}

// IsFailure reports whether the error says that the provider failed.
func (f *Finding) IsFailure() bool { return f.registered != nil && f.registered.Failure }

// SafeCode returns the provider's code for clients and logs: shortened, in the character
// set of `error`, and with secrets masked.
func (f *Finding) SafeCode() string {
	switch {
	case len(f.Code) > mapping.MaxCode:
		return ""
	case f.known() && f.coded[0].clean && slices.Contains(f.coded[0].Codes, f.Code): // as of most errors
		return f.Code
	}
	return cleanDescription(f.Code)
}

// IsCodeText reports whether Code is a sentence that no row names. Some providers send a
// description in place of a code.
func (f *Finding) IsCodeText() bool {
	return !f.known() && strings.ContainsFunc(f.Code, func(r rune) bool { return r <= ' ' || r >= unicode.MaxASCII })
}

// SafeDescription returns the provider's description for clients and logs: on one line,
// shortened, and with secrets masked. It keeps its characters, so you can write a pattern
// from it.
func (f *Finding) SafeDescription() string { return safeText(f.Description) }

// Named reports whether a row or the registry names the error. Otherwise only the HTTP
// status decided.
func (f *Finding) Named() bool { return f.known() || f.named }

// isOwn reports whether the registry, or a row of the provider or the user, names the code.
func (f *Finding) isOwn() bool {
	for _, c := range f.coded {
		if c.layer != genericLayer {
			return true
		}
	}
	return false
}

// known reports whether some row or the registry names the code.
func (f *Finding) known() bool { return len(f.coded) > 0 && !f.aside }

// recognize reads the error out of a response and finds the row that fits best.
func (t *Table) recognize(x *exchange) (f Finding) {
	f = t.places.readError(x, &t.index)
	if !f.isOwn() && !f.inRedirect {
		f.takeText(x)
	}
	best := (*compiledRow)(nil)
	if f.known() && !f.phrase || f.inRedirect {
		best = t.index.best(x, &f)
	} else {
		best = t.index.bestOfWords(x, &f)
	}
	if best != nil {
		f.row, f.registered, f.layer = best.Row, best.entry, best.layer
		f.named = (!best.IsDefault() || best.layer > genericLayer) && (!f.aside || best.saysMore(&f))
	}
	return f
}

// takeText takes the text from the members that frameworks use, unless there is one that
// says more than the status.
func (f *Finding) takeText(x *exchange) {
	if f.Description != "" && !registry.IsPhrase(f.Description) {
		return
	}
	w := x.words()
	switch {
	case w.text != "":
		f.Description, f.more = w.text, w.more
		if f.Code == "" {
			f.entry = nil
		}
	case f.Description == "" && w.phrase != "" && f.Code != w.phrase:
		f.Description = w.phrase
	}
}

// places are where a table looks for an error, in order.
type places []mapping.Read

// readError takes the place that says most, and the first of those that say as much. The
// challenge comes after the body.
func (p places) readError(x *exchange, rows *rowIndex) (found Finding) {
	if x.status/100 == 3 {
		if f, ok := readRedirect(x, rows); ok {
			return f
		}
	}
	found.Status = x.status
	most, unknown := saysNothing, -1
	for i := range p {
		f, ok := readEntry(&p[i], x, rows)
		if !ok {
			continue
		}
		w := weightOf(&f)
		if w == saysOwnCode {
			return f
		}
		if w == saysCode && unknown < 0 {
			unknown = i
		}
		if w > most {
			found, most = f, w
		}
	}
	if f, ok := readChallenge(x, rows); ok && (weightOf(&f) > max(most, saysGenericCode) || found.Code == "") {
		return f
	}
	if isPhrase(&found) {
		found.phrase = true
		if unknown >= 0 {
			found.takeUnknown(&p[unknown], x)
		}
	}
	return found
}

// weight is how much the content of a place counts beside that of others.
type weight uint8

const (
	saysNothing     weight = iota
	saysText               // a description without a code
	saysCode               // a code that no row names
	saysGenericCode        // one that the generic layer names
	saysOwnPhrase          // the phrase of a status, named by a row of the provider
	saysOwnCode            // any other code of the provider, or a registered one
)

func weightOf(f *Finding) weight {
	switch {
	case f.isOwn():
		if isPhrase(f) {
			return saysOwnPhrase
		}
		return saysOwnCode
	case f.known():
		return saysGenericCode
	case f.Code != "":
		return saysCode
	}
	return saysText
}

// readEntry reads one entry of read.
func readEntry(e *mapping.Read, x *exchange, rows *rowIndex) (f Finding, ok bool) {
	f.Status, f.entry = x.status, e
	f.Code, _ = e.Code.Code(x.header, &x.body)
	f.Description, _ = e.Description.Code(x.header, &x.body)
	if f.Code == "" && f.Description == "" {
		return f, false
	}
	f.coded = rows.rowsFor(f.Code)
	f.URI, _ = e.URI.Code(x.header, &x.body)
	if stated, ok := e.Status.Text(x.header, &x.body); ok && x.status/100 == 2 {
		if s, err := strconv.Atoi(stated); err == nil && 100 <= s && s <= 599 {
			f.Status = s
		}
	}
	return f, true
}

// readChallenge reads the parameters that RFC 6750 §3 puts into a challenge.
func readChallenge(x *exchange, rows *rowIndex) (Finding, bool) {
	values := x.header["Www-Authenticate"]
	if len(values) == 0 {
		return Finding{}, false
	}
	f := Finding{Status: x.status, inChallenge: true}
	for _, c := range wire.Challenges(values) {
		code, ok := c.Param("error")
		coded := rows.rowsFor(code)
		if !ok || code == "" || f.Code != "" && len(coded) == 0 {
			continue
		}
		f.Code, f.coded = code, coded
		f.Description, _ = c.Param("error_description")
		f.URI, _ = c.Param("error_uri")
		if f.known() {
			break
		}
	}
	return f, f.Code != ""
}
