package normalizer

import "slices"

// Trace is how a table came to what it makes of a response.
type Trace struct {
	// Read are the places that were looked at for the error, in order.
	Read []ReadStep
	// Rules are the rows that were compared, best first.
	Rules []RuleStep
	// Moved says that the row that decided is for another status.
	Moved bool
}

// ReadStep is one place that was looked at.
type ReadStep struct {
	Place             string // the paths of an entry of read, or what else was read
	Code, Description string // what was there
	Known             bool   // some row or the registry names the code
	Chosen            bool   // the error was taken from here
}

// RuleStep is one row that was compared.
type RuleStep struct {
	Rule     *Rule
	Mismatch string // the part of its left side that does not fit; empty if all do
	Chosen   bool   // the row decided
}

// Explain tells how [Table.Recognize] comes to its finding.
func (t *Table) Explain(resp *Response) Trace {
	f := t.Recognize(resp)
	trace := Trace{Read: t.explainRead(resp, &f)}
	rules := slices.Concat(f.coded, t.bareFor(f.Status))
	if f.Status != resp.Status {
		rules = append(rules, t.bareFor(resp.Status)...)
	}
	sortRules(rules)
	m := matcher{resp: resp, finding: &f}
	chosen := false
	for _, c := range rules {
		step := RuleStep{Rule: c.Rule, Mismatch: m.mismatch(c)}
		if !chosen && c.Rule == f.Rule && step.Mismatch == "" {
			step.Chosen, chosen = true, true
		}
		trace.Rules = append(trace.Rules, step)
	}
	if f.Rule == nil || chosen {
		return trace
	}
	trace.Moved = true
	i := slices.IndexFunc(trace.Rules, func(s RuleStep) bool { return s.Rule == f.Rule })
	trace.Rules[i].Chosen = true
	return trace
}

// explainRead lists the places that readError looks at.
func (t *Table) explainRead(resp *Response, f *Finding) []ReadStep {
	var steps []ReadStep
	add := func(place string, read Finding, ok bool) {
		steps = append(steps, ReadStep{
			Place: place, Code: read.Code, Description: read.Description, Known: read.known(),
			Chosen: ok && read.entry == f.entry && read.inRedirect == f.inRedirect,
		})
	}
	if f.inRedirect {
		read, ok := t.readRedirect(resp)
		add("Location", read, ok)
		return steps
	}
	for i := range t.read {
		read, ok := t.readEntry(&t.read[i], resp)
		add(t.read[i].String(), read, ok)
	}
	if read, ok := t.readChallenge(resp); ok {
		add("WWW-Authenticate", read, ok)
	}
	return steps
}

// String returns the paths of an entry of read.
func (e *readEntry) String() string {
	text := ""
	for _, part := range []struct {
		name   string
		places fields
	}{{"code", e.code}, {"description", e.description}, {"uri", e.uri}, {"status", e.status}} {
		if len(part.places) == 0 {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += part.name + ": " + part.places.String()
	}
	return text
}
