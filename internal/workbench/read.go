package workbench

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/internal/ledger"
	"github.com/auth-errors/caddy-auth-errors/internal/saved"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/guess"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// pasted is a response and the details of its request.
type pasted struct {
	Response      string `json:"response"`
	Status        int    `json:"status"` // if Response is a body alone
	Path          string `json:"path"`
	Provider      string `json:"provider"` // empty: the mapping's own; guess: the likeliest
	Endpoint      string `json:"endpoint"` // empty: by the path
	Grant         string `json:"grant"`
	Authorization string `json:"authorization"`
	Mapping       string `json:"mapping"`
}

// guessed is the value of a provider that is to be guessed.
const guessed = "guess"

// seen is the part of a response that the page shows. Its texts are masked.
type seen struct {
	Guesses  []guess.Guess   `json:"guesses"`
	Provider string          `json:"provider"`
	Endpoint string          `json:"endpoint"`
	Read     []readStep      `json:"read"`
	Rows     []rowStep       `json:"rows"`
	Outcome  string          `json:"outcome"`
	Meaning  string          `json:"meaning"`
	Error    string          `json:"error"`
	Action   registry.Action `json:"action"`
	Row      string          `json:"row"`
	Original []line          `json:"original"`
	Answer   []line          `json:"answer"`
	Draft    draft           `json:"draft"`
	// Unloaded says that the mapping of the editor could not be used.
	Unloaded bool `json:"unloaded"`
}

// readStep is a place that was looked at.
type readStep struct {
	Place       string `json:"place"`
	Code        string `json:"code"`
	Description string `json:"description"`
	Known       bool   `json:"known"`
	Chosen      bool   `json:"chosen"`
}

// rowStep is a row that was compared.
type rowStep struct {
	Position string `json:"position"`
	Text     string `json:"text"`
	Verdict  string `json:"verdict"`
	Chosen   bool   `json:"chosen"`
}

// draft is a row and an example to take over.
type draft struct {
	Row     string `json:"row"`
	Example string `json:"example"`
}

// line is a line of a response. Changed says that the other response does not have it.
type line struct {
	Text    string `json:"text"`
	Changed bool   `json:"changed"`
}

func (w *Workbench) read(in pasted) (seen, error) {
	x, err := in.exchange()
	if err != nil {
		return seen{}, err
	}
	resp := x.Response
	out := seen{Guesses: w.index.Guess(resp, x.Request.URL, 3)}
	table, unloaded, err := w.tableFor(&in, out.Guesses)
	if err != nil {
		return seen{}, err
	}
	q, err := in.requestOf(table, &x)
	if err != nil {
		return seen{}, err
	}
	out.Unloaded, out.Provider, out.Endpoint = unloaded, table.Provider(), q.Endpoint().String()
	d, _, looked := saved.Decide(table, &q, resp)
	if !looked {
		out.Outcome, out.Meaning = string(normalizer.OutcomeUnmapped), saved.NotLookedAt
		out.Original = linesOf(resp.Status, resp.Header, resp.Body)
		return out, nil
	}
	out.tell(&d, resp)
	out.Draft.Row, out.Draft.Example = w.config.Draft(ledger.Fingerprint(table.Provider(), &d), &d)
	return out, nil
}

// exchange reads what was pasted: an entry of a HAR file, or of a whole one the last that
// failed, a response, or a body alone. The fields of the page go before what an entry says
// of its request.
func (in *pasted) exchange() (x saved.Exchange, err error) {
	switch text := strings.TrimLeft(in.Response, "\ufeff \t\r\n"); {
	case isHAR(text):
		all, err := saved.ReadHAR(strings.NewReader(text))
		if err != nil {
			return x, fmt.Errorf("reading the HAR: %w", err)
		}
		if len(all) == 0 {
			return x, errors.New("reading the HAR: it has no response")
		}
		x = all[0]
		for _, other := range all {
			if other.Response.Status >= 400 {
				x = other
			}
		}
	case strings.HasPrefix(text, "HTTP/"):
		x.Response, err = saved.ReadResponse(strings.NewReader(text))
	case in.Status < 200 || in.Status > 599:
		err = fmt.Errorf("status %d: paste the response with its status line, or give a status from 200 to 599", in.Status)
	default:
		x.Response = normalizer.Response{Status: in.Status, Header: make(http.Header), Body: []byte(in.Response)}
	}
	if err != nil {
		return x, err
	}
	return x, in.describe(&x)
}

// isHAR reports whether a text is a HAR file or an entry of one, and not a body in JSON.
func isHAR(text string) bool {
	return strings.HasPrefix(text, "{") && (strings.Contains(text, `"response"`) && strings.Contains(text, `"content"`) || strings.Contains(text, `"entries"`))
}

// describe changes the known request to the one that the page describes.
func (in *pasted) describe(x *saved.Exchange) error {
	known := x.Request
	x.Request = &http.Request{Method: http.MethodPost, Header: http.Header{"Accept": {"application/json"}}}
	authorization := in.Authorization
	if authorization != "" && registry.SchemeOf(authorization) == "" {
		return fmt.Errorf("authorization %q: use Basic, Bearer or DPoP", authorization)
	}
	var err error
	if in.Path != "" || known == nil {
		x.Request.URL, err = url.Parse(in.Path)
	}
	if err != nil {
		return fmt.Errorf("path: %w", err)
	}
	if known != nil {
		x.Request.URL = cmp.Or(x.Request.URL, known.URL)
		authorization = cmp.Or(authorization, registry.SchemeOf(known.Header.Get("Authorization")))
	}
	if authorization != "" {
		x.Request.Header.Set("Authorization", authorization+" -")
	}
	grant, err := registry.ParseGrant(cmp.Or(in.Grant, registry.GrantNone.String()))
	x.Grant = cmp.Or(grant, x.Grant)
	return err
}

// tableFor returns the table that decides. In order: the chosen handler, the first
// handler of the provider, the mapping in the editor if it is for the provider, the
// shipped mapping.
func (w *Workbench) tableFor(in *pasted, guesses []guess.Guess) (table *normalizer.Table, unloaded bool, err error) {
	provider := in.Provider
	if provider == guessed && len(guesses) > 0 {
		provider = guesses[0].Provider
	}
	m, own, problems := w.load(in.Mapping)
	for i, h := range w.config.Handlers {
		if provider == handlerKey(i) || provider == h.Provider {
			table, err = h.Compile(m)
			return table, len(problems) > 0, err
		}
	}
	if m != nil && (provider == "" || provider == m.Provider) {
		return own, false, nil
	}
	table, err = normalizer.New(provider)
	return table, len(problems) > 0, err
}

// requestOf returns the request for the table.
func (in *pasted) requestOf(table *normalizer.Table, x *saved.Exchange) (normalizer.Request, error) {
	q := table.Request(x.Request)
	if in.Endpoint == "" && x.Request.URL.Path != "" {
		return q.As(table.EndpointOf(&q, x.Response.Header), x.Grant), nil
	}
	kind, err := registry.ParseEndpoint(cmp.Or(in.Endpoint, registry.EndpointToken.String()))
	return q.As(kind, x.Grant), err
}

// tell takes what a decision says, without secrets.
func (s *seen) tell(d *normalizer.Decision, resp normalizer.Response) {
	trace := d.Explain()
	for _, r := range trace.Read {
		s.Read = append(s.Read, readStep{r.Place, normalizer.Mask(r.Code), normalizer.Mask(r.Description), r.Known, r.Chosen})
	}
	for _, r := range trace.Rows {
		s.Rows = append(s.Rows, rowStep{r.Row.Position(), r.Row.Text, trace.Verdict(&r), r.Chosen})
	}
	s.Outcome, s.Meaning = string(d.Outcome), d.Outcome.Meaning()
	s.Error, s.Action, s.Row = d.Error.Code(), d.Finding.Action(), d.Finding.Position()
	header := resp.Header.Clone()
	status, body := resp.Status, resp.Body
	switch changed, canonical := d.Apply(header); d.Effect {
	case normalizer.EffectRewrite:
		status, body = changed, canonical
	case normalizer.EffectPass:
		header = resp.Header
	}
	s.Original, s.Answer = linesOf(resp.Status, resp.Header, resp.Body), linesOf(status, header, body)
	mark(s.Original, s.Answer)
	mark(s.Answer, s.Original)
}
