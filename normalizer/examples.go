package normalizer

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// Check plays an example. It returns the row that decided, or nil, and what
// differs from the expectation, or nothing.
func (t *Table) Check(x *Example) (decided *Rule, difference string) {
	if kind := t.exampleEndpoint(x); kind != x.Endpoint {
		return nil, fmt.Sprintf("got %s for an endpoint of kind %v, want %v", x.Path, kind, x.Endpoint)
	}
	resp := x.response()
	if IsRedirectError(x.Status, x.Header.Get("Location")) {
		return t.checkRedirect(x, resp)
	}
	e, f, outcome := t.Normalize(resp)
	passed := outcome == OutcomeUnmapped || outcome == OutcomePassed
	switch want := x.Expect; {
	case want.Pass && passed:
		return f.Rule, ""
	case want.Pass:
		return f.Rule, fmt.Sprintf("got %d %s by %s, want the response to pass", e.Status, e.Code, f.decider())
	case passed:
		return f.Rule, fmt.Sprintf("got %s by %s, want %d %s", outcome, f.decider(), want.Status, want.Error)
	case e.Code != want.Error || e.Status != want.Status:
		return f.Rule, fmt.Sprintf("got %d %s by %s, want %d %s", e.Status, e.Code, f.decider(), want.Status, want.Error)
	case want.Description != "" && e.Description != want.Description:
		return f.Rule, fmt.Sprintf("got description %q by %s, want %q", e.Description, f.decider(), want.Description)
	}
	return f.Rule, ""
}

// exampleEndpoint returns the kind that the path of an example has, or the one that
// the example says if it has no path.
func (t *Table) exampleEndpoint(x *Example) Endpoint {
	if x.Path == "" {
		return x.Endpoint
	}
	return t.Endpoint(&http.Request{URL: &url.URL{Path: x.Path}, Header: x.requestHeader()})
}

// requestHeader is the header of the request that the example is an answer to.
func (x *Example) requestHeader() http.Header {
	return http.Header{"Authorization": {x.Authorization + " -"}}
}

// checkRedirect expects the status to stay and the error in the new Location.
func (t *Table) checkRedirect(x *Example, resp *Response) (*Rule, string) {
	to, f, outcome := t.NormalizeRedirect(resp)
	if outcome != OutcomeNormalized {
		to = x.Header.Get("Location")
	}
	location := parseLocation(to)
	code, _ := get(location.errorPairs(), paramError)
	switch want := x.Expect; {
	case want.Pass && outcome == OutcomeNormalized:
		return f.Rule, fmt.Sprintf("got Location %q by %s, want the response to pass", to, f.decider())
	case !want.Pass && (code != want.Error || x.Status != want.Status):
		return f.Rule, fmt.Sprintf("got %d Location %q, want %d error %s", x.Status, to, want.Status, want.Error)
	}
	return f.Rule, ""
}

// decider names the row that decided.
func (f *Finding) decider() string {
	if f.Rule == nil {
		return "no row"
	}
	return f.Rule.Position()
}

// response is what the plumbing makes of the example.
func (x *Example) response() *Response {
	tree, err := wire.Parse(x.Header.Get("Content-Type"), []byte(x.Body))
	return &Response{
		Status: x.Status, Header: x.Header.Clone(), Body: tree, Empty: errors.Is(err, wire.ErrEmpty), Endpoint: x.Endpoint,
		Scheme: AuthorizationScheme(x.requestHeader()),
	}
}

// Report is what the examples of a mapping show.
type Report struct {
	Failed      []Remark // examples that do not hold
	Uncovered   []Remark // rows that no example reaches
	Indifferent []Remark // examples that would hold without the row that decides them
}

// RunExamples plays the examples of a mapping. compile makes the table that a
// mapping is used in; it is called again for the mapping without single rows.
func RunExamples(m *Mapping, compile func(*Mapping) (*Table, error)) (Report, error) {
	var report Report
	table, err := compile(m)
	if err != nil {
		return report, err
	}
	for i := range m.Examples {
		x := &m.Examples[i]
		rule, difference := table.Check(x)
		if difference != "" {
			report.Failed = append(report.Failed, Remark{m.File, x.Line, difference})
			continue
		}
		if rule == nil || rule.isDocumentary() || !slices.Contains(m.Rules, rule) {
			continue
		}
		without := *m
		without.Rules = slices.DeleteFunc(slices.Clone(m.Rules), func(r *Rule) bool { return twins(r, rule) })
		table, err := compile(&without)
		if err != nil {
			return report, err
		}
		if _, difference := table.Check(x); difference == "" {
			report.Indifferent = append(report.Indifferent, Remark{m.File, x.Line, fmt.Sprintf("the example would hold without the row at line %d, which decides it", rule.Line)})
		}
	}
	reached := table.reachedBy(m.Examples)
	for _, rule := range m.Rules {
		if !slices.ContainsFunc(reached, func(r *Rule) bool { return twins(r, rule) }) {
			report.Uncovered = append(report.Uncovered, Remark{m.File, rule.Line, "no example reaches the row"})
		}
	}
	return report, nil
}
