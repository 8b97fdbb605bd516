package hold

import (
	"fmt"
	"io"
	"net/http"
	"testing"
)

// sink is a client's writer that costs nothing.
type sink struct{ header http.Header }

func (w *sink) Header() http.Header               { return w.header }
func (w *sink) WriteHeader(int)                   {}
func (w *sink) Write(p []byte) (int, error)       { return len(p), nil }
func (w *sink) FlushError() error                 { return nil }
func (w *sink) ReadFrom(io.Reader) (int64, error) { return 0, nil }

// constant is a judge that keeps no record.
type constant struct {
	plan    Plan
	verdict Verdict
	answer  []byte
}

func (j *constant) Hint(int) bool                   { return true }
func (j *constant) Candidate(int, http.Header) Plan { return j.plan }
func (j *constant) Look([]byte, bool) Sight         { return Open }
func (j *constant) Decide(*Response) Verdict        { return j.verdict }
func (j *constant) Apply(http.Header) (int, []byte) { return 400, j.answer }

// respond plays a response in writes of at most 32 KiB, as a proxy does.
func respond(hw *Writer, w http.ResponseWriter, j Judge, body []byte) {
	hw.Reset(w, j, false)
	hw.WriteHeader(403)
	for len(body) > 0 {
		n := min(len(body), 32<<10)
		hw.Write(body[:n])
		body = body[n:]
	}
	hw.Finish()
	hw.Free()
}

// fields is the header of the response in benchmarks.
func fields() http.Header {
	return http.Header{"Content-Type": {"application/json"}, "Date": {"now"}, "Cache-Control": {"no-store"}, "X-Request-Id": {"7f3d"}}
}

var benchSizes = []int{90, 4 << 10, 60 << 10}

func BenchmarkPass(b *testing.B)    { benchmark(b, &constant{}) }
func BenchmarkRelease(b *testing.B) { benchmark(b, &constant{plan: Plan{Mode: Hold, Limit: 64 << 10}}) }
func BenchmarkTee(b *testing.B)     { benchmark(b, &constant{plan: Plan{Mode: Tee, Limit: 64 << 10}}) }

func BenchmarkReplace(b *testing.B) {
	benchmark(b, &constant{Plan{Mode: Hold, Limit: 64 << 10}, Replace, make([]byte, 100)})
}

func benchmark(b *testing.B, j Judge) {
	for _, size := range benchSizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			w, body := &sink{fields()}, make([]byte, size)
			b.ReportAllocs()
			var hw Writer
			for b.Loop() {
				respond(&hw, w, j, body)
			}
		})
	}
}
