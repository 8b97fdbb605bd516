package autherrors

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// FuzzWatchGrant compares with a look at the whole body.
func FuzzWatchGrant(f *testing.F) {
	for _, seed := range []string{deviceForm, "a=b&" + deviceForm, deviceForm + "&a=b", "grant_type=a&grant_type=b", "&=&grant_type", "grant_type=%", "client_secret=x&grant_type=" + cibaGrant, "", "&"} {
		f.Add([]byte(seed), uint8(1))
		f.Add([]byte(seed), uint8(9))
	}
	f.Fuzz(func(t *testing.T, body []byte, size uint8) {
		g, r := watch(struct{ io.Reader }{bytes.NewReader(body)})
		if len(body) == 0 {
			return
		}
		got, err := io.ReadAll(chunks{r.Body, int(size) + 1})
		if !bytes.Equal(got, body) || err != nil {
			t.Fatalf("%q in reads of %d: got %q, %v, want it unchanged", body, size, got, err)
		}
		pairs := strings.Split(string(body), "&")
		if len(body) > watchedLength || slices.ContainsFunc(pairs, isUnclear) {
			return
		}
		want := "none"
		if i := slices.IndexFunc(pairs, func(p string) bool { return strings.HasPrefix(p, "grant_type=") }); i >= 0 {
			want, _ = url.QueryUnescape(strings.TrimPrefix(pairs[i], "grant_type="))
			want = fmt.Sprintf("%q", want)
		}
		found := "none"
		if p := g.grant.Load(); p != nil {
			found = fmt.Sprintf("%q", *p)
		}
		if found != want {
			t.Errorf("%q in reads of %d: got grant type %s, want %s", body, size, found, want)
		}
	})
}

// isUnclear reports whether it is left open what a pair is good for.
func isUnclear(pair string) bool {
	name, value, _ := strings.Cut(pair, "=")
	_, err := url.QueryUnescape(value)
	return err != nil || strings.ContainsAny(name, "%+") || len(pair) > longestPair
}

// TestWatchEscapedName holds that any character of a name may be escaped.
func TestWatchEscapedName(t *testing.T) {
	for _, name := range []string{"grant%5Ftype", "grant%5ftype", "%67rant_type"} {
		g, r := watch(strings.NewReader("client_id=a&" + name + "=" + deviceGrant))
		io.Copy(io.Discard, r.Body)
		if !g.isPoll() {
			t.Errorf("%s: got no poll, want one", name)
		}
	}
}

// TestWatchKeepsNoLongSecret holds that nothing of a pair stays behind when what
// is watched, or the body, ends in its middle.
func TestWatchKeepsNoLongSecret(t *testing.T) {
	for _, body := range []io.Reader{
		strings.NewReader("client_secret=" + strings.Repeat("s3cr3t", 20_000)),
		strings.NewReader("a=" + strings.Repeat("x", watchedLength-20) + "&client_secret=s3cr3t"),
		io.MultiReader(strings.NewReader("client_secret=s3cr3t"), iotest.ErrReader(io.ErrUnexpectedEOF)),
	} {
		g, r := watch(body)
		io.Copy(io.Discard, r.Body)
		if kept := g.pair[:cap(g.pair)]; bytes.ContainsFunc(kept, func(c rune) bool { return c != 0 }) {
			t.Errorf("got %.40q left, want nothing", kept)
		}
	}
}

// TestWatchHalfValue holds that half a value is not taken for the whole one when
// the read that ends the body goes beyond what is watched.
func TestWatchHalfValue(t *testing.T) {
	tail := "&grant_type=" + deviceGrant
	body := strings.Repeat("x", watchedLength-len(tail)) + tail + "_of_another_kind"
	g, r := watch(atOnce{strings.NewReader(body)})
	buf := make([]byte, 2*watchedLength)
	for {
		if _, err := r.Body.Read(buf); err != nil {
			break
		}
	}
	if p := g.grant.Load(); p != nil {
		t.Errorf("got grant type %q, want none: its pair reaches beyond what is watched", *p)
	}
}

// atOnce brings the end with the last bytes.
type atOnce struct{ *strings.Reader }

func (a atOnce) Read(p []byte) (int, error) {
	n, _ := a.Reader.Read(p)
	if a.Len() == 0 {
		return n, io.EOF
	}
	return n, nil
}
