package normalizer

import (
	"net/http"
	"strconv"

	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// Response is an answer of a provider, as far as the engine looks at it.
type Response struct {
	Status int
	Header http.Header
	// Body is the parsed body; the zero Tree if it could not be read.
	Body wire.Tree
	// Empty says that there was no body, which is something else than a body
	// that could not be read.
	Empty bool
	// Endpoint is the kind of endpoint that answered.
	Endpoint Endpoint
	// Scheme is how the request authenticated: Basic, Bearer, DPoP or empty.
	Scheme string
	// Poll says that the request asked for the token of a device or backchannel
	// authorization (RFC 8628 §3.4, OpenID CIBA Core §10.1).
	Poll bool
}

// Finding is what a table makes of a response.
type Finding struct {
	// Rule is the row that decided, or nil if none fits.
	Rule *Rule
	// Error is the canonical error, or empty if there is none.
	Error string
	// Code, Description and URI are what the provider sent, unchanged.
	Code, Description, URI string
	// Status is the provider's HTTP status, or the one it states in the body of
	// a 2xx answer.
	Status int

	entry      *readEntry      // where the body had it; nil for elsewhere
	coded      []*compiledRule // the rows that name Code, with the registry's own
	registered *Entry          // of Error
	named      bool            // Rule is more than a general status default
	inRedirect bool            // Code stands in the Location
}

// SafeCode returns the provider's code as it may be shown to clients and in logs:
// short, in the character set of `error`, and with secrets masked.
func (f *Finding) SafeCode() string {
	if len(f.Code) > maxCode {
		return ""
	}
	return cleanDescription(f.Code)
}

// SafeDescription returns the provider's description as it may be shown: on one
// line, of bounded length and with secrets masked, but in its own characters, so
// that a pattern can be made of it.
func (f *Finding) SafeDescription() string {
	return safeText(f.Description)
}

// Paths returns where in the body the code and the description were read.
func (f *Finding) Paths() (code, description string) {
	if f.entry == nil {
		return "", ""
	}
	return f.entry.code.first().spelled, f.entry.description.first().spelled
}

// Named reports whether the error is named by a row or by the registry, and not
// left to what a plain status means in general.
func (f *Finding) Named() bool { return f.known() || f.named }

// known reports whether some row or the registry names the code.
func (f *Finding) known() bool { return len(f.coded) > 0 }

// Recognize reads the error out of a response and finds the row that fits best.
func (t *Table) Recognize(resp *Response) Finding {
	f := t.readError(resp)
	if best := t.best(resp, &f); best != nil {
		f.Rule, f.registered = best.Rule, best.entry
		f.named = !best.IsDefault() || best.layer > genericLayer
	}
	return f
}

// readError takes the first place of `read` with a code that is known; failing
// that the first with any code; failing that the first with a description. The
// challenge comes after the body.
func (t *Table) readError(resp *Response) Finding {
	if resp.Status/100 == 3 {
		if f, ok := t.readRedirect(resp); ok {
			return f
		}
	}
	found := Finding{Status: resp.Status}
	for i := range t.read {
		f, ok := t.readEntry(&t.read[i], resp)
		if !ok {
			continue
		}
		if f.known() {
			return f
		}
		if found.Code == "" && (f.Code != "" || found.Description == "") {
			found = f
		}
	}
	if f, ok := t.readChallenge(resp); ok && (f.known() || found.Code == "") {
		return f
	}
	return found
}

func (t *Table) readEntry(e *readEntry, resp *Response) (Finding, bool) {
	f := Finding{Status: resp.Status, entry: e}
	f.Code, _ = e.code.code(resp)
	f.Description, _ = e.description.code(resp)
	if f.Code == "" && f.Description == "" {
		return f, false
	}
	f.coded = t.rulesFor(f.Code)
	f.URI, _ = e.uri.code(resp)
	if stated, ok := e.status.text(resp); ok && resp.Status/100 == 2 {
		if s, err := strconv.Atoi(stated); err == nil && 100 <= s && s <= 599 {
			f.Status = s
		}
	}
	return f, true
}

// readChallenge reads the parameters that RFC 6750 §3 puts into a challenge.
func (t *Table) readChallenge(resp *Response) (Finding, bool) {
	values := resp.Header["Www-Authenticate"]
	if len(values) == 0 {
		return Finding{}, false
	}
	f := Finding{Status: resp.Status}
	for _, c := range wire.Challenges(values) {
		code, ok := c.Param("error")
		coded := t.rulesFor(code)
		if !ok || code == "" || f.Code != "" && len(coded) == 0 {
			continue
		}
		f.Code, f.coded = code, coded
		f.Description, _ = c.Param("error_description")
		f.URI, _ = c.Param("error_uri")
		if f.known() {
			break
		}
	}
	return f, f.Code != ""
}

// rulesFor returns the rules that name the code, best first.
func (t *Table) rulesFor(code string) []*compiledRule {
	if code == "" || len(code) > 2*maxCode {
		return nil
	}
	var buf [2 * maxCode]byte
	return t.byCode[string(foldCode(buf[:0], code))]
}

// best returns the rule of the highest rank that fits. A known code whose rows
// are all for other statuses still finds its row, because providers move errors
// between statuses more often than they change what a code means, and because a
// redirect has no status of the error's own.
func (t *Table) best(resp *Response, f *Finding) *compiledRule {
	m := matcher{resp: resp, finding: f}
	best := m.higher(nil, f.coded)
	best = m.higher(best, t.bareFor(f.Status))
	if f.Status != resp.Status {
		best = m.higher(best, t.bareFor(resp.Status))
	}
	if best == nil || best.IsDefault() {
		m.anyStatus = true
		if moved := m.higher(nil, f.coded); moved != nil {
			best = moved
		}
	}
	return best
}

// bareFor returns the rules without a code that are for the status, best first.
func (t *Table) bareFor(status int) []*compiledRule {
	if rules, ok := t.bare[status]; ok {
		return rules
	}
	if class := status / 100; 1 <= class && class <= 5 {
		return t.bareRest[class]
	}
	return t.bareRest[0]
}

// matcher holds what all rules are compared with; the description is folded
// when the first rule asks for it.
type matcher struct {
	resp      *Response
	finding   *Finding
	folded    string
	hasFolded bool
	anyStatus bool
}

// higher returns the first of the sorted rules that fits and has a higher rank than
// best, or else best, which may be nil.
func (m *matcher) higher(best *compiledRule, rules []*compiledRule) *compiledRule {
	for _, c := range rules {
		switch {
		case best != nil && c.rank <= best.rank:
			return best
		case m.fits(c):
			return c
		}
	}
	return best
}

func (m *matcher) fits(c *compiledRule) bool { return m.mismatch(c) == "" }

// mismatch says which part of the left side does not fit, or nothing if all do.
func (m *matcher) mismatch(c *compiledRule) string {
	switch {
	case !m.fitsStatus(c):
		return "status"
	case !c.endpoints.has(m.resp.Endpoint):
		return "endpoint"
	case !m.allowed(c):
		return "status default"
	case c.description != nil && !m.fitsDescription(c):
		return "description"
	}
	for i := range c.when {
		if !m.fitsCondition(&c.when[i]) {
			return c.when[i].field.spelled
		}
	}
	return ""
}

func (m *matcher) fitsStatus(c *compiledRule) bool {
	switch {
	case c.fitsStatus(m.finding.Status):
		return true
	case c.fitsStatus(m.resp.Status):
		return true
	}
	return m.anyStatus && c.status.low >= 400 && (m.finding.Status >= 400 || m.finding.inRedirect)
}

// allowed keeps status defaults away from where they would do harm: at pages
// and redirects nothing but a code is an error, and a resource's own business
// errors are not ours unless the row says so.
func (m *matcher) allowed(c *compiledRule) bool {
	if !c.IsDefault() {
		return true
	}
	switch m.resp.Endpoint {
	case EndpointNone, EndpointAuthorization:
		return false
	case EndpointResource:
		switch m.finding.Status {
		case 401, 403, 440:
			return true
		}
		return m.resp.Empty || c.endpoints.names(EndpointResource)
	}
	return true
}

func (m *matcher) fitsDescription(c *compiledRule) bool {
	if !m.hasFolded {
		m.folded, m.hasFolded = foldText(m.finding.Description), true
	}
	return m.folded != "" && c.description.match(m.folded)
}

func (m *matcher) fitsCondition(w *condition) bool {
	text, ok := w.field.text(m.resp)
	return ok && w.pattern.match(foldText(text))
}
