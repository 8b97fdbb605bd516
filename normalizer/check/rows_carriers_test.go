package check

import (
	"bytes"
	"encoding/xml"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// rowCarrier spells a JSON object in another format; not every one has a spelling.
type rowCarrier struct {
	contentType string
	isCarrier   func(x *mapping.Example) bool // whether an example comes in the format
	spell       func(object gjson.Result) (string, bool)
}

// rowCarriers are the formats besides JSON in which the values of a row have names.
// Accelo's YAML is in the documented rows.
var rowCarriers = map[string]rowCarrier{
	"XML": {"text/xml", isXMLExample, func(object gjson.Result) (string, bool) { return spellXML("answer", object) }},
	"form": {"application/x-www-form-urlencoded", func(x *mapping.Example) bool {
		return strings.HasPrefix(x.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	}, spellForm},
}

func isXMLExample(x *mapping.Example) bool {
	return strings.HasPrefix(x.Body, "<?xml") || strings.HasPrefix(x.Body, "<") && strings.Contains(x.Header.Get("Content-Type"), "xml")
}

var xmlName = regexp.MustCompile(`^[A-Za-z_][\w.-]*$`)

// spellXML makes an element: members that begin with @ are its attributes.
func spellXML(name string, v gjson.Result) (string, bool) {
	var attributes, content bytes.Buffer
	ok := xmlName.MatchString(name) && !v.IsArray()
	if !v.IsObject() {
		xml.EscapeText(&content, []byte(v.String()))
	} else {
		v.ForEach(func(name, value gjson.Result) bool {
			switch attribute, isAttribute := strings.CutPrefix(name.Str, "@"); {
			case isAttribute:
				attributes.WriteString(" " + attribute + `="`)
				xml.EscapeText(&attributes, []byte(value.String()))
				attributes.WriteString(`"`)
			case name.Str == "#text":
				xml.EscapeText(&content, []byte(value.String()))
			default:
				element, spelled := spellXML(name.Str, value)
				ok = ok && spelled
				content.WriteString(element)
			}
			return true
		})
	}
	return "<" + name + attributes.String() + ">" + content.String() + "</" + name + ">", ok
}

// spellForm makes a form of the members at the top.
func spellForm(object gjson.Result) (string, bool) {
	form, flat := url.Values{}, true
	object.ForEach(func(name, value gjson.Result) bool {
		flat = flat && !value.IsObject() && !value.IsArray()
		form.Set(name.Str, value.String())
		return true
	})
	return form.Encode(), flat
}

// TestEveryRowWinsInEachCarrier sends the made-up response of each row in every format
// that the examples of the mapping use. The same row must decide.
func TestEveryRowWinsInEachCarrier(t *testing.T) {
	spelled := map[string]int{}
	eachShipped(t, func(t *testing.T, m *mapping.Mapping, table *normalizer.Table) {
		for _, name := range slices.Sorted(maps.Keys(rowCarriers)) {
			carrier := rowCarriers[name]
			if !slices.ContainsFunc(m.Examples, func(x mapping.Example) bool { return carrier.isCarrier(&x) }) {
				continue
			}
			for _, row := range m.Rows {
				for _, s := range synthesize(table, row) {
					spelled[name] += carryRow(t, table, s, name, carrier)
				}
			}
		}
	})
	t.Logf("rows spelled: %v", spelled)
	for name := range rowCarriers {
		if spelled[name] == 0 {
			t.Errorf("%s: got no row spelled in it, want some", name)
		}
	}
}

// carryRow compares the row that decides about JSON with the one for the other format,
// for each entry of read. It returns the number of comparisons.
func carryRow(t *testing.T, table *normalizer.Table, s synthetic, name string, carrier rowCarrier) (compared int) {
	t.Helper()
	for _, entry := range table.Read() {
		values := map[string]string{entry.Code.First().String(): s.code, entry.Description.First().String(): s.description}
		for _, w := range s.row.When {
			values[w.Field.String()] = sample(w.Pattern)
		}
		object := MakeBody(values)
		body, ok := carrier.spell(gjson.Parse(object))
		if object == "" || !ok {
			continue
		}
		resp := s.response(&entry)
		want := s.decider(table, resp)
		resp.Header.Set("Content-Type", carrier.contentType)
		resp.Body = []byte(body)
		if got := s.decider(table, resp); !got.IsTwin(want) {
			t.Errorf("%s: %s: %s: got another row in %s than in JSON: %+v, want %+v", s.row.Position(), s, body, name, got, want)
		}
		compared++
	}
	return compared
}
