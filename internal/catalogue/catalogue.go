// Package catalogue has the rows of all shipped mappings. [Catalogue.Write] writes them
// as pages for any web server, and [Catalogue.Search] searches them.
package catalogue

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/check"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// Entry is a row for people.
type Entry struct {
	Provider string          `json:"provider"`
	Position string          `json:"position"` // file:line
	Status   string          `json:"status"`   // as texts, like all that stands left
	Code     string          `json:"code"`
	Text     string          `json:"text"`
	Where    string          `json:"where"`
	Error    string          `json:"error"`  // empty if the row lets pass
	Answer   int             `json:"answer"` // the status that a client gets; 0 if it passes
	Action   registry.Action `json:"action"`
	Source   string          `json:"source"`
	URL      string          `json:"url"`
	Example  string          `json:"example"` // status and body of a response that the row decides

	row    *mapping.Row
	folded string // all that is searched
}

// Catalogue has the rows of mappings. It is safe for concurrent use.
type Catalogue struct {
	mappings []*mapping.Mapping
	entries  []Entry // in the order of mappings
	examples []func() map[string]*mapping.Example
}

// Shipped returns the catalogue of the shipped mappings. It is made once.
var Shipped = sync.OnceValues(func() (*Catalogue, error) {
	all, err := normalizer.Shipped.All()
	if err != nil {
		return nil, err
	}
	c := &Catalogue{mappings: all}
	for _, m := range all {
		c.examples = append(c.examples, sync.OnceValue(func() map[string]*mapping.Example { return decidedBy(m) }))
		for _, row := range m.Rows {
			c.entries = append(c.entries, entryOf(m, row))
		}
	}
	return c, nil
})

// decidedBy returns an example for each row that has one, by the position of the row.
func decidedBy(m *mapping.Mapping) map[string]*mapping.Example {
	out := make(map[string]*mapping.Example)
	table, err := normalizer.New(m.Provider)
	if err != nil {
		return out
	}
	for i := range m.Examples {
		row, difference := check.Example(table, &m.Examples[i])
		if row == nil || difference != "" {
			continue
		}
		if at := row.Position(); out[at] == nil {
			out[at] = &m.Examples[i]
		}
	}
	return out
}

// entryOf spells a row.
func entryOf(m *mapping.Mapping, row *mapping.Row) Entry {
	e := Entry{
		Provider: m.Provider, Position: row.Position(), Status: strings.Join(Spelled(row.Statuses), ", "), Code: strings.Join(row.Codes, ", "),
		Error: row.Error, row: row,
	}
	e.Text = strings.Join(Texts(row), "; ")
	e.Where = strings.Join(Where(row), ", ")
	if entry, ok := registry.Lookup(row.Error); ok {
		e.Action = entry.Action
		e.Answer = answerTo(row)
	}
	if source, ok := sourceOf(m, row); ok {
		e.Source, e.URL = source.Title, source.URL
	}
	e.folded = mapping.FoldText(strings.Join([]string{e.Provider, m.Title, e.Status, e.Code, e.Text, e.Where, e.Error, string(e.Action)}, " "))
	return e
}

// sourceOf returns the source of a row: its own, or the first of the mapping.
func sourceOf(m *mapping.Mapping, row *mapping.Row) (mapping.Source, bool) {
	for _, s := range m.Sources {
		if row.Source == "" || s.Key == row.Source {
			return s, true
		}
	}
	return mapping.Source{}, false
}

// answerTo returns the status of the answer, for the first status and endpoint of the row.
func answerTo(row *mapping.Row) int {
	if row.ToStatus != 0 {
		return row.ToStatus
	}
	endpoint, status := registry.EndpointToken, 400
	if kinds := row.Endpoints.Each(); len(kinds) > 0 {
		endpoint = kinds[0]
	}
	if len(row.Statuses) > 0 {
		status = row.Statuses[0].Low
	}
	return normalizer.StatusOf(row.Error, endpoint, status)
}

// Search returns up to most rows with all words of the query, and the number of all such
// rows. It ignores case. A number of three digits is a status first.
func (c *Catalogue) Search(query string, most int) (found []Entry, all int) {
	words := strings.Fields(mapping.FoldText(query))
	if len(words) == 0 {
		return nil, 0
	}
	for i := range c.entries {
		if e := &c.entries[i]; e.has(words) {
			found = append(found, *e)
		}
	}
	slices.SortStableFunc(found, func(a, b Entry) int { return cmp.Compare(b.closeness(words), a.closeness(words)) })
	all = len(found)
	found = found[:min(all, most)]
	for i := range found {
		c.exemplify(&found[i])
	}
	return found, all
}

func (e *Entry) has(words []string) bool {
	for _, word := range words {
		if !strings.Contains(e.folded, word) && !e.hasStatus(word) {
			return false
		}
	}
	return true
}

// hasStatus reports whether a word is a status of the row, or its class.
func (e *Entry) hasStatus(word string) bool {
	status, err := strconv.Atoi(word)
	return err == nil && slices.ContainsFunc(e.row.Statuses, func(s mapping.StatusRange) bool { return s.Has(status) })
}

// closeness counts the words that are the whole code, status or provider of the row.
func (e *Entry) closeness(words []string) (n int) {
	for _, word := range words {
		if word == e.Provider || e.hasStatus(word) || slices.ContainsFunc(e.row.Codes, func(code string) bool { return strings.EqualFold(code, word) }) {
			n++
		}
	}
	return n
}

// exemplify adds an example to an entry, with the answer that it leads to.
func (c *Catalogue) exemplify(e *Entry) {
	i := slices.IndexFunc(c.mappings, func(m *mapping.Mapping) bool { return m.Provider == e.Provider })
	if x := c.examples[i]()[e.Position]; x != nil {
		e.Example = strconv.Itoa(x.Status) + " " + x.Body
		if !x.Expect.Pass {
			e.Answer = x.Expect.Status
		}
	}
}

// Texts returns what a row demands of the texts and other values of a response.
func Texts(row *mapping.Row) []string {
	texts := Spelled(row.Descriptions)
	byField := func(a, b mapping.Condition) int { return strings.Compare(a.Field.String(), b.Field.String()) }
	for _, c := range slices.SortedFunc(slices.Values(row.When), byField) {
		texts = append(texts, c.Field.String()+" = "+c.Pattern.String())
	}
	for _, f := range row.Without {
		texts = append(texts, "without "+f.String())
	}
	return texts
}

// Where returns the kinds of endpoint and the grant types of a row.
func Where(row *mapping.Row) []string {
	return append(Spelled(row.Endpoints.Each()), Spelled(row.Grants.Each())...)
}

// Spelled returns values as mappings spell them.
func Spelled[T fmt.Stringer](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v.String()
	}
	return out
}
