package normalizer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// mapping reads the whole file.
func (d *decoder) mapping(root *yaml.Node, m *Mapping) {
	version := 0
	var rules *yaml.Node
	d.object(root, "the mapping", keys{
		"version":   func(n *yaml.Node) { version = d.integer(n, "version", 1, 1) },
		"provider":  func(n *yaml.Node) { m.Provider = d.name(n, "provider") },
		"title":     d.into(&m.Title, "title"),
		"base":      func(n *yaml.Node) { m.Base = d.name(n, "base") },
		"gaps":      func(n *yaml.Node) { d.anyOf(n, "gap", func(_ int, gap string) { m.Gaps = append(m.Gaps, gap) }) },
		"sources":   func(n *yaml.Node) { d.pairs(n, "sources", func(k, v *yaml.Node) { d.source(k, v, m) }) },
		"read":      func(n *yaml.Node) { d.sequence(n, "read", func(n *yaml.Node) { d.readEntry(n, m) }) },
		"endpoints": func(n *yaml.Node) { d.pairs(n, "endpoints", func(k, v *yaml.Node) { d.endpointPaths(k, v, m) }) },
		"keep":      func(n *yaml.Node) { d.sequence(n, "keep", func(n *yaml.Node) { d.keep(n, m) }) },
		"errors":    func(n *yaml.Node) { rules = n },
		"examples":  func(n *yaml.Node) { d.sequence(n, "examples", func(n *yaml.Node) { d.example(n, m) }) },
	})
	if rules != nil { // last, because rows name sources
		d.sequence(rules, "errors", func(n *yaml.Node) { d.rule(n, m) })
	}
	if root.Kind == yaml.MappingNode && version == 0 && !hasKey(root, "version") {
		d.problem(root.Line, "no version: start the file with version: 1")
	}
	if root.Kind == yaml.MappingNode && !hasKey(root, "provider") {
		d.problem(root.Line, "no provider: say which provider the mapping is for")
	}
}

func hasKey(n *yaml.Node, key string) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return true
		}
	}
	return false
}

// name reads the name of a provider.
func (d *decoder) name(n *yaml.Node, what string) string {
	name, ok := d.scalar(n, what)
	if ok && !isName(name) {
		d.problem(n.Line, "%s %q: use lower case letters, digits and hyphens", what, name)
	}
	return name
}

func (d *decoder) source(key, n *yaml.Node, m *Mapping) {
	s := Source{Key: key.Value}
	before := len(d.problems)
	d.object(n, "source "+key.Value, keys{
		"title": d.into(&s.Title, "title"),
		"url":   d.into(&s.URL, "url"),
		"retrieved": func(n *yaml.Node) {
			value, ok := d.scalar(n, "retrieved")
			if _, err := time.Parse(time.DateOnly, value); ok && err != nil {
				d.problem(n.Line, "retrieved %q: use a date such as 2026-11-21", value)
			}
			s.Retrieved = value
		},
	})
	if s.Title == "" && len(d.problems) == before {
		d.problem(key.Line, "source %s has no title", key.Value)
	}
	m.Sources = append(m.Sources, s)
}

func (d *decoder) readEntry(n *yaml.Node, m *Mapping) {
	var e readEntry
	into := func(target *fields) func(*yaml.Node) {
		return func(n *yaml.Node) {
			d.anyOf(n, "path", func(line int, value string) {
				f, err := parseField(value)
				if err != nil {
					d.problem(line, "%v", err)
				}
				*target = append(*target, f)
			})
		}
	}
	before := len(d.problems)
	d.object(n, "an entry of read", keys{
		"code": into(&e.code), "description": into(&e.description), "uri": into(&e.uri), "status": into(&e.status),
	})
	if len(e.code)+len(e.description) == 0 && len(d.problems) == before {
		d.problem(n.Line, "an entry of read needs a code or a description")
	}
	m.read = append(m.read, e)
}

// field reads a path, or header.<Name>.
func (d *decoder) field(n *yaml.Node, what string) field {
	value, ok := d.scalar(n, what)
	if !ok {
		return field{}
	}
	f, err := parseField(value)
	if err != nil {
		d.problem(n.Line, "%v", err)
	}
	return f
}

func (d *decoder) endpointPaths(key, n *yaml.Node, m *Mapping) {
	kind, err := ParseEndpoint(key.Value)
	if err != nil {
		d.problem(key.Line, "%v", err)
		return
	}
	d.anyOf(n, "endpoints "+key.Value, func(line int, value string) {
		p, err := parseEndpointPath(value)
		if err != nil {
			d.problem(line, "%v", err)
			return
		}
		m.endpoints[kind] = append(m.endpoints[kind], p)
	})
}

func (d *decoder) keep(n *yaml.Node, m *Mapping) {
	value, ok := d.scalar(n, "keep")
	if !ok {
		return
	}
	p, err := parseMember(value)
	if err != nil {
		d.problem(n.Line, "%v", err)
		return
	}
	m.keep = append(m.keep, p)
}

// rule reads one row.
func (d *decoder) rule(n *yaml.Node, m *Mapping) {
	r := &Rule{File: d.file, Line: n.Line, position: fmt.Sprintf("%s:%d", d.file, n.Line)}
	if n.Line <= len(d.lines) {
		r.Text = strings.TrimSpace(d.lines[n.Line-1])
	}
	before := len(d.problems)
	d.object(n, "a row", keys{
		"status":         func(n *yaml.Node) { d.anyOf(n, "status", func(l int, v string) { d.status(l, v, r) }) },
		"code":           func(n *yaml.Node) { d.anyOf(n, "code", func(l int, v string) { d.code(l, v, r) }) },
		"description":    func(n *yaml.Node) { d.anyOf(n, "description", func(l int, v string) { d.description(l, v, r) }) },
		"endpoint":       func(n *yaml.Node) { d.anyOf(n, "endpoint", func(l int, v string) { d.endpoint(l, v, r) }) },
		"when":           func(n *yaml.Node) { d.pairs(n, "when", func(k, v *yaml.Node) { d.condition(k, v, r) }) },
		"error":          func(n *yaml.Node) { d.canonical(n, r) },
		"pass":           func(n *yaml.Node) { r.Pass = d.yes(n, "pass") },
		"to_status":      func(n *yaml.Node) { r.ToStatus = d.integer(n, "to_status", 400, 599) },
		"to_description": d.into(&r.ToDescription, "to_description"),
		"retry_after": func(n *yaml.Node) {
			r.retryAfter = d.field(n, "retry_after")
			r.RetryAfter = r.retryAfter.spelled
		},
		"source": func(n *yaml.Node) { d.sourceKey(n, r, m) },
	})
	if len(d.problems) == before {
		if message := r.incomplete(); message != "" {
			d.problem(n.Line, "%s", message)
		}
	}
	m.Rules = append(m.Rules, r)
}

// lowest returns the lowest status of a row that names some.
func (r *Rule) lowest() statusRange {
	return slices.MinFunc(r.statuses, func(a, b statusRange) int { return a.low - b.low })
}

// incomplete says what a row lacks, or nothing.
func (r *Rule) incomplete() string {
	switch {
	case r.IsDefault() && len(r.statuses) == 0:
		return "the row fits every response: give it a status, code, description or when"
	case r.IsDefault() && r.Error != "" && r.lowest().low < 400:
		return "status " + r.lowest().String() + " alone is no error: say by which code, description or when it is one"
	case r.IsDefault() && r.Error != "" && r.endpoints != 0 && r.endpoints&^pageEndpoints == 0:
		return "status " + r.lowest().String() + " alone is no error at pages: say by which code, description or when it is one"
	case r.Error == "" && !r.Pass:
		return "the row has no result: give it error: <code>, or pass: true"
	case r.Error != "" && r.Pass:
		return "the row has both error and pass: choose one"
	case r.Pass && (r.ToStatus != 0 || r.ToDescription != "" || r.RetryAfter != ""):
		return "a row with pass leaves the response as it is: drop to_status, to_description and retry_after"
	}
	return ""
}

func (d *decoder) status(line int, value string, r *Rule) {
	s, err := parseStatus(value)
	if err != nil {
		d.problem(line, "%v", err)
		return
	}
	r.statuses = append(r.statuses, s)
}

func (d *decoder) code(line int, value string, r *Rule) {
	if err := checkCode(value); err != nil {
		d.problem(line, "%v", err)
		return
	}
	r.codes = append(r.codes, value)
}

func (d *decoder) description(line int, value string, r *Rule) {
	p, err := parsePattern(value)
	if err != nil {
		d.problem(line, "description: %v", err)
		return
	}
	r.descriptions = append(r.descriptions, p)
}

func (d *decoder) endpoint(line int, value string, r *Rule) {
	e, err := ParseEndpoint(value)
	if err != nil {
		d.problem(line, "%v", err)
		return
	}
	r.endpoints = r.endpoints.with(e)
}

func (d *decoder) condition(key, n *yaml.Node, r *Rule) {
	f := d.field(key, "when")
	value, ok := d.scalar(n, "when "+key.Value)
	if !ok {
		return
	}
	p, err := parsePattern(value)
	if err != nil {
		d.problem(n.Line, "when %s: %v", key.Value, err)
		return
	}
	r.when = append(r.when, condition{f, p})
}

func (d *decoder) canonical(n *yaml.Node, r *Rule) {
	value, ok := d.scalar(n, "error")
	if !ok {
		return
	}
	if _, known := Lookup(value); !known {
		d.problem(n.Line, "%v", errUnregistered(value))
	}
	r.Error = value
}

func (d *decoder) sourceKey(n *yaml.Node, r *Rule, m *Mapping) {
	value, ok := d.scalar(n, "source")
	if ok && !slices.ContainsFunc(m.Sources, func(s Source) bool { return s.Key == value }) {
		d.problem(n.Line, "unknown source %q: add it to sources", value)
	}
	r.Source = value
}

// parseEndpointPath reads a pattern for URL paths.
func parseEndpointPath(spelled string) (pattern, error) {
	if !strings.HasPrefix(spelled, "/") && !strings.HasPrefix(spelled, "*") {
		return pattern{}, fmt.Errorf("path %q: begin it with / or *", spelled)
	}
	return parsePattern(spelled)
}

// parseMember reads the path of a member to keep. Its last name becomes the
// name in the canonical error, so it must not be one of that error's own.
func parseMember(spelled string) (wire.Path, error) {
	p, err := wire.ParsePath(spelled)
	if err != nil {
		return p, err
	}
	switch p.Last() {
	case "error", "error_description", "error_uri":
		return p, fmt.Errorf("member %q belongs to the canonical error: it cannot be kept from the provider's", spelled)
	}
	return p, nil
}

// CheckEndpointPath returns an error if the path pattern of an endpoint cannot
// be read.
func CheckEndpointPath(spelled string) error {
	_, err := parseEndpointPath(spelled)
	return err
}

// CheckMember returns an error if a member cannot be kept.
func CheckMember(spelled string) error {
	_, err := parseMember(spelled)
	return err
}
