package mapping

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// rowDecoder turns the nodes of a row into a Row.
type rowDecoder struct {
	nodes   *nodes
	row     *Row
	sources []Source // that the row may name
}

// readRow reads one row of a mapping whose sources are read already.
func readRow(nodes *nodes, n *yaml.Node, m *Mapping) *Row {
	r := &Row{File: m.File, Line: n.Line, position: fmt.Sprintf("%s:%d", m.File, n.Line)}
	if n.Line <= len(nodes.lines) {
		r.Text = strings.TrimSpace(nodes.lines[n.Line-1])
	}
	d := rowDecoder{nodes, r, m.Sources}
	before := len(nodes.problems)
	nodes.object(n, "a row", keys{
		"status":         func(n *yaml.Node) { nodes.anyOf(n, "status", d.status) },
		"code":           func(n *yaml.Node) { nodes.anyOf(n, "code", d.code) },
		"description":    func(n *yaml.Node) { nodes.anyOf(n, "description", d.description) },
		"endpoint":       func(n *yaml.Node) { nodes.anyOf(n, "endpoint", d.endpoint) },
		"grant":          func(n *yaml.Node) { nodes.anyOf(n, "grant", d.grant) },
		"when":           func(n *yaml.Node) { nodes.pairs(n, "when", d.condition) },
		"without":        func(n *yaml.Node) { nodes.anyOf(n, "without", d.without) },
		"error":          d.canonical,
		"pass":           func(n *yaml.Node) { r.Pass = nodes.yes(n, "pass") },
		"to_status":      func(n *yaml.Node) { r.ToStatus = nodes.integer(n, "to_status", 400, 599) },
		"to_description": nodes.into(&r.ToDescription, "to_description"),
		"retry_after":    func(n *yaml.Node) { r.RetryAfter = nodes.field(n, "retry_after") },
		"source":         d.source,
	})
	if len(nodes.problems) == before {
		if message := r.incomplete(); message != "" {
			nodes.problem(n.Line, "%s", message)
		}
	}
	return r
}

// status reads one status, or range of them.
func (d rowDecoder) status(line int, value string) {
	s, err := ParseStatus(value)
	if err != nil {
		d.nodes.problem(line, "%v", err)
		return
	}
	d.row.Statuses = append(d.row.Statuses, s)
}

// code reads one code of the provider.
func (d rowDecoder) code(line int, value string) {
	if err := checkCode(value); err != nil {
		d.nodes.problem(line, "%v", err)
		return
	}
	d.row.Codes = append(d.row.Codes, value)
}

// description reads the pattern of a description.
func (d rowDecoder) description(line int, value string) {
	p, err := ParsePattern(value)
	if err != nil {
		d.nodes.problem(line, "description: %v", err)
		return
	}
	d.row.Descriptions = append(d.row.Descriptions, p)
}

// endpoint reads one kind of endpoint.
func (d rowDecoder) endpoint(line int, value string) {
	e, err := registry.ParseEndpoint(value)
	if err != nil {
		d.nodes.problem(line, "%v", err)
		return
	}
	d.row.Endpoints = d.row.Endpoints.With(e)
}

// grant reads one grant type.
func (d rowDecoder) grant(line int, value string) {
	g, err := registry.ParseGrant(value)
	if err != nil {
		d.nodes.problem(line, "%v", err)
		return
	}
	d.row.Grants = d.row.Grants.With(g)
}

// without reads a place that must have no value.
func (d rowDecoder) without(line int, value string) {
	f, err := ParseField(value)
	if err != nil {
		d.nodes.problem(line, "without: %v", err)
		return
	}
	d.row.Without = append(d.row.Without, f)
}

// condition reads a place and the pattern of its value.
func (d rowDecoder) condition(key, n *yaml.Node) {
	f := d.nodes.field(key, "when")
	value, ok := d.nodes.scalar(n, "when "+key.Value)
	if !ok {
		return
	}
	p, err := ParsePattern(value)
	if err != nil {
		d.nodes.problem(n.Line, "when %s: %v", key.Value, err)
		return
	}
	d.row.When = append(d.row.When, Condition{f, p})
}

// canonical reads the error that the row means.
func (d rowDecoder) canonical(n *yaml.Node) {
	value, ok := d.nodes.scalar(n, "error")
	if !ok {
		return
	}
	if _, known := registry.Lookup(value); !known {
		d.nodes.problem(n.Line, "%v", errUnregistered(value))
	}
	d.row.Error = value
}

// source reads the key of a source.
func (d rowDecoder) source(n *yaml.Node) {
	value, ok := d.nodes.scalar(n, "source")
	if ok && !slices.ContainsFunc(d.sources, func(s Source) bool { return s.Key == value }) {
		d.nodes.problem(n.Line, "unknown source %q: add it to sources", value)
	}
	d.row.Source = value
}
