package saved

import (
	"fmt"
	"strings"
	"testing"
)

// TestVisible: no text of a server reaches a terminal as a command, or reverses the order
// of the text.
func TestVisible(t *testing.T) {
	const in = "a\x1b]0;pwned\x07\x1b[31m\u009b1m \u202edecode\u2066\r\x00\x7f\tü\u00b7'\n"
	const want = `a\x1b]0;pwned\a\x1b[31m\u009b1m \u202edecode\u2066\r\x00\x7f` + "\tü\u00b7'\n"
	var out strings.Builder
	n, err := fmt.Fprint(Visible(&out), in)
	if n != len(in) || err != nil || out.String() != want {
		t.Errorf("got %d, %v and %q, want %d and %q", n, err, out.String(), len(in), want)
	}
}
