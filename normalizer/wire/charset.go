package wire

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// byteOrderMarks are looked for first, because a mark is more reliable than the header.
var byteOrderMarks = []struct {
	mark     []byte
	encoding encoding.Encoding // nil for UTF-8
}{
	{[]byte("\xef\xbb\xbf"), nil},
	{[]byte("\xff\xfe"), unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
	{[]byte("\xfe\xff"), unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
}

// toUTF8 returns the body in valid UTF-8 and without a byte order mark, and whether its
// bytes had to change. The charset comes from, in order:
//   - a byte order mark;
//   - zero bytes where ASCII text in UTF-16 has them;
//   - a declared charset whose text may look like UTF-8, such as ISO-2022-JP;
//   - valid UTF-8, whatever was declared;
//   - the declared charset, or Windows-1252, which includes Latin-1.
//
// Invalid bytes become U+FFFD. An incomplete character at the end of a cut body is
// dropped. A body that is UTF-8 already is not copied.
func toUTF8(body []byte, declared string, cut bool) (text string, recoded bool) {
	for _, m := range byteOrderMarks {
		if rest, ok := bytes.CutPrefix(body, m.mark); ok {
			return decodeCharset(rest, m.encoding, cut), len(rest) > 0
		}
	}
	enc := declaredCharset(declared)
	switch {
	case len(body) >= 2 && body[0] == 0 && body[1] != 0:
		return decodeCharset(body, byteOrderMarks[2].encoding, cut), true
	case len(body) >= 2 && body[0] != 0 && body[1] == 0:
		return decodeCharset(body, byteOrderMarks[1].encoding, cut), true
	case enc != nil && isDeceptive(enc):
		return decodeCharset(body, enc, cut), len(body) > 0
	}
	if whole := wholeRunes(body, cut); utf8.Valid(whole) {
		return unsafe.String(unsafe.SliceData(whole), len(whole)), false
	}
	if enc == nil {
		enc = charmap.Windows1252
	}
	return decodeCharset(body, enc, cut), true
}

// declaredCharset returns the encoding of a charset, or nil for UTF-8 and unknown
// charsets.
func declaredCharset(name string) encoding.Encoding {
	if name == "" {
		return nil
	}
	enc, err := htmlindex.Get(name)
	if err != nil || enc == unicode.UTF8 {
		return nil
	}
	return enc
}

// wholeRunes drops an incomplete character at the end of a cut body.
func wholeRunes(body []byte, cut bool) []byte {
	if !cut {
		return body
	}
	for i := len(body) - 1; i >= 0 && i > len(body)-utf8.UTFMax; i-- {
		if utf8.RuneStart(body[i]) {
			if !utf8.FullRune(body[i:]) {
				return body[:i]
			}
			break
		}
	}
	return body
}

// isDeceptive reports whether text in the charset can be valid UTF-8 and mean
// something else.
func isDeceptive(enc encoding.Encoding) bool {
	name, err := htmlindex.Name(enc)
	return err == nil && (name == "utf-16le" || name == "utf-16be" || name == "iso-2022-jp")
}

// decodeCharset decodes the body; nil stands for UTF-8. The common charsets are
// decoded here, several times as fast as by the library.
func decodeCharset(body []byte, enc encoding.Encoding, cut bool) string {
	if single, ok := enc.(*charmap.Charmap); ok {
		return decodeSingle(body, single)
	}
	switch enc {
	case nil:
		return strings.ToValidUTF8(string(wholeRunes(body, cut)), "\ufffd")
	case byteOrderMarks[1].encoding:
		return decodeUTF16(body, binary.LittleEndian, cut)
	case byteOrderMarks[2].encoding:
		return decodeUTF16(body, binary.BigEndian, cut)
	}
	if cut {
		decoded := make([]byte, 4*len(body)) // no charset makes more of a byte
		n, _, _ := enc.NewDecoder().Transform(decoded, body, false)
		return strings.ToValidUTF8(string(decoded[:n]), "\ufffd")
	}
	decoded, err := enc.NewDecoder().Bytes(body)
	if err != nil {
		decoded = body
	}
	return strings.ToValidUTF8(string(decoded), "\ufffd")
}

// decodeSingle decodes a charset of one byte a character.
func decodeSingle(body []byte, enc *charmap.Charmap) string {
	b := make([]byte, 0, len(body)+len(body)/8)
	for _, c := range body {
		if c < utf8.RuneSelf {
			b = append(b, c) // all charsets that browsers know have ASCII
		} else {
			b = utf8.AppendRune(b, enc.DecodeByte(c))
		}
	}
	return string(b)
}

// decodeUTF16 decodes UTF-16. Half a pair, and half a unit at the end, are U+FFFD.
func decodeUTF16(body []byte, order binary.ByteOrder, cut bool) string {
	b := make([]byte, 0, len(body))
	for ; len(body) >= 2; body = body[2:] {
		r := rune(order.Uint16(body))
		if utf16.IsSurrogate(r) {
			if cut && len(body) < 4 {
				return string(b)
			}
			pair := rune(utf8.RuneError)
			if len(body) >= 4 {
				pair = utf16.DecodeRune(r, rune(order.Uint16(body[2:])))
			}
			if r = pair; pair != utf8.RuneError {
				body = body[2:]
			}
		}
		b = utf8.AppendRune(b, r)
	}
	if len(body) > 0 && !cut {
		b = utf8.AppendRune(b, utf8.RuneError)
	}
	return string(b)
}
