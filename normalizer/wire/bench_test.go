package wire

import (
	"fmt"
	"strings"
	"testing"
)

// carriers are the carriers of an error, each as a text to begin with, a part to
// repeat with another number in it, and an end.
var carriers = []struct{ name, contentType, begin, part, end string }{
	{"json", "application/json", `{"error":"invalid_grant"`, `,"member%":{"code":"no","values":[1,2.5,true],"text":"one \"of\" them"}`, "}"},
	{"string", "application/json", `{"error":"invalid_grant","trace":"`, `at com.example.Thing%.run(Thing.java)\n\tat `, `"}`},
	{"xml", "application/xml", "<r><error>invalid_grant</error>", `<detail% code="1"><text>one &amp; another of them</text></detail%>`, "</r>"},
	{"form", "application/x-www-form-urlencoded", "error=invalid_grant", "&name%=a+value%20of+some+words", ""},
	{"yaml", "application/yaml", "error: invalid_grant\n", "detail%:\n  text: 'it''s one of them'\n  code: 12\n", ""},
	{"html", "text/html", "<!doctype html><title>Forbidden</title><h1>403</h1>", "<div class=\"c%\"><script>var a = 1;</script><a href='/x'><!-- one --></a></div>\n", "<p>Bye"},
	{"text", "text/plain", "invalid grant: ", "the % token is no good, ", ""},
	{"latin1", "application/json; charset=iso-8859-1", `{"error":"invalid_grant"`, ",\"member%\":\"ung\xfcltig, sagt der Server\"", "}"},
	{"utf16", "application/json", "", "", ""},
}

// sized repeats a part until the body has about that many bytes.
func sized(begin, part, end string, size int) []byte {
	before, after, _ := strings.Cut(part, "%")
	var b strings.Builder
	b.WriteString(begin)
	for i := 0; b.Len()+len(part)+len(end) < size; i++ {
		fmt.Fprintf(&b, "%s%d%s", before, i, strings.ReplaceAll(after, "%", fmt.Sprint(i)))
	}
	b.WriteString(end)
	return []byte(b.String())
}

// BenchmarkParse shows that the cost grows with the size of the body at most.
func BenchmarkParse(b *testing.B) {
	for _, c := range carriers {
		for _, size := range []int{1 << 10, 16 << 10, 256 << 10, 4 << 20} {
			body := sized(c.begin, c.part, c.end, size)
			if c.name == "utf16" {
				body = []byte(in(b, utf16LE, string(sized(carriers[0].begin, carriers[0].part, carriers[0].end, size/2))))
			}
			b.Run(fmt.Sprintf("%s/%d", c.name, size), func(b *testing.B) {
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					_, _ = Parse(c.contentType, body)
				}
			})
		}
	}
}

// BenchmarkParseHostile has bodies that try to be expensive.
func BenchmarkParseHostile(b *testing.B) {
	for _, r := range hostileBodies {
		b.Run(strings.ReplaceAll(r.name, " ", "-"), func(b *testing.B) {
			body := []byte(r.body)
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				_, _ = Parse(r.contentType, body)
			}
		})
	}
}

// BenchmarkParseError has an error as most servers send it.
func BenchmarkParseError(b *testing.B) {
	body := []byte(`{"error":"invalid_grant","error_description":"The authorization code has expired.","error_uri":"https://example.com/errors"}`)
	p, _ := ParsePath("error")
	b.ReportAllocs()
	for b.Loop() {
		tree, _ := Parse("application/json", body)
		_ = tree.Get(p)
	}
}
