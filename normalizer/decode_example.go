package normalizer

import (
	"net/http"
	"strings"

	"go.yaml.in/yaml/v3"
)

// example reads one example.
func (d *decoder) example(n *yaml.Node, m *Mapping) {
	e := Example{Line: n.Line, Header: http.Header{}}
	d.object(n, "an example", keys{
		"endpoint": func(n *yaml.Node) {
			kind, err := ParseEndpoint(n.Value)
			if err != nil {
				d.problem(n.Line, "%v", err)
			}
			e.Endpoint = kind
		},
		"path": func(n *yaml.Node) {
			if value, ok := d.scalar(n, "path"); ok && !strings.HasPrefix(value, "/") {
				d.problem(n.Line, "path %q: begin it with /", value)
			}
			e.Path = n.Value
		},
		"status": func(n *yaml.Node) { e.Status = d.integer(n, "status", 200, 599) },
		"authorization": func(n *yaml.Node) {
			if value, ok := d.scalar(n, "authorization"); ok && AuthorizationScheme(http.Header{"Authorization": {value}}) == "" {
				d.problem(n.Line, "authorization %q: use Basic, Bearer or DPoP", value)
			}
			e.Authorization = n.Value
		},
		"header": func(n *yaml.Node) {
			d.pairs(n, "header", func(k, v *yaml.Node) {
				value, _ := d.scalar(v, "header "+k.Value)
				e.Header.Add(k.Value, value)
			})
		},
		"body": func(n *yaml.Node) {
			if n.Kind != yaml.ScalarNode {
				d.problem(n.Line, "body must be text, not %s: put it in quotes", describeNode(n))
			}
			e.Body = n.Value
		},
		"expect": func(n *yaml.Node) { d.expectation(n, &e.Expect) },
	})
	body := strings.TrimSpace(e.Body)
	if e.Header.Get("Content-Type") == "" && (strings.HasPrefix(body, "{") || strings.HasPrefix(body, "[")) {
		e.Header.Set("Content-Type", "application/json")
	}
	for _, key := range []string{"endpoint", "status", "expect"} {
		if n.Kind == yaml.MappingNode && !hasKey(n, key) {
			d.problem(n.Line, "the example has no %s", key)
		}
	}
	m.Examples = append(m.Examples, e)
}

func (d *decoder) expectation(n *yaml.Node, x *Expectation) {
	before := len(d.problems)
	d.object(n, "expect", keys{
		"pass":        func(n *yaml.Node) { x.Pass = d.yes(n, "pass") },
		"status":      func(n *yaml.Node) { x.Status = d.integer(n, "status", 200, 599) },
		"error":       d.into(&x.Error, "error"),
		"description": d.into(&x.Description, "description"),
	})
	if _, known := Lookup(x.Error); x.Error != "" && !known {
		d.problem(n.Line, "%v", errUnregistered(x.Error))
	}
	complete := x.Error != "" && x.Status != 0
	if len(d.problems) == before && (x.Pass == complete || x.Pass && (x.Error != "" || x.Status != 0)) {
		d.problem(n.Line, "expect needs either pass: true or status and error")
	}
}
