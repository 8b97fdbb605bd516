package wire

import (
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// parsePage is parseHTML, which refuses nothing.
func parsePage(body string, cut bool) (Tree, error) { return parseHTML(body, cut), nil }

func TestHTML(t *testing.T) {
	testTrees(t, parsePage, []treeRow{
		{"a page", "<!doctype html><html><head><title>403 Forbidden</title></head><body><h1>Forbidden</h1><p>Token expired.</p></body></html>",
			`{"title":"403 Forbidden","h1":"Forbidden","p":"Token expired.","message":"Token expired.","text":"Forbidden Token expired."}`, nil},
		{"upper case", "<HTML><HEAD><TITLE>A</TITLE></HEAD><BODY><H1>B</H1></BODY></HTML>", `{"title":"A","h1":"B","text":"B"}`, nil},
		{"white space", "<title>\n a \t b\r\n</title><h1> c\u00a0d </h1>", `{"title":"a b","h1":"c d","text":"c d"}`, nil},
		{"the first heading", "<h1>a</h1><h1>b</h1>", `{"h1":"a","text":"a b"}`, nil},
		{"markup in a heading", "<h1>a <em>b</em></h1>", `{"h1":"a b","text":"a b"}`, nil},
		{"references", "<title>a &amp; b &lt;c&gt; &#39;d&#39; &eacute;</title>", `{"title":"a \u0026 b \u003cc\u003e 'd' é"}`, nil},
		{"blocks are apart", "<p>a</p><p>b</p><div>c</div>d", `{"p":"a","text":"a b c d"}`, nil},
		{"hidden elements", "<p>a</p><script>var b = '<p>c</p>';</script><style>d{}</style><template>e</template><p>f", `{"p":"a","text":"a f"}`, nil},
		{"an element in a hidden one", "<svg><title>a</title><g>b</g></svg>c", `{"text":"c"}`, nil},
		{"comments", "<!-- a --><p>b<!-- c -->d", `{"p":"bd","text":"bd"}`, nil},
		{"no tags", "invalid_grant", `{"text":"invalid_grant"}`, nil},
		{"an open tag", "<p>a<p", `{"p":"a","text":"a"}`, nil},
		{"nothing", "", `{}`, nil},
		{"nothing to be seen", "<p></p>", `{}`, nil},
		{"no UTF-8", "<p>a\xffb", `{"p":"a` + "\ufffd" + `b","text":"a` + "\ufffd" + `b"}`, nil},
	})
}

func TestHTMLIsCapped(t *testing.T) {
	for _, r := range []struct{ name, body string }{
		{"title", "<title>" + strings.Repeat("\u20ac", 50_000) + "</title>"},
		{"h1", "<h1>" + strings.Repeat("x ", 50_000) + "</h1>"},
		{"text", strings.Repeat("<p>x", 50_000)},
		{"text", strings.Repeat("<p>\u20ac", 50_000)},
		{"text", strings.Repeat("\xffx", 50_000)}, // each bad byte grows
	} {
		got := rootOf(parseHTML(r.body, false)).Get(r.name).Str
		if len(got) < maxText/2 || len(got) > maxText {
			t.Errorf("%s of %d bytes: got %d bytes, want some, and at most %d", r.name, len(r.body), len(got), maxText)
		}
	}
}

func FuzzHTML(f *testing.F) {
	for _, seed := range []string{
		htmlError, "<title>a</title><h1>b</h1><p>c", "<script><p>", "<!--", "<![CDATA[x]]>", "<p a='", "&lt", "&#xd800;", "&amp;amp;lt;", "<svg><title>x", "<textarea><h1>", "<select><option>a</select>b", "</p></h1></title>", "\xff\x00", "<h1><h1>a</h1>b</h1>", "<plaintext><p>a", "<title/>x", "<br/>",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		tree := parseHTML(string(body), false)
		checkBounds(t, body, tree, nil)
		rootOf(tree).ForEach(func(name, value gjson.Result) bool {
			if n := name.Str; !slices.Contains([]string{"title", "h1", "h2", "p", "pre", "message", "form", "text"}, n) || value.Str == "" || len(value.Str) > maxText {
				t.Errorf("parseHTML(%q): got %d bytes of %q, want a known member of at most %d", body, len(value.Str), n, maxText)
			}
			return true
		})
	})
}

// TestHTMLText keeps the words of neighboring elements apart, and resolves a
// reference once.
func TestHTMLText(t *testing.T) {
	testTrees(t, parsePage, []treeRow{
		{"self-closing tags are apart", "<h1>Error<br/>invalid_grant</h1>", `{"h1":"Error invalid_grant","text":"Error invalid_grant"}`, nil},
		{"void tags in a heading", "<h1>Error<br>invalid_grant</h1>", `{"h1":"Error invalid_grant","text":"Error invalid_grant"}`, nil},
		{"a heading is apart", "<body>Sorry<h1>No</h1>", `{"h1":"No","text":"Sorry No"}`, nil},
		{"references are resolved once", "<title>&amp;lt;b&amp;gt;</title>", `{"title":"\u0026lt;b\u0026gt;"}`, nil},
		{"white space stays collapsed", "<p>a&amp;#10;b", `{"p":"a\u0026#10;b","text":"a\u0026#10;b"}`, nil},
	})
}
