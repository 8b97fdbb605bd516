package wire

import (
	"strings"
	"testing"
)

// acceloYAML is Accelo's envelope when a client asks for YAML.
const acceloYAML = "---\nmeta:\n  more_info: https://api.accelo.com/docs/#status-codes\n  status: invalid_client\n  message: 'The token isn''t valid: try again'\nresponse: ~\n"

func TestYAML(t *testing.T) {
	testTrees(t, parseYAML, []treeRow{
		{"flat", "error: invalid_grant\nerror_description: Old.", `{"error":"invalid_grant","error_description":"Old."}`, nil},
		{"envelope", acceloYAML, `{"meta":{"more_info":"https://api.accelo.com/docs/#status-codes","status":"invalid_client","message":"The token isn't valid: try again"}}`, nil},
		{"lines of Windows", "---\r\nerror: invalid_grant\r\n", `{"error":"invalid_grant"}`, nil},
		{"back from a level", "a:\n  b: 1\nc: 2", `{"a":{"b":"1"},"c":"2"}`, nil},
		{"back two levels", "a:\n  b:\n    c: 1\nd: 2", `{"a":{"b":{"c":"1"}},"d":"2"}`, nil},
		{"siblings", "a:\n  b: 1\nc:\n  b: 2", `{"a":{"b":"1"},"c":{"b":"2"}}`, nil},
		{"an indented root", "  a: 1\n  b: 2", `{"a":"1","b":"2"}`, nil},
		{"numbers stay text", "code: 0123\nrate: 1e3", `{"code":"0123","rate":"1e3"}`, nil},
		{"null", "a: ~\nb: null\nc: Null\nd: x\ne:", `{"d":"x"}`, nil},
		{"single quotes", "a: 'it''s'\n'b c': ''", `{"a":"it's","b c":""}`, nil},
		{"double quotes", `a: "say \"hi\"\\\n"` + "\n\"b\": \"\\t\"", `{"a":"say \"hi\"\\\n","b":"\t"}`, nil},
		{"a colon inside", "a: b: c\nd: http://x.test/#y", `{"a":"b: c","d":"http://x.test/#y"}`, nil},
		{"comments", "# c\na: b # c\nc: d#e\n  # f", `{"a":"b","c":"d#e"}`, nil},
		{"the first of two", "a: 1\na: 2", `{"a":"1"}`, nil},
		{"lists", "a:\n- b\n- c\nd: e", `{"d":"e"}`, nil},
		{"flow collections", "a: {b: c}\nd: [e]\nf: g", `{"f":"g"}`, nil},
		{"anchors, aliases and tags", "a: &x b\nc: *x\nd: !!str e\nf: g", `{"f":"g"}`, nil},
		{"no pair", "just text\na: b", `{"a":"b"}`, nil},
		{"four levels", "a:\n b:\n  c:\n   d: 1", `{"a":{"b":{"c":{"d":"1"}}}}`, nil},
		{"five levels", "a:\n b:\n  c:\n   d:\n    e: 1\nf: 2", `{"f":"2"}`, nil},

		{"nothing", "---\n", "", ErrInvalid},
		{"text", "invalid_grant", "", ErrInvalid},
		{"a list", "- a\n- b", "", ErrInvalid},
		{"brackets", strings.Repeat("[", 1000), "", ErrInvalid},
		{"as many lines as there may be", strings.Repeat("a: b\n", maxValues), `{"a":"b"}`, nil},
		{"too many lines", strings.Repeat("a: b\n", maxValues+1), "", ErrBounds},
	})
}

func FuzzYAML(f *testing.F) {
	for _, seed := range []string{
		acceloYAML, yamlError, "a:\n b:\n  c: d\n", "a: 'b''c'", `a: "b\"c"`, "a: |\n  b: c\n", "- a: b\n  c: d\n", "a: {b: c}", "a: [b,\n c: d]", "\t: x", "a : b", "'a: b", "\"", "a: \"", "#: #", "...\n---\n", "%YAML 1.1\n", "a: &b c\nd: *b", "\xff: \xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		tree, err := parseYAML(string(body), false)
		checkBounds(t, body, tree, err)
		if depth := strings.Count(tree.json, ":{") + 1; err == nil && !strings.ContainsAny(string(body), "\"{") && depth > maxYAMLDepth*(1+strings.Count(string(body), "\n")) {
			t.Errorf("parseYAML(%q): got %s, want at most %d levels", body, tree.json, maxYAMLDepth)
		}
	})
}

// TestYAMLNoName: lines without a name are skipped.
func TestYAMLNoName(t *testing.T) {
	testTrees(t, parseYAML, []treeRow{
		{"no name", ": b\nc: d", `{"c":"d"}`, nil},
		{"no name and no value", ":\nc: d", `{"c":"d"}`, nil},
		{"complex key", "? a\n: b\nc: d", `{"c":"d"}`, nil},
	})
}

// TestYAMLPassedOver holds that nothing inside a block scalar, a list or a flow
// collection of several lines is taken for a pair.
func TestYAMLPassedOver(t *testing.T) {
	testTrees(t, parseYAML, []treeRow{
		{"block scalar", "meta:\n  message: |\n    status: ok\n  status: invalid_client", `{"meta":{"status":"invalid_client"}}`, nil},
		{"folded scalar", "message: >-\n  error: none\nerror: invalid_grant", `{"error":"invalid_grant"}`, nil},
		{"list of mappings", "errors:\n  - code: x\n    error: none\nerror: invalid_grant", `{"error":"invalid_grant"}`, nil},
		{"list at the root", "- error: a\n  code: b\n", "", ErrInvalid},
		{"flow mapping of several lines", "details: {\n  error: none\n}\nerror: invalid_grant", `{"error":"invalid_grant"}`, nil},
		{"quoted scalar of several lines", "message: \"see\n  error: none\"\nerror: invalid_grant", `{"error":"invalid_grant"}`, nil},
	})
}

// TestYAMLQuotedComment has quotes in a comment behind a quoted scalar.
func TestYAMLQuotedComment(t *testing.T) {
	testTrees(t, parseYAML, []treeRow{
		{"comment with quotes", `error: "invalid_grant" # not "access_denied"`, `{"error":"invalid_grant"}`, nil},
		{"comment with an apostrophe", "error: 'invalid_grant' # it's old", `{"error":"invalid_grant"}`, nil},
		{"text behind the quotes", `error: "a" b`, "", ErrInvalid},
	})
}
