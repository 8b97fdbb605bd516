package hold

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// FuzzWriter plays arbitrary calls. A response that passes is the same as without the
// writer: the bytes, the header with the status, the live header behind it, and whether
// there was a flush. A replaced response is the answer, and nothing else.
func FuzzWriter(f *testing.F) {
	f.Add(uint8(1), uint8(0), int64(16), uint16(1000), []byte("s\x04w\x09fw\x09ht"))
	f.Add(uint8(1), uint8(2), int64(16), uint16(1000), []byte("h\x01s\x04r\xff\xff\xff\xff\xff\xff\xff\xff\xff\xffw\xff"))
	f.Add(uint8(2), uint8(0), int64(5000), uint16(9000), []byte("s\x00r\x30tw\x02"))
	f.Add(uint8(3), uint8(1), int64(0), uint16(0), []byte("ds\x02w\x01d"))
	f.Add(uint8(4), uint8(0), int64(64), uint16(1000), []byte("fw\x01fw\x01r\x02ff"))
	f.Add(uint8(0x84), uint8(0), int64(64), uint16(1000), []byte("h\x01s\x04fw\x01h\x02fw\x01r\x02fth\x01f"))
	f.Add(uint8(0x81), uint8(1), int64(64), uint16(1000), []byte("h\x01s\x04fw\x01h\x02tfw\x01r\x02fth\x01f"))
	f.Add(uint8(1), uint8(0), int64(1<<40), uint16(3), []byte("s\x05w\x01r\x03w\x03c"))
	f.Fuzz(func(t *testing.T, mode, verdict uint8, limit int64, room uint16, script []byte) {
		before := shared.limit
		shared.limit = int64(room)
		defer func() { shared.limit = before }()
		plan := Plan{Mode: Mode(mode % 5), Limit: limit}
		if plan.Mode > Now {
			plan.Mode, plan.Stream = Hold, true
		}
		j := scripted(plan, Verdict(verdict%3))
		j.settled = "9"
		direct, got := newSpy(), newSpy()
		if err := do(direct, decodeScript(script)); err != nil {
			t.Fatalf("playing the script by itself: %v", err)
		}
		hw := newWriter(got, j)
		if mode&0x80 != 0 {
			hw.own.begin(hw.client)
		}
		err := do(hw, decodeScript(script))
		if err == ErrAnswered {
			err = nil
			if j.verdict != Replace || hw.discarded <= maxDiscard-1 {
				t.Errorf("got %v after %d bytes, want them discarded", ErrAnswered, hw.discarded)
			}
		}
		if problem := hw.Finish(); err != nil || problem != nil {
			t.Errorf("got errors %v and %v, want none", err, problem)
		}
		hw.Free()
		if used := Held(); used != 0 {
			shared.used.Store(0)
			t.Errorf("got %d bytes held after the end, want 0", used)
		}
		asked := slices.Contains(j.asked, "apply")
		if asked && j.verdict == Replace {
			compareAnswer(t, direct, got)
			return
		}
		if asked { // edited
			direct.status = j.status
			direct.sent.Set("Location", "edited")
			direct.header.Set("Location", "edited")
		}
		if direct.body.String() != got.body.String() || direct.status != got.status || slices.Contains(direct.calls, "flush") != slices.Contains(got.calls, "flush") {
			t.Errorf("got %d, %d bytes and calls %q\nwant %d, %d bytes and calls %q", got.status, got.body.Len(), got.calls, direct.status, direct.body.Len(), direct.calls)
		}
		if !reflect.DeepEqual(got.sent, direct.sent) || !reflect.DeepEqual(got.header, direct.header) {
			t.Errorf("got header %v and then %v\nwant %v and then %v", got.sent, got.header, direct.sent, direct.header)
		}
	})
}

// compareAnswer compares the client's response with the answer.
func compareAnswer(t *testing.T, direct, got *spy) {
	t.Helper()
	want := maps.Clone(direct.sent)
	maps.DeleteFunc(want, func(name string, _ []string) bool {
		return name == "Etag" || name == "Trailer" || strings.HasPrefix(name, http.TrailerPrefix)
	})
	want.Set("Content-Length", "6")
	if got.status != 400 || got.body.String() != "answer" {
		t.Errorf("got %d %q, want the answer", got.status, got.body.String())
	}
	if !reflect.DeepEqual(got.sent, want) || !reflect.DeepEqual(got.header, want) {
		t.Errorf("got header %v and then %v, want %v", got.sent, got.header, want)
	}
}

// decodeScript makes steps of bytes: a letter says what, the byte behind it how much.
func decodeScript(script []byte) (steps []step) {
	written := 0
	text := func(n int) string { // is different at each place
		b := make([]byte, 0, n+32)
		for ; len(b) < n; written++ {
			b = append(strconv.AppendInt(b, int64(written), 10), "{}"...)
		}
		return string(b)
	}
	for len(script) > 0 && len(steps) < 24 {
		op, n := script[0], 0
		if script = script[1:]; strings.IndexByte("swrh", op) >= 0 && len(script) > 0 {
			n, script = int(script[0]), script[1:]
		}
		name, value := [...]string{"Etag", "X-Sum", "X-Id", http.TrailerPrefix + "X-More"}[n%4], fmt.Sprint(len(steps))
		switch op {
		case 's':
			steps = append(steps, status([...]int{200, 103, 302, 404, 500, 403}[n%6]))
		case 'w':
			steps = append(steps, write(text(n*n/16)))
		case 'r':
			steps = append(steps, copied(text(n*n)))
		case 'e':
			steps = append(steps, write(""))
		case 'f':
			steps = append(steps, flush())
		case 'h':
			steps = append(steps, set(name, value))
		case 't':
			steps = append(steps, set("Trailer", "X-Sum"))
		case 'd':
			steps = append(steps, change(func(h http.Header) { h.Del("X-Sum"); h.Del("Trailer") }))
		case 'a':
			steps = append(steps, change(func(h http.Header) { h.Add("X-Id", value) }))
		case 'c': // in place
			steps = append(steps, change(func(h http.Header) {
				if values := h["X-Id"]; len(values) > 0 {
					values[0] = value
				}
			}))
		}
	}
	return steps
}

func change(f func(http.Header)) step {
	return func(w http.ResponseWriter) error { f(w.Header()); return nil }
}
