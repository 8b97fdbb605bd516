package normalizer

import "strings"

// own copies the texts of a decision that lie in the body of the response, all into one:
// logs and header fields have them when the memory of the body serves another response.
// The members that are kept stay in it, since [Decision.Apply] copies them.
func (d *Decision) own() {
	f, e := &d.Finding, &d.Error
	isQuoted := e.description == f.Description
	if isQuoted { // as most are: one copy serves both
		e.description = ""
	}
	texts := [...]*string{&f.Code, &f.Description, &f.URI, &f.more, &e.description, &e.uri, &e.retryAfter}
	length := 0
	for _, text := range texts {
		length += len(*text)
	}
	var b strings.Builder
	b.Grow(length)
	for _, text := range texts {
		if *text != "" {
			start := b.Len()
			b.WriteString(*text)
			*text = b.String()[start:] // b does not grow any more
		}
	}
	if isQuoted {
		e.description = f.Description
	}
}
