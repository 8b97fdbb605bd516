package mapping

import (
	"net/http"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// readExample reads one example.
func readExample(nodes *nodes, n *yaml.Node) Example {
	e := Example{Line: n.Line, Header: http.Header{}}
	nodes.object(n, "an example", keys{
		"endpoint": func(n *yaml.Node) {
			kind, err := registry.ParseEndpoint(n.Value)
			if err != nil {
				nodes.problem(n.Line, "%v", err)
			}
			e.Endpoint = kind
		},
		"path": func(n *yaml.Node) {
			if value, ok := nodes.scalar(n, "path"); ok && !strings.HasPrefix(value, "/") {
				nodes.problem(n.Line, "path %q: begin it with /", value)
			}
			e.Path = n.Value
		},
		"status": func(n *yaml.Node) { e.Status = nodes.integer(n, "status", 200, 599) },
		"authorization": func(n *yaml.Node) {
			if value, ok := nodes.scalar(n, "authorization"); ok && registry.SchemeOf(value) == "" {
				nodes.problem(n.Line, "authorization %q: use Basic, Bearer or DPoP", value)
			}
			e.Authorization = n.Value
		},
		"grant": func(n *yaml.Node) {
			grant, err := registry.ParseGrant(n.Value)
			if err != nil {
				nodes.problem(n.Line, "%v", err)
			}
			e.Grant = grant
		},
		"public": func(n *yaml.Node) { e.Public = nodes.yes(n, "public") },
		"header": func(n *yaml.Node) {
			nodes.pairs(n, "header", func(k, v *yaml.Node) {
				value, _ := nodes.scalar(v, "header "+k.Value)
				e.Header.Add(k.Value, value)
			})
		},
		"body": func(n *yaml.Node) {
			if n.Kind != yaml.ScalarNode {
				nodes.problem(n.Line, "body must be text, not %s: put it in quotes", describeNode(n))
			}
			e.Body = n.Value
		},
		"expect": func(n *yaml.Node) { e.Expect = readExpectation(nodes, n) },
	})
	body := strings.TrimSpace(e.Body)
	if e.Header.Get("Content-Type") == "" && (strings.HasPrefix(body, "{") || strings.HasPrefix(body, "[")) {
		e.Header.Set("Content-Type", "application/json")
	}
	for _, key := range []string{"endpoint", "status", "expect"} {
		if n.Kind == yaml.MappingNode && !hasKey(n, key) {
			nodes.problem(n.Line, "the example has no %s", key)
		}
	}
	return e
}

// readExpectation reads the expect of an example.
func readExpectation(nodes *nodes, n *yaml.Node) (x Expectation) {
	before := len(nodes.problems)
	nodes.object(n, "expect", keys{
		"pass":        func(n *yaml.Node) { x.Pass = nodes.yes(n, "pass") },
		"status":      func(n *yaml.Node) { x.Status = nodes.integer(n, "status", 200, 599) },
		"error":       nodes.into(&x.Error, "error"),
		"description": nodes.into(&x.Description, "description"),
	})
	if _, known := registry.Lookup(x.Error); x.Error != "" && !known {
		nodes.problem(n.Line, "%v", errUnregistered(x.Error))
	}
	complete := x.Error != "" && x.Status != 0
	if len(nodes.problems) == before && (x.Pass == complete || x.Pass && (x.Error != "" || x.Status != 0)) {
		nodes.problem(n.Line, "expect needs either pass: true or status and error")
	}
	return x
}
