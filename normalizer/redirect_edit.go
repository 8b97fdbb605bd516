package normalizer

import (
	"slices"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// decideRedirect decides about a redirect with an error in its URL. Order, spelling,
// state, iss and the target stay, because the client checks them before it looks at the
// error. These parts change:
//
//   - error and error_description, if a row maps the error to a different one;
//   - a text or an error_uri that must not leave, if the error is right;
//   - with canonical descriptions, every parameter that says more than the error;
//   - a second error, in the query or in the fragment, becomes the same.
func (d *Decision) decideRedirect() {
	t, x := d.table, &d.exchange
	d.Finding = t.recognize(x)
	f := &d.Finding
	came := x.header.Get("Location")
	l := parseLocation(came)
	known := false // a row names the error
	switch {
	case f.row == nil || !f.inRedirect:
		d.Outcome = OutcomeUnmapped
	case f.row.Pass:
		d.Outcome = OutcomePassed
	default:
		d.Outcome, known = OutcomeCanonical, true
	}
	switch {
	case t.answers.canonicalDescriptions && (known || x.endpoint != registry.EndpointNone):
		code, text := f.Code, ""
		if known {
			code, text = f.registered.Code, f.registered.Description
		}
		l.each(func(pairs []pair) []pair { return fixPairs(pairs, code, text) })
		d.Effect = EffectRedirect
	case !known:
		return
	case f.registered.Code == f.Code:
		l.each(func(pairs []pair) []pair { return cleanPairs(pairs, f.Code) })
	default:
		text := t.answers.describe(f.registered, f, x)
		l.each(func(pairs []pair) []pair {
			set(pairs, paramDescription, text, spellsPlus(pairs))
			return cleanPairs(pairs, f.registered.Code)
		})
	}
	edited := l.String()
	if edited == came && d.Effect == EffectPass {
		return
	}
	d.location, d.Effect = edited, EffectRedirect
	if known && edited != came {
		f.Error, d.Outcome = f.registered.Code, OutcomeNormalized
	}
}

// each edits the query and the fragment.
func (l *location) each(edit func([]pair) []pair) {
	if l.hasQuery {
		l.query = edit(l.query)
		l.hasQuery = len(l.query) > 0
	}
	if l.hasFrag {
		l.fragment = edit(l.fragment)
		l.hasFrag = len(l.fragment) > 0
	}
}

// cleanPairs puts the right error into pairs, masks secrets in its texts, and drops an
// error_uri that a client must not follow.
func cleanPairs(pairs []pair, code string) []pair {
	plus := spellsPlus(pairs)
	if said, _ := get(pairs, paramError); said != "" {
		set(pairs, paramError, code, plus)
	}
	for i := range pairs {
		if !pairs[i].saysMore() || pairs[i].is(paramURI) {
			continue
		}
		if text := pairs[i].text(); !isPresentable(text) {
			pairs[i].set(cleanDescription(text), plus)
		}
	}
	return slices.DeleteFunc(pairs, func(p pair) bool { return p.is(paramURI) && cleanURI(p.text()) != p.text() })
}

// fixPairs makes pairs depend only on the error: the text follows it, and all other words
// about it are removed.
func fixPairs(pairs []pair, code, text string) []pair {
	plus, said := spellsPlus(pairs), false
	pairs = slices.DeleteFunc(pairs, func(p pair) bool {
		again := said && p.is(paramError)
		said = said || p.is(paramError)
		return again || p.saysMore()
	})
	at := slices.IndexFunc(pairs, func(p pair) bool { return p.is(paramError) })
	if at < 0 {
		return pairs
	}
	if pairs[at] = (pair{paramError, ""}); code != "" {
		pairs[at].set(code, plus)
	}
	if text != "" {
		said := pair{name: paramDescription}
		said.set(text, plus)
		pairs = slices.Insert(pairs, at+1, said)
	}
	return pairs
}

// saysMore reports whether a pair says more about the error than its code. Names that
// begin with error belong to the provider; the others are common names, none of which
// belongs to OAuth.
func (p pair) saysMore() bool {
	switch name := p.folded(); name {
	case paramError:
		return false
	case "suberror", "errcode", "errmsg", "reason", "detail", "details", "message", "hint", "description", "debug",
		"err", "msg", "errdesc", "cause", "exception", "subreason", "reasoncode", "statusmessage", "trace", "stacktrace":
		return true
	default:
		return strings.Contains(name, paramError)
	}
}

// folded returns the beginning of the name, folded.
func (p pair) folded() string {
	var buf [64]byte
	return string(registry.FoldName(buf[:0], unescapeParam(p.name[:min(len(p.name), len(buf))])))
}

// isPresentable reports whether a text may be shown unchanged: it has no secrets, control
// characters or markup, and is short enough to be searched. Line breaks and tabs are
// harmless.
func isPresentable(text string) bool {
	if len(text) > maxCleaned {
		return false
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\n' || c == '\r' || c == '\t':
		case c < ' ', c == 0x7f:
			return false
		case c == '<' && i+1 < len(text) && (text[i+1] == '/' || text[i+1] == '!' || isLower(text[i+1]|0x20)):
			return false
		}
	}
	return Mask(text) == text
}
