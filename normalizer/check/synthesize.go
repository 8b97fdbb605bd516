package check

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// synthetic is one combination of the values of a row.
type synthetic struct {
	row               *mapping.Row
	status            int
	code, description string
	endpoint          registry.Endpoint
	grant             registry.Grant
}

// String returns the combination, for messages.
func (s synthetic) String() string {
	return fmt.Sprintf("status %d, code %q, description %q, endpoint %v, grant %v", s.status, s.code, s.description, s.endpoint, s.grant)
}

// synthesize lists the combinations of a row.
func synthesize(table *normalizer.Table, row *mapping.Row) []synthetic {
	out := []synthetic{{row: row, endpoint: registry.EndpointToken, status: 477}}
	out = spread(out, row.Statuses, func(s *synthetic, status mapping.StatusRange) { s.status = statusIn(table, status) })
	out = spread(out, row.Codes, func(s *synthetic, code string) { s.code = code })
	out = spread(out, row.Descriptions, func(s *synthetic, p mapping.Pattern) { s.description = sample(p) })
	out = spread(out, row.Grants.Each(), func(s *synthetic, g registry.Grant) { s.grant = g })
	return spread(out, row.Endpoints.Each(), func(s *synthetic, e registry.Endpoint) { s.endpoint = e })
}

// spread multiplies the combinations by values; none leaves them alone.
func spread[T any](in []synthetic, values []T, set func(*synthetic, T)) []synthetic {
	if len(values) == 0 {
		return in
	}
	var out []synthetic
	for _, s := range in {
		for _, v := range values {
			set(&s, v)
			out = append(out, s)
		}
	}
	return out
}

// statusIn chooses a status: of a class one that no row without a code names.
func statusIn(table *normalizer.Table, s mapping.StatusRange) int {
	for status := s.High; status > s.Low; status-- {
		if !table.NamesStatus(status) {
			return status
		}
	}
	return s.Low
}

// sample makes a text that the pattern matches.
func sample(p mapping.Pattern) string { return p.Sample("qzx") }

// winner returns the row that decides, for the first read entry with which the row
// itself does, or for the first one.
func (s synthetic) winner(table *normalizer.Table) *mapping.Row {
	var first *mapping.Row
	for i, entry := range table.Read() {
		winner := s.decider(table, s.response(&entry))
		if winner.IsTwin(s.row) {
			return winner
		}
		if i == 0 {
			first = winner
		}
	}
	return first
}

// decider returns the row that decides about a response.
func (s synthetic) decider(table *normalizer.Table, resp normalizer.Response) *mapping.Row {
	q := table.Request(&http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/"}, Header: http.Header{}}).As(s.endpoint, s.grant)
	d := table.Decide(&q, resp)
	if row, ok := d.Finding.Row(); ok {
		return &row
	}
	return nil
}

// response puts code and description where the entry reads them.
func (s synthetic) response(entry *mapping.Read) normalizer.Response {
	resp := normalizer.Response{Status: s.status, Header: http.Header{}}
	body := make(map[string]any)
	put := func(f mapping.Field, value string) {
		switch {
		case value == "" || f.IsZero():
		case f.Header() != "":
			resp.Header.Set(f.Header(), value)
		default:
			body = putValue(body, wire.SplitPath(f.String()), value).(map[string]any)
		}
	}
	put(entry.Code.First(), s.code)
	put(entry.Description.First(), s.description)
	for _, w := range s.row.When {
		put(w.Field, sample(w.Pattern))
	}
	if len(body) > 0 {
		resp.Header.Set("Content-Type", "application/json")
		resp.Body, _ = json.Marshal(body)
	}
	return resp
}

// MakeBody returns a JSON body with the values at the paths. It skips empty values, empty
// paths and header fields.
func MakeBody(values map[string]string) string {
	body := make(map[string]any)
	for _, path := range slices.Sorted(maps.Keys(values)) {
		if f, err := mapping.ParseField(path); err == nil && f.Header() == "" && path != "" && values[path] != "" {
			body, _ = putValue(body, wire.SplitPath(path), values[path]).(map[string]any)
		}
	}
	if len(body) == 0 {
		return ""
	}
	text, _ := json.Marshal(body)
	return string(text)
}

// putValue sets a value in nested objects, and in arrays where a name is a number.
func putValue(in any, names []string, value any) any {
	if len(names) == 0 {
		return value
	}
	index, err := strconv.Atoi(names[0])
	object, isObject := in.(map[string]any)
	if err != nil || isObject {
		if !isObject {
			object = make(map[string]any)
		}
		object[names[0]] = putValue(object[names[0]], names[1:], value)
		return object
	}
	array, _ := in.([]any)
	for len(array) <= index {
		array = append(array, nil)
	}
	array[index] = putValue(array[index], names[1:], value)
	return array
}
