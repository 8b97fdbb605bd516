package normalizer

import (
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// best returns the row of the highest rank that fits. A known code also fits the rows for
// other statuses: providers change the status of an error more often than the meaning of
// its code, and a redirect has no status of the error. If the row has only a status, or a
// code that servers use for anything, a row for the text may be better.
func (r *rowIndex) best(x *exchange, f *Finding) *compiledRow {
	m := matcher{x: x, finding: f}
	best := r.bestRow(&m)
	if f.inRedirect {
		return best
	}
	if best == nil || !best.isSure() || f.phrase && !best.saysMore(f) && len(best.When) == 0 {
		m.anyStatus = false
		if text := r.texts.best(&m, nil); text != nil && !(f.phrase && best.isOwn() && best.Error == text.Error) {
			best = text
		}
	}
	if best != nil && best.layer == genericLayer && !best.IsDefault() {
		if own := r.ownDefault(&m); own != nil && own.Error == best.Error {
			return own // the provider's documents say the same
		}
	}
	return best
}

// ownDefault returns the status default of the provider or the user that fits, or nil.
func (r *rowIndex) ownDefault(m *matcher) *compiledRow {
	for _, c := range r.bareFor(m.finding.Status) {
		if c.layer > genericLayer && c.IsDefault() && m.fits(c) {
			return c
		}
	}
	return nil
}

// isSure reports whether a text can say no more than the row: it lets pass, is the
// provider's own, or names an error that servers do not say of anything.
func (c *compiledRow) isSure() bool {
	return c.Pass || !c.IsDefault() && (c.layer > genericLayer || !c.entry.Vague)
}

// bestRow is best without the texts of the generic layer. A row for a code of the provider
// or of OAuth beats those of the generic layer that look at anything else: a firewall that
// marks each response says nothing about the error in it.
func (r *rowIndex) bestRow(m *matcher) *compiledRow {
	x, f := m.x, m.finding
	best := m.higher(nil, f.coded)
	m.ownOnly = best != nil && best.layer != genericLayer
	best = m.higher(best, r.bareFor(f.Status))
	if f.Status != x.status {
		best = m.higher(best, r.bareFor(x.status))
	}
	if best == nil || best.IsDefault() {
		m.anyStatus, m.ownOnly = true, false
		if moved := m.higher(nil, f.coded); moved != nil {
			best = moved
		}
	}
	return best
}

// matcher holds the values that rows are compared with. The description is folded when
// the first row asks for it.
type matcher struct {
	x         *exchange
	finding   *Finding
	folded    string
	hasFolded bool
	anyStatus bool
	ownOnly   bool     // rows of the generic layer do not count
	absent    placeSet // of first conditions, which the response does not have
}

// higher returns the first of the sorted rows that fits and has a higher rank than
// best, or else best, which may be nil.
func (m *matcher) higher(best *compiledRow, rows []*compiledRow) *compiledRow {
	for _, c := range rows {
		switch {
		case best != nil && c.rank <= best.rank:
			return best
		case c.first&m.absent != 0, m.ownOnly && c.layer == genericLayer:
		case m.fits(c):
			return c
		}
	}
	return best
}

func (m *matcher) fits(c *compiledRow) bool { return m.mismatch(c) == "" }

// mismatch says which part of the left side does not fit, or nothing if all do.
func (m *matcher) mismatch(c *compiledRow) string {
	switch {
	case !m.fitsStatus(c):
		return "status"
	case !c.Endpoints.Has(m.x.endpoint):
		return "endpoint"
	case !c.Grants.Has(m.x.grant):
		return "grant"
	case !m.allowed(c):
		return "endpoint or status default"
	case c.description != nil && !m.fitsDescription(c):
		return "description"
	}
	for i := range c.When {
		if ok, there := m.fitsCondition(&c.When[i]); !ok {
			if i == 0 && !there {
				m.absent |= c.first
			}
			return c.When[i].Field.String()
		}
	}
	for i := range c.Without {
		if c.Without[i].Exists(m.x.header, &m.x.body) {
			return "without " + c.Without[i].String()
		}
	}
	return ""
}

func (m *matcher) fitsStatus(c *compiledRow) bool {
	return c.status.Has(m.finding.Status) || c.status.Has(m.x.status) ||
		m.anyStatus && c.layer != genericLayer && c.status.Low >= 400 && (m.finding.Status >= 400 || m.finding.inRedirect)
}

// allowed excludes rows where they would do harm:
//
//   - at paths of unknown kind, only rows of the provider and of the user count, and
//     registered codes in the members of OAuth;
//   - there and at resources, a registered code counts only in its registered spelling:
//     applications say Invalid request, InvalidToken or Validation failed of their own;
//   - a registered code in a member of some framework counts only at endpoints of OAuth,
//     and only in its registered spelling; at a resource only if the resource refuses
//     access, or if applications say the code of nothing else;
//   - a status default does not count at pages and redirects, nor for business errors of
//     a resource, unless the row says so.
func (m *matcher) allowed(c *compiledRow) bool {
	if !c.IsDefault() {
		switch {
		case c.layer > genericLayer:
			return true
		case c.layer < genericLayer:
			return m.allowsRegistered(c)
		case m.x.endpoint == registry.EndpointNone:
			return c.Endpoints.Names(registry.EndpointNone)
		}
		return true
	}
	switch m.x.endpoint {
	case registry.EndpointNone, registry.EndpointAuthorization:
		return false
	case registry.EndpointResource:
		return registry.RefusesAccess(m.finding.Status) || m.x.empty || c.Endpoints.Names(registry.EndpointResource)
	}
	return true
}

// allowsRegistered is allowed for a registered code.
func (m *matcher) allowsRegistered(c *compiledRow) bool {
	f := m.finding
	switch m.x.endpoint {
	case registry.EndpointNone:
		return !f.foreign && !f.inChallenge && strings.EqualFold(f.Code, c.Error)
	case registry.EndpointResource:
		return strings.EqualFold(f.Code, c.Error) &&
			(!f.foreign || c.Error == f.Code && (c.entry.InChallenge && !c.entry.Vague || registry.RefusesAccess(f.Status)))
	}
	return !f.foreign || c.Error == f.Code
}

func (m *matcher) fitsDescription(c *compiledRow) bool {
	folded := m.foldedText()
	return folded != "" && c.description.Match(folded)
}

// foldedText is the text as patterns are compared with it.
func (m *matcher) foldedText() string {
	if !m.hasFolded {
		text := m.finding.Description
		if text == "" && !m.finding.known() {
			text = m.finding.Code // a sentence in place of a code
		}
		m.folded, m.hasFolded = mapping.FoldText(text[:min(len(text), maxCleaned)]), true
	}
	return m.folded
}

// fitsCondition reports whether a condition holds, and whether its place has a text.
func (m *matcher) fitsCondition(w *mapping.Condition) (ok, there bool) {
	text, there := w.Field.Text(m.x.header, &m.x.body)
	return there && w.Pattern.Match(mapping.FoldText(text)), there
}
