package hold

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// snapshot is a header at one moment. Handlers go on writing to the live header after the
// status: that is how trailers are sent. The memory of a snapshot is reused.
type snapshot struct {
	fields []field
	values []string
}

// field is one field of a snapshot.
type field struct {
	name string
	end  int // of its values, which begin at the end of the field before
}

// mostFields is how large a snapshot may be for its memory to be kept.
const mostFields = 64

// keep remembers the current fields of the header.
func (s *snapshot) keep(h http.Header) {
	s.fields, s.values = s.fields[:0], s.values[:0]
	for name, values := range h {
		s.values = append(s.values, values...)
		s.fields = append(s.fields, field{name, len(s.values)})
	}
}

// is reports whether the header is still the same.
func (s *snapshot) is(h http.Header) bool {
	if len(h) != len(s.fields) {
		return false
	}
	from := 0
	for _, f := range s.fields {
		values, ok := h[f.name]
		if !ok || !slices.Equal(values, s.values[from:f.end]) {
			return false
		}
		from = f.end
	}
	return true
}

// clone returns the header as it was.
func (s *snapshot) clone() http.Header {
	then := make(http.Header, len(s.fields))
	s.copyTo(then)
	return then
}

// restore gives h the remembered fields.
func (s *snapshot) restore(h http.Header) {
	if !s.is(h) {
		clear(h)
		s.copyTo(h)
	}
}

func (s *snapshot) copyTo(h http.Header) {
	from := 0
	for _, f := range s.fields {
		h[f.name] = slices.Clone(s.values[from:f.end])
		from = f.end
	}
}

// rewind gives h the remembered fields. It returns the fields that h had, if they differ.
func (s *snapshot) rewind(h http.Header) (later http.Header) {
	if s.is(h) {
		return nil
	}
	later = maps.Clone(h)
	s.restore(h)
	return later
}

// replay applies the changes again that rewind undid, and no others.
func (s *snapshot) replay(h, later http.Header) {
	if later == nil {
		return
	}
	from := 0
	for _, f := range s.fields {
		values, ok := later[f.name]
		switch {
		case !ok:
			delete(h, f.name)
		case slices.Equal(values, s.values[from:f.end]):
			delete(later, f.name)
		}
		from = f.end
	}
	maps.Copy(h, later)
}

// get returns the first value of a field, or "".
func (s *snapshot) get(name string) string {
	from := 0
	for _, f := range s.fields {
		if f.name == name && f.end > from {
			return s.values[from]
		}
		from = f.end
	}
	return ""
}

// reset forgets the header, and its memory if that is large.
func (s *snapshot) reset() {
	if cap(s.fields) > mostFields || cap(s.values) > 2*mostFields {
		*s = snapshot{}
		return
	}
	clear(s.fields)
	clear(s.values)
	s.fields, s.values = s.fields[:0], s.values[:0]
}

// drop deletes from h those fields of the snapshot for which out is true.
func (s *snapshot) drop(h http.Header, out func(field string) bool) {
	for _, f := range s.fields {
		if out(f.name) {
			delete(h, f.name)
		}
	}
}

// isTrailer reports whether a field announces trailers, or is a trailer without
// announcement.
func isTrailer(name string) bool {
	return name == "Trailer" || strings.HasPrefix(name, http.TrailerPrefix)
}
