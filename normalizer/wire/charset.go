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

// toUTF8 returns the body in valid UTF-8 and without a byte order mark. The
// charset is taken from a mark, the declaration, or zero bytes where ASCII text
// in UTF-16 has them; what is none of it and no UTF-8 is read as Windows-1252,
// of which Latin-1 is a part. Bytes that fit nothing become U+FFFD.
func toUTF8(body []byte, declared string) []byte {
	for _, m := range byteOrderMarks {
		if rest, ok := bytes.CutPrefix(body, m.mark); ok {
			return decodeCharset(rest, m.encoding)
		}
	}
	switch {
	case len(body) >= 2 && body[0] == 0 && body[1] != 0:
		return decodeCharset(body, byteOrderMarks[2].encoding)
	case len(body) >= 2 && body[0] != 0 && body[1] == 0:
		return decodeCharset(body, byteOrderMarks[1].encoding)
	case utf8.Valid(body):
		return body
	}
	enc, err := htmlindex.Get(declared)
	if err != nil || enc == unicode.UTF8 {
		enc = charmap.Windows1252
	}
	return decodeCharset(body, enc)
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
