package wire

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// treeRow is a body and the tree it is to become, as JSON text, or the reason
// for which it is refused.
type treeRow struct {
	name string
	body string
	want string
	err  error
}

// rootOf returns the whole tree. Paths select parts of it.
func rootOf(tree Tree) gjson.Result { return gjson.Parse(tree.json) }

// testTrees parses each body.
func testTrees(t *testing.T, parse func(string, bool) (Tree, error), rows []treeRow) {
	t.Helper()
	for _, r := range rows {
		tree, err := parse(r.body, false)
		if err != r.err || tree.json != r.want {
			t.Errorf("%s: got %s, %v, want %s, %v", r.name, tree.json, err, r.want, r.err)
		}
	}
}

// checkBounds fails if a parser did anything but refuse a body for a known
// reason, or yield an object or array of JSON that is bounded by the body.
func checkBounds(t *testing.T, body []byte, tree Tree, err error) {
	t.Helper()
	if err != nil {
		if !slices.Contains([]error{ErrEmpty, ErrUnknown, ErrInvalid, ErrBounds}, err) || tree.Exists() {
			t.Errorf("%q: got %s, %v, want no tree and one of the reasons", body, tree.json, err)
		}
		return
	}
	raw := tree.json
	if root := rootOf(tree); !gjson.Valid(raw) || !utf8.ValidString(raw) || !root.IsObject() && !root.IsArray() {
		t.Errorf("%q: got %q, want an object or array of JSON", body, raw)
	}
	// A byte becomes an escape of six, and a name and a value get punctuation.
	if most := 64 + 32*len(body); len(raw) > most {
		t.Errorf("%q: got %d bytes of JSON, want at most %d", body, len(raw), most)
	}
}

const (
	jsonError = `{"error":"invalid_grant"}`
	formError = "error=invalid_grant&error_description=The+code+has+expired."
	xmlError  = "<e><error>invalid_grant</error></e>"
	yamlError = "---\nerror: invalid_grant\n"
	htmlError = "<!DOCTYPE html><title>Forbidden</title><h1>403</h1>"
)

func TestParse(t *testing.T) {
	const formTree = `{"error":"invalid_grant","error_description":"The code has expired."}`
	for _, r := range []struct {
		contentType, body, want string
		err                     error
	}{
		{"application/json", jsonError, jsonError, nil},
		{"application/problem+json", jsonError, jsonError, nil},
		{"text/plain", jsonError, jsonError, nil},
		{"text/html; charset=utf-8", jsonError, jsonError, nil},
		{"text/javascript", jsonError, jsonError, nil},
		{"application/javascript", jsonError, jsonError, nil},
		{"application/xml", jsonError, jsonError, nil},
		{"application/octet-stream", jsonError, jsonError, nil},
		{"", jsonError, jsonError, nil},
		{"; charset", jsonError, jsonError, nil},
		{"application/json", "\r\n\t " + jsonError + "\n", jsonError, nil},
		{"application/json", "\ufeff" + jsonError, jsonError, nil},
		{"application/json", "\ufeff \n" + jsonError, jsonError, nil},
		{"application/json", "[" + jsonError + "]", "[" + jsonError + "]", nil},
		{"application/json", `{"error":`, "", ErrInvalid},
		{"application/json", jsonError + "x", "", ErrInvalid},
		{"text/plain", "{the server is tired}", `{"text":"{the server is tired}","#text":"{the server is tired}"}`, nil},
		{"", "[object Object]", `{"text":"[object Object]","#text":"[object Object]"}`, nil},
		{"application/json", strings.Repeat("[", 100_000), "", ErrBounds},
		{"text/plain", strings.Repeat("[", 100_000), "", ErrBounds},
		{"application/json", "invalid_grant", "", ErrUnknown},
		{"application/octet-stream", "\x89PNG", "", ErrUnknown},
		{"image/png", "\x89PNG\r\n\x1a\n", "", ErrUnknown},

		{"application/x-www-form-urlencoded", formError, formTree, nil},
		{"application/x-www-form-urlencoded; charset=UTF-8", formError, formTree, nil},
		{"APPLICATION/X-WWW-FORM-URLENCODED", formError, formTree, nil},
		{"text/plain", formError, formTree, nil},
		{"text/html", formError, formTree, nil},
		{"", formError, formTree, nil},
		{"text/plain", "error=invalid_grant\r\n", `{"error":"invalid_grant"}`, nil},
		{"text/plain", "time = 12:00, come back later", `{"text":"time = 12:00, come back later","#text":"time = 12:00, come back later"}`, nil},
		{"text/plain", "<a=b>c", `{"text":"c"}`, nil},
		{"application/x-www-form-urlencoded", "sorry", "", ErrInvalid},

		{"application/xml", xmlError, jsonError, nil},
		{"text/xml; charset=utf-8", xmlError, jsonError, nil},
		{"application/soap+xml", xmlError, jsonError, nil},
		{"application/json", xmlError, jsonError, nil},
		{"text/plain", xmlError, jsonError, nil},
		{"", "\n\n" + xmlError, jsonError, nil},
		{"text/html", `<?xml version="1.0"?>` + xmlError, jsonError, nil},
		{"text/html", "<cas:serviceResponse\n xmlns:cas='http://www.yale.edu/tp/cas'><cas:authenticationFailure code='INVALID_TICKET'>no ticket</cas:authenticationFailure></cas:serviceResponse>", `{"authenticationFailure":{"@code":"INVALID_TICKET","#text":"no ticket"}}`, nil},
		{"text/html", "<!-- of CAS -->\n<cas:serviceResponse>\n<cas:proxyFailure\tcode='INVALID_REQUEST'/></cas:serviceResponse>", `{"proxyFailure":{"@code":"INVALID_REQUEST"}}`, nil},
		{"text/html", "<a:b/>", `{"#text":""}`, nil},
		{"text/html", "<o:p>one<br>two", `{"text":"one two"}`, nil},
		{"text/html", "<o:p>one" + strings.Repeat("<b>", 100), `{"text":"one"}`, nil},
		{"text/html", "<!--Error:403--><div><h1>Forbidden</h1><p>no</p></div>", `{"h1":"Forbidden","p":"no","text":"Forbidden no"}`, nil},
		{"text/html", "<!--Error:403", `{}`, nil},
		{"text/html", "<p\tstyle='a:b'>one</p>", `{"p":"one","text":"one"}`, nil},
		{"text/html", "<p\nstyle='a:b'>one</p>", `{"p":"one","text":"one"}`, nil},
		{"text/html", "<p>a:b</p>", `{"p":"a:b","text":"a:b"}`, nil},
		{"text/html", "<a href=\"http://example.com\">http://example.com</a>", `{"text":"http://example.com"}`, nil},
		{"text/xml", "<e><error>", "", ErrInvalid},
		{"application/xml", "<e>&boom;</e>", "", ErrInvalid},

		{"text/x-yaml", "error: invalid_grant", jsonError, nil},
		{"application/yaml", "error: invalid_grant", jsonError, nil},
		{"text/plain", yamlError, jsonError, nil},
		{"application/octet-stream", strings.ReplaceAll(yamlError, "\n", "\r\n"), jsonError, nil},
		{"text/yaml", "invalid_grant", "", ErrInvalid},

		{"text/html", htmlError, `{"title":"Forbidden","h1":"403","text":"403"}`, nil},
		{"application/json", htmlError, `{"title":"Forbidden","h1":"403","text":"403"}`, nil},
		{"", "<HTML><TITLE>Forbidden</TITLE>", `{"title":"Forbidden"}`, nil},
		{"text/html", "<p>Forbidden<p>Go away", `{"p":"Forbidden","message":"Go away","text":"Forbidden Go away"}`, nil},
		{"text/plain", "<p>Forbidden<p>Go away", `{"p":"Forbidden","message":"Go away","text":"Forbidden Go away"}`, nil},

		{"text/plain", "invalid_grant", `{"text":"invalid_grant","#text":"invalid_grant"}`, nil},
		{"text/plain; charset=iso-8859-1", "ung\xfcltig", `{"text":"ungültig","#text":"ungültig"}`, nil},
		{"", "Unauthorized", `{"text":"Unauthorized","#text":"Unauthorized"}`, nil},
		{"text/html", "Unauthorized", `{"text":"Unauthorized","#text":"Unauthorized"}`, nil},

		{"application/json", "", "", ErrEmpty},
		{"", " \r\n\t", "", ErrEmpty},
		{"text/xml", "\ufeff", "", ErrEmpty},
		{"application/json; charset=utf-16", "\xff\xfe", "", ErrEmpty},
	} {
		tree, err := Parse(r.contentType, []byte(r.body))
		if err != r.err || tree.json != r.want {
			t.Errorf("Parse(%q, %.60q): got %s, %v, want %s, %v", r.contentType, r.body, tree.json, err, r.want, r.err)
		}
	}
}

func TestMayCarryError(t *testing.T) {
	for _, r := range []struct {
		contentType string
		want        bool
	}{
		{"application/json", true},
		{"application/json; charset=utf-8", true},
		{"Application/JSON", true},
		{"application/problem+json", true},
		{"application/atom+xml", true},
		{"application/xml", true},
		{"application/yaml", true},
		{"application/x-yaml", true},
		{"application/javascript", true},
		{"application/x-www-form-urlencoded", true},
		{"text/html", true},
		{"text/plain", true},
		{"text/x-yaml", true},
		{"text/javascript", true},
		{"", true},
		{"text/event-stream", false},
		{"text/event-stream; charset=utf-8", false},
		{"application/octet-stream", false},
		{"application/jwt", false},
		{"application/grpc", false},
		{"application/grpc+json", true},
		{"image/png", false},
		{"video/mp4", false},
		{"multipart/form-data; boundary=x", false},
	} {
		if got := MayCarryError(r.contentType); got != r.want {
			t.Errorf("MayCarryError(%q): got %v, want %v", r.contentType, got, r.want)
		}
	}
}

// TestTextIsCapped: the text behind the cap is ignored, and a character that the cap cuts
// in two does no harm.
func TestTextIsCapped(t *testing.T) {
	for _, pad := range []int{0, 1, 2} {
		body := strings.Repeat("x", pad) + strings.Repeat("\u20ac", 100_000)
		tree, err := Parse("text/plain", []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		checkBounds(t, []byte(body), tree, err)
		if got := len(rootOf(tree).Get("text").Str); got < maxText-3 || got > maxText {
			t.Errorf("%d bytes of text: got %d, want about %d", len(body), got, maxText)
		}
	}
}

// hostileBodies are as large as a decoded body can be by default. Each is meant
// to cost a parser more than its size is worth.
var hostileBodies = []struct{ name, contentType, body string }{
	{"open brackets", "application/json", strings.Repeat("[", 256<<10)},
	{"open objects", "application/json", strings.Repeat(`{"a":`, 50_000)},
	{"brackets in a string", "application/json", `{"a":"` + strings.Repeat("[{", 128<<10) + `"}`},
	{"members", "application/json", "{" + strings.Repeat(`"a":1,`, 40_000) + `"b":2}`},
	{"backslashes", "application/json", `{"a":"` + strings.Repeat(`\\`, 128<<10) + `"}`},
	{"open elements", "application/xml", strings.Repeat("<a>", 80_000)},
	{"sibling elements", "application/xml", "<r>" + strings.Repeat("<a/>", 60_000) + "</r>"},
	{"other names with texts", "application/xml", "<r>" + numbered("<a%>"+strings.Repeat("x", 48)+"</a%>", 4000) + "</r>"},
	{"other names", "application/xml", "<r>" + numbered("<a%>x</a%>", 4000) + "</r>"},
	{"attributes", "application/xml", "<r" + numbered(` a%="x"`, 20_000) + "/>"},
	{"namespaces", "application/xml", "<r" + numbered(` xmlns:a%="u"`, 10_000) + "/>"},
	{"one attribute value", "application/xml", `<r a="` + strings.Repeat("&amp;", 50_000) + `"/>`},
	{"comments", "application/xml", strings.Repeat("<!---->", 35_000) + "<r/>"},
	{"instructions", "application/xml", strings.Repeat("<?a?>", 50_000)},
	{"entities", "application/xml", `<!DOCTYPE r [` + numbered(`<!ENTITY a% "&a;&a;&a;">`, 8000) + `]><r>&a1;</r>`},
	{"open declaration", "application/xml", "<!DOCTYPE r [" + strings.Repeat("<!ENTITY ", 25_000)},
	{"pairs", "application/x-www-form-urlencoded", strings.Repeat("a=b&", 60_000)},
	{"other pairs", "application/x-www-form-urlencoded", numbered("a%=b&", 30_000)},
	{"escapes", "application/x-www-form-urlencoded", "a=" + strings.Repeat("%41", 80_000)},
	{"ampersands", "application/x-www-form-urlencoded", strings.Repeat("&", 256<<10)},
	{"indented lines", "application/yaml", indented(700)},
	{"lines", "application/yaml", numbered("a%: b\n", 30_000)},
	{"blank lines", "application/yaml", "a: b" + strings.Repeat("\n", 256<<10) + "c: d"},
	{"one line", "application/yaml", "a: " + strings.Repeat("b: ", 80_000)},
	{"quotes", "application/yaml", `a: "` + strings.Repeat(`\"`, 128<<10) + `"`},
	{"open brackets of YAML", "application/yaml", "---\n" + strings.Repeat("[", 256<<10)},
	{"open tags", "text/html", strings.Repeat("<div>", 50_000)},
	{"less-than signs", "text/html", strings.Repeat("<", 256<<10)},
	{"open comment", "text/html", "<p><!--" + strings.Repeat("--!", 85_000)},
	{"references", "text/html", "<p>" + strings.Repeat("&amp;lt;", 32_000)},
	{"attributes of a tag", "text/html", "<p" + strings.Repeat(" a=b", 60_000) + ">"},
	{"title", "text/html", "<title>" + strings.Repeat("x ", 128<<10)},
	{"scripts", "text/html", strings.Repeat("<script></script>", 15_000)},
	{"open script", "text/html", "<script>" + strings.Repeat("<!--<script>", 21_000)},
	{"characters that are none", "text/plain", strings.Repeat("\xff", 256<<10)},
	{"halves of characters", "text/plain; charset=utf-16le", strings.Repeat("\x00\xd8", 128<<10)},
}

// numbered repeats a text n times, each time with another number for the %.
func numbered(text string, n int) string {
	var b strings.Builder
	before, after, _ := strings.Cut(text, "%")
	middle, after, twice := strings.Cut(after, "%")
	for i := range n {
		number := gjson.AppendJSONString(nil, string(rune('A'+i%26))+strings.Repeat("b", i/26%50)+string(rune('A'+i/1300)))
		b.WriteString(before + strings.Trim(string(number), `"`) + middle)
		if twice {
			b.WriteString(strings.Trim(string(number), `"`) + after)
		}
	}
	return b.String()
}

// indented is YAML of as many levels as there are lines.
func indented(lines int) string {
	var b strings.Builder
	for i := range lines {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

// TestHostileBodies: no body takes long. The bound is far above the time that linear cost
// takes, and far below the time of quadratic cost.
func TestHostileBodies(t *testing.T) {
	const most = time.Second
	for _, r := range hostileBodies {
		start := time.Now()
		tree, err := Parse(r.contentType, []byte(r.body))
		if took := time.Since(start); took > most {
			t.Errorf("%s: got %v for %d bytes, want less than %v", r.name, took, len(r.body), most)
		}
		if err != nil && !errors.Is(err, ErrBounds) && !errors.Is(err, ErrInvalid) || err == nil && !gjson.Valid(tree.json) {
			t.Errorf("%s: got %.80q, %v, want a tree, or it refused as invalid or out of bounds", r.name, tree.json, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, contentType := range []string{"", "application/json", "text/plain; charset=utf-16", "application/x-www-form-urlencoded", "text/xml", "text/x-yaml", "text/html; charset=iso-8859-1", "text/plain; charset=\""} {
		for _, body := range []string{jsonError, formError, xmlError, yamlError, htmlError, "invalid_grant", "", "\ufeff" + jsonError, "\xff\xfe{\x00}\x00", "\x00{\x00}", "{oops", "ung\xfcltig"} {
			f.Add(contentType, []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		before := string(body)
		tree, err := Parse(contentType, body)
		checkBounds(t, body, tree, err)
		if string(body) != before {
			t.Errorf("Parse(%q, %q): got the body changed to %q, want it left alone", contentType, before, body)
		}
		again, errAgain := Parse(contentType, body)
		if again.json != tree.json || errAgain != err {
			t.Errorf("Parse(%q, %q): got %s, %v and then %s, %v", contentType, body, tree.json, err, again.json, errAgain)
		}
	})
}
