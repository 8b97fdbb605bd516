package normalizer

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// twins reports whether two rows have the same left side and the same result.
func twins(a, b *Rule) bool {
	return a == b || a != nil && a.sameResult(b) && a.endpoints == b.endpoints &&
		reflect.DeepEqual(a.statuses, b.statuses) && reflect.DeepEqual(uniqueCodes(a.codes), uniqueCodes(b.codes)) &&
		reflect.DeepEqual(a.descriptions, b.descriptions) && reflect.DeepEqual(a.when, b.when)
}

// synthetic is one combination of what a row names.
type synthetic struct {
	rule              *Rule
	status            int
	code, description string
	endpoint          Endpoint
}

func (s synthetic) String() string {
	return fmt.Sprintf("status %d, code %q, description %q, endpoint %v", s.status, s.code, s.description, s.endpoint)
}

// synthesize lists the combinations of a row.
func synthesize(table *Table, rule *Rule) []synthetic {
	out := []synthetic{{rule: rule, endpoint: EndpointToken, status: 477}}
	out = spread(out, rule.statuses, func(s *synthetic, status statusRange) { s.status = statusIn(table, status) })
	out = spread(out, rule.codes, func(s *synthetic, code string) { s.code = code })
	out = spread(out, rule.descriptions, func(s *synthetic, p pattern) { s.description = literal(p) })
	var endpoints []Endpoint
	for e := range endpointCount {
		if rule.endpoints.names(e) {
			endpoints = append(endpoints, e)
		}
	}
	return spread(out, endpoints, func(s *synthetic, e Endpoint) { s.endpoint = e })
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
func statusIn(table *Table, s statusRange) int {
	for status := s.high; status > s.low; status-- {
		if _, named := table.bare[status]; !named {
			return status
		}
	}
	return s.low
}

// literal makes a text that the pattern matches.
func literal(p pattern) string { return strings.Join(p.parts, "qzx") }

// winner returns the row that decides, for the first read entry with which the
// row itself does, or for the first one.
func (s synthetic) winner(table *Table) *Rule {
	var first *Rule
	for i := range table.read {
		winner := table.Recognize(s.response(&table.read[i])).Rule
		if twins(winner, s.rule) {
			return winner
		}
		if i == 0 {
			first = winner
		}
	}
	return first
}

// response puts code and description where the entry reads them.
func (s synthetic) response(entry *readEntry) *Response {
	resp := &Response{Status: s.status, Header: http.Header{}, Endpoint: s.endpoint}
	body := make(map[string]any)
	put := func(f field, value string) {
		switch {
		case value == "" || f.isZero():
		case f.header != "":
			resp.Header.Set(f.header, value)
		default:
			body = putValue(body, wire.SplitPath(f.spelled), value).(map[string]any)
		}
	}
	put(entry.code.first(), s.code)
	put(entry.description.first(), s.description)
	for _, w := range s.rule.when {
		put(w.field, literal(w.pattern))
	}
	if resp.Empty = len(body) == 0; !resp.Empty {
		text, _ := json.Marshal(body)
		resp.Body, _ = wire.Parse("application/json", text)
	}
	return resp
}

// MakeBody returns a JSON body that has the values at the paths. Values that are
// empty, and paths that are or that name a header field, are left out.
func MakeBody(values map[string]string) string {
	body := make(map[string]any)
	for _, path := range slices.Sorted(maps.Keys(values)) {
		if f, err := parseField(path); err == nil && f.header == "" && path != "" && values[path] != "" {
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
