// Package check tests mapping files. [Run] runs their examples, and [Lint] and [Repeated]
// find rows that load but may be mistakes.
package check

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// Report is the result of [Run].
type Report struct {
	Failed      []Remark // examples that do not hold
	Uncovered   []Remark // rows that no example reaches
	Indifferent []Remark // examples that would pass without the row that decides them
}

// Run runs the examples of a mapping. compile makes the table of a mapping. Run calls it
// also for the mapping without single rows.
func Run(m *mapping.Mapping, compile func(*mapping.Mapping) (*normalizer.Table, error)) (Report, error) {
	var report Report
	table, err := compile(m)
	if err != nil {
		return report, err
	}
	for i := range m.Examples {
		x := &m.Examples[i]
		decided, difference := Example(table, x)
		if difference != "" {
			report.Failed = append(report.Failed, Remark{m.File, x.Line, difference})
			continue
		}
		if decided == nil || decided.IsDocumentary() || !contains(m.Rows, decided) {
			continue
		}
		without := *m
		without.Rows = except(m.Rows, decided)
		table, err := compile(&without)
		if err != nil {
			return report, err
		}
		if _, difference := Example(table, x); difference == "" {
			report.Indifferent = append(report.Indifferent, Remark{m.File, x.Line, fmt.Sprintf("the example would pass without the row at line %d, which decides it", decided.Line)})
		}
	}
	reached := reachedBy(table, m.Examples)
	for _, row := range m.Rows {
		if !contains(reached, row) {
			report.Uncovered = append(report.Uncovered, Remark{m.File, row.Line, "no example reaches the row"})
		}
	}
	return report, nil
}

// Example runs one example. It returns the row that decided, or nil, and the difference
// from the expectation, or nothing.
func Example(t *normalizer.Table, x *mapping.Example) (decided *mapping.Row, difference string) {
	if difference := checkPath(t, x); difference != "" {
		return nil, difference
	}
	request, response := Exchange(t, x)
	d := t.Decide(&request, response)
	if row, ok := d.Finding.Row(); ok {
		decided = &row
	}
	by := d.Finding.Position()
	if by == "" {
		by = "no row"
	}
	if x.Status/100 == 3 && normalizer.RedirectError(x.Header.Get("Location")) != "" {
		header := x.Header.Clone()
		d.Apply(header)
		return decided, checkRedirect(x, header.Get("Location"), d.Effect == normalizer.EffectRedirect, by)
	}
	passed := d.Outcome == normalizer.OutcomeUnmapped || d.Outcome == normalizer.OutcomePassed || d.Outcome == normalizer.OutcomeUnreadable
	code, e := d.Error.Code(), &d.Error
	switch want := x.Expect; {
	case want.Pass && passed:
	case want.Pass:
		return decided, fmt.Sprintf("got %d %s by %s, want the response to pass", e.Status(), code, by)
	case passed:
		return decided, fmt.Sprintf("got %s by %s, want %d %s", d.Outcome, by, want.Status, want.Error)
	case code != want.Error || e.Status() != want.Status:
		return decided, fmt.Sprintf("got %d %s by %s, want %d %s", e.Status(), code, by, want.Status, want.Error)
	case want.Description != "" && e.Description() != want.Description:
		return decided, fmt.Sprintf("got description %q by %s, want %q", e.Description(), by, want.Description)
	}
	return decided, ""
}

// checkRedirect expects the status to stay and the error in the Location.
func checkRedirect(x *mapping.Example, location string, changed bool, by string) string {
	code := normalizer.RedirectError(location)
	switch want := x.Expect; {
	case want.Pass && changed:
		return fmt.Sprintf("got Location %q by %s, want the response to pass", location, by)
	case !want.Pass && (code != want.Error || x.Status != want.Status):
		return fmt.Sprintf("got %d Location %q, want %d error %s", x.Status, location, want.Status, want.Error)
	}
	return ""
}

// checkPath says whether the path of an example is an endpoint of another kind.
func checkPath(t *normalizer.Table, x *mapping.Example) string {
	if x.Path == "" {
		return ""
	}
	q := t.Request(httpRequest(x)).As(x.Endpoint, x.Grant)
	if kind := t.EndpointOf(&q, x.Header); kind != x.Endpoint {
		said := fmt.Sprintf("got %s for an endpoint of kind %v, want %v: name the path under endpoints", x.Path, kind, x.Endpoint)
		if x.Endpoint == registry.EndpointResource {
			said += ", or give the example authorization: Bearer"
		}
		return said
	}
	return ""
}

// Exchange returns the request and the response of an example, for a table.
func Exchange(t *normalizer.Table, x *mapping.Example) (normalizer.Request, normalizer.Response) {
	q := t.Request(httpRequest(x)).As(x.Endpoint, x.Grant)
	if x.Public {
		q = q.Public()
	}
	return q, normalizer.Response{Status: x.Status, Header: x.Header, Body: []byte(x.Body)}
}

// httpRequest is the request that the example is an answer to.
func httpRequest(x *mapping.Example) *http.Request {
	r := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: x.Path}, Header: http.Header{"Accept": {"application/json"}}}
	if x.Authorization != "" {
		r.Header.Set("Authorization", x.Authorization+" -")
	}
	return r
}

// reachedBy returns the rows that decide the examples.
func reachedBy(t *normalizer.Table, examples []mapping.Example) []*mapping.Row {
	var reached []*mapping.Row
	for i := range examples {
		if row, _ := Example(t, &examples[i]); row != nil {
			reached = append(reached, row)
		}
	}
	return reached
}

// contains reports whether a row, or one that says the same, is among others.
func contains(rows []*mapping.Row, row *mapping.Row) bool {
	return slices.ContainsFunc(rows, row.IsTwin)
}

// except returns the rows without one, and without those that say the same.
func except(rows []*mapping.Row, row *mapping.Row) []*mapping.Row {
	return slices.DeleteFunc(slices.Clone(rows), row.IsTwin)
}
