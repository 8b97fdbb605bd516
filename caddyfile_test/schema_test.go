package caddyfile_test

import (
	"fmt"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// publishedSchemas are the schemas of the two bodies, by media type.
var publishedSchemas = sync.OnceValue(func() map[string]*jsonschema.Schema {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	return map[string]*jsonschema.Schema{
		"application/json":         c.MustCompile("../normalizer/oauth-error.schema.json"),
		"application/problem+json": c.MustCompile("../normalizer/problem.schema.json"),
	}
})

// schemaProblems holds a rewritten answer against the published schema of its
// media type.
func schemaProblems(got reply) []string {
	contentType := got.header.Get("Content-Type")
	schema, ok := publishedSchemas()[contentType]
	if !ok {
		return []string{fmt.Sprintf("got Content-Type %q, want one that has a published schema", contentType)}
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(got.body))
	if err != nil {
		return []string{fmt.Sprintf("got a body that is no JSON: %v", err)}
	}
	if err := schema.Validate(value); err != nil {
		return []string{fmt.Sprintf("got a body that does not fit its schema: %v", err)}
	}
	return nil
}
