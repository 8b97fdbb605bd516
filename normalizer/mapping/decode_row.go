package mapping

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// rowDecoder turns the nodes of one row after the other into a Row.
type rowDecoder struct {
	nodes   *nodes
	mapping *Mapping // its sources have been read
	row     *Row     // the current row
	keys    keys
}

func newRowDecoder(nodes *nodes, m *Mapping) *rowDecoder {
	d := &rowDecoder{nodes: nodes, mapping: m}
	d.keys = keys{
		"status":         parsed(nodes, "status", "", ParseStatus, func(s StatusRange) { d.row.Statuses = append(d.row.Statuses, s) }),
		"code":           parsed(nodes, "code", "", parseCode, func(code string) { d.row.Codes = append(d.row.Codes, code) }),
		"description":    parsed(nodes, "description", "description: ", parseText, func(p Pattern) { d.row.Descriptions = append(d.row.Descriptions, p) }),
		"endpoint":       parsed(nodes, "endpoint", "", registry.ParseEndpoint, func(e registry.Endpoint) { d.row.Endpoints = d.row.Endpoints.With(e) }),
		"grant":          parsed(nodes, "grant", "", registry.ParseGrant, func(g registry.Grant) { d.row.Grants = d.row.Grants.With(g) }),
		"when":           d.when,
		"without":        parsed(nodes, "without", "without: ", ParseField, func(f Field) { d.row.Without = append(d.row.Without, f) }),
		"error":          d.canonical,
		"pass":           func(n *yaml.Node) { d.row.Pass = nodes.yes(n, "pass") },
		"to_status":      func(n *yaml.Node) { d.row.ToStatus = nodes.integer(n, "to_status", 400, 599) },
		"to_description": d.toDescription,
		"retry_after":    d.retryAfter,
		"source":         d.source,
	}
	return d
}

// read reads one row.
func (d *rowDecoder) read(n *yaml.Node) *Row {
	r := &Row{File: d.mapping.File, Line: n.Line, position: d.mapping.File + ":" + strconv.Itoa(n.Line)}
	if n.Line <= len(d.nodes.lines) {
		r.Text = strings.TrimSpace(d.nodes.lines[n.Line-1])
	}
	d.row = r
	before := len(d.nodes.problems)
	d.nodes.object(n, "a row", d.keys)
	if len(d.nodes.problems) == before {
		if message := r.incomplete(); message != "" {
			d.nodes.problem(n.Line, "%s", message)
		}
	}
	return r
}

// when reads the conditions.
func (d *rowDecoder) when(n *yaml.Node) {
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		d.nodes.problem(n.Line, "when is empty: leave it out, or say what has to be there")
	}
	d.nodes.pairs(n, "when", d.condition)
}

// template matches a variable in a text, in the syntax of some template language.
var template = regexp.MustCompile(`\{[\w.$ ]+\}|\$\w+`)

// toDescription reads the text to answer with.
func (d *rowDecoder) toDescription(n *yaml.Node) {
	text, ok := d.nodes.scalar(n, "to_description")
	if variable := template.FindString(text); ok && variable != "" {
		d.nodes.problem(n.Line, "to_description %q: %s would be sent as it stands: write a text without variables, or leave to_description out for the text of the provider", text, variable)
	}
	d.row.ToDescription = text
}

// condition reads a place and the pattern of its value.
func (d *rowDecoder) condition(key, n *yaml.Node) {
	f := d.nodes.field(key, "when")
	value, ok := d.nodes.scalar(n, "when "+key.Value)
	if !ok {
		return
	}
	p, err := parseText(value)
	if err != nil {
		d.nodes.problem(n.Line, "when %s: %v", key.Value, err)
		return
	}
	d.row.When = append(d.row.When, Condition{f, p})
}

// parseCode reads a code of the provider.
func parseCode(spelled string) (string, error) { return spelled, checkCode(spelled) }

// parseText reads the pattern of a text.
func parseText(spelled string) (Pattern, error) {
	if err := checkText(spelled); err != nil {
		return Pattern{}, err
	}
	return ParsePattern(spelled)
}

// retryAfter reads the place of the seconds to wait.
func (d *rowDecoder) retryAfter(n *yaml.Node) {
	if _, err := strconv.Atoi(n.Value); err == nil {
		d.nodes.problem(n.Line, "retry_after %q: write the path of the seconds in the response, not their number", n.Value)
		return
	}
	d.row.RetryAfter = d.nodes.field(n, "retry_after")
}

// canonical reads the error that the row means.
func (d *rowDecoder) canonical(n *yaml.Node) {
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
func (d *rowDecoder) source(n *yaml.Node) {
	value, ok := d.nodes.scalar(n, "source")
	if ok && !slices.ContainsFunc(d.mapping.Sources, func(s Source) bool { return s.Key == value }) {
		d.nodes.problem(n.Line, "unknown source %q: add it to sources", value)
	}
	d.row.Source = value
}
