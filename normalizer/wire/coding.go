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

// Reasons for which a coded body is not decoded.
var (
	ErrCoding   = errors.New("the content coding is unknown or broken")
	ErrTooLarge = errors.New("the decoded body is too large")
)

const (
	maxCodings = 4 // stacked on one body
	// maxRatio is how much larger than the coded body the decoded one may be,
	// beyond the first 16 KiB. Compressed pages reach about 20.
	maxRatio  = 200
	freeBytes = 16 << 10
)

// Decode undoes the content codings that the Content-Encoding values list, the
// last one first. A body of more than limit bytes, or of an absurd ratio to the
// coded one, is given up with [ErrTooLarge] before it is decoded in full; an
// unknown or broken coding is [ErrCoding].
func Decode(contentEncoding []string, body []byte, limit int64) ([]byte, error) {
	codings := splitCodings(contentEncoding)
	if len(codings) > maxCodings {
		return nil, fmt.Errorf("%w: %d codings on one body", ErrCoding, len(codings))
	}
	limit = min(limit, freeBytes+maxRatio*int64(len(body)))
	for i := len(codings) - 1; i >= 0 && len(body) > 0; i-- {
		decoded, err := decodeOne(codings[i], body, limit)
		if err != nil {
			return nil, err
		}
		body = decoded
	}
	return body, nil
}

// IsKnownCoding reports whether a single content coding can be undone.
func IsKnownCoding(coding string) bool {
	_, ok := decoders[strings.ToLower(strings.TrimSpace(coding))]
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

func decodeOne(coding string, body []byte, limit int64) ([]byte, error) {
	open, ok := decoders[coding]
	if !ok {
		return nil, fmt.Errorf("%w: %q", ErrCoding, coding)
	}
	r, done, err := open(body)
	if err != nil {
		return nil, fmt.Errorf("%w: %q: %v", ErrCoding, coding, err)
	}
	defer done()
	decoded, err := io.ReadAll(io.LimitReader(r, limit+1))
	switch {
	case int64(len(decoded)) > limit:
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
	case err != nil:
		return nil, fmt.Errorf("%w: %q: %v", ErrCoding, coding, err)
	}
	return decoded, nil
}

// opener starts to decode a body, and says how to end.
type opener func(body []byte) (r io.Reader, done func(), err error)

// decoders has the registered codings that are in use (RFC 9110 §8.4.1, RFC
// 7932, RFC 9659).
var decoders = map[string]opener{
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
