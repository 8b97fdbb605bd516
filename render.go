package autherrors

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
)

// exposed is what an answer tells about the provider's response.
type exposed struct{ provider, status, code, rule, requestID bool }

// exposable are the names that expose takes.
var exposable = []string{"provider", "status", "code", "rule", "request_id"}

func parseExpose(names []string) (exposed, error) {
	var e exposed
	targets := []*bool{&e.provider, &e.status, &e.code, &e.rule, &e.requestID}
	for _, name := range names {
		i := slices.Index(exposable, name)
		if i < 0 {
			return e, fmt.Errorf("expose %q: use any of %s", name, strings.Join(exposable, ", "))
		}
		*targets[i] = true
	}
	return e, nil
}

// upstream is the member of that name.
type upstream struct {
	Provider string `json:"provider,omitempty"`
	Status   int    `json:"status,omitempty"`
	Code     string `json:"code,omitempty"`
	Rule     string `json:"rule,omitempty"`
}

// rendering says how to render an error for the request. The finding is nil if
// there was no response to find anything in.
func (i *interceptor) rendering(f *normalizer.Finding) normalizer.Rendering {
	h := i.handler
	r := h.baseRendering(f, i.status)
	if h.Format == formatAuto {
		r.Problem = normalizer.PrefersProblem(i.request.Header)
	}
	if r.Problem || r.ExposeRequestID {
		if repl, ok := i.request.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
			r.RequestID, _ = repl.GetString("http.request.uuid")
		}
	}
	return r
}

// baseRendering is the part of it that no request decides.
func (h *Handler) baseRendering(f *normalizer.Finding, status int) normalizer.Rendering {
	return normalizer.Rendering{
		Problem:         h.Format == formatProblem,
		Negotiated:      h.Format == formatAuto,
		ExposeRequestID: h.expose.requestID,
		Upstream:        h.upstream(f, status),
	}
}

// upstream returns the upstream member, or nothing if nothing of it is exposed.
func (h *Handler) upstream(f *normalizer.Finding, status int) []byte {
	x := h.expose
	var u upstream
	if x.provider {
		u.Provider = h.Provider
	}
	if x.status {
		u.Status = status
	}
	if x.code && f != nil {
		u.Code = f.SafeCode()
	}
	if x.rule && f != nil && f.Rule != nil {
		u.Rule = f.Rule.Position()
	}
	if u == (upstream{}) {
		return nil
	}
	text, _ := json.Marshal(u) // strings and numbers always marshal
	return text
}
