package mappings_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// schemaFile is the JSON Schema of mapping files, by which editors complete and
// check them while they are written. The loader has the last word.
const schemaFile = "mapping.schema.json"

// schemaLine makes editors use it.
const schemaLine = "# yaml-language-server: $schema=" + schemaFile

// object is an object of JSON.
type object = map[string]any

// The kinds of values. Editors speak of YAML's types and the loader of how a value
// is spelled, so most texts may be numbers as well.
var (
	text     = object{"type": []string{"string", "number", "boolean"}, "pattern": `\S`}
	name     = object{"type": []string{"string", "integer"}, "pattern": `^[a-z0-9-]+$`}
	path     = object{"type": []string{"string", "number"}, "pattern": `^(header\.[^ :\t]+|(#text|(\\\.|[^.#*?|])+)(\.(#text|(\\\.|[^.#*?|])+))*)$`}
	member   = object{"allOf": []any{path, object{"not": object{"pattern": `(^|[^\\]\.)error(_description|_uri)?$`}}}}
	kind     = object{"enum": endpointKinds()}
	grant    = object{"enum": grantTypes()}
	only     = object{"const": true}
	status   = object{"anyOf": []any{number(200, 599), object{"type": "string", "pattern": `^[2-5]([0-9]{2}|[xX]{2})$`}}}
	urlPath  = object{"type": "string", "pattern": `^[/*]`}
	date     = object{"type": "string", "format": "date", "pattern": `^\d{4}-\d{2}-\d{2}$`}
	code     = object{"enum": registeredErrors()}
	sequence = func(items object) object { return object{"type": "array", "items": items} }
	members  = func(values object) object { return object{"type": "object", "additionalProperties": values} }
)

// number is a number between two bounds, which may be quoted.
func number(low, high int) object {
	return object{"anyOf": []any{
		object{"type": "integer", "minimum": low, "maximum": high},
		object{"type": "string", "pattern": fmt.Sprintf(`^[%d-%d][0-9]{2}$`, low/100, high/100)},
	}}
}

// anyOf is one value, or a list of some.
func anyOf(value object) object {
	return object{"anyOf": []any{value, object{"type": "array", "minItems": 1, "items": value}}}
}

func registeredErrors() (codes []string) {
	for _, e := range registry.All() {
		codes = append(codes, e.Code)
	}
	return codes
}

// endpointKinds are the kinds that the loader knows.
func endpointKinds() []string {
	_, err := registry.ParseEndpoint("nosuch")
	_, list, _ := strings.Cut(err.Error(), "use one of ")
	return strings.Split(list, ", ")
}

// grantTypes are the grant types that the loader knows.
func grantTypes() []string {
	_, err := registry.ParseGrant("nosuch")
	_, list, _ := strings.Cut(err.Error(), "use one of ")
	return strings.Split(list, ", ")
}

func required(keys ...string) object { return object{"required": keys} }

// part describes one kind of mapping: a schema for each key, and the relations between
// keys. The heading names its table in README.md, which has the descriptions.
type part struct {
	heading string
	keys    object
	rules   object
}

// parts are all of them, by the words with which the loader names them.
var parts = map[string]part{
	"the mapping": {"### The file", object{
		"version": object{"enum": []any{1, "1"}}, "provider": name, "title": text, "kind": object{"enum": mapping.Kinds}, "aliases": anyOf(name), "base": anyOf(name), "gaps": anyOf(text),
		"sources": members(object{"$ref": "#/definitions/source"}), "read": sequence(object{"$ref": "#/definitions/read"}),
		"endpoints": object{"type": "object", "propertyNames": kind, "additionalProperties": anyOf(urlPath)},
		"keep":      sequence(member), "errors": sequence(object{"$ref": "#/definitions/row"}), "examples": sequence(object{"$ref": "#/definitions/example"}),
	}, required("version", "provider")},
	"source docs": {"### A source", object{"title": text, "url": text, "retrieved": date}, required("title")},
	"an entry of read": {"### An entry of read", object{"code": anyOf(path), "description": anyOf(path), "uri": anyOf(path), "status": anyOf(path)},
		object{"anyOf": []any{required("code"), required("description")}}},
	"a row": {"### A row", object{
		"status": anyOf(status), "code": anyOf(text), "description": anyOf(text), "endpoint": anyOf(kind), "grant": anyOf(grant),
		"when": object{"type": "object", "propertyNames": path, "additionalProperties": text}, "without": anyOf(path),
		"error": code, "pass": only, "to_status": number(400, 599), "to_description": text, "retry_after": path, "source": text,
	}, object{"allOf": []any{
		object{"anyOf": []any{required("status"), required("code"), required("description"), required("when")}},
		object{"oneOf": []any{required("error"), required("pass")}},
		object{"not": object{"anyOf": []any{required("pass", "to_status"), required("pass", "to_description"), required("pass", "retry_after")}}},
	}}},
	"an example": {"### An example", object{
		"endpoint": kind, "path": object{"type": "string", "pattern": "^/"}, "status": number(200, 599), "header": members(text), "body": object{"type": []string{"string", "number", "boolean"}},
		"authorization": object{"enum": []string{"Basic", "Bearer", "DPoP"}}, "grant": grant, "public": only, "expect": object{"$ref": "#/definitions/expect"},
	}, required("endpoint", "status", "expect")},
	"expect": {"### What an example expects", object{"pass": only, "status": number(200, 599), "error": code, "description": text},
		object{"oneOf": []any{required("pass"), required("status", "error")}}},
}

// definitions are the names of the parts in the schema.
var definitions = map[string]string{"source docs": "source", "an entry of read": "read", "a row": "row", "an example": "example", "expect": "expect"}

// schemaOf is the schema of one part.
func schemaOf(t *testing.T, what string) object {
	t.Helper()
	properties := make(object)
	described := descriptions(t, parts[what].heading)
	for key, value := range parts[what].keys {
		property := maps.Clone(value.(object))
		if ref, ok := property["$ref"]; ok { // beside which nothing else counts
			property = object{"allOf": []any{object{"$ref": ref}}}
		}
		if property["description"] = described[key]; described[key] == "" {
			t.Errorf("%s: no description of %s under %s", readme, key, parts[what].heading)
		}
		properties[key] = property
	}
	s := object{"type": "object", "additionalProperties": false, "properties": properties}
	maps.Copy(s, parts[what].rules)
	return s
}

// markup matches the parts of a table that only serve its layout.
var markup = regexp.MustCompile("\\[([^]]*)\\]\\([^)]*\\)|`([^`]*)`")

// descriptions reads the meanings of the keys from the table under a heading.
func descriptions(t *testing.T, heading string) map[string]string {
	t.Helper()
	_, section, ok := strings.Cut(readmeText(t), "\n"+heading+"\n")
	if !ok {
		t.Fatalf("%s: no %s", readme, heading)
	}
	section, _, _ = strings.Cut(section, "\n#")
	found := make(map[string]string)
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " |")
		if key := strings.Trim(cells[0], " `"); strings.HasPrefix(line, "| `") {
			found[key] = markup.ReplaceAllString(strings.TrimSpace(cells[len(cells)-1]), "$1$2")
		}
	}
	return found
}

// generatedSchema makes the schema, in draft 7, which most editors support.
func generatedSchema(t *testing.T) []byte {
	t.Helper()
	s := schemaOf(t, "the mapping")
	s["$schema"], s["$id"] = "http://json-schema.org/draft-07/schema#", "https://github.com/auth-errors/caddy-auth-errors/blob/main/mappings/"+schemaFile
	s["title"], s["description"] = "Mapping of caddy-auth-errors", "What one identity provider sends when something is wrong, and what it means."
	inner := make(object)
	for what, name := range definitions {
		inner[name] = schemaOf(t, what)
	}
	s["definitions"] = inner
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSchemaIsCurrent: the file agrees with the loader, the registry and the tables of
// README.md.
func TestSchemaIsCurrent(t *testing.T) {
	want := generatedSchema(t)
	if *update {
		if err := os.WriteFile(schemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), want) {
		t.Errorf("%s is not what go test ./mappings -update writes", schemaFile)
	}
}

// TestSchemaKeys: the schema has the keys that the loader has, and no others.
func TestSchemaKeys(t *testing.T) {
	_, err := mapping.Load("keys.yaml", []byte("version: 1\nprovider: keys\nnosuch: 1\nsources: {docs: {title: Docs, nosuch: 1}}\nread: [{code: error, nosuch: 1}]\n"+
		"errors: [{code: error, error: access_denied, nosuch: 1}]\nexamples: [{endpoint: token, status: 400, expect: {pass: true, nosuch: 1}, nosuch: 1}]\n"))
	problems, ok := errors.AsType[*mapping.LoadError](err)
	if !ok || len(problems.Problems) != len(parts) {
		t.Fatalf("loading unknown keys: got %v, want %d of them refused", err, len(parts))
	}
	for _, p := range problems.Problems {
		what, list, _ := strings.Cut(strings.TrimPrefix(p.Reason, `unknown key "nosuch" in `), ": use one of ")
		want := slices.Sorted(strings.SplitSeq(list, ", "))
		if got := slices.Sorted(maps.Keys(parts[what].keys)); !slices.Equal(got, want) {
			t.Errorf("the schema of %s: got the keys %v, want %v", what, got, want)
		}
	}
}

// compiledSchema is the file as validators read it.
func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSchemaLine: editors find the schema in the first line of each mapping.
func TestSchemaLine(t *testing.T) {
	files, err := filepath.Glob("*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("looking for mappings: got %d, %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if first, _, _ := strings.Cut(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n"); first != schemaLine {
			t.Errorf("%s: got the first line %q, want %q", file, first, schemaLine)
		}
	}
}
