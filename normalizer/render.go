package normalizer

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// The RFC 6749 §5.2 names, as paths.
var (
	codePath        = mustPath(paramError)
	descriptionPath = mustPath(paramDescription)
	uriPath         = mustPath(paramURI)
	formPath        = mustPath("form")
	textPath        = mustPath("text")
)

func mustPath(spelled string) wire.Path {
	p, err := wire.ParsePath(spelled)
	if err != nil {
		panic(err)
	}
	return p
}

// exposed selects the members of `upstream`, and the other additional members.
type exposed struct{ provider, status, code, row, action, requestID bool }

// exposable are the names that Config.Expose takes.
var exposable = []string{"provider", "status", "code", "row", "action", "request_id"}

// Exposable returns the names that [Config.Expose] takes: `provider`, `status`, `code`
// and `row` in a member `upstream`, and the members `action` and `request_id`.
func Exposable() []string { return slices.Clone(exposable) }

func parseExpose(names []string) (exposed, error) {
	var e exposed
	targets := []*bool{&e.provider, &e.status, &e.code, &e.row, &e.action, &e.requestID}
	for _, name := range names {
		i := slices.Index(exposable, name)
		if i < 0 {
			return e, fmt.Errorf("expose %q: use any of %s", name, strings.Join(exposable, ", "))
		}
		*targets[i] = true
	}
	return e, nil
}

// style is how a table writes errors.
type style struct {
	provider string // to expose
	format   Format
	expose   exposed
}

// alwaysRenders reports whether even an answer that is canonical already must be
// rendered.
func (s *style) alwaysRenders() bool {
	return s.format != "" && s.format != FormatOAuth || s.expose != (exposed{})
}

// rendering says how an error is written for one request.
type rendering struct {
	problem    bool            // problem details (RFC 9457) instead of the object of RFC 6749 §5.2
	negotiated bool            // Accept decided, which caches have to know
	requestID  string          // the instance of problem details
	showsID    bool            // also as request_id
	action     registry.Action // as action; empty for none
	upstream   []byte          // the upstream member as JSON text; empty for none
}

// renderingFor says how the error of a decision is written for the request.
func (s *style) renderingFor(q *Request, d *Decision) rendering {
	r := rendering{problem: s.format == FormatProblem, negotiated: s.format == FormatAuto, showsID: s.expose.requestID}
	if r.negotiated {
		r.problem = prefersProblem(q.http.Header)
	}
	if s.expose.action {
		r.action = d.Finding.Action()
	}
	if s.expose != (exposed{}) && d.Outcome != OutcomeProxyError {
		r.upstream = s.upstream(&d.Finding, d.exchange.status)
	}
	if (r.problem || r.showsID) && q.ID != nil {
		r.requestID = q.ID()
	}
	return r
}

// upstream returns the upstream member, or nothing if nothing of it is exposed.
func (s *style) upstream(f *Finding, status int) []byte {
	var u struct {
		Provider string `json:"provider,omitempty"`
		Status   int    `json:"status,omitempty"`
		Code     string `json:"code,omitempty"`
		Row      string `json:"row,omitempty"`
	}
	if s.expose.provider {
		u.Provider = s.provider
	}
	if s.expose.status {
		u.Status = status
	}
	if s.expose.code {
		u.Code = f.SafeCode()
	}
	if s.expose.row {
		u.Row = f.Position()
	}
	text, _ := json.Marshal(u) // strings and numbers always marshal
	if string(text) == "{}" {
		return nil
	}
	return text
}

// typePrefix is the prefix of the problem types. A tag URI (RFC 4151) is stable without
// anybody having to run a server for it.
const typePrefix = "tag:auth-errors,2026:"

// append appends the body. Code, description and URI hold no character that JSON
// escapes.
func (e *Error) append(b []byte, r *rendering) []byte {
	b = append(b, '{')
	if r.problem {
		b = e.appendProblem(b, r)
	}
	b = append(b, `"error":"`...)
	b = append(b, e.code...)
	b = append(b, `","error_description":"`...)
	b = append(b, e.description...)
	b = append(b, '"')
	if e.uri != "" {
		b = append(b, `,"error_uri":"`...)
		b = append(b, e.uri...)
		b = append(b, '"')
	}
	for _, m := range e.members {
		if r.owns(m.name) {
			continue
		}
		b = append(b, ',')
		b = append(b, m.name...)
		b = append(b, ':')
		b = append(b, m.raw...)
	}
	if r.action != "" {
		b = append(b, `,"action":"`...)
		b = append(b, r.action...)
		b = append(b, '"')
	}
	if len(r.upstream) > 0 {
		b = append(b, `,"upstream":`...)
		b = append(b, r.upstream...)
	}
	if r.showsID {
		b = append(b, `,"request_id":"`...)
		b = append(b, r.requestID...)
		b = append(b, '"')
	}
	return append(b, '}')
}

// appendProblem appends the members of RFC 9457 §3.1.
func (e *Error) appendProblem(b []byte, r *rendering) []byte {
	entry, _ := registry.Lookup(e.code)
	b = append(b, `"type":"`+typePrefix...)
	b = append(b, e.code...)
	b = append(b, `","title":"`...)
	b = append(b, entry.Title...)
	b = append(b, `","status":`...)
	b = strconv.AppendInt(b, int64(e.status), 10)
	b = append(b, `,"detail":"`...)
	b = append(b, e.description...)
	if r.requestID != "" {
		b = append(b, `","instance":"urn:uuid:`...)
		b = append(b, r.requestID...)
	}
	return append(b, `",`...)
}

// owns reports whether the rendering has a member of that (quoted) name itself, so that
// a kept one must not repeat it.
func (r *rendering) owns(quoted string) bool {
	switch quoted {
	case `"type"`, `"title"`, `"status"`, `"detail"`, `"instance"`:
		return r.problem
	case `"action"`:
		return r.action != ""
	case `"upstream"`:
		return len(r.upstream) > 0
	case `"request_id"`:
		return r.showsID
	}
	return false
}

// appendQuoted appends a string as JSON text.
func appendQuoted(b []byte, s string) []byte {
	text, _ := json.Marshal(s) // a string always marshals
	return append(b, text...)
}
