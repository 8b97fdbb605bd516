package mapping

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// Read names the places of an error in a response. The first place with a value counts.
type Read struct {
	Code, Description, URI, Status Fields
}

// String returns the paths of an entry of read.
func (r *Read) String() string {
	var parts []string
	for _, part := range []struct {
		name   string
		places Fields
	}{{"code", r.Code}, {"description", r.Description}, {"uri", r.URI}, {"status", r.Status}} {
		if len(part.places) > 0 {
			parts = append(parts, part.name+": "+part.places.String())
		}
	}
	return strings.Join(parts, ", ")
}

// Fold returns the entry with names that ignore case, `-` and `_`.
func (r Read) Fold() Read {
	for _, fields := range [...]*Fields{&r.Code, &r.Description, &r.URI, &r.Status} {
		folded := make(Fields, len(*fields))
		for i, f := range *fields {
			folded[i] = f.Fold()
		}
		*fields = folded
	}
	return r
}

// Field is a place in a response: a path in its body, or a header field. The zero
// Field names no place.
type Field struct {
	spelled string
	header  string
	path    wire.Path
}

const headerPrefix = "header."

// ParseField reads a path, or `header.<Name>`.
func ParseField(spelled string) (Field, error) {
	if name, ok := strings.CutPrefix(spelled, headerPrefix); ok {
		if name == "" || strings.ContainsAny(name, " :\t") {
			return Field{}, fmt.Errorf("%q is not the name of a header field", name)
		}
		name = http.CanonicalHeaderKey(name)
		return Field{spelled: headerPrefix + name, header: name}, nil
	}
	if err := checkPath(spelled); err != nil {
		return Field{}, err
	}
	path, err := wire.ParsePath(spelled)
	if err != nil {
		return Field{}, err
	}
	return Field{spelled: spelled, path: path}, nil
}

// Fold returns the field with names that ignore case, `-` and `_`.
func (f Field) Fold() Field {
	if f.header == "" && !f.IsZero() {
		f.path = f.path.Fold()
	}
	return f
}

// IsZero reports whether the field names no place.
func (f Field) IsZero() bool { return f.spelled == "" }

// String returns the field as the mapping spells it.
func (f Field) String() string { return f.spelled }

// MarshalText returns the field as the mapping spells it.
func (f Field) MarshalText() ([]byte, error) { return []byte(f.spelled), nil }

// Header returns the name of the header field, or nothing if the field is a path.
func (f Field) Header() string { return f.header }

// Code returns the value of the field if it can be an error code.
func (f *Field) Code(header http.Header, body *wire.Tree) (string, bool) {
	if f.header != "" {
		v := header.Get(f.header)
		return v, v != ""
	}
	return body.Get(f.path).Code()
}

// Text returns the value of the field if it is a scalar. It joins the lines of a header
// field.
func (f *Field) Text(header http.Header, body *wire.Tree) (string, bool) {
	if f.header != "" {
		values := header[f.header]
		return strings.Join(values, ", "), len(values) > 0
	}
	return body.Get(f.path).Text()
}

// Exists reports whether the response has the field, with any value.
func (f *Field) Exists(header http.Header, body *wire.Tree) bool {
	if f.header != "" {
		return len(header[f.header]) > 0
	}
	return body.Get(f.path).Exists()
}

// Fields is a list of places. The first place with a value counts.
type Fields []Field

// Code returns the first value that can be an error code, or a text.
func (f Fields) Code(header http.Header, body *wire.Tree) (string, bool) {
	for i := range f {
		if v, ok := f[i].Code(header, body); ok {
			return v, true
		}
	}
	return "", false
}

// Text returns the first value that is a scalar.
func (f Fields) Text(header http.Header, body *wire.Tree) (string, bool) {
	for i := range f {
		if v, ok := f[i].Text(header, body); ok {
			return v, true
		}
	}
	return "", false
}

// First returns the first place, or none.
func (f Fields) First() Field {
	if len(f) == 0 {
		return Field{}
	}
	return f[0]
}

// String returns the places as the mapping spells them.
func (f Fields) String() string {
	spelled := make([]string, len(f))
	for i := range f {
		spelled[i] = f[i].spelled
	}
	return strings.Join(spelled, " or ")
}

// ParseMember reads the path of a member to keep. The last name of the path is the name
// of the member in the canonical error, so it must not be a member that this error has
// itself.
func ParseMember(spelled string) (wire.Path, error) {
	switch {
	case strings.HasPrefix(spelled, headerPrefix):
		return wire.Path{}, fmt.Errorf("member %q is a header field: only members of the body are kept, and header fields stay without it", spelled)
	case strings.HasSuffix(spelled, ","):
		return wire.Path{}, fmt.Errorf("member %q has a comma at its end: write %s", spelled, strings.TrimSuffix(spelled, ","))
	}
	if err := checkPath(spelled); err != nil {
		return wire.Path{}, err
	}
	p, err := wire.ParsePath(spelled)
	if err != nil {
		return p, err
	}
	switch p.Last() {
	case "error", "error_description", "error_uri":
		return p, fmt.Errorf("member %q belongs to the canonical error: it cannot be kept from the provider's", spelled)
	}
	return p, nil
}

// ParseEndpointPath reads a pattern for URL paths. It ignores a slash at the end, as the
// paths of requests are compared without one.
func ParseEndpointPath(spelled string) (Pattern, error) {
	if err := checkEndpointPath(spelled); err != nil {
		return Pattern{}, err
	}
	return ParsePattern(cmp.Or(strings.TrimRight(spelled, "/"), "/"))
}
