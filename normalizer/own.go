package normalizer

import "strings"

// own copies the texts of a decision out of the body, all into one string, because logs
// and header fields outlive the memory of the body. Kept members stay in the body:
// [Decision.Apply] copies them.
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
