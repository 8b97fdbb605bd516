package saved

import (
	"io"
	"strconv"
	"strings"
	"unicode"
)

// Visible returns a writer for text from servers. It spells characters that are not
// printable as Go escapes, except for tabs and line ends, so that the terminal takes
// nothing for a command. Each Write must have whole characters.
func Visible(out io.Writer) io.Writer { return visible{out} }

type visible struct{ out io.Writer }

func (v visible) Write(p []byte) (int, error) {
	var b strings.Builder
	for _, r := range string(p) {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
	}
	if _, err := io.WriteString(v.out, b.String()); err != nil {
		return 0, err
	}
	return len(p), nil
}
