package mapping

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// decoder turns the nodes of a file into a Mapping.
type decoder struct {
	nodes   *nodes
	mapping *Mapping
}

// file reads the whole file.
func (d decoder) file(root *yaml.Node) {
	nodes, m := d.nodes, d.mapping
	m.lines = make(map[string]int)
	version := 0
	var rows *yaml.Node
	nodes.object(root, "the mapping", keys{
		"version":   func(n *yaml.Node) { version = d.version(n) },
		"provider":  d.provider,
		"title":     nodes.into(&m.Title, "title"),
		"kind":      d.kind,
		"aliases":   nodes.names(&m.Aliases, "aliases", "alias"),
		"base":      nodes.names(&m.Bases, "base", "base"),
		"gaps":      func(n *yaml.Node) { nodes.anyOf(n, "gap", func(_ int, gap string) { m.Gaps = append(m.Gaps, gap) }) },
		"sources":   func(n *yaml.Node) { nodes.pairs(n, "sources", d.source) },
		"read":      func(n *yaml.Node) { nodes.sequence(n, "read", d.read) },
		"endpoints": func(n *yaml.Node) { nodes.pairs(n, "endpoints", d.endpoints) },
		"keep":      func(n *yaml.Node) { nodes.sequence(n, "keep", d.keep) },
		"errors":    func(n *yaml.Node) { rows = n },
		"examples":  func(n *yaml.Node) { nodes.sequence(n, "examples", d.example) },
	})
	for i := 0; i+1 < len(root.Content); i += 2 {
		if key := root.Content[i]; key.Value != "examples" { // which are not always read
			m.lines[key.Value] = key.Line
		}
	}
	if rows != nil { // last, because rows name sources
		row := newRowDecoder(nodes, m)
		nodes.sequence(rows, "errors", func(n *yaml.Node) { m.Rows = append(m.Rows, row.read(n)) })
	}
	if root.Kind == yaml.MappingNode && version == 0 && !hasKey(root, "version") {
		nodes.problem(root.Line, "no version: start the file with version: 1")
	}
	if root.Kind == yaml.MappingNode && !hasKey(root, "provider") {
		nodes.problem(root.Line, "no provider: add provider: <name>, the name that auth_errors will use")
	}
}

// provider reads the name of the provider.
func (d decoder) provider(n *yaml.Node) {
	name := d.nodes.name(n, "provider")
	if name == "off" {
		d.nodes.problem(n.Line, `provider "off": auth_errors off turns the handler off: use another name`)
	}
	d.mapping.Provider = name
}

// version reads the version of the format.
func (d decoder) version(n *yaml.Node) int {
	value, ok := d.nodes.scalar(n, "version")
	if ok && value != "1" {
		d.nodes.problem(n.Line, "version %q: this release reads version 1: write version: 1, or use a release that reads the other", value)
	}
	return 1
}

// kind reads which sort of server the mapping is of.
func (d decoder) kind(n *yaml.Node) {
	value, ok := d.nodes.scalar(n, "kind")
	if ok && !slices.Contains(Kinds, value) {
		d.nodes.problem(n.Line, "kind %q: %s", value, registry.Choose(value, Kinds))
	}
	d.mapping.Kind = value
}

// source reads one document that rows may name.
func (d decoder) source(key, n *yaml.Node) {
	s := Source{Key: key.Value, Line: key.Line}
	before := len(d.nodes.problems)
	d.nodes.object(n, "source "+key.Value, keys{
		"title": d.nodes.into(&s.Title, "title"),
		"url": func(n *yaml.Node) {
			value, ok := d.nodes.scalar(n, "url")
			if ok && !strings.HasPrefix(value, "https://") && !strings.HasPrefix(value, "http://") {
				d.nodes.problem(n.Line, "url %q: begin it with https:// or http://", value)
			}
			s.URL = value
		},
		"retrieved": func(n *yaml.Node) {
			value, ok := d.nodes.scalar(n, "retrieved")
			if _, err := time.Parse(time.DateOnly, value); ok && err != nil {
				d.nodes.problem(n.Line, "retrieved %q: use a date such as 2026-11-21", value)
			}
			s.Retrieved = value
		},
	})
	if s.Title == "" && len(d.nodes.problems) == before {
		d.nodes.problem(key.Line, "source %s has no title: add title: <name of the document>", key.Value)
	}
	d.mapping.Sources = append(d.mapping.Sources, s)
}

// read reads where one form of error has its parts.
func (d decoder) read(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && n.Value != "" {
		d.nodes.problem(n.Line, "entry %q of read: say what is there: write {code: %[1]s} or {description: %[1]s}", n.Value)
		return
	}
	var e Read
	into := func(target *Fields) func(*yaml.Node) {
		return parsed(d.nodes, "path", "", ParseField, func(f Field) { *target = append(*target, f) })
	}
	before := len(d.nodes.problems)
	d.nodes.object(n, "an entry of read", keys{
		"code": into(&e.Code), "description": into(&e.Description), "uri": into(&e.URI), "status": into(&e.Status),
	})
	if len(e.Code)+len(e.Description) == 0 && len(d.nodes.problems) == before {
		d.nodes.problem(n.Line, "an entry of read needs a code or a description")
	}
	d.mapping.Read = append(d.mapping.Read, e)
}

// endpoints reads the paths of one kind of endpoint.
func (d decoder) endpoints(key, n *yaml.Node) {
	kind, err := registry.ParseEndpoint(key.Value)
	if err != nil {
		d.nodes.problem(key.Line, "%v", err)
		return
	}
	d.nodes.anyOf(n, "endpoints "+key.Value, func(line int, value string) {
		p, err := ParseEndpointPath(value)
		if err != nil {
			d.nodes.problem(line, "%v", err)
			return
		}
		for other, patterns := range d.mapping.Endpoints {
			if other != kind && slices.ContainsFunc(patterns, p.Same) {
				d.nodes.problem(line, "path %q is under %s and under %s: name it under one of them", value, other, kind)
			}
		}
		if d.mapping.Endpoints == nil {
			d.mapping.Endpoints = make(map[registry.Endpoint][]Pattern)
		}
		d.mapping.Endpoints[kind] = append(d.mapping.Endpoints[kind], p)
	})
}

// keep reads one member to keep.
func (d decoder) keep(n *yaml.Node) {
	value, ok := d.nodes.scalar(n, "keep")
	if !ok {
		return
	}
	p, err := ParseMember(value)
	if err != nil {
		d.nodes.problem(n.Line, "%v", err)
		return
	}
	d.mapping.Keep = append(d.mapping.Keep, p)
}

// example reads one example.
func (d decoder) example(n *yaml.Node) {
	d.mapping.Examples = append(d.mapping.Examples, readExample(d.nodes, n))
}
