package mapping

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// Row is one row of a mapping: the response of the provider on the left, the canonical
// error on the right. All parts of the left side must fit.
type Row struct {
	File string // the mapping file, or the configuration the row stands in
	Line int    // its line there, from 1; 0 for a registered code
	Text string // the row in the spelling of the file

	Statuses     []StatusRange
	Codes        []string // as written; compared by FoldCode
	Descriptions []Pattern
	Endpoints    registry.EndpointSet
	Grants       registry.GrantSet
	When         []Condition
	Without      []Field // places that must not have a value

	Error         string // a registered code, or empty
	Pass          bool   // the response is no error: it leaves untouched
	ToStatus      int    // instead of the status that follows from Error; 0 if not given
	ToDescription string // instead of the provider's description
	RetryAfter    Field  // the place with the seconds to wait
	Source        string // the key of a Source

	position string // file:line, made once because every answer tells it
}

// Condition is one entry of `when`.
type Condition struct {
	Field   Field
	Pattern Pattern
}

// IsDefault reports whether the row is a status default: a row without code, description,
// when and without.
func (r *Row) IsDefault() bool {
	return len(r.Codes) == 0 && len(r.Descriptions) == 0 && len(r.When) == 0 && len(r.Without) == 0
}

// IsDocumentary reports whether the row maps a registered code to itself, as the
// documents of most providers do.
func (r *Row) IsDocumentary() bool {
	return len(r.Descriptions) == 0 && len(r.When) == 0 && len(r.Codes) == 1 && r.ToStatus == 0 && r.Codes[0] == r.Error
}

// SameResult reports whether two rows have the same right side.
func (r *Row) SameResult(o *Row) bool {
	return r.Error == o.Error && r.Pass == o.Pass && r.ToStatus == o.ToStatus &&
		r.ToDescription == o.ToDescription && r.RetryAfter.spelled == o.RetryAfter.spelled
}

// IsTwin reports whether two rows have the same left side and the same result.
func (r *Row) IsTwin(o *Row) bool {
	return r == o || r != nil && o != nil && r.SameResult(o) && r.Endpoints == o.Endpoints && r.Grants == o.Grants &&
		reflect.DeepEqual(r.Statuses, o.Statuses) && slices.Equal(r.FoldedCodes(), o.FoldedCodes()) &&
		reflect.DeepEqual(r.Descriptions, o.Descriptions) && reflect.DeepEqual(r.When, o.When) && reflect.DeepEqual(r.Without, o.Without)
}

// FoldedCodes returns the codes of the row in the form of [FoldCode], without duplicates.
func (r *Row) FoldedCodes() []string {
	out := make([]string, 0, len(r.Codes))
	for _, code := range r.Codes {
		if folded := string(FoldCode(nil, code)); !slices.Contains(out, folded) {
			out = append(out, folded)
		}
	}
	return out
}

// Position returns the position of the row, as file:line.
func (r *Row) Position() string {
	switch {
	case r == nil:
		return ""
	case r.Line == 0:
		return r.File
	case r.position == "":
		return fmt.Sprintf("%s:%d", r.File, r.Line)
	}
	return r.position
}

// Result returns the right side as short text.
func (r *Row) Result() string {
	switch {
	case r.Pass:
		return "pass"
	case r.ToStatus != 0:
		return r.Error + " " + strconv.Itoa(r.ToStatus)
	}
	return r.Error
}

// MarshalJSON returns the row as its mapping spells it, for people and programs.
func (r *Row) MarshalJSON() ([]byte, error) {
	var when map[string]Pattern
	for _, c := range r.When {
		if when == nil {
			when = make(map[string]Pattern)
		}
		when[c.Field.spelled] = c.Pattern
	}
	return json.Marshal(struct {
		Position      string              `json:"position"`
		Status        []StatusRange       `json:"status,omitempty"`
		Code          []string            `json:"code,omitempty"`
		Description   []Pattern           `json:"description,omitempty"`
		Endpoint      []registry.Endpoint `json:"endpoint,omitempty"`
		Grant         []registry.Grant    `json:"grant,omitempty"`
		When          map[string]Pattern  `json:"when,omitempty"`
		Without       []Field             `json:"without,omitempty"`
		Error         string              `json:"error,omitempty"`
		Pass          bool                `json:"pass,omitempty"`
		ToStatus      int                 `json:"to_status,omitempty"`
		ToDescription string              `json:"to_description,omitempty"`
		RetryAfter    string              `json:"retry_after,omitempty"`
		Source        string              `json:"source,omitempty"`
	}{
		r.Position(), r.Statuses, r.Codes, r.Descriptions, r.Endpoints.Each(), r.Grants.Each(), when, r.Without,
		r.Error, r.Pass, r.ToStatus, r.ToDescription, r.RetryAfter.spelled, r.Source,
	})
}

// NewRow makes a row without a mapping file. Status or code, not both, may be empty or
// `*` for any. toStatus may be 0 for the status of the error.
func NewRow(position, status, code, canonical string, toStatus int) (*Row, error) {
	r := &Row{File: position, Error: canonical, ToStatus: toStatus}
	r.Text = strings.Join([]string{cmp.Or(status, "*"), cmp.Or(code, "*"), canonical}, " ")
	if status != "" && status != "*" {
		s, err := ParseStatus(status)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", position, err)
		}
		r.Statuses = []StatusRange{s}
	}
	if code != "" && code != "*" {
		if err := checkCode(code); err != nil {
			return nil, fmt.Errorf("%s: %w", position, err)
		}
		r.Codes = []string{code}
	}
	if canonical == "" {
		return nil, fmt.Errorf("%s: the row has no error: add one; 'caddy auth-errors list --errors' shows the registered ones", position)
	}
	if _, ok := registry.Lookup(canonical); !ok {
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

// incomplete returns what is missing in a row, or nothing for a complete row.
func (r *Row) incomplete() string {
	switch {
	case len(r.Statuses)+len(r.Codes)+len(r.Descriptions)+len(r.When) == 0:
		return "the row fits every response: give it a status, code, description or when"
	case r.IsDefault() && r.Error != "" && r.lowest().Low < 400:
		return "status " + r.lowest().String() + " alone is no error: say by which code, description or when it is one"
	case r.IsDefault() && r.Error != "" && r.Endpoints != 0 && r.Endpoints&^registry.PageEndpoints == 0:
		return "status " + r.lowest().String() + " alone is no error at pages: say by which code, description or when it is one"
	case r.Error == "" && !r.Pass:
		return "the row has no result: give it error: <code>, or pass: true"
	case r.Error != "" && r.Pass:
		return "the row has both error and pass: choose one"
	case r.Pass && (r.ToStatus != 0 || r.ToDescription != "" || !r.RetryAfter.IsZero()):
		return "a row with pass leaves the response as it is: drop to_status, to_description and retry_after"
	}
	return ""
}

// lowest returns the lowest status of a row that names some.
func (r *Row) lowest() StatusRange {
	return slices.MinFunc(r.Statuses, func(a, b StatusRange) int { return a.Low - b.Low })
}

// errUnregistered says that a code is not in the registry.
func errUnregistered(code string) error {
	if near := registry.Nearest(code, registry.Codes()); near != "" {
		return fmt.Errorf("unregistered error %q: did you mean %q? 'caddy auth-errors list --errors' shows the registered ones", code, near)
	}
	return fmt.Errorf("unregistered error %q: 'caddy auth-errors list --errors' shows the registered ones", code)
}
