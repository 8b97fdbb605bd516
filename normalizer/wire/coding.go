package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// Errors of [Undo] and [UndoPrefix].
var (
	ErrCoding   = errors.New("the content coding is unknown or broken")
	ErrTooLarge = errors.New("the body is too large without its coding")
)

// maxCodings is how many codings one body may have.
const maxCodings = 4

// Undo undoes the content codings that the Content-Encoding values list, the
// last one first. A body of more than limit bytes is given up with [ErrTooLarge]
// before it is undone in full; an unknown or broken coding is [ErrCoding].
func Undo(contentEncoding []string, body []byte, limit int64) ([]byte, error) {
	undone, complete, err := undo(contentEncoding, body, limit, false)
	switch {
	case err != nil:
		return nil, err
	case !complete:
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
	}
	return undone, nil
}

// UndoPrefix is [Undo] for the beginning of a body, or for a body that may be too large.
// It returns as much as it can undo, up to limit bytes. complete reports whether that is
// all of the body. The only error is [ErrCoding], for an unknown or broken coding.
func UndoPrefix(contentEncoding []string, body []byte, limit int64) (undone []byte, complete bool, err error) {
	undone, complete, err = undo(contentEncoding, body, limit, true)
	if int64(len(undone)) > limit {
		return undone[:limit], false, err
	}
	return undone, complete, err
}

// undo undoes all codings. The result is not complete if the body exceeds the limit, or
// if it ends too early and prefix allows that.
func undo(contentEncoding []string, body []byte, limit int64, prefix bool) (undone []byte, complete bool, err error) {
	codings := splitCodings(contentEncoding)
	if len(codings) > maxCodings {
		return nil, false, fmt.Errorf("%w: %d codings on one body", ErrCoding, len(codings))
	}
	complete = true
	for i := len(codings) - 1; i >= 0 && len(body) > 0; i-- {
		var whole bool
		if body, whole, err = undoOne(codings[i], body, limit, prefix); err != nil {
			return nil, false, err
		}
		if complete = complete && whole; !complete && !prefix {
			return nil, false, nil
		}
	}
	return body, complete, nil
}

// IsKnownCoding reports whether [Undo] knows a content coding.
func IsKnownCoding(coding string) bool {
	_, ok := openers[strings.ToLower(strings.TrimSpace(coding))]
	return ok
}

// splitCodings lists the codings in lower case, without identity.
func splitCodings(contentEncoding []string) []string {
	var out []string
	for _, value := range contentEncoding {
		for coding := range strings.SplitSeq(value, ",") {
			coding = strings.ToLower(strings.TrimSpace(coding))
			if coding != "" && coding != "identity" {
				out = append(out, coding)
			}
		}
	}
	return out
}

func undoOne(coding string, body []byte, limit int64, prefix bool) (undone []byte, whole bool, err error) {
	open, ok := openers[coding]
	if !ok {
		return nil, false, fmt.Errorf("%w: %q", ErrCoding, coding)
	}
	r, done, err := open(body)
	if err == nil {
		undone, err = io.ReadAll(io.LimitReader(r, limit+1))
		done()
	}
	switch {
	case int64(len(undone)) > limit:
		return undone[:limit], false, nil
	case prefix && (err == io.ErrUnexpectedEOF || err == io.EOF):
		return undone, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("%w: %q: %v", ErrCoding, coding, err)
	}
	return undone, true, nil
}

// opener starts to undo the coding of a body, and says how to end.
type opener func(body []byte) (r io.Reader, done func(), err error)

// openers has the registered codings that are in use (RFC 9110 §8.4.1, RFC
// 7932, RFC 9659).
var openers = map[string]opener{
	"gzip":    openGzip,
	"x-gzip":  openGzip,
	"deflate": openDeflate,
	"br":      openBrotli,
	"zstd":    openZstd,
}

// gzipReaders spares the window of the coding that nearly all servers use.
var gzipReaders sync.Pool

func nothing() {}

func openGzip(body []byte) (io.Reader, func(), error) {
	r, ok := gzipReaders.Get().(*gzip.Reader)
	if !ok {
		r = new(gzip.Reader)
	}
	if err := r.Reset(bytes.NewReader(body)); err != nil {
		return nil, nil, err
	}
	return r, func() { gzipReaders.Put(r) }, nil
}

// openDeflate reads the zlib format, which the coding is, or the bare deflate
// stream, which some servers send instead.
func openDeflate(body []byte) (io.Reader, func(), error) {
	if r, err := zlib.NewReader(bytes.NewReader(body)); err == nil {
		return r, nothing, nil
	}
	return flate.NewReader(bytes.NewReader(body)), nothing, nil
}

func openBrotli(body []byte) (io.Reader, func(), error) {
	return brotli.NewReader(bytes.NewReader(body)), nothing, nil
}

// maxZstdWindow is the window that RFC 9659 allows on the web, in bytes.
const maxZstdWindow = 8 << 20

func openZstd(body []byte) (io.Reader, func(), error) {
	r, err := zstd.NewReader(bytes.NewReader(body),
		zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstdWindow))
	if err != nil {
		return nil, nil, err
	}
	return r, r.Close, nil
}
