package commands

import (
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestQuoteYAML: the text of a server is the same when the draft is read, and the draft
// has no control characters.
func TestQuoteYAML(t *testing.T) {
	for _, in := range []string{"plain_1", "true", "it's", "/to\x1bken", "a\nb: c", "\u202ex\u0085", "\\x", `"`, "", "\u00fc"} {
		var got []string
		quoted := quoteYAML(in)
		if err := yaml.Unmarshal([]byte("["+quoted+"]"), &got); err != nil || len(got) != 1 || got[0] != in {
			t.Errorf("%q: got %s, read as %q with the error %v", in, quoted, got, err)
		}
		for _, r := range quoted {
			if r < ' ' || r == 0x7f {
				t.Errorf("%q: got the control character %q in %s", in, r, quoted)
			}
		}
	}
}
