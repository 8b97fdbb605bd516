package normalizer

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// FuzzMask: masking a masked text changes nothing, masks replace text without adding any,
// and small numbers that are passed over would have stayed.
func FuzzMask(f *testing.F) {
	for _, file := range labelledFiles {
		for _, l := range readLabelled(f, file) {
			f.Add(l.text)
		}
	}
	for _, seed := range []string{"", "%", "%25%32%35", "password=** a b", "code 12 34", "'***' is not a token", "&#", "\\u004", "token \xff\xfe", "pin 1 2 3 4", "DE89 3704 ***", "a=b==c", "pin 7 or code 42", "06 12 34 56 78", "the cvv is 12 or 34, and 5."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		once := Mask(text)
		if twice := Mask(once); twice != once {
			t.Errorf("Mask(%q): got %q, and of that %q, want it to stay", text, once, twice)
		}
		if parts := strings.Count(once, masked) - strings.Count(text, masked); len(once) > len(text)+3*max(parts, 0) {
			t.Errorf("Mask(%q): got %q, want a text no longer", text, once)
		}
		if classes := classesOf(text); classes&hint != 0 && isPlain(text, classes) {
			if whole := maskWords(text, classes); whole != text {
				t.Errorf("maskWords(%q): got %q, want the text that is passed over", text, whole)
			}
		}
	})
}

// planted are the parts that sentences with a secret are made of.
var planted = struct{ before, nouns, separators, after []string }{
	before: []string{"", "Invalid ", "The provided ", "invalid_grant: ", "AADSTS70008: Wrong ", "Ung\u00fcltig: ", "error=invalid_request&", "(x) ", "Request ID: 0c9f2a2e-1d3b-4c55-9f0e-6a1f0f3f9a11. The "},
	nouns: []string{
		"token", "access token", "Access Token", "refresh_token", "id_token", "accessToken", "password", "Password", "pwd", "passphrase", "client_secret", "client secret",
		"clientSecret", "secret", "api key", "API key", "apikey", "api_key", "x-api-key", "authorization code", "auth code", "code", "device_code", "device code", "user_code", "code_verifier", "OTP", "otp",
		"verification code", "one-time password", "one-time code", "recovery code", "passcode", "session id", "session", "JSESSIONID", "PHPSESSID", "nonce", "csrf token", "assertion",
		"ticket", "jwt", "private key", "access key", "signature", "reset token", "Bearer",
	},
	separators: []string{" ", ": ", "=", " = ", " '", ": '", "=\"", " is ", " was ", " expired: ", " not found: ", " invalid: ", " (", " value ", " with value ", "%3D", "%3a%20", " provided: ", " [", "\uff1a", "=&quot;"},
	after:      []string{"", " is invalid", " has expired.", ", try again", "&state=x", "; x", " for user jane", ". Sign in again.", " was already used"},
}

// FuzzMaskPlanted: no masked text shows a token that was planted behind a noun.
func FuzzMaskPlanted(f *testing.F) {
	for seed := range uint64(500) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 1))
		pick := func(parts []string) string { return parts[r.IntN(len(parts))] }
		secret := randomToken(r)
		separator := pick(planted.separators)
		text := pick(planted.before) + pick(planted.nouns) + separator + secret
		switch {
		case strings.HasSuffix(separator, "&quot;"):
			text += "&quot;"
		case strings.HasSuffix(separator, "'"), strings.HasSuffix(separator, `"`):
			text += separator[len(separator)-1:]
		case strings.HasSuffix(separator, "("):
			text += ")"
		case strings.HasSuffix(separator, "["):
			text += "]"
		}
		text += pick(planted.after)
		for name, clean := range map[string]func(string) string{"Mask": Mask, "cleanDescription": cleanDescription, "safeText": safeText} {
			if got := clean(text); strings.Contains(got, secret) {
				t.Errorf("seed %d: %s(%q): got %q, want no %q", seed, name, text, got, secret)
			}
		}
	})
}

// randomToken returns a token of 8 to 40 characters as servers make them: of letters
// and digits, in lower case or base64url, with a digit that is not the last.
func randomToken(r *rand.Rand) string {
	alphabet := []string{"abcdefghijklmnopqrstuvwxyz0123456789", "0123456789abcdef", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"}[r.IntN(3)]
	for {
		token := make([]byte, 8+r.IntN(33))
		for i := range token {
			token[i] = alphabet[r.IntN(len(alphabet))]
		}
		s := string(token)
		digits, letters, _, _ := count(s[:len(s)-1])
		if digits >= 1 && letters >= 2 && !isPublic(s) && isLetter(s[0]) {
			return s
		}
	}
}

// TestMaskTwice masks texts of the parts that the mask looks for, in any order, and
// expects nothing more to mask in the outcome.
func TestMaskTwice(t *testing.T) {
	parts := strings.Split("token|password|code|secret|'|\"|: |=|=|, |&| | |***|hunter|letmein|abc123|483 920|4111 1111 1111 1111|is|is not a valid|expired|not found|(|)|<|>|{|}|jane@x.example|%40|%3D|%25|&quot;|"+
		"\\\"|key|session|id|request|x=| a b c |. |The|Foo|GmRhmhcxhwAzkoEqiMEg|WDJB-MJHT|otp|12345|seconds|type|eyJhbGci.abc12|DE89 3704 0044 0532 0130 00|none|...|!|?|#|/|-|_|\uff1a|\u201c", "|")
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		var b strings.Builder
		for range 2 + r.IntN(10) {
			b.WriteString(parts[r.IntN(len(parts))])
			b.WriteString(strings.Repeat(" ", r.IntN(2)))
		}
		for name, clean := range map[string]func(string) string{"Mask": Mask, "cleanDescription": cleanDescription, "safeText": safeText} {
			once := clean(b.String())
			if twice := clean(once); twice != once {
				t.Errorf("%s(%q): got %q, and of that %q, want it to stay", name, b.String(), once, twice)
			}
		}
	}
}

// TestApart: of the characters that are not looked up, none would be folded.
func TestApart(t *testing.T) {
	for r := range rune(0x20000) {
		if got := foldAccents(string(r)); isApart(r) && (got != string(r) || foldRune(r) != 0) {
			t.Errorf("%U: got %q, want it as it is", r, got)
		}
	}
}
