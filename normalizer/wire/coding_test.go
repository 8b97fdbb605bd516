package wire

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// encoders are the inverse of Undo. The bare stream of deflate has a name of its own
// here, because on the wire both are called deflate.
var encoders = map[string]func(io.Writer) io.WriteCloser{
	"gzip":        func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
	"deflate":     func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
	"raw deflate": func(w io.Writer) io.WriteCloser { z, _ := flate.NewWriter(w, flate.BestCompression); return z },
	"br":          func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) },
	"zstd":        func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z },
}

// encode applies the codings in their order.
func encode(tb testing.TB, body string, codings ...string) []byte {
	tb.Helper()
	for _, coding := range codings {
		var b bytes.Buffer
		w := encoders[coding](&b)
		if _, err := io.WriteString(w, body); err != nil {
			tb.Fatalf("encoding in %s: %v", coding, err)
		}
		if err := w.Close(); err != nil {
			tb.Fatalf("encoding in %s: %v", coding, err)
		}
		body = b.String()
	}
	return []byte(body)
}

// testLimit is above all the bodies that are no bombs.
const testLimit = 256 << 10

func TestUndo(t *testing.T) {
	text := strings.Repeat(jsonError, 100)
	for _, r := range []struct {
		name     string
		encoding []string
		codings  []string // that the body has
	}{
		{"no field", nil, nil},
		{"an empty field", []string{""}, nil},
		{"identity", []string{"identity"}, nil},
		{"gzip", []string{"gzip"}, []string{"gzip"}},
		{"x-gzip", []string{"x-gzip"}, []string{"gzip"}},
		{"deflate", []string{"deflate"}, []string{"deflate"}},
		{"deflate without a frame", []string{"deflate"}, []string{"raw deflate"}},
		{"br", []string{"br"}, []string{"br"}},
		{"zstd", []string{"zstd"}, []string{"zstd"}},
		{"upper case", []string{" GZip "}, []string{"gzip"}},
		{"two in a field", []string{"gzip, br"}, []string{"gzip", "br"}},
		{"two fields", []string{"gzip", "br"}, []string{"gzip", "br"}},
		{"identity between", []string{"zstd, identity,,deflate"}, []string{"zstd", "deflate"}},
		{"gzip twice", []string{"gzip, x-gzip"}, []string{"gzip", "gzip"}},
		{"four", []string{"gzip, br, zstd, deflate"}, []string{"gzip", "br", "zstd", "deflate"}},
	} {
		body := encode(t, text, r.codings...)
		before := string(body)
		got, err := Undo(r.encoding, body, testLimit)
		if err != nil || string(got) != text {
			t.Errorf("%s: got %.40q, %v, want %.40q", r.name, got, err, text)
		}
		if string(body) != before {
			t.Errorf("%s: got the coded body changed, want it left alone for a release", r.name)
		}
	}
}

func TestUndoRefuses(t *testing.T) {
	coded := map[string]string{}
	for name := range encoders {
		coded[name] = string(encode(t, strings.Repeat(jsonError+"0123456789 ", 30), name))
	}
	gz := coded["gzip"]
	for _, r := range []struct {
		name, encoding, body string
		want                 error
	}{
		{"unknown", "x-own", jsonError, ErrCoding},
		{"compress", "compress", "\x1f\x9d\x90", ErrCoding},
		{"unknown beneath", "x-own, gzip", gz, ErrCoding},
		{"unknown on top", "gzip, x-own", gz, ErrCoding},
		{"five", "gzip, gzip, gzip, gzip, gzip", gz, ErrCoding},
		{"not gzip at all", "gzip", jsonError, ErrCoding},
		{"not br at all", "br", jsonError, ErrCoding},
		{"not zstd at all", "zstd", jsonError, ErrCoding},
		{"not deflate at all", "deflate", "\xff\xff\xff\xff", ErrCoding},
		{"the wrong coding", "br", gz, ErrCoding},
		{"the wrong order", "gzip, br", gz, ErrCoding},
		{"gzip cut short", "gzip", gz[:len(gz)-20], ErrCoding},
		{"gzip without its checksum", "gzip", gz[:len(gz)-8], ErrCoding},
		{"gzip with another checksum", "gzip", gz[:len(gz)-8] + "\x00\x00\x00\x00" + gz[len(gz)-4:], ErrCoding},
		{"gzip of another length", "gzip", gz[:len(gz)-4] + "\x00\x00\x00\x00", ErrCoding},
		{"gzip and more", "gzip", gz + "more", ErrCoding},
		{"deflate cut short", "deflate", coded["deflate"][:len(coded["deflate"])-10], ErrCoding},
		{"deflate without a frame cut short", "deflate", coded["raw deflate"][:len(coded["raw deflate"])-10], ErrCoding},
		{"br cut short", "br", coded["br"][:len(coded["br"])-3], ErrCoding},
		{"zstd cut short", "zstd", coded["zstd"][:len(coded["zstd"])-6], ErrCoding},
		{"a window that is too large", "zstd", "\x28\xb5\x2f\xfd\x00\xa0\x01\x00\x00", ErrCoding},
	} {
		if got, err := Undo([]string{r.encoding}, []byte(r.body), testLimit); got != nil || !errors.Is(err, r.want) {
			t.Errorf("%s: got %.40q, %v, want %v", r.name, got, err, r.want)
		}
	}
}

// TestUndoEmpty: some servers name a coding although there is no body.
func TestUndoEmpty(t *testing.T) {
	for _, coding := range []string{"gzip", "deflate", "br", "zstd", "x-own", "gzip, br"} {
		if got, err := Undo([]string{coding}, nil, testLimit); len(got) != 0 || err != nil {
			t.Errorf("%s of nothing: got %q, %v, want nothing", coding, got, err)
		}
		if coding == "x-own" || coding == "gzip, br" {
			continue
		}
		if got, err := Undo([]string{coding}, encode(t, "", coding), testLimit); len(got) != 0 || err != nil {
			t.Errorf("%s of an empty body: got %q, %v, want nothing", coding, got, err)
		}
	}
}

// TestUndoLimit: the limit itself is allowed, one byte more is not.
func TestUndoLimit(t *testing.T) {
	for _, coding := range []string{"gzip", "deflate", "br", "zstd", "gzip, gzip", "gzip, br"} {
		for _, r := range []struct {
			length int
			want   error
		}{
			{4095, nil}, {4096, nil}, {4097, ErrTooLarge}, {100_000, ErrTooLarge}, {8 << 20, ErrTooLarge},
		} {
			got, err := Undo([]string{coding}, encode(t, strings.Repeat("x", r.length), strings.Split(coding, ", ")...), 4096)
			if !errors.Is(err, r.want) || err == nil && len(got) != r.length {
				t.Errorf("%s of %d bytes with a limit of 4096: got %d bytes, %v, want %v", coding, r.length, len(got), err, r.want)
			}
		}
	}
}

// TestUndoAgain: readers are used again, also after a body that was broken.
func TestUndoAgain(t *testing.T) {
	good := encode(t, jsonError, "gzip")
	for i := range 10 {
		if _, err := Undo([]string{"gzip"}, good[:len(good)-9], testLimit); !errors.Is(err, ErrCoding) {
			t.Fatalf("round %d: got error %v for half a body, want %v", i, err, ErrCoding)
		}
		if got, err := Undo([]string{"gzip"}, good, testLimit); string(got) != jsonError || err != nil {
			t.Fatalf("round %d: got %q, %v, want %q", i, got, err, jsonError)
		}
	}
}

func FuzzUndo(f *testing.F) {
	for name := range encoders {
		_, coding, raw := strings.Cut(name, "raw ")
		if !raw {
			coding = name
		}
		for _, text := range []string{"", jsonError, strings.Repeat("\x00", 40_000)} {
			body := encode(f, text, name)
			f.Add(coding, body)
			f.Add(coding, body[:len(body)*2/3])
			f.Add("gzip, "+coding, encode(f, text, "gzip", name))
		}
	}
	f.Add("identity,, gzip ,", []byte("\x1f\x8b"))
	f.Add("x-gzip", []byte("\x1f\x8b\x08\xff"))
	const limit = 32 << 10
	f.Fuzz(func(t *testing.T, contentEncoding string, body []byte) {
		before := string(body)
		got, err := Undo([]string{contentEncoding}, body, limit)
		switch {
		case err != nil && (got != nil || !errors.Is(err, ErrCoding) && !errors.Is(err, ErrTooLarge)):
			t.Errorf("Undo(%q, %q): got %q, %v, want no body and one of the reasons", contentEncoding, body, got, err)
		case err == nil && len(splitCodings([]string{contentEncoding})) > 0 && len(got) > limit:
			t.Errorf("Undo(%q, %q): got %d bytes, want at most %d", contentEncoding, body, len(got), limit)
		case err == nil && len(splitCodings([]string{contentEncoding})) == 0 && string(got) != before:
			t.Errorf("Undo(%q, %q): got %q, want it as it came", contentEncoding, body, got)
		}
		if string(body) != before {
			t.Errorf("Undo(%q, %q): got the body changed to %q", contentEncoding, before, body)
		}
		again, errAgain := Undo([]string{contentEncoding}, body, limit)
		if !bytes.Equal(got, again) || (err == nil) != (errAgain == nil) {
			t.Errorf("Undo(%q, %q): got %q, %v and then %q, %v", contentEncoding, body, got, err, again, errAgain)
		}
	})
}
