package normalizer

import "strings"

// own copies the texts of a decision that lie in the body of the response, all into one:
// logs and header fields have them when the memory of the body serves another response.
// The members that are kept stay in it, since [Decision.Apply] copies them.
func (d *Decision) own() {
	f, e := &d.Finding, &d.Error
	texts := [...]*string{&f.Code, &f.Description, &f.URI, &f.more, &e.description, &e.uri, &e.retryAfter}
	length := 0
	for _, text := range texts {
		length += len(*text)
	}
	var b strings.Builder
	b.Grow(length)
	for _, text := range texts {
		b.WriteString(*text)
	}
	all := b.String()
	for _, text := range texts {
		n := len(*text)
		*text, all = all[:n], all[n:]
	}
}
