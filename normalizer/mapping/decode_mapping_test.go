package mapping

import (
	"strings"
	"testing"
)

func TestLoadRefusesHead(t *testing.T) {
	for _, tt := range []refused{
		{"no version", "provider: test\n", 1, "no version"},
		{"another version", "version: 2\nprovider: test\n", 1, `"2"`},
		{"a version in words", "version: one\nprovider: test\n", 1, `"one"`},
		{"no version number", "version:\nprovider: test\n", 1, "no value"},
		{"no provider", "version: 1\n", 1, "no provider"},
		{"a provider in upper case", "version: 1\nprovider: Test\n", 2, `"Test"`},
		{"a provider with a slash", "version: 1\nprovider: a/b\n", 2, `"a/b"`},
		{"a base that is no name", head + "base: ../x\n", 3, `"../x"`},
		{"an empty title", head + "title: ''\n", 3, "empty"},
		{"a title that is a list", head + "title: [x]\n", 3, "a list"},
		{"sources that are a list", head + "sources: [x]\n", 3, "a list"},
		{"a source that is text", head + "sources:\n  docs: x\n", 4, `"x"`},
		{"a source without a title", head + "sources:\n  docs: {url: https://docs.example}\n", 4, "docs"},
		{"a bad date", head + "sources:\n  docs: {title: x, retrieved: 21.11.2026}\n", 4, `"21.11.2026"`},
		{"no such date", head + "sources:\n  docs: {title: x, retrieved: 2026-02-30}\n", 4, `"2026-02-30"`},
		{"read that is a mapping", head + "read: {code: x}\n", 3, "a mapping"},
		{"read without code and description", head + "read:\n  - {uri: x}\n", 4, "code or a description"},
		{"an entry of read that is text", head + "read:\n  - error\n", 4, `"error"`},
		{"a path with a star", head + "read:\n  - {code: 'a.*'}\n", 4, `"a.*"`},
		{"a path with a query", head + "read:\n  - {code: 'a.#(b==c)'}\n", 4, `"a.#(b==c)"`},
		{"a path with a pipe", head + "read:\n  - {code: 'a|b'}\n", 4, `"a|b"`},
		{"a path with an empty name", head + "read:\n  - {code: a..b}\n", 4, `"a..b"`},
		{"a path that ends in a dot", head + "read:\n  - {code: a.}\n", 4, `"a."`},
		{"a header without a name", head + "read:\n  - {code: header.}\n", 4, `""`},
		{"a header with a space", head + "read:\n  - {code: header.X Error}\n", 4, `"X Error"`},
		{"an empty list of paths", head + "read:\n  - {code: []}\n", 4, "empty list"},
		{"a bad path in a list", head + "read:\n  - {code: [a, b..c]}\n", 4, `"b..c"`},
		{"an endpoint that begins with a letter", head + "endpoints:\n  token:\n    - oauth/token\n", 5, `"oauth/token"`},
		{"an endpoint without paths", head + "endpoints:\n  token: []\n", 4, "empty list"},
		{"an endpoint without a value", head + "endpoints:\n  token:\n", 4, "no value"},
		{"a path that is too long", head + "endpoints:\n  token: /" + strings.Repeat("x", maxPattern) + "\n", 4, "1001"},
		{"keep that is text", head + "keep: a\n", 3, `"a"`},
		{"keep with a bad path", head + "keep: [a, 'b*']\n", 3, `"b*"`},
		{"keep with a member of the error", head + "keep: [error_description]\n", 3, `"error_description"`},
		{"keep with one deep inside", head + "keep: [meta.error]\n", 3, `"meta.error"`},
	} {
		tt.check(t)
	}
}

func TestLoadRefusesRows(t *testing.T) {
	row := func(text string) string {
		return head + "errors:\n  - {code: good, error: slow_down}\n  - {" + text + "}\n"
	}
	const result = ", error: invalid_grant"
	for _, tt := range []refused{
		{"nothing on the left", row("error: invalid_grant"), 5, "every response"},
		{"only an endpoint on the left", row("endpoint: token" + result), 5, "every response"},
		{"nothing on the right", row("code: x"), 5, "no result"},
		{"only a to_status on the right", row("code: x, to_status: 400"), 5, "no result"},
		{"error and pass", row("code: x, pass: true" + result), 5, "both"},
		{"pass and to_status", row("code: x, pass: true, to_status: 400"), 5, "to_status"},
		{"pass and to_description", row("code: x, pass: true, to_description: y"), 5, "to_description"},
		{"pass and retry_after", row("code: x, pass: true, retry_after: y"), 5, "retry_after"},
		{"pass that is false", row("code: x, pass: false"), 5, `"false"`},
		{"pass in quotes", row(`code: x, pass: "true"`), 5, `"true"`},
		{"an unregistered error", row("code: x, error: invalid_grants"), 5, `"invalid_grants"`},
		{"an error in another case", row("code: x, error: Invalid_Grant"), 5, `"Invalid_Grant"`},
		{"several errors", row("code: x, error: [invalid_grant, slow_down]"), 5, "a list"},
		{"an error that is null", row("code: x, error: ~"), 5, "no value"},
		{"a status below 100", row("status: 99" + result), 5, `"99"`},
		{"a status above 599", row("status: 600" + result), 5, `"600"`},
		{"a status in another base", row("status: 0x190" + result), 5, `"0x190"`},
		{"a status with a sign", row("status: +40" + result), 5, `"+40"`},
		{"a status with a zero", row("status: 0400" + result), 5, `"0400"`},
		{"a class that does not exist", row("status: 6xx" + result), 5, `"6xx"`},
		{"half a class", row("status: 40x" + result), 5, `"40x"`},
		{"a range", row("status: 400-499" + result), 5, `"400-499"`},
		{"one bad status of several", row("status: [400, foo]" + result), 5, `"foo"`},
		{"no status", row("status: []" + result), 5, "empty list"},
		{"a success alone", row("status: 200" + result), 5, "200"},
		{"a class of redirects alone", row("status: 3xx" + result), 5, "3xx"},
		{"a code of separators", row(`code: "-_"` + result), 5, `"-_"`},
		{"a code that is too long", row("code: " + strings.Repeat("x", MaxCode+1) + result), 5, "128"},
		{"a code that is a mapping", row("code: {a: b}" + result), 5, "a mapping"},
		{"a list in a list of codes", row("code: [a, [b]]" + result), 5, "a list"},
		{"an empty description", row(`description: ""` + result), 5, "empty"},
		{"a blank description", row(`description: "\u00a0"` + result), 5, "empty"},
		{"a description that is too long", row("description: " + strings.Repeat("x", maxPattern+1) + result), 5, "1001"},
		{"an unknown kind of endpoint", row("code: x, endpoint: userinfo" + result), 5, `"userinfo"`},
		{"when that is text", row("when: x" + result), 5, `"x"`},
		{"a bad path in when", row(`when: {"a*": x}` + result), 5, `"a*"`},
		{"a bad header in when", row(`when: {"header.": x}` + result), 5, `""`},
		{"an empty pattern in when", row(`when: {a: ""}` + result), 5, "when a"},
		{"a list in when", row(`when: {a: [x, y]}` + result), 5, "when a"},
		{"a to_status below 400", row("code: x, to_status: 302" + result), 5, `"302"`},
		{"a to_status above 599", row("code: x, to_status: 600" + result), 5, `"600"`},
		{"a bad path in retry_after", row(`code: x, retry_after: "a.#"` + result), 5, `"a.#"`},
		{"an unknown source", row("code: x, source: docs" + result), 5, `"docs"`},
		{"a row that is text", head + "errors:\n  - x\n", 4, `"x"`},
		{"rows that are a mapping", head + "errors: {code: x}\n", 3, "a mapping"},
		{"rows that are nothing", head + "errors:\n", 3, "nothing"},
	} {
		tt.check(t)
	}
}

func TestLoadRefusesExamples(t *testing.T) {
	example := func(text string) string { return head + "examples:\n  - {" + text + "}\n" }
	const expect = ", expect: {pass: true}"
	for _, tt := range []refused{
		{"no endpoint", example("status: 400" + expect), 4, "no endpoint"},
		{"no status", example("endpoint: token" + expect), 4, "no status"},
		{"no expectation", example("endpoint: token, status: 400"), 4, "no expect"},
		{"an unknown endpoint", example("endpoint: login, status: 400" + expect), 4, `"login"`},
		{"a bad status", example("endpoint: token, status: 4xx" + expect), 4, `"4xx"`},
		{"a header that is a list", example("endpoint: token, status: 400, header: [a]" + expect), 4, "a list"},
		{"a header with several values", example("endpoint: token, status: 400, header: {A: [x]}" + expect), 4, "header A"},
		{"an expectation of nothing", example("endpoint: token, status: 400, expect: {status: 400}"), 4, "pass: true"},
		{"an expectation of both", example("endpoint: token, status: 400, expect: {pass: true, error: slow_down}"), 4, "pass: true"},
		{"an expected status that is none", example("endpoint: token, status: 400, expect: {error: slow_down, status: 999}"), 4, `"999"`},
		{"an example that is text", head + "examples:\n  - x\n", 4, `"x"`},
		{"examples that are nothing", head + "examples:\n", 3, "nothing"},
	} {
		tt.check(t)
	}
}
