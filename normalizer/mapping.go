package normalizer

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// Mapping is one mapping file: what one provider sends and what it means. It
// is what [Load] returns; mappings/README.md describes the format.
type Mapping struct {
	File     string // as errors name it
	Provider string
	Title    string
	Base     string   // a mapping whose rules lie under this one
	Gaps     []string // what the rows are known not to cover
	Sources  []Source
	Rules    []*Rule
	Examples []Example

	read      []readEntry
	endpoints endpointPaths
	keep      []wire.Path
}

// Source is where the facts of a mapping come from.
type Source struct {
	Key       string
	Title     string
	URL       string
	Retrieved string // a date, YYYY-MM-DD
}

// Rule is one row of a mapping: left what the provider sends, right what it
// means. Every left side that is given must fit.
type Rule struct {
	File string // the mapping file, or the configuration the row stands in
	Line int    // its line there, from 1; 0 for a registered code
	Text string // the row as it is written

	statuses     []statusRange
	codes        []string // as written; compared by foldCode
	descriptions []pattern
	endpoints    endpointSet
	when         []condition

	Error         string // a registered code, or empty
	Pass          bool   // the response is no error: it leaves untouched
	ToStatus      int    // instead of the status that follows from Error; 0 if not given
	ToDescription string // instead of the provider's description
	RetryAfter    string // path or header with the seconds to wait
	Source        string // the key of a Source

	retryAfter field
	position   string // file:line, made once because every answer tells it
}

// IsDefault reports whether the rule is a status default: it looks at neither
// code nor description nor anything else in the response.
func (r *Rule) IsDefault() bool {
	return len(r.codes) == 0 && len(r.descriptions) == 0 && len(r.when) == 0
}

// sameResult reports whether two rules mean the same.
func (r *Rule) sameResult(o *Rule) bool {
	return r.Error == o.Error && r.Pass == o.Pass && r.ToStatus == o.ToStatus &&
		r.ToDescription == o.ToDescription && r.RetryAfter == o.RetryAfter
}

// Position returns where the rule is written, as file:line.
func (r *Rule) Position() string {
	if r.Line == 0 {
		return r.File
	}
	return r.position
}

// condition is one entry of `when`.
type condition struct {
	field   field
	pattern pattern
}

// readEntry says where a provider puts its error. Of several places the first with
// a value counts.
type readEntry struct {
	code, description, uri, status fields
}

// field is a place in a response: a path in its body, or a header field.
type field struct {
	spelled string
	header  string
	path    wire.Path
}

const headerPrefix = "header."

// parseField reads a path, or `header.<Name>`.
func parseField(spelled string) (field, error) {
	if name, ok := strings.CutPrefix(spelled, headerPrefix); ok {
		if name == "" || strings.ContainsAny(name, " :\t") {
			return field{}, fmt.Errorf("%q is not the name of a header field", name)
		}
		name = http.CanonicalHeaderKey(name)
		return field{spelled: headerPrefix + name, header: name}, nil
	}
	path, err := wire.ParsePath(spelled)
	if err != nil {
		return field{}, err
	}
	return field{spelled: spelled, path: path}, nil
}

// isZero reports whether the field names no place.
func (f field) isZero() bool { return f.spelled == "" }

// code returns the value of the field if it can be an error code.
func (f *field) code(resp *Response) (string, bool) {
	if f.header != "" {
		v := resp.Header.Get(f.header)
		return v, v != ""
	}
	return resp.Body.Get(f.path).Code()
}

// text returns the value of the field if it is a scalar; of a header field with
// several lines all of them.
func (f *field) text(resp *Response) (string, bool) {
	if f.header != "" {
		values := resp.Header[f.header]
		return strings.Join(values, ", "), len(values) > 0
	}
	return resp.Body.Get(f.path).Text()
}

// fields is a list of places, any of which may have the value.
type fields []field

// code returns the first value that can be an error code, or a text.
func (f fields) code(resp *Response) (string, bool) {
	for i := range f {
		if v, ok := f[i].code(resp); ok {
			return v, true
		}
	}
	return "", false
}

// text returns the first value that is a scalar.
func (f fields) text(resp *Response) (string, bool) {
	for i := range f {
		if v, ok := f[i].text(resp); ok {
			return v, true
		}
	}
	return "", false
}

// first returns the first place, or none.
func (f fields) first() field {
	if len(f) == 0 {
		return field{}
	}
	return f[0]
}

// String returns the places as the mapping spells them.
func (f fields) String() string {
	spelled := make([]string, len(f))
	for i := range f {
		spelled[i] = f[i].spelled
	}
	return strings.Join(spelled, " or ")
}

// statusRange is one status or one class of statuses, ends included.
type statusRange struct{ low, high int }

func (s statusRange) exact() bool         { return s.low == s.high }
func (s statusRange) has(status int) bool { return s.low <= status && status <= s.high }

// String returns the range as mappings spell it.
func (s statusRange) String() string {
	if s.exact() {
		return strconv.Itoa(s.low)
	}
	return strconv.Itoa(s.low/100) + "xx"
}

// parseStatus reads a status such as 440, or a class such as 5xx.
func parseStatus(spelled string) (statusRange, error) {
	if len(spelled) == 3 && strings.EqualFold(spelled[1:], "xx") && '2' <= spelled[0] && spelled[0] <= '5' {
		low := int(spelled[0]-'0') * 100
		return statusRange{low, low + 99}, nil
	}
	status, err := strconv.Atoi(spelled)
	if err != nil || len(spelled) != 3 || status < 200 || status > 599 {
		return statusRange{}, fmt.Errorf("status %q: use a number from 200 to 599 or a class such as 4xx", spelled)
	}
	return statusRange{status, status}, nil
}

// Example is a real response with what must become of it.
type Example struct {
	Line          int
	Endpoint      Endpoint
	Path          string // of the request, to check that it is that kind of endpoint; may be empty
	Status        int
	Header        http.Header
	Body          string
	Authorization string // the scheme of the request's credentials, if any
	Expect        Expectation
}

// Expectation is the right side of an [Example].
type Expectation struct {
	Pass        bool
	Status      int
	Error       string
	Description string // not checked if empty
}

// NewRule makes a row of the configuration itself. Status and code may be empty
// or `*` for any, though not both; toStatus may be 0.
func NewRule(position, status, code, canonical string, toStatus int) (*Rule, error) {
	r := &Rule{File: position, Error: canonical, ToStatus: toStatus}
	r.Text = strings.Join([]string{cmp.Or(status, "*"), cmp.Or(code, "*"), canonical}, " ")
	if status != "" && status != "*" {
		s, err := parseStatus(status)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", position, err)
		}
		r.statuses = []statusRange{s}
	}
	if code != "" && code != "*" {
		if err := checkCode(code); err != nil {
			return nil, fmt.Errorf("%s: %w", position, err)
		}
		r.codes = []string{code}
	}
	if _, ok := Lookup(canonical); !ok {
		return nil, fmt.Errorf("%s: %w", position, errUnregistered(canonical))
	}
	if toStatus != 0 && (toStatus < 400 || toStatus > 599) {
		return nil, fmt.Errorf("%s: to_status %d: use a number from 400 to 599", position, toStatus)
	}
	if problem := r.incomplete(); problem != "" {
		return nil, fmt.Errorf("%s: %s", position, problem)
	}
	return r, nil
}

// checkCode refuses codes that can never be compared.
func checkCode(code string) error {
	if n := len(foldCode(nil, code)); n == 0 || n > maxCode {
		return fmt.Errorf("code %q: use 1 to %d characters besides - _ and white space", code, maxCode)
	}
	return nil
}

// errUnregistered says that a code is not in the registry.
func errUnregistered(code string) error {
	return fmt.Errorf("unregistered error %q: mappings/README.md lists the registered ones", code)
}
