package normalizer

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// largeBodies are errors with much text around them: a beginning, a part to repeat, with
// its number for each %, and an end. They fill each carrier, or try to be expensive.
var largeBodies = []struct {
	name, contentType string
	status            int
	begin, part, end  string
}{
	{"json", "application/json", 403, `{"error":"odd"`, `,"member%":{"code":"no","values":[1,2.5,true],"text":"one \"of\" them"}`, "}"},
	{"many-names", "application/json", 403, `{"a":1`, `,"n%":"v"`, "}"},
	{"nested", "application/json", 403, `{"error":"odd"`, `,"error%":{"errors":[{"message":{"detail":{"error":{"code":[[[["a"]]]]}}}}]}`, "}"},
	{"description", "application/json", 403, `{"error":"odd","message":"`, `The session % of user a@b.example is not open; `, `"}`},
	{"wide-description", "application/json", 403, `{"error":"odd","message":"`, `Сессия % закрыта, 会话已关闭; `, `"}`},
	{"stack", "application/json", 403, `{"error":"odd","exception":"a.b.CException: no","message":"`, `at com.example.Thing%.run(Thing.java)\n\tat `, `"}`},
	{"list", "application/json", 403, `{"errors":[{}`, `,{"code":"E%","message":"The member % is no good","more":{"a":[1,2]}}`, `]}`},
	{"list-at-the-top", "application/json", 403, `[{}`, `,{"code":"E%","message":"The member % is no good"}`, `]`},
	{"fields", "application/json", 403, `{"errors":{"a":["no"]`, `,"field%":["is no good","is too short"]`, `}}`},
	{"texts-of-one-level", "application/json", 403, `{"a":1`, `,"message":"No %","Message":"No %","errorMessage":"No %","detail":"No %"`, `}`},
	{"json-in-members", "application/json", 403, `{"a":1`, `,"message":"{\"message\":\"no %\"}","detail":"{\"detail\":\"{}\"}"`, `}`},
	{"json-in-json-in-a-member", "application/json", 403, `{"message":"{\"detail\":\"`, `{[\\\"`, `\"}"}`},
	{"json-in-a-string", "application/json", 403, `"{\"error\":\"odd\"`, `,\"member%\":{\"code\":\"no\",\"text\":\"one of them\"}`, `}"`},
	{"jsonp", "application/javascript", 403, `f({"error":"odd"`, `,"member%":{"code":"no","values":[1,2.5,true]}`, "});"},
	{"canonical-members", "application/json", 400, `{"error":"invalid_grant","error_description":"No."`, `,"member%":{"code":"no","text":"one \"of\" them"}`, "}"},
	{"canonical-text", "application/json", 400, `{"error":"invalid_grant","error_description":"No.","more":"`, `the session % is closed and x=% y, `, `"}`},
	{"canonical-wide", "application/json", 400, `{"error":"invalid_grant","error_description":"No.","more":"`, `Сессия % закрыта, 会话已关闭; `, `"}`},
	{"canonical-description", "application/json", 400, `{"error":"invalid_grant","error_description":"`, `the session is closed and % is not, `, `"}`},
	{"code", "application/json", 403, `{"error":"`, `a%_b-`, `"}`},
	{"xml", "application/xml", 403, "<r><error>odd</error>", `<detail% code="1"><text>one &amp; another of them</text></detail%>`, "</r>"},
	{"xml-texts", "application/xml", 403, "<r>", `<message>one &amp; another % of them</message>`, "</r>"},
	{"form", "application/x-www-form-urlencoded", 403, "error=odd", "&name%=a+value%20of+some+words", ""},
	{"yaml", "application/yaml", 403, "error: odd\n", "detail%:\n  text: 'it''s one of them'\n  code: 12\n", ""},
	{"html", "text/html", 403, "<!doctype html><title>Forbidden</title><h1>403</h1>", "<div class=\"c%\"><script>var a = 1;</script><a href='/x'><!-- one --></a></div>\n", "<p>Bye"},
	{"html-texts", "text/html", 403, "<!doctype html><title>403</title>", "<p>The session % is closed</p><b>HTTP Status %</b>", ""},
	{"text", "text/plain", 403, "invalid grant: ", "the % token is no good, ", ""},
	{"latin1", "application/json; charset=iso-8859-1", 403, `{"error":"odd"`, ",\"member%\":\"ung\xfcltig, sagt der Server\"", "}"},
	{"malformed", "application/json", 403, `{"error":"odd"`, `,"member%":{"code":"no","values":[1,2.5,true]}`, "]"},
	{"malformed-text", "text/plain", 403, `{"error":"odd"`, `,"member%":{"code":"no","values":[1,2.5,true]}`, "]"},
}

// largeBody repeats the part until the body has about that many bytes.
func largeBody(begin, part, end string, size int) []byte {
	var b strings.Builder
	b.WriteString(begin)
	for i := 0; b.Len()+len(part)+len(end) < size; i++ {
		b.WriteString(strings.ReplaceAll(part, "%", fmt.Sprint(i)))
	}
	b.WriteString(end)
	return []byte(b.String())
}

// BenchmarkDecide decides about large bodies of all kinds. None of 256 KiB may cost more
// than 5 ms, and the cost grows with the size at most.
func BenchmarkDecide(b *testing.B) {
	table, err := Compile(Config{MaxBody: 4 << 20})
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/oauth/token", nil)
	for _, c := range largeBodies {
		for _, size := range []int{1 << 10, 16 << 10, 256 << 10, 4 << 20} {
			body := largeBody(c.begin, c.part, c.end, size)
			header := http.Header{"Content-Type": {c.contentType}}
			b.Run(fmt.Sprintf("%s/%d", c.name, size), func(b *testing.B) {
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					q := table.Request(r)
					d := table.Decide(&q, Response{Status: c.status, Header: header, Body: body})
					if d.Outcome == "" {
						b.Fatal("got no decision")
					}
				}
			})
		}
	}
}
