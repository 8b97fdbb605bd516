package normalizer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// kept are the members of a response to copy into the canonical error.
type kept struct {
	top  map[string]string // names of members at the top, with the same as JSON text
	deep []keptMember
}

// keptMember is a member to copy from deeper down, with its name as JSON text.
type keptMember struct {
	path wire.Path
	name string
}

// keptOf returns the members that the mappings and the configuration keep.
func keptOf(c *Config, chain []*mapping.Mapping) (kept, error) {
	k := kept{top: make(map[string]string)}
	for _, m := range slices.Backward(chain) {
		for _, p := range m.Keep {
			k.add(p)
		}
	}
	for _, spelled := range c.Keep {
		p, err := mapping.ParseMember(spelled)
		if err != nil {
			return kept{}, fmt.Errorf("keep: %w", err)
		}
		k.add(p)
	}
	return k, nil
}

// add adds a member. Of two with one path the first counts.
func (k *kept) add(p wire.Path) {
	quoted := string(appendQuoted(nil, p.Last()))
	if p.IsTop() {
		k.top[p.Last()] = quoted
	} else if !slices.ContainsFunc(k.deep, func(m keptMember) bool { return m.path.String() == p.String() }) {
		k.deep = append(k.deep, keptMember{path: p, name: quoted})
	}
}

// members copies the kept members that the response has: those at the top in the
// order of the response, each once, then those from deeper down, and then those that an
// application may read.
func (k *kept) members(x *exchange) []member {
	var out []member
	add := func(name, raw string) {
		if raw != "" && raw != "null" && !slices.ContainsFunc(out, func(m member) bool { return m.name == name }) {
			out = append(out, member{name: name, raw: raw})
		}
	}
	x.body.Each(func(name string, v wire.Value) {
		if quoted, ok := k.top[name]; ok {
			add(quoted, v.Raw())
		}
	})
	for _, m := range k.deep {
		add(m.name, x.body.Get(m.path).Raw())
	}
	if x.speaksForItself() {
		x.body.Each(func(name string, v wire.Value) {
			if saysWhatIsWrong(name) && isHarmless(name, v, 0) {
				add(string(appendQuoted(nil, name)), v.Raw())
			}
		})
	}
	return out
}

// speaksForItself reports whether the client may be one that reads the members of the
// server's own JSON, which nobody declared to be an endpoint of OAuth: it sent a token, or
// was asked for one, and that is all that is known.
func (x *exchange) speaksForItself() bool {
	return x.endpoint == registry.EndpointResource && !x.named && strings.Contains(mediaType(x.header), "json") && len(x.body.Root().Raw()) <= mostBeside
}

// saysWhatIsWrong reports whether a member has a code or a text of an error by its name,
// and is none of those that the canonical error has. Names are compared without case, as
// some parsers do.
func saysWhatIsWrong(name string) bool {
	var buf [64]byte
	folded := registry.FoldName(buf[:0], name[:min(len(name), len(buf))])
	switch string(folded) {
	case "error", "errordescription", "erroruri":
		return false
	}
	m := registry.LookupMember(folded)
	return (m.Text > 0 || m.Code > 0 || m.Container) && !m.Hidden
}
