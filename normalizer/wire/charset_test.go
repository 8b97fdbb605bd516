package wire

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

// in returns a text in a charset.
func in(t testing.TB, enc encoding.Encoding, text string) string {
	t.Helper()
	coded, err := enc.NewEncoder().String(text)
	if err != nil {
		t.Fatalf("encoding %q: %v", text, err)
	}
	return coded
}

var (
	utf16LE = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	utf16BE = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
)

func TestCharset(t *testing.T) {
	const text = `{"error":"ungültig € 無"}`
	const latin = `{"error":"ungültig"}`
	for _, r := range []struct{ name, declared, body, want string }{
		{"UTF-8", "", text, text},
		{"UTF-8, declared", "utf-8", text, text},
		{"UTF-8, declared as Latin-1", "iso-8859-1", text, text},
		{"UTF-8 with a mark", "", "\ufeff" + text, text},
		{"UTF-8 with a mark, declared as UTF-16", "utf-16", "\ufeff" + text, text},
		{"UTF-16 LE with a mark", "", "\xff\xfe" + in(t, utf16LE, text), text},
		{"UTF-16 BE with a mark", "", "\xfe\xff" + in(t, utf16BE, text), text},
		{"UTF-16 with a mark, declared as UTF-8", "utf-8", "\xff\xfe" + in(t, utf16LE, text), text},
		{"UTF-16 LE by its zeros", "", in(t, utf16LE, text), text},
		{"UTF-16 BE by its zeros", "", in(t, utf16BE, text), text},
		{"UTF-16 LE after white space", "", in(t, utf16LE, "\r\n"+text), "\r\n" + text},
		{"UTF-16, declared", "utf-16", in(t, utf16LE, text), text},
		{"UTF-16 BE, declared", "utf-16be", in(t, utf16BE, text), text},
		{"UTF-16 BE, declared as LE", "utf-16le", in(t, utf16BE, text), text},
		{"UTF-16 beyond its first plane", "", in(t, utf16LE, `{"a":"`+"\U0001f511"+`"}`), `{"a":"` + "\U0001f511" + `"}`},
		{"UTF-16 with half a pair", "", in(t, utf16LE, "a") + "\x00\xd8" + in(t, utf16LE, "b"), "a\ufffdb"},
		{"UTF-16 with half a unit", "", in(t, utf16LE, "ab") + "c", "ab\ufffd"},
		{"Latin-1, declared", "iso-8859-1", in(t, charmap.ISO8859_1, latin), latin},
		{"Latin-1, not declared", "", in(t, charmap.ISO8859_1, latin), latin},
		{"Latin-1, declared as UTF-8", "UTF-8", in(t, charmap.ISO8859_1, latin), latin},
		{"Latin-1, declared as nonsense", "x-own", in(t, charmap.ISO8859_1, latin), latin},
		{"Windows-1252", "", "\x93ung\xfcltig\x94 \x80", "\u201cungültig\u201d €"},
		{"Windows-1252 where it has no character", "", "a\x81\xfc", "a\u0081ü"},
		{"Cyrillic", "koi8-r", in(t, charmap.KOI8R, "Ошибка"), "Ошибка"},
		{"Latin-9", "iso-8859-15", in(t, charmap.ISO8859_15, "5 €"), "5 €"},
		{"Shift JIS", "shift_jis", in(t, japanese.ShiftJIS, `{"error":"無効"}`), `{"error":"無効"}`},
		{"Shift JIS that is broken", "shift_jis", "a\x81", "a\ufffd"},
		{"upper case", "ISO-8859-1", "\xfc", "ü"},
		{"nothing", "", "", ""},
		{"a mark only", "", "\xfe\xff", ""},
		{"one zero", "", "\x00", "\x00"},
	} {
		got, _ := toUTF8([]byte(r.body), r.declared, false)
		// x/text leaves the five bytes without a character as U+FFFD.
		if s := got; s != r.want && s != strings.ReplaceAll(r.want, "\u0081", "\ufffd") {
			t.Errorf("%s: got %q, want %q", r.name, s, r.want)
		}
		if !utf8.ValidString(got) {
			t.Errorf("%s: got %q, want it valid in UTF-8", r.name, got)
		}
	}
}

// TestCharsetIsBounded: no charset makes more than a few bytes out of one.
func TestCharsetIsBounded(t *testing.T) {
	for _, declared := range []string{"", "utf-16", "shift_jis", "gb18030", "iso-2022-jp", "replacement", "x-user-defined", "euc-kr", "big5", "windows-874"} {
		for _, body := range []string{strings.Repeat("\xff", 10_000), strings.Repeat("\x00\xd8", 10_000), strings.Repeat("\x1b$B", 10_000), strings.Repeat("\x80\x81\xfe", 10_000)} {
			got, _ := toUTF8([]byte(body), declared, false)
			if len(got) > 4*len(body) || !utf8.ValidString(got) {
				t.Errorf("%d bytes of %.4q as %q: got %d bytes, valid %v, want at most four times as many, valid", len(body), body, declared, len(got), utf8.ValidString(got))
			}
		}
	}
}

// TestCharsetDeclared has text that is valid UTF-8 by chance, and means something else in
// the declared charset.
func TestCharsetDeclared(t *testing.T) {
	for _, r := range []struct{ name, declared, body, want string }{
		{"UTF-16 LE that begins beyond Latin", "utf-16le", in(t, utf16LE, "Ошибка"), "Ошибка"},
		{"UTF-16 BE that begins beyond Latin", "utf-16be", in(t, utf16BE, "Ошибка"), "Ошибка"},
		{"ISO-2022-JP", "iso-2022-jp", in(t, japanese.ISO2022JP, `{"error":"無効"}`), `{"error":"無効"}`},
	} {
		if got, _ := toUTF8([]byte(r.body), r.declared, false); got != r.want {
			t.Errorf("%s: got %q, want %q", r.name, got, r.want)
		}
	}
}
