package normalizer

import "strings"

// found are the secrets in a text.
type found struct {
	spans []span // in order
	space [4]span
}

// add takes a part of the text for a secret.
func (f *found) add(s span) {
	if f.spans == nil {
		f.spans = f.space[:0]
	}
	f.spans = append(f.spans, s)
}

// replaced returns the shown text with the secrets replaced.
func (f *found) replaced(text string, as *folded) string {
	if len(f.spans) == 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	shown := 0
	for _, s := range f.spans {
		b.WriteString(text[shown:as.origin(s.start)])
		b.WriteString(masked)
		shown = as.origin(s.end)
	}
	b.WriteString(text[shown:])
	return f.everywhere(text, b.String(), as)
}

// everywhere masks the first secrets that were found in all other places where they
// stand, such as the password in "jane/hunter22".
func (f *found) everywhere(text, shown string, as *folded) string {
	for _, s := range f.spans[:min(len(f.spans), len(f.space))] {
		secret := text[as.origin(s.start):as.origin(s.end)]
		if digits, letters, _, _ := count(secret); digits > 0 && letters > 0 && len(secret) >= 6 {
			shown = strings.ReplaceAll(shown, secret, masked)
		}
	}
	return shown
}
