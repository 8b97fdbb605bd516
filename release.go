package autherrors

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
)

// answer sends the canonical error in place of what was held.
func (i *interceptor) answer(e *normalizer.Error, f *normalizer.Finding) error {
	i.state = answered
	r := i.rendering(f)
	i.rendered = e.Append(i.rendered[:0], &r)
	i.restore(normalizer.IsStale)
	e.EditHeader(i.Header(), &r, len(i.rendered))
	i.ResponseWriter.WriteHeader(e.Status)
	_, err := i.ResponseWriter.Write(i.rendered)
	i.forget()
	return err
}

// forget gives the held bytes back: what streams on may take for ever.
func (i *interceptor) forget() { i.body.forget() }

// release sends what was held as it came: the header without the trailers and
// with what edit changes, if it is given; the body; the flush that was kept back;
// and then the trailers.
func (i *interceptor) release(edit func(http.Header)) error {
	if i.state == shadowing {
		i.state = passing
		i.forget()
		return nil
	}
	i.state = passing
	live := i.Header()
	var trailers http.Header
	if i.hasTrailers(live) {
		trailers = maps.Clone(live)
		i.restore(nil)
	}
	if edit != nil {
		edit(live)
	}
	i.ResponseWriter.WriteHeader(i.status)
	if body := i.body.bytes(); len(body) > 0 {
		_, err := i.ResponseWriter.Write(body)
		i.forget()
		if err != nil {
			return err
		}
	}
	if i.flushed {
		if err := http.NewResponseController(i.ResponseWriter).Flush(); err != nil {
			return err
		}
	}
	maps.Copy(live, trailers)
	return nil
}

// restore makes the live header what it was when the status was written, without the
// fields that but names, if it is given.
func (i *interceptor) restore(but func(string) bool) {
	live := i.Header()
	clear(live)
	for _, f := range i.header {
		if but == nil || !but(f.name) {
			live[f.name] = f.values
		}
	}
}

// hasTrailers reports whether the live header changed since.
func (i *interceptor) hasTrailers(live http.Header) bool {
	if len(live) != len(i.header) {
		return true
	}
	return slices.ContainsFunc(i.header, func(f headerField) bool { return len(live[f.name]) != len(f.values) })
}

// drop forgets a held response, because next returned an error that is answered
// elsewhere, and takes its fields that would not fit that answer.
func (i *interceptor) drop() {
	if i.state == holding {
		i.restore(normalizer.IsStale)
		for _, name := range []string{"Www-Authenticate", "Cache-Control", "Retry-After"} {
			delete(i.Header(), name)
		}
	}
}

// dropTrailers deletes the trailers that arrived behind an answer: they belong
// to the body that was discarded.
func (i *interceptor) dropTrailers() {
	maps.DeleteFunc(i.Header(), func(name string, _ []string) bool {
		return strings.HasPrefix(name, http.TrailerPrefix)
	})
}
