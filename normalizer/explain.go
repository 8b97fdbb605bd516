package normalizer

import (
	"slices"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// Trace has the reasons for a decision.
type Trace struct {
	// Read are the places where the table looked for the error, in order.
	Read []ReadStep
	// Rows are the compared rows, the highest rank first.
	Rows []RowStep
	// Moved says that the row that decided names another status.
	Moved bool
}

// ReadStep is one place where the table looked for the error.
type ReadStep struct {
	Place             string // the paths of an entry of read, or another place
	Code, Description string // the values there
	Known             bool   // some row or the registry names the code
	Chosen            bool   // the error was taken from here
}

// RowStep is one row that was compared.
type RowStep struct {
	Row      mapping.Row
	Mismatch string // the part of its left side that does not fit; empty if all do
	Chosen   bool   // the row decided
}

// Verdict says what became of one of Rows.
func (t *Trace) Verdict(s *RowStep) string {
	switch {
	case s.Chosen && t.Moved:
		return "decides: the code is known at another status only"
	case s.Chosen:
		return "decides"
	case s.Mismatch != "":
		return s.Mismatch + " does not fit"
	}
	return "fits, but another ranks higher"
}

// Meaning says what an outcome means for the client. It is empty for an outcome that no
// decision about a saved response has.
func (o Outcome) Meaning() string { return meanings[o] }

var meanings = map[Outcome]string{
	OutcomeNormalized: "the client gets this answer",
	OutcomeShadow:     "the client would get this answer, and gets the response unchanged",
	OutcomeCanonical:  "the response is canonical already; it passes unchanged, with no-store",
	OutcomePassed:     "a row with pass names the response; it passes unchanged",
	OutcomeUnmapped:   "no row names the response; it passes unchanged",
	OutcomeOversize:   "the body is too large; the response passes unchanged",
	OutcomeUnreadable: "the body cannot be read; the response passes unchanged",
}

// Explain returns the reasons for the decision. It has unchanged text of the provider,
// and may hold secrets.
func (d *Decision) Explain() Trace {
	if d.table == nil {
		return Trace{}
	}
	trace := Trace{Read: d.table.places.explain(&d.exchange, &d.Finding, &d.table.index)}
	trace.addRows(d)
	return trace
}

// addRows lists the compared rows, each once. The oauth2 mapping has rows for the answers
// of many servers: except for status defaults, they are listed only if they fit.
func (t *Trace) addRows(d *Decision) {
	f, m := &d.Finding, matcher{x: &d.exchange, finding: &d.Finding}
	rows := slices.Concat(f.coded, d.table.index.bareFor(f.Status))
	if f.Status != d.exchange.status {
		rows = append(rows, d.table.index.bareFor(d.exchange.status)...)
	}
	sortRows(rows)
	named := f.row != nil && len(f.row.Codes) > 0 && f.layer != genericLayer // see bestRow
	chosen, moved := false, -1
	at := make(map[*mapping.Row]int) // a row with several codes or texts is compared for each
	for _, c := range rows {
		step := RowStep{Row: *c.Row, Mismatch: m.mismatch(c)}
		if c.layer == genericLayer && (step.Mismatch != "" || named) && !c.IsDefault() && c.Row != f.row {
			continue
		}
		if c.Row == f.row && moved < 0 {
			moved = len(t.Rows)
		}
		step.Chosen = !chosen && c.Row == f.row && step.Mismatch == ""
		chosen = chosen || step.Chosen
		if i, told := at[c.Row]; !told {
			at[c.Row] = len(t.Rows)
			t.Rows = append(t.Rows, step)
		} else if t.Rows[i].Mismatch != "" && step.Mismatch == "" {
			t.Rows[i] = step
		}
	}
	switch {
	case f.row == nil || chosen:
	case moved >= 0:
		t.Moved, t.Rows[moved].Chosen = true, true
	default: // it looks at nothing but the text
		t.Rows = slices.Insert(t.Rows, 0, RowStep{Row: *f.row, Chosen: true})
	}
}

// explain lists the places that readError looks at.
func (p places) explain(x *exchange, f *Finding, rows *rowIndex) []ReadStep {
	var steps []ReadStep
	add := func(place string, read Finding, ok bool) {
		steps = append(steps, ReadStep{
			Place: place, Code: read.Code, Description: read.Description, Known: read.known(),
			Chosen: ok && read.entry == f.entry && read.inRedirect == f.inRedirect,
		})
	}
	if f.inRedirect {
		read, ok := readRedirect(x, rows)
		add("Location", read, ok)
		return steps
	}
	for i := range p {
		read, ok := readEntry(&p[i], x, rows)
		add(p[i].String(), read, ok)
	}
	if read, ok := readChallenge(x, rows); ok {
		add("WWW-Authenticate", read, ok)
	}
	if !slices.ContainsFunc(steps, func(s ReadStep) bool { return s.Chosen && s.Code == f.Code && s.Description == f.Description }) && f.Code+f.Description != "" {
		for i := range steps {
			steps[i].Chosen = false
		}
		add("members that frameworks use", *f, true)
	}
	return steps
}
