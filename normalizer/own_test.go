package normalizer_test

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/check"
)

// TestDecisionOwnsItsTexts: the texts of an error, and the header of its answer, stay the
// same when the memory of the body is used again.
func TestDecisionOwnsItsTexts(t *testing.T) {
	table := tableOf(t, normalizer.Config{Provider: "oauth2", Expose: []string{"code", "row", "action"}})
	for _, provider := range normalizer.Shipped.Providers() {
		m, err := normalizer.Shipped.Mapping(provider)
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range []*normalizer.Table{table, tableOf(t, normalizer.Config{Provider: provider})} {
			for i := range m.Examples {
				x := &m.Examples[i]
				request, response := check.Exchange(table, x)
				d := table.Decide(&request, response)
				header := http.Header{}
				maps.Copy(header, x.Header)
				d.Apply(header)
				before := told(&d, header)
				for k := range response.Body {
					response.Body[k] = '~'
				}
				if after := told(&d, header); after != before {
					t.Errorf("%s:%d: got\n%s\nwith another body in its memory, want\n%s", m.File, x.Line, after, before)
				}
			}
		}
	}
}

// told is all that outlives a response: the finding, the header, and the error but for
// its members, which Apply has copied.
func told(d *normalizer.Decision, header http.Header) string {
	text := fmt.Sprintf("%+v\n%v\n%s %s", d.Finding, header, d.Finding.SafeCode(), d.Finding.SafeDescription())
	e := reflect.ValueOf(d.Error)
	for i := range e.NumField() {
		if name := e.Type().Field(i).Name; name != "members" {
			text += fmt.Sprintf("\n%s: %v", name, e.Field(i))
		}
	}
	return text
}
