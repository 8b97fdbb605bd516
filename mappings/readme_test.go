// Package mappings_test checks that README.md, and the generated tables of docs, agree
// with the mappings and the engine.
package mappings_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/check"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// update rewrites the generated tables:
//
//	go test ./mappings -update
var update = flag.Bool("update", false, "rewrite the generated tables and mapping.schema.json")

// The documents: the page about the format, and those with a generated table.
const (
	readme    = "README.md"
	providers = "../docs/providers.md"
	reference = "../docs/reference.md"
)

var library = normalizer.Shipped

func readmeText(t *testing.T) string { return documentText(t, readme) }

func documentText(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(data), "\r\n", "\n")
}

// shorten cuts a line that is too long to read.
func shorten(line string) string {
	if len(line) > 120 {
		return line[:120] + "..."
	}
	return line
}

// compareGenerated compares a generated table with the one between its marks in a document.
func compareGenerated(t *testing.T, file, name, want string) {
	t.Helper()
	text := documentText(t, file)
	begin := strings.Index(text, "<!-- begin "+name)
	end := strings.Index(text, "<!-- end "+name)
	if begin < 0 || end < begin {
		t.Fatalf("%s: no marks around the table of %s", file, name)
	}
	begin += strings.Index(text[begin:], "\n") + 1
	if *update {
		if err := os.WriteFile(file, []byte(text[:begin]+"\n"+want+"\n"+text[end:]), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, wanted := strings.Split(strings.TrimSpace(text[begin:end]), "\n"), strings.Split(strings.TrimSpace(want), "\n")
	if slices.Equal(got, wanted) {
		return
	}
	var differences strings.Builder
	for _, line := range got {
		if !slices.Contains(wanted, line) {
			differences.WriteString("- " + shorten(line) + "\n")
		}
	}
	for _, line := range wanted {
		if !slices.Contains(got, line) {
			differences.WriteString("+ " + shorten(line) + "\n")
		}
	}
	t.Errorf("%s: the table of %s is not up to date: run go test ./mappings -update, and look at what it changes:\n%s", file, name, differences.String())
}

// TestRegistryTable compares the table of registered errors with the registry.
func TestRegistryTable(t *testing.T) {
	var b strings.Builder
	b.WriteString("| error | title | token-like | resource | action | defined in |\n|---|---|---|---|---|---|\n")
	for _, e := range registry.All() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | `%s` | %s |\n", e.Code, e.Title,
			statusAt(t, e, registry.EndpointToken), statusAt(t, e, registry.EndpointResource), e.Action, e.Source)
	}
	compareGenerated(t, reference, "registry", b.String())
}

// statusAt returns the status of an error at an endpoint, by the engine and not
// only by the registry.
func statusAt(t *testing.T, e registry.Entry, endpoint registry.Endpoint) string {
	t.Helper()
	// A status that is never kept, and a code that only the row names.
	inline, err := mapping.NewRow("row", "477", "readme", e.Code, 0)
	if err != nil {
		t.Fatal(err)
	}
	table, err := normalizer.Compile(normalizer.Config{Provider: "oauth2", Inline: []*mapping.Row{inline}})
	if err != nil {
		t.Fatal(err)
	}
	got := decide(table, response(endpoint, 477, `{"error":"readme"}`)).Error.Status()
	if e.KeepsStatus {
		return strconv.Itoa(got) + " or kept"
	}
	return strconv.Itoa(got)
}

// response is a JSON response of an endpoint.
func response(endpoint registry.Endpoint, status int, body string) mapping.Example {
	return mapping.Example{Endpoint: endpoint, Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}
}

// decide is the decision about a response.
func decide(table *normalizer.Table, x mapping.Example) normalizer.Decision {
	q, resp := check.Exchange(table, &x)
	return table.Decide(&q, resp)
}

// TestProvidersTable compares the table of providers with the files.
func TestProvidersTable(t *testing.T) {
	var b strings.Builder
	b.WriteString("| name | title | rows | examples | last checked |\n|---|---|---|---|---|\n")
	names := make(map[string]string) // the provider of each name and alias
	for _, provider := range library.Providers() {
		m, err := library.Mapping(provider)
		if err != nil {
			t.Fatal(err)
		}
		checked := ""
		for _, s := range m.Sources {
			checked = max(checked, s.Retrieved)
			if s.Retrieved == "" {
				t.Errorf("%s: source %s: got no date, want when it was retrieved", m.File, s.Key)
			}
			if s.URL == "" && s.Key != "seen" { // oauth2 collects rows from too many places to name them
				t.Errorf("%s: source %s: got no URL, want where it can be read", m.File, s.Key)
			}
		}
		if m.Kind == "" || checked == "" {
			t.Errorf("%s: got kind %q, last checked %q, want both", m.File, m.Kind, checked)
		}
		for _, name := range append(m.Aliases, provider) {
			if other, ok := names[name]; ok {
				t.Errorf("%s: the name %q is also one of %s, want it once", m.File, name, other)
			}
			names[name] = provider
		}
		fmt.Fprintf(&b, "| [`%s`](../mappings/%s.yaml) | %s | %d | %d | %s |\n", provider, provider, m.Title, len(m.Rows), len(m.Examples), checked)
	}
	compareGenerated(t, providers, "providers", b.String())
}

// rowsUnder returns the cells of the table below a line of headings.
func rowsUnder(t *testing.T, headings string) [][]string {
	t.Helper()
	_, after, ok := strings.Cut(readmeText(t), "\n"+headings+"\n")
	if !ok {
		t.Fatalf("%s: no table with the headings %s", readme, headings)
	}
	var rows [][]string
	for line := range strings.Lines(after) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		if strings.HasPrefix(line, "|---") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " |")
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "`")
		}
		rows = append(rows, cells)
	}
	if len(rows) == 0 {
		t.Fatalf("%s: no rows under %s", readme, headings)
	}
	return rows
}

// fits reports whether a row with that left side applies to a response.
func fits(t *testing.T, left string, resp mapping.Example) bool {
	t.Helper()
	m, err := mapping.Load("readme.yaml", []byte("version: 1\nprovider: readme\nerrors:\n  - {"+left+", error: unknown_user_id}\n"))
	if err != nil {
		t.Fatal(err)
	}
	table, err := normalizer.Compile(normalizer.Config{Provider: "readme", Files: []*mapping.Mapping{m}})
	if err != nil {
		t.Fatal(err)
	}
	d := decide(table, resp)
	row, ok := d.Finding.Row()
	return ok && row.Error == "unknown_user_id"
}

// TestReadmePatterns: each pattern and code fits as its table says.
func TestReadmePatterns(t *testing.T) {
	for _, row := range rowsUnder(t, "| pattern | text | fits |") {
		resp := response(registry.EndpointToken, 400, fmt.Sprintf(`{"error":"x","error_description":%q}`, row[1]))
		if got := fits(t, "description: '"+row[0]+"'", resp); got != (row[2] == "yes") {
			t.Errorf("pattern %s, text %s: got %t, want %s", row[0], row[1], got, row[2])
		}
	}
	for _, row := range rowsUnder(t, "| code | the provider sends | fits |") {
		resp := response(registry.EndpointToken, 400, fmt.Sprintf(`{"error":%q}`, row[1]))
		if got := fits(t, "code: '"+row[0]+"'", resp); got != (row[2] == "yes") {
			t.Errorf("code %s, the provider sends %s: got %t, want %s", row[0], row[1], got, row[2])
		}
	}
}

// TestReadmeCarriers: each path finds the value in its table.
func TestReadmeCarriers(t *testing.T) {
	for _, row := range rowsUnder(t, "| format | Content-Type | body | path | value |") {
		path, err := wire.ParsePath(row[3])
		if err != nil {
			t.Errorf("%s: %v", row[0], err)
			continue
		}
		tree, err := wire.Parse(row[1], []byte(row[2]))
		if got, _ := tree.Get(path).Text(); err != nil || got != row[4] {
			t.Errorf("%s, %s in %s: got %q, %v, want %q", row[0], row[3], row[2], got, err, row[4])
		}
	}
	for _, refused := range []string{"#", "*", "?", "|"} {
		if _, err := wire.ParsePath("errors." + refused + ".code"); err == nil || !strings.Contains(readmeText(t), "`"+refused+"`") {
			t.Errorf("path with %s: got error %v, want it refused and README.md to say so", refused, err)
		}
	}
}

// TestTokenLike: the kinds of endpoint that the reference calls token-like are
// those where a bare status decides, whatever the body says.
func TestTokenLike(t *testing.T) {
	_, text, _ := strings.Cut(documentText(t, reference), "at token-like endpoints (")
	list, _, ok := strings.Cut(text, ")")
	if !ok {
		t.Fatalf("%s: no list of token-like endpoints", reference)
	}
	var want []string
	for name := range strings.SplitSeq(strings.NewReplacer("`", "", "\n", " ").Replace(list), ",") {
		want = append(want, strings.TrimSpace(name))
	}
	table, err := normalizer.Compile(normalizer.Config{Provider: "oauth2"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for endpoint := registry.EndpointNone; endpoint <= registry.EndpointResource; endpoint++ {
		d := decide(table, response(endpoint, 405, `{"message":"no"}`))
		if _, ok := d.Finding.Row(); ok {
			got = append(got, endpoint.String())
		}
	}
	slices.Sort(got)
	if slices.Sort(want); !slices.Equal(got, want) {
		t.Errorf("token-like endpoints: got %v, want %v", got, want)
	}
}
