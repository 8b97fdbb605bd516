package normalizer

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCleanDescription(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"   ", ""},
		{"The code is wrong.", "The code is wrong."},
		{" two  spaces ", "two spaces"},
		{"two\r\nlines\tand a tab", "two lines and a tab"},
		{`say "hello"`, "say 'hello'"},
		{`C:\temp`, "C:/temp"},
		{"\u201cquoted\u201d \u2013 it\u2019s", "'quoted' - it's"},
		{"Ung\u00fcltiges Token", "Ungultiges Token"},
		{"expir\u00e9", "expire"},
		{"\u7121\u52b9", "??"},
		{"\u9a57\u8b49\u78bc483920\u932f\u8aa4", "???***??"},
		{"\u041d\u0435\u0432\u0435\u0440\u043d\u044b\u0439 \u043f\u0430\u0440\u043e\u043b\u044c: podsolnuh7", "???????? ??????: ***"},
		{"a\x00b\x7fc", "a b c"},
		{"\x1b[31mred", "[31mred"},
		{"a &lt;b&gt; &quot;c&quot; 1 &lt; 2", "a 'c' 1 < 2"},
		{"<h1>Bad</h1><p class=x>Sorry</p> a<b", "Bad Sorry a<b"},
		{"AT&T", "AT&T"},
		{"\xff\xfe", "??"},
		{"\u202eabc", "?abc"},
		{"fi\ufb01", "fifi"},
		// Secrets that are none before they are spelled in plain characters.
		{"jane&commat;example.com", "***"},
		{"client_secret&equals;hunter", "client_secret=***"},
		{"the code \uff11\uff12\uff13\uff14\uff15\uff16 was used", "the code *** was used"},
	} {
		if got := cleanDescription(tt.in); got != tt.want {
			t.Errorf("cleanDescription(%q): got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestCleanDescriptionIsCapped(t *testing.T) {
	for _, tt := range []struct{ name, in, end string }{
		{"words", strings.Repeat("word ", 1000), "word..."},
		{"one word", strings.Repeat("x", 1000), "x..."},
		{"accents", strings.Repeat("\u00e9", 1000), "e..."},
		{"hidden marks", strings.Repeat("e\u0301\u0302\u0303", 5000), "e..."},
	} {
		got := cleanDescription(tt.in)
		if len(got) > maxDescription || len(got) < maxDescription-10 || !strings.HasSuffix(got, tt.end) {
			t.Errorf("%s: got %d bytes ending in %q, want about %d ending in %q", tt.name, len(got), got[max(0, len(got)-10):], maxDescription, tt.end)
		}
	}
	if in := strings.Repeat("x", maxDescription); cleanDescription(in) != in {
		t.Errorf("%d bytes: got %d, want them unchanged", len(in), len(cleanDescription(in)))
	}
}

func TestCleanURI(t *testing.T) {
	for _, tt := range []struct {
		in   string
		kept bool
	}{
		{"https://example.com/errors?code=1#a", true},
		{"https://login.example.com/error?code=7000215", true},
		{"https://docs.example.com/errors?error=invalid_grant&error_code=70008", true},
		{"https://docs.example.com/errors?code=invalid_grant", true},
		{"https://docs.example.com/oauth2/troubleshooting-oauth-app-access-token-request-errors/#bad-verification-code", true},
		{"https://developers.example.com/identity/protocols/oauth2/v2/web-server#incremental-auth", true},
		{"https://docs.example.com/password-reset?locale=en-us&version=17.3", true},
		{"https://idp.example.com/cb?access_token=abc", false},
		{"https://idp.example.com/cb?x=1&id_token=abc", false},
		{"https://idp.example.com/cb?refresh%5Ftoken=abc", false},
		{"https://idp.example.com/cb#access_token=abc&x=1", false},
		{"https://idp.example.com/cb#/route?token=abc", false},
		{"https://idp.example.com/cb?code=SplxlOBeZQQYbYS6WxSbIA", false},
		{"https://idp.example.com/cb?code=a1b2c3d4", false},
		{"https://idp.example.com/login?login_hint=jane", false},
		{"https://idp.example.com/login?loginHint=jane", false},
		{"https://idp.example.com/login?client_secret=x", false},
		{"https://idp.example.com/login?password=x", false},
		{"https://idp.example.com/login?assertion=x", false},
		{"https://idp.example.com/login?session=x", false},
		{"https://idp.example.com/u/jane@bank.example", false},
		{"https://idp.example.com/u/jane%40bank.example", false},
		{"https://idp.example.com/u?who=jane%2540bank.example", false},
		{"https://idp.example.com/reset/eyJhbGciOiJub25lIn0.eyJzdWIiOiJqYW5lMSJ9.c2ln", false},
		{"https://idp.example.com/reset/0123456789abcdef0123456789abcdef", false},
		{"https://idp.example.com/pay?c=4111111111111111", false},
		{"http://example.com", true},
		{"HTTPS://example.com/", true},
		{"", false},
		{"/relative", false},
		{"//example.com/x", false},
		{"javascript:alert(1)", false},
		{"data:text/html,x", false},
		{"https:///nohost", false},
		{"https://user:secret@example.com/", false},
		{"https://example.com/a b", false},
		{`https://example.com/"`, false},
		{`https://example.com\x`, false},
		{"https://example.com/\n", false},
		{"https://example.com/\u00e9", false},
		{"https://exa mple.com", false},
		{"https://[::1", false},
	} {
		want := ""
		if tt.kept {
			want = tt.in
		}
		if got := cleanURI(tt.in); got != want {
			t.Errorf("cleanURI(%q): got %q, want %q", tt.in, got, want)
		}
	}
}

func TestSafeText(t *testing.T) {
	jwt := "eyJhbGciOiJub25lIn0.eyJzdWIiOiJqYW5lMSJ9.c2ln"
	for _, tt := range []struct{ name, in, want string }{
		{"its own characters", "Ung\u00fcltiges Token \u7121\u52b9", "Ung\u00fcltiges Token \u7121\u52b9"},
		{"one line", "two\r\nlines\tand \u2003 a space\x00\u200b", "two lines and a space"},
		{"a secret", "Ung\u00fcltiges Token " + jwt, "Ung\u00fcltiges Token ***"},
		{"not UTF-8", "a\xffb", "a\ufffdb"},
		{"nothing", "", ""},
	} {
		if got := safeText(tt.in); got != tt.want {
			t.Errorf("%s: safeText(%q): got %q, want %q", tt.name, tt.in, got, tt.want)
		}
	}
}

// TestCutBeforeMasked: wherever a text is cut before it is masked, no first half of a
// secret stays, though the words before it shrink to nothing.
func TestCutBeforeMasked(t *testing.T) {
	for _, secret := range []string{"4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "jane.doe.of.the.bank@bank.example", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJqYW5lMSJ9.c2ln"} {
		for shift := 40; shift < 140; shift++ {
			text := strings.Repeat("<i></i>", maxCleaned/7-16) + strings.Repeat(" ", shift) + secret + strings.Repeat(" ", 200)
			for name, clean := range map[string]func(string) string{"cleanDescription": cleanDescription, "safeText": safeText} {
				got := clean(text)
				if rest := strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(got, "<i></i>", ""), "...", ""), masked, ""); strings.TrimSpace(rest) != "" && !strings.HasPrefix(rest, "<") {
					t.Errorf("%s with %q %d bytes further: got %q, want nothing of it", name, secret, shift, rest)
				}
			}
		}
	}
}

func FuzzCleanDescription(f *testing.F) {
	for _, seed := range []string{
		"", "The code is wrong.", "a  b", `"\`, "&quot;x&quot;", "caf\u00e9\u0301", "\u202e\ufeff", "\xff",
		strings.Repeat("long ", 120), strings.Repeat("x", 501), "\x1b]0;x\x07", "\u2003", "a\u0301",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := cleanDescription(text)
		if len(got) > maxDescription {
			t.Errorf("cleanDescription(%q): got %d bytes, want at most %d", text, len(got), maxDescription)
		}
		for _, r := range got {
			if r == utf8.RuneError || !inErrorSet(r) {
				t.Errorf("cleanDescription(%q): got %q with %q, want only characters of RFC 6749", text, got, r)
			}
		}
		if strings.TrimSpace(got) != got || strings.Contains(got, "  ") {
			t.Errorf("cleanDescription(%q): got %q, want single spaces inside", text, got)
		}
	})
}
