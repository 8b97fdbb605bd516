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
		"status":        func(n *yaml.Node) { e.Status = d.integer(n, "status", 200, 599) },
		"authorization": d.into(&e.Authorization, "authorization"),
		"header": func(n *yaml.Node) {
			d.pairs(n, "header", func(k, v *yaml.Node) {
				value, _ := d.scalar(v, "header "+k.Value)
				e.Header.Add(k.Value, value)
			})
		},
		"body":   func(n *yaml.Node) { e.Body = n.Value },
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
	d.object(n, "expect", keys{
		"pass":        func(n *yaml.Node) { x.Pass = d.yes(n, "pass") },
		"status":      func(n *yaml.Node) { x.Status = d.integer(n, "status", 200, 599) },
		"error":       d.into(&x.Error, "error"),
		"description": d.into(&x.Description, "description"),
	})
	if x.Pass == (x.Error != "") {
		d.problem(n.Line, "expect needs either pass: true or status and error")
	}
}
