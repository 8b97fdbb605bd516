package wire

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

func TestForm(t *testing.T) {
	testTrees(t, parseForm, []treeRow{
		{"one pair", "error=invalid_grant", `{"error":"invalid_grant"}`, nil},
		{"plus and escapes", "error_description=The+code%20is%2C+say%3A+%22old%22.", `{"error_description":"The code is, say: \"old\"."}`, nil},
		{"escaped name", "error%5Fdescription=x&error%2ecode=y", `{"error_description":"x","error.code":"y"}`, nil},
		{"UTF-8", "error_description=ung%C3%BCltig", `{"error_description":"ungültig"}`, nil},
		{"escaped Latin-1", "error_description=ung%FCltig", `{"error_description":"ung�ltig"}`, nil},
		{"the first of two", "error=invalid_grant&error=access_denied", `{"error":"invalid_grant"}`, nil},
		{"wrong escapes are left out", "a=%zz&%=b&error=invalid_grant&c=%2", `{"error":"invalid_grant"}`, nil},
		{"empty pairs", "&&error=invalid_grant&&", `{"error":"invalid_grant"}`, nil},
		{"no name", "=x&error=invalid_grant", `{"error":"invalid_grant"}`, nil},
		{"no value", "error=&state=1", `{"error":"","state":"1"}`, nil},
		{"no equals sign", "error&state=1", `{"state":"1"}`, nil},
		{"equals signs in a value", "error_uri=https://login.test/?a=b", `{"error_uri":"https://login.test/?a=b"}`, nil},
		{"control characters", "error=a%00b%0a", `{"error":"a\u0000b\n"}`, nil},
		{"numbers stay text", "code=0123", `{"code":"0123"}`, nil},
		{"the first of many", "a=1&b=&c=&d=&e=&f=&g=&h=&i=&j=&k=&l=&m=&n=&o=&p=&q=&r=2&r=3&a=4&q=5",
			`{"a":"1","b":"","c":"","d":"","e":"","f":"","g":"","h":"","i":"","j":"","k":"","l":"","m":"","n":"","o":"","p":"","q":"","r":"2"}`, nil},
		{"nothing in it", "sorry", "", ErrInvalid},
		{"ampersands only", "&&&", "", ErrInvalid},
		{"many pairs", strings.Repeat("a=b&", maxValues-1) + "c=d", `{"a":"b","c":"d"}`, nil},
		{"too many pairs", strings.Repeat("a=b&", maxValues) + "c=d", "", ErrBounds},
	})
}

func TestLooksLikeForm(t *testing.T) {
	for _, r := range []struct {
		body string
		want bool
	}{
		{"error=invalid_grant", true},
		{"error=invalid_grant&error_description=The+code+has+expired.", true},
		{"errors[0]=x", true},
		{"error=", true},
		{"access_token=aaaa&token_type=bearer", true},
		{"invalid_grant", false},
		{"=invalid_grant", false},
		{"error = invalid_grant", false},
		{"error=The code has expired", false},
		{"error=a\nb=c", false},
		{"error=ungültig", false},
		{`error="x"`, false},
		{"a=<b>", false},
		{"Set a=b", false},
		{"a={}", false},
		{strings.Repeat("a", 64) + "=b", true},
		{strings.Repeat("a", 65) + "=b", false},
		{"", false},
	} {
		if got := looksLikeForm(r.body, false); got != r.want {
			t.Errorf("looksLikeForm(%q): got %v, want %v", r.body, got, r.want)
		}
	}
}

// FuzzForm compares with the form parser of the standard library, which keeps
// all values and stops at nothing.
func FuzzForm(f *testing.F) {
	for _, seed := range []string{
		formError, "", "a", "=", "a=b&a=c", "a=%", "a=%C3%BC", "a=%FC", "a+b=c+d", "&&", "a=b=c", "\x00=\x00", "error[code]=x", "%5F=1", "a=" + strings.Repeat("%41", 40),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		tree, err := parseForm(string(body), false)
		checkBounds(t, body, tree, err)
		if err != nil || strings.Contains(string(body), ";") {
			return
		}
		pairs := slices.DeleteFunc(strings.Split(string(body), "&"), func(pair string) bool { return !strings.Contains(pair, "=") })
		want, _ := url.ParseQuery(strings.Join(pairs, "&")) // the error is for pairs that are left out
		rootOf(tree).ForEach(func(name, value gjson.Result) bool {
			values := want[name.Str]
			if n := name.Str; !strings.Contains(n, "\ufffd") && (len(values) == 0 || strings.ToValidUTF8(values[0], "\ufffd") != value.Str) {
				t.Errorf("parseForm(%q): got %q for %q, want the first of %q", body, value.Str, n, values)
			}
			return true
		})
	})
}
