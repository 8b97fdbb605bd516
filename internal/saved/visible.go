package saved

import (
	"io"
	"strconv"
	"strings"
	"unicode"
)

// Visible returns a writer for what servers wrote: characters that are not shown, but for
// tabs and ends of lines, are spelled as Go escapes, so that a terminal takes nothing for a
// command. Each Write has whole characters.
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
