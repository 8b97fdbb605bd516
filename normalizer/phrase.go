package normalizer

import (
	"net/http"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// Servers put the reason phrase of the status where others have a code, and their own code
// beside it: {"status":401,"error":"Unauthorized","code":"ACC-1042"}. A row for the phrase
// says what is meant if nothing else is known. It must not hide the other code: neither
// from a row, nor from the list of the errors that no row names.

// isPhrase reports whether the code of a finding has rows, and is the phrase of the status.
func isPhrase(f *Finding) bool {
	return len(f.coded) > 0 && f.Code == http.StatusText(f.Status)
}

// takeUnknown takes the code that an entry of read has beside the phrase, and its text.
func (f *Finding) takeUnknown(e *mapping.Read, x *exchange) {
	code, _ := e.Code.Code(x.header, &x.body)
	if registry.IsPhrase(code) && !isDigits(code) {
		return // of another status, or a word that any error is called by
	}
	f.Code, f.entry, f.aside = code, e, true
	if text, _ := e.Description.Code(x.header, &x.body); text != "" {
		f.Description = text
	}
}

// saysMore reports whether a row says more than the status: it names a code that is no
// phrase, or a text, or lets pass. Its conditions may speak of any error.
func (c *compiledRow) saysMore(f *Finding) bool {
	return !c.IsDefault() && (!f.phrase || c.Pass || c.description != nil)
}

// bestOfWords is best for an error that no row names where `read` looks for it, or whose
// code is the phrase of a status: its code is taken from the members that frameworks use,
// if some row names that one. A row of the provider for the phrase gives way to other rows
// of the provider and to registered codes.
func (r *rowIndex) bestOfWords(x *exchange, f *Finding) *compiledRow {
	w := x.words()
	best := r.best(x, f)
	if best != nil && best.saysMore(f) || x.status < 400 {
		return best
	}
	phrase := http.StatusText(f.Status)
	for _, code := range w.codes[:w.count] {
		if f.phrase && code == phrase {
			continue
		}
		rows := r.rowsFor(code)
		if last := lastName(code); len(rows) == 0 && last != code && !(f.phrase && last == phrase) {
			code, rows = last, r.rowsFor(last)
		}
		if len(rows) == 0 {
			continue
		}
		g := *f
		g.Code, g.coded, g.foreign, g.entry, g.phrase, g.aside = code, rows, true, nil, false, false
		other := r.best(x, &g)
		if other == nil || other.IsDefault() || best.isOwn() && other.layer == genericLayer {
			continue
		}
		*f = g
		return other
	}
	if !f.aside && (f.Code == "" || registry.IsPhrase(f.Code)) {
		f.takeWord(w)
	}
	return best
}

// takeWord takes a code that no row names from the members that frameworks use. Beside the
// phrase of a status, and if it is a number, only what is called a code is one.
func (f *Finding) takeWord(w *words) {
	for i, code := range w.codes[:w.count] {
		named := w.ranks[i] <= registry.CodeNames
		switch {
		case strings.Contains(code, " "), isDigits(code) && (!named || len(code) < 2), !isDigits(code) && registry.IsPhrase(code):
		case !f.phrase, named:
			f.Code, f.foreign, f.aside, f.entry = code, true, f.phrase, nil
			return
		}
	}
}

// isOwn reports whether the row is one of the provider or the user that names more than a
// status. The nil row is none.
func (c *compiledRow) isOwn() bool {
	return c != nil && c.layer > genericLayer && !c.IsDefault()
}
