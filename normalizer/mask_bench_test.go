package normalizer

import (
	"fmt"
	"strings"
	"testing"
)

// benchTexts are texts that the mask reads in full (all but "plain", which its fast
// path lets through): 90 bytes each.
var benchTexts = []struct{ name, text string }{
	{"plain", "The provided authorization grant is invalid, expired, revoked or of another client. Again."},
	{"number", "AADSTS70008: The provided authorization code or refresh token has expired. Please sign in."},
	{"secret", "Access token expired: 4f0c1c2e-0000-4000-8000-000000000000, for the client app of acme. Ok"},
	{"foreign", "Das Zugriffstoken ist ung\u00fcltig oder abgelaufen: bitte \u201emelden\u201c Sie sich erneut an, 2 Mal"},
	{"encoded", "error_description=Unknown%20user%20jane%40bank.example%20with%20code%3D482913%2C%20sorry. "},
}

// BenchmarkMask masks a text of 90 bytes, and one of 8 KiB.
func BenchmarkMask(b *testing.B) {
	for _, tt := range benchTexts {
		long := strings.Repeat(tt.text+" ", maxCleaned/len(tt.text)+1)[:maxCleaned]
		for _, size := range []struct{ name, text string }{{"90", tt.text}, {"8192", long}} {
			b.Run(tt.name+"/"+size.name, func(b *testing.B) {
				b.SetBytes(int64(len(size.text)))
				b.ReportAllocs()
				for b.Loop() {
					Mask(size.text)
				}
			})
		}
	}
}

// BenchmarkMaskWorst masks texts that are made to be slow: each byte starts
// something.
func BenchmarkMaskWorst(b *testing.B) {
	for name, part := range map[string]string{
		"nouns": "token ", "colons": "password: ", "equals": "password=", "quotes": "token '", "digits": "4111 ", "iban": "DE89 ", "names": "password a-", "braces": "token {", "word": "aB3", "percent": "%2525",
		"assigned": "key=", "values": "password: a b c d ", "reverse": "'a1b2c3' is not a ", "entities": "&am", "groups": "otp 123 ", "names of nouns": "token x=y ", "contents": "token>known ", "escapes": `\\\\`, "pairs": "token\",\"value\",\"",
	} {
		for _, size := range []int{1 << 10, 8 << 10, 64 << 10} {
			text := strings.Repeat(part, size/len(part)+1)[:size]
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				b.SetBytes(int64(size))
				for b.Loop() {
					Mask(text)
				}
			})
		}
	}
}

// BenchmarkSafeText is a description of 250 kB outside ASCII: all but 8 KiB of it
// costs nothing.
func BenchmarkSafeText(b *testing.B) {
	text := strings.Repeat("\u7121\u52b9\u306a\u30c8\u30fc\u30af\u30f3: abc123 ", 250_000/30)
	b.ReportAllocs()
	for b.Loop() {
		safeText(text)
	}
}
