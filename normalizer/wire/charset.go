package wire

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// byteOrderMarks are looked for first: a mark is surer than what the header says.
var byteOrderMarks = []struct {
	mark     []byte
	encoding encoding.Encoding // nil for UTF-8
}{
	{[]byte("\xef\xbb\xbf"), nil},
	{[]byte("\xff\xfe"), unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
	{[]byte("\xfe\xff"), unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
}

// toUTF8 returns the body in valid UTF-8 and without a byte order mark. In order:
//   - a byte order mark;
//   - zero bytes where ASCII text in UTF-16 has them;
//   - a declared charset whose bytes look like ASCII or UTF-8 and are not;
//   - UTF-8 where the body is valid UTF-8, whatever was declared;
//   - the declared charset, or Windows-1252, of which Latin-1 is a part.
//
// Bytes that fit nothing become U+FFFD.
func toUTF8(body []byte, declared string) []byte {
	for _, m := range byteOrderMarks {
		if rest, ok := bytes.CutPrefix(body, m.mark); ok {
			return decodeCharset(rest, m.encoding)
		}
	}
	enc, err := htmlindex.Get(declared)
	if err != nil || enc == unicode.UTF8 {
		enc = nil
	}
	switch {
	case len(body) >= 2 && body[0] == 0 && body[1] != 0:
		return decodeCharset(body, byteOrderMarks[2].encoding)
	case len(body) >= 2 && body[0] != 0 && body[1] == 0:
		return decodeCharset(body, byteOrderMarks[1].encoding)
	case enc != nil && isDeceptive(enc):
		return decodeCharset(body, enc)
	case utf8.Valid(body):
		return body
	case enc == nil:
		enc = charmap.Windows1252
	}
	return decodeCharset(body, enc)
}

// isDeceptive reports whether text in the charset can be valid UTF-8 and mean
// something else.
func isDeceptive(enc encoding.Encoding) bool {
	name, err := htmlindex.Name(enc)
	return err == nil && (name == "utf-16le" || name == "utf-16be" || name == "iso-2022-jp")
}

// decodeCharset decodes the body; nil stands for UTF-8.
func decodeCharset(body []byte, enc encoding.Encoding) []byte {
	if enc != nil {
		if decoded, err := enc.NewDecoder().Bytes(body); err == nil {
			body = decoded
		}
	}
	if utf8.Valid(body) {
		return body
	}
	return bytes.ToValidUTF8(body, []byte("\ufffd"))
}
