package wire

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// FuzzJSON compares the validity of a text with the standard library, and the values in
// it with another library.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		jsonError, "{}", "[]", "[[],{}]", `{"a":{"b":[1,-0.5e+3,true,false,null]},"c":"\u00fc\ud83d\ude00\ud83d\n"}`, `{"half":"\ud800\u0000"}`, `{"a":1,"a":2,"":3}`, `[01]`, `[1.]`, `[-]`, `["\x"]`, "[\"\n\"]", `{"a":}`, `[1,]`, `{,}`,
		strings.Repeat("[", 64) + strings.Repeat("]", 64), " [1 , 2 ] ", `{"a" : "b" , "c":[ ]}x`, numbered(`"%":1,`, 20),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		text := strings.TrimSpace(string(body))
		if text == "" || text[0] != '{' && text[0] != '[' || !utf8.ValidString(text) {
			return
		}
		tree, err := parseJSON(text, false)
		checkBounds(t, body, tree, err)
		if valid := json.Valid([]byte(text)); valid != (err == nil) && err != ErrBounds {
			t.Fatalf("%q: got %v, want valid %v", text, err, valid)
		}
		if err != nil {
			return
		}
		gjson.Parse(text).ForEach(func(name, value gjson.Result) bool {
			if name.Str == "" || text[0] == '[' || len(tree.top) == maxValues {
				return true
			}
			got := tree.first(&step{name: name.Str, folded: foldName(name.Str), index: -1}, false)
			want := value
			for _, m := range tree.top { // the first of that name counts
				if m.name == name.Str {
					want = gjson.Parse(m.raw)
					break
				}
			}
			said := want.String()
			if want.Type == gjson.String { // gjson reads half a surrogate pair together with the next character
				if err := json.Unmarshal([]byte(want.Raw), &said); err != nil {
					t.Fatalf("%q: %v", want.Raw, err)
				}
			}
			text, isText := got.Text()
			if got.raw != want.Raw || isText && want.Type != gjson.JSON && text != said {
				t.Errorf("%q: got %s = %s (%q), want %s (%q)", body, name.Str, got.raw, text, want.Raw, said)
			}
			return true
		})
	})
}
