package wire

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// leaves collects the scalars of a value by their paths. Of members of one name the
// first counts.
func leaves(v Value) map[string]string {
	all := map[string]string{}
	var walk func(at string, v Value)
	walk = func(at string, v Value) {
		if v.kind != kindObject && v.kind != kindArray {
			all[at] = v.Raw()
			return
		}
		seen := map[string]bool{}
		v.Each(func(name string, inner Value) {
			if !seen[name] {
				seen[name] = true
				walk(fmt.Sprintf("%s/%q", at, name), inner)
			}
		})
	}
	walk("", v)
	return all
}

// soFar has the members of a page or text that grow with the body.
var soFar = map[string]bool{`/"text"`: true, `/"#text"`: true, `/"message"`: true, `/"form"`: true}

// checkPrefix fails if the beginning of a body yields a scalar that the whole body has
// not, or has with another value.
func checkPrefix(t *testing.T, contentType string, body []byte, cut int) Tree {
	t.Helper()
	whole, err := Parse(contentType, body)
	part, errPart := ParsePrefix(contentType, body[:cut])
	checkBounds(t, body[:cut], part, errPart)
	if err != nil || errPart != nil {
		return part
	}
	want := leaves(whole.Root())
	text := strings.ToLower(strings.TrimSpace(string(body)))
	isPage := strings.HasPrefix(contentType, "text/") || strings.HasPrefix(text, "<!doctype html") || strings.HasPrefix(text, `"`) // a JSON string is text
	for at, value := range leaves(part.Root()) {
		if got, ok := want[at]; value != got && !(isPage && soFar[at]) {
			t.Errorf("%s, %q cut at %d: got %s = %s, want %s (there: %v)", contentType, body, cut, at, value, got, ok)
		}
	}
	return part
}

// prefixBodies are one body of each carrier. Its first member is the error.
var prefixBodies = []struct{ contentType, path, body string }{
	{"application/json", "error", `{"error":"invalid_grant","n":-12.5e3,"t":true,"nul":null,"list":[1,"ü\u00fc\ud83d\ude00",{"a":{}},[]],"last":"x"}`},
	{"application/json", "0.error", `[ {"error" : "invalid_grant"} , {"error":"b"}, 12 ]`},
	{"application/json", "error", `cb({"error":"invalid_grant","b":{"c":1}});`},
	{"application/json", "error", ")]}',\n" + `{"error":"invalid_grant","b":{"c":1}}`},
	{"application/json", "error", `"{\"error\":\"invalid_grant\",\"b\":\"\\u00fcx\"}"`},
	{"application/xml", "error", `<?xml version="1.0"?><!-- c --><r a="1"><error>invalid_grant</error><b c='2'>d&amp;<![CDATA[e]]></b>f<g/></r>`},
	{"text/xml", "Body.Fault.faultcode", soap11Fault},
	{"application/x-www-form-urlencoded", "error", "error=invalid_grant&error_description=a+b%20c&state=1"},
	{"application/yaml", "error", "error: invalid_grant\na:\n  b: 'it''s'\n  c: 12\nd: \"x\"\n"},
	{"text/html", "h1", "<!doctype html><title>403</title><h1>Forbidden</h1><p>Because &amp; <b>so</b></p><pre>one\ntwo</pre><!-- x --><script>a</script><h2>z</h2>"},
}

// TestPrefix cuts each body at every byte, in each charset and coding. A value that is
// found must stay the same when more arrives.
func TestPrefix(t *testing.T) {
	for _, r := range prefixBodies {
		p, err := ParsePath(r.path)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for cut := range len(r.body) + 1 {
			part := checkPrefix(t, r.contentType, []byte(r.body), cut)
			if v := part.Get(p); found && !v.Exists() {
				t.Errorf("%s, %q cut at %d: got no %s any more", r.contentType, r.body, cut, r.path)
			} else {
				found = v.Exists()
			}
			if wide := in(t, utf16LE, r.body); cut*2+1 < len(wide) {
				checkPrefix(t, r.contentType, []byte(wide), cut*2+1)
			}
		}
		if !found {
			t.Errorf("%s, %q: got no %s", r.contentType, r.body, r.path)
		}
	}
}

// TestPrefixOfLarge has errors before 200 KiB of something else, in each coding, cut
// on the wire and by the limit.
func TestPrefixOfLarge(t *testing.T) {
	p, _ := ParsePath("error")
	for _, c := range carriers {
		if c.name == "html" || c.name == "text" || c.name == "utf16" || c.name == "latin1" {
			continue
		}
		body := string(sized(c.begin, c.part, c.end, 200<<10))
		for name := range encoders {
			coded := encode(t, body, name)
			for _, cut := range []int{len(coded), len(coded) * 95 / 100} {
				undone, complete, err := UndoPrefix([]string{onWire(name)}, coded[:cut], 64<<10)
				if err != nil || complete {
					t.Fatalf("%s in %s: got complete %v, %v", c.name, name, complete, err)
				}
				tree, err := ParsePrefix(c.contentType, undone)
				if code, ok := tree.Get(p).Code(); code != "invalid_grant" || err != nil {
					t.Errorf("%s in %s, cut at %d of %d: got %q, %v, %v, want invalid_grant", c.name, name, cut, len(coded), code, ok, err)
				}
			}
		}
	}
}

// TestPrefixRefuses holds that the beginning is not taken for more than it is.
func TestPrefixRefuses(t *testing.T) {
	for _, r := range []struct {
		contentType, body, want string
		err                     error
	}{
		{"application/json", `{"a":1,"b":{"c":tru`, `{"a":1,"b":{}}`, nil},
		{"application/json", `{"a":1`, `{}`, nil},
		{"application/json", `{"a":1 `, `{"a":1}`, nil},
		{"application/json", `{"a":1}`, `{"a":1}`, nil},
		{"application/json", `{"a":1}x`, ``, ErrInvalid},
		{"application/json", `{"a":01,`, ``, ErrInvalid},
		{"application/json", `{"a" 1`, ``, ErrInvalid},
		{"application/json", `{a`, ``, ErrInvalid},
		{"application/json", `["a", "b`, `["a"]`, nil},
		{"application/json", strings.Repeat("[", 65), ``, ErrBounds},
		{"application/xml", `<r><a>1</a><b`, `{"a":"1"}`, nil},
		{"application/xml", `<r>x`, `{}`, nil},
		{"application/xml", `<r b="1"`, `{}`, nil},
		{"application/xml", `<r b="1"><c>x`, `{"@b":"1"}`, nil},
		{"application/xml", `<r><a></b>`, ``, ErrInvalid},
		{"application/xml", `<r a=1`, ``, ErrInvalid},
		{"application/x-www-form-urlencoded", `a=1&b=2`, `{"a":"1"}`, nil},
		{"application/x-www-form-urlencoded", `a=1`, ``, ErrInvalid},
		{"text/plain", "a=1&b=2", `{"text":"a=1\u0026b=2","#text":"a=1\u0026b=2"}`, nil},
		{"application/yaml", "a: 1\nb: 2", `{"a":"1"}`, nil},
		{"application/yaml", "a: 1", ``, ErrInvalid},
		{"text/html", "<html><title>A</title><h1>B", `{"title":"A","text":"B"}`, nil},
		{"application/json", "{\"a\":\"\u00fc\",\"b\":\"\xc3", `{"a":"ü"}`, nil},
		{"application/json", " ", ``, ErrEmpty},
	} {
		tree, err := ParsePrefix(r.contentType, []byte(r.body))
		if tree.json != r.want || err != r.err {
			t.Errorf("%s, %.40q: got %s, %v, want %s, %v", r.contentType, r.body, tree.json, err, r.want, r.err)
		}
	}
}

// TestPrefixOfCharacters drops the character in which a text breaks off.
func TestPrefixOfCharacters(t *testing.T) {
	const text = "a\U0001f511b"
	for _, r := range []struct{ name, declared, body string }{
		{"UTF-8", "", text},
		{"UTF-16 LE", "utf-16le", in(t, utf16LE, text)},
		{"UTF-16 BE with a mark", "", "\xfe\xff" + in(t, utf16BE, text)},
		{"GB 18030", "gb18030", in(t, simplifiedchinese.GB18030, text)},
	} {
		for cut := 2; cut <= len(r.body); cut++ { // one byte is no mark yet
			if got, _ := toUTF8([]byte(r.body[:cut]), r.declared, true); !strings.HasPrefix(text, got) || cut == len(r.body) && got != text {
				t.Errorf("%s cut at %d: got %q, want a beginning of %q", r.name, cut, got, text)
			}
		}
	}
}

func FuzzPrefix(f *testing.F) {
	for i, r := range prefixBodies {
		f.Add(uint8(i), []byte(r.body), uint16(len(r.body)/2))
		f.Add(uint8(i), []byte(r.body), uint16(len(r.body)-1))
	}
	f.Add(uint8(4), []byte(`"invalid\tgrant"`), uint16(10))
	f.Fuzz(func(t *testing.T, i uint8, body []byte, cut uint16) {
		contentType := prefixBodies[int(i)%len(prefixBodies)].contentType
		part := min(int(cut), len(body))
		text := strings.TrimSpace(string(body))
		isMarkup := strings.HasPrefix(text, "<")
		open := strings.Contains(text, "\x00") || strings.HasPrefix(text, "\ufeff") || isMarkup && !strings.HasSuffix(contentType, "xml")
		switch contentType {
		case "text/html":
			open = !strings.HasPrefix(text, "<!doctype html>")
		case "text/xml":
			open = open || !isMarkup
		}
		if open || !utf8.Valid(body) {
			tree, err := ParsePrefix(contentType, body[:part]) // how the rest is to be read is open
			checkBounds(t, body[:part], tree, err)
			return
		}
		checkPrefix(t, contentType, body, part)
	})
}
