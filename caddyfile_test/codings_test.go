package caddyfile_test

import (
	"bytes"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// coding is a way to spell a body, named by Content-Encoding.
type coding struct {
	name     string
	field    string
	encode   func(body string) string
	readable bool
	cut      bool // its end is missing: what can be undone is read as a beginning
}

// codings are those of the matrix. The last two cannot be undone as a whole.
var codings = []coding{
	{"identity", "", func(body string) string { return body }, true, false},
	{"gzip", "gzip", gzipped, true, false},
	{"x-gzip", "x-gzip", gzipped, true, false},
	{"deflate", "deflate", func(body string) string {
		return written(body, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
	}, true, false},
	{"deflate without a frame", "deflate", func(body string) string {
		return written(body, func(w io.Writer) io.WriteCloser { z, _ := flate.NewWriter(w, flate.DefaultCompression); return z })
	}, true, false},
	{"br", "br", brotlied, true, false},
	{"zstd", "zstd", func(body string) string {
		return written(body, func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z })
	}, true, false},
	{"gzip and br", "gzip, br", func(body string) string { return brotlied(gzipped(body)) }, true, false},
	{"a coding of its own", "x-own", func(body string) string { return body }, false, false},
	{"gzip without its end", "gzip", func(body string) string { z := gzipped(body); return z[:len(z)-9] }, false, true},
}

func brotlied(body string) string {
	return written(body, func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) })
}

// written is the body after a writer.
func written(body string, open func(io.Writer) io.WriteCloser) string {
	var b bytes.Buffer
	w := open(&b)
	if _, err := io.WriteString(w, body); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.String()
}
