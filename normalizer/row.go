package normalizer

import "strconv"

// Row is a rule as its mapping spells it, for people and for JSON.
type Row struct {
	Position      string            `json:"position"`
	Status        []string          `json:"status,omitempty"`
	Code          []string          `json:"code,omitempty"`
	Description   []string          `json:"description,omitempty"`
	Endpoint      []string          `json:"endpoint,omitempty"`
	When          map[string]string `json:"when,omitempty"`
	Error         string            `json:"error,omitempty"`
	Pass          bool              `json:"pass,omitempty"`
	ToStatus      int               `json:"to_status,omitempty"`
	ToDescription string            `json:"to_description,omitempty"`
	RetryAfter    string            `json:"retry_after,omitempty"`
	Source        string            `json:"source,omitempty"`
}

// Row returns the rule as a row.
func (r *Rule) Row() Row {
	row := Row{
		Position: r.Position(), Code: r.codes, Error: r.Error, Pass: r.Pass, ToStatus: r.ToStatus,
		ToDescription: r.ToDescription, RetryAfter: r.RetryAfter, Source: r.Source,
	}
	for _, s := range r.statuses {
		row.Status = append(row.Status, s.String())
	}
	for _, d := range r.descriptions {
		row.Description = append(row.Description, d.spelled)
	}
	for e := range endpointCount {
		if r.endpoints.names(e) {
			row.Endpoint = append(row.Endpoint, e.String())
		}
	}
	for _, w := range r.when {
		if row.When == nil {
			row.When = make(map[string]string)
		}
		row.When[w.field.spelled] = w.pattern.spelled
	}
	return row
}

// Result returns the right side in a few words.
func (r Row) Result() string {
	switch {
	case r.Pass:
		return "pass"
	case r.ToStatus != 0:
		return r.Error + " " + strconv.Itoa(r.ToStatus)
	}
	return r.Error
}

// Rows returns the rows of the table, the highest layer first and each layer in
// the order of its file; the registered codes are left out.
func (t *Table) Rows() []Row {
	out := make([]Row, len(t.rules))
	for i, r := range t.rules {
		out[i] = r.Row()
	}
	return out
}
