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
}

// codings are those of the matrix. The last two cannot be undone.
var codings = []coding{
	{"identity", "", func(body string) string { return body }, true},
	{"gzip", "gzip", gzipped, true},
	{"x-gzip", "x-gzip", gzipped, true},
	{"deflate", "deflate", func(body string) string {
		return written(body, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
	}, true},
	{"deflate without a frame", "deflate", func(body string) string {
		return written(body, func(w io.Writer) io.WriteCloser { z, _ := flate.NewWriter(w, flate.DefaultCompression); return z })
	}, true},
	{"br", "br", brotlied, true},
	{"zstd", "zstd", func(body string) string {
		return written(body, func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z })
	}, true},
	{"gzip and br", "gzip, br", func(body string) string { return brotlied(gzipped(body)) }, true},
	{"a coding of its own", "x-own", func(body string) string { return body }, false},
	{"half of gzip", "gzip", func(body string) string { z := gzipped(body); return z[:len(z)-9] }, false},
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
