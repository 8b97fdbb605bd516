package normalizer

import (
	"bytes"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// FuzzWatchGrant compares with a look at the whole body.
func FuzzWatchGrant(f *testing.F) {
	for _, seed := range []string{deviceForm, "a=b&" + deviceForm, deviceForm + "&a=b", "grant_type=a&grant_type=b", "&=&grant_type", "grant_type=%", "grant%5Ftype=a", "grant+type=a&%67rant_type=b", "client_secret=x&grant_type=" + cibaGrant, "", "&"} {
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
		want := false
		for _, pair := range pairs {
			name, value, found := strings.Cut(pair, "=")
			if name, _ = url.QueryUnescape(name); found && name == "grant_type" {
				value, _ = url.QueryUnescape(value)
				if value == "" {
					continue // none is given
				}
				want = value == deviceGrant || value == cibaGrant
				break
			}
		}
		if g.grantType().Polls() != want {
			t.Errorf("%q in reads of %d: got poll %v, want %v", body, size, g.grantType().Polls(), want)
		}
	})
}

// isUnclear reports whether the use of a pair is left open.
func isUnclear(pair string) bool {
	_, err := url.QueryUnescape(pair)
	return err != nil || len(pair) > longestPair
}
