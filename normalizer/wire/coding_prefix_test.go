package wire

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// onWire is the name by which an encoder goes in a field.
func onWire(encoder string) string { return strings.TrimPrefix(encoder, "raw ") }

// TestUndoPrefix cuts a coded body at every byte. The result is a beginning of the body,
// grows with the input, and is complete only at the end.
func TestUndoPrefix(t *testing.T) {
	text := jsonError
	for i := range 200 {
		text += string(rune('a'+i%26)) + strings.Repeat(string(rune('A'+i*7%26)), i%5)
	}
	for name := range encoders {
		body := encode(t, text, name)
		before := 0
		for cut := range len(body) + 1 {
			got, complete, err := UndoPrefix([]string{onWire(name)}, body[:cut], testLimit)
			if err != nil || !strings.HasPrefix(text, string(got)) || len(got) < before {
				t.Fatalf("%s cut at %d of %d: got %q, %v, want a beginning of the body of at least %d bytes", name, cut, len(body), got, err, before)
			}
			if complete && cut > 0 && cut < len(body) {
				t.Errorf("%s cut at %d of %d: got a complete body", name, cut, len(body))
			}
			before = len(got)
		}
		if before != len(text) {
			t.Errorf("%s: got %d bytes of %d", name, before, len(text))
		}
	}
}

// TestUndoPrefixOfLarge has errors before a long trace: cut on the wire, over the limit,
// or both.
func TestUndoPrefixOfLarge(t *testing.T) {
	text := string(sized(`{"error":"invalid_grant","trace":"`, "at com.example.Thing%.run ", `"}`, 200<<10))
	for name := range encoders {
		body := encode(t, text, name)
		for _, cut := range []int{len(body), len(body) - 1, len(body) * 9 / 10} {
			got, complete, err := UndoPrefix([]string{onWire(name)}, body[:cut], 64<<10)
			if err != nil || complete || !strings.HasPrefix(text, string(got)) || len(got) != 64<<10 {
				t.Errorf("%s cut at %d of %d: got %d bytes, complete %v, %v, want 64 KiB of it", name, cut, len(body), len(got), complete, err)
			}
		}
	}
	if got, complete, err := UndoPrefix(nil, []byte(text), 100); string(got) != text[:100] || complete || err != nil {
		t.Errorf("without a coding: got %d bytes, complete %v, %v, want 100", len(got), complete, err)
	}
	twice := encode(t, text, "br", "gzip")
	if got, complete, err := UndoPrefix([]string{"br, gzip"}, twice[:len(twice)*9/10], testLimit); len(got) < 1<<10 || complete || err != nil || !strings.HasPrefix(text, string(got)) {
		t.Errorf("two codings: got %d bytes, complete %v, %v, want a beginning", len(got), complete, err)
	}
}

// TestUndoPrefixRefuses: a body that is broken is no beginning of one, and a bomb
// yields no more than the limit.
func TestUndoPrefixRefuses(t *testing.T) {
	for _, r := range []struct{ encoding, body string }{
		{"x-own", jsonError}, {"gzip", jsonError}, {"br", jsonError}, {"zstd", jsonError},
		{"gzip", string(encode(t, jsonError, "gzip")) + "more than that"},
		{"gzip, gzip, gzip, gzip, gzip", jsonError},
	} {
		if got, complete, err := UndoPrefix([]string{r.encoding}, []byte(r.body), testLimit); got != nil || complete || !errors.Is(err, ErrCoding) {
			t.Errorf("%s of %q: got %q, %v, %v, want %v", r.encoding, r.body, got, complete, err, ErrCoding)
		}
	}
	for name := range encoders {
		bomb := encode(t, strings.Repeat("\x00", 8<<20), name)
		got, complete, err := UndoPrefix([]string{onWire(name)}, bomb, 64<<10)
		if len(got) != 64<<10 || complete || err != nil {
			t.Errorf("%s bomb of %d bytes: got %d bytes, complete %v, %v, want %d", name, len(bomb), len(got), complete, err, 64<<10)
		}
	}
}

// FuzzUndoPrefix compares the beginning of a body with the whole.
func FuzzUndoPrefix(f *testing.F) {
	for name := range encoders {
		for _, text := range []string{"", jsonError, strings.Repeat(jsonError, 500)} {
			body := encode(f, text, name)
			f.Add(onWire(name), body, uint16(len(body)/2))
			f.Add("gzip,"+onWire(name), encode(f, text, "gzip", name), uint16(len(body)/2))
		}
	}
	const limit = 32 << 10
	f.Fuzz(func(t *testing.T, contentEncoding string, body []byte, cut uint16) {
		whole, err := Undo([]string{contentEncoding}, body, limit)
		if err != nil || len(whole) > limit {
			got, complete, err := UndoPrefix([]string{contentEncoding}, body, limit)
			if len(got) > limit || complete || err != nil && (got != nil || !errors.Is(err, ErrCoding)) {
				t.Errorf("UndoPrefix(%q, %q): got %d bytes, %v, %v, want at most %d bytes that are not complete", contentEncoding, body, len(got), complete, err, limit)
			}
			return
		}
		part := body[:min(int(cut), len(body))]
		got, _, err := UndoPrefix([]string{contentEncoding}, part, limit)
		if err != nil || !bytes.HasPrefix(whole, got) {
			t.Errorf("UndoPrefix(%q, %q): got %q, %v, want a beginning of %q", contentEncoding, part, got, err, whole)
		}
	})
}
