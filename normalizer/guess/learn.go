package guess

import (
	"math"
	"net/url"
	"slices"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// learn takes the evidence in a document.
func (x *Index) learn(d document, found []evidence) {
	number := int32(len(x.documents))
	x.documents = append(x.documents, d)
	var has [kinds]bool
	for _, e := range found {
		has[e.kind] = true
		id, ok := x.pieces[e]
		if !ok {
			id = int32(len(x.by))
			x.pieces[e] = id
			x.by, x.in = append(x.by, nil), append(x.in, nil)
		}
		x.in[id] = append(x.in[id], number)
		if by := x.by[id]; len(by) > 0 && by[len(by)-1].provider == d.provider {
			by[len(by)-1].documents++
		} else {
			x.by[id] = append(by, count{d.provider, 1})
		}
	}
	for k, ok := range has {
		if ok {
			x.known[d.provider][k]++
		}
	}
}

// describe adds the description of a row. texts maps the search text of a pattern to its
// index.
func (x *Index) describe(texts map[string]int, d mapping.Pattern, provider int32, row *mapping.Row) {
	key := strings.Join(d.Parts(), "*")
	at, ok := texts[key]
	if !ok {
		at = len(x.patterns)
		texts[key] = at
		x.patterns = append(x.patterns, pattern{Pattern: d})
	}
	p := &x.patterns[at]
	if n := len(p.of); n == 0 || p.of[n-1] != provider {
		p.of, p.rows = append(p.of, provider), append(p.rows, row)
	}
}

// sign finds the providers of the signs.
func (x *Index) sign() {
	for i := range signs {
		s := signed{sign: &signs[i]}
		for j, m := range x.mappings {
			if slices.Contains(s.providers, m.Provider) {
				s.of = append(s.of, int32(j))
			}
		}
		if len(s.of) > 0 {
			x.signed = append(x.signed, s)
		}
	}
}

// measure computes how much each document has to say.
func (x *Index) measure() {
	for e, id := range x.pieces {
		w := x.worth(e.kind, id)
		for _, d := range x.in[id] {
			x.documents[d].norm += float32(w * w)
		}
	}
	for i := range x.documents {
		x.documents[i].norm = float32(math.Sqrt(float64(x.documents[i].norm) + 1))
	}
}

// exampleEvidence returns the evidence in an example.
func exampleEvidence(e *mapping.Example) []evidence {
	var request *url.URL
	if e.Path != "" {
		request = &url.URL{Path: e.Path}
	}
	return collect(&normalizer.Response{Status: e.Status, Header: e.Header, Body: []byte(e.Body)}, request).list
}

// rowEvidence returns the evidence that a response for a row would have.
func rowEvidence(m *mapping.Mapping, row *mapping.Row) []evidence {
	c := newCollector()
	for _, s := range row.Statuses {
		if s.Exact() {
			c.add(kindStatus, s.String())
		}
	}
	for _, code := range row.Codes {
		folded := string(mapping.FoldCode(nil, code))
		c.add(kindCode, folded)
		for i := range m.Read {
			for _, f := range m.Read[i].Code {
				c.add(kindCode, f.String()+"="+code)
			}
		}
		c.text(code)
	}
	for _, d := range row.Descriptions {
		c.pattern(d)
	}
	for i := range row.When {
		w := &row.When[i]
		if name := w.Field.Header(); name != "" {
			c.field(name, w.Pattern.Literals())
			continue
		}
		c.member(w.Field.String())
		c.pattern(w.Pattern)
	}
	return c.list
}

// pattern takes the literal parts of a pattern as texts.
func (c *collector) pattern(p mapping.Pattern) {
	for _, part := range p.Parts() {
		c.text(part)
	}
}

// member takes a path of a mapping as one of a body.
func (c *collector) member(path string) {
	at := ""
	for name := range strings.SplitSeq(path, ".") {
		if name != "" && strings.Trim(name, "0123456789") == "" {
			name = "*"
		}
		at += name
		c.add(kindMember, at)
		at += "."
	}
}

// mappingEvidence returns the evidence in the head of a mapping: its name, the hosts of
// its documents, and the members that it reads.
func mappingEvidence(m *mapping.Mapping) []evidence {
	c := newCollector()
	c.add(kindName, strings.ReplaceAll(m.Provider, "-", ""))
	for _, s := range m.Sources {
		if u, err := url.Parse(s.URL); err == nil {
			c.host(u.Host)
		}
	}
	for i := range m.Read {
		r := &m.Read[i]
		for _, f := range slices.Concat(r.Code, r.Description, r.URI) {
			if f.Header() == "" {
				c.member(f.String())
			}
		}
	}
	for _, p := range m.Keep {
		c.member(p.String())
	}
	for _, patterns := range m.Endpoints {
		for _, p := range patterns {
			c.path(strings.Trim(p.String(), "*"))
		}
	}
	return c.list
}
