// Package workbench serves one page on this machine: paste a response, see its provider
// and the answer to the client, write a row, run the examples, and save the file. The
// page shows decisions of [normalizer.Table.Decide] and decides nothing itself.
//
// It writes only the file that the workbench was started with, on request. The server
// refuses other hosts and origins, bounds bodies, and masks secrets in everything that it
// shows.
package workbench

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/internal/catalogue"
	"github.com/auth-errors/caddy-auth-errors/internal/ledger"
	"github.com/auth-errors/caddy-auth-errors/internal/saved"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/check"
	"github.com/auth-errors/caddy-auth-errors/normalizer/guess"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// Config is the input of [New].
type Config struct {
	// File is the mapping file to edit and to save. It need not exist yet. Defaults to
	// none: then the page cannot save.
	File string
	// Handlers are the handlers of a configuration. The page starts with the first one
	// for the provider of File, or without File with the first of all. Without handlers,
	// the mapping in the editor decides, or a shipped one.
	Handlers []Handler
	// Draft returns a row and an example for an error, each as a line of a mapping file. The
	// example expects what was decided.
	Draft func(ledger.Unmapped, *normalizer.Decision) (row, example string)
	// Unmapped returns the unmapped errors of a running Caddy. Defaults to nil, for none.
	Unmapped func() ([]ledger.Unmapped, error)
}

// Handler is an auth_errors handler of a configuration, with all its settings.
type Handler struct {
	Provider string
	// Compile returns the table of the handler with the mapping in the editor instead of
	// the file. It is called with nil if the mapping in the editor has mistakes; then the
	// mapping of the file counts.
	Compile func(own *mapping.Mapping) (*normalizer.Table, error)
}

// Workbench is the page with its API.
type Workbench struct {
	config Config
	index  *guess.Index
	rows   *catalogue.Catalogue
}

//go:embed page
var page embed.FS

// New returns a workbench. It loads all shipped mappings, which takes some tenths of a
// second.
func New(c Config) (*Workbench, error) {
	index, err := guess.Shipped()
	if err != nil {
		return nil, fmt.Errorf("making the index of the shipped mappings: %w", err)
	}
	rows, err := catalogue.Shipped()
	if err != nil {
		return nil, fmt.Errorf("reading the shipped mappings: %w", err)
	}
	return &Workbench{c, index, rows}, nil
}

// Handler returns the HTTP handler for a listener at the loopback address host:port. It
// refuses requests for another host and writes from another origin.
func (w *Workbench) Handler(address string) http.Handler {
	mux := http.NewServeMux()
	for _, file := range []string{"style.css", "workbench.js", "icon.svg"} {
		mux.HandleFunc("GET /"+file, func(rw http.ResponseWriter, r *http.Request) { http.ServeFileFS(rw, r, page, "page/"+file) })
	}
	mux.HandleFunc("GET /{$}", func(rw http.ResponseWriter, r *http.Request) { http.ServeFileFS(rw, r, page, "page/index.html") })
	mux.HandleFunc("POST /api/start", answer(w.start))
	mux.HandleFunc("POST /api/read", answer(w.read))
	mux.HandleFunc("POST /api/lint", answer(w.lint))
	mux.HandleFunc("POST /api/test", answer(w.test))
	mux.HandleFunc("POST /api/add", answer(w.add))
	mux.HandleFunc("POST /api/save", answer(w.save))
	mux.HandleFunc("POST /api/unmapped", answer(w.unmapped))
	mux.HandleFunc("POST /api/search", answer(w.search))
	return guard{address, mux}
}

// answer makes an HTTP handler of a function from one JSON value to another. Errors go to
// the page, because they are mistakes of its user.
func answer[In, Out any](f func(In) (Out, error)) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		var in In
		decoder := json.NewDecoder(r.Body)
		decoder.DisallowUnknownFields()
		var out any
		err := decoder.Decode(&in)
		if err == nil {
			out, err = f(in)
		}
		rw.Header().Set("Content-Type", "application/json")
		if err != nil {
			status := http.StatusUnprocessableEntity
			if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
				status = http.StatusRequestEntityTooLarge
			}
			rw.WriteHeader(status)
			out = map[string]string{"error": normalizer.Mask(err.Error())}
		}
		_ = json.NewEncoder(rw).Encode(out) // a client that has gone needs no answer
	}
}

// named is a provider, or a kind of something, to choose from.
type named struct {
	Name  string `json:"name"`
	Title string `json:"title,omitempty"`
}

// started has the initial content of the page.
type started struct {
	File      string  `json:"file"` // where to save, or nothing
	Mapping   string  `json:"mapping"`
	Live      bool    `json:"live"`      // there is a Caddy to ask for unmapped errors
	Handlers  []named `json:"handlers"`  // of the configuration
	Handler   string  `json:"handler"`   // the selected handler, or nothing
	Providers []named `json:"providers"` // that ship
	Endpoints []named `json:"endpoints"`
	Grants    []named `json:"grants"`
}

// template is the mapping that a new file begins with.
const template = `version: 1
provider: mycorp
title: My Corp
sources:
  docs: {title: "Where the errors are described", url: "https://idp.example/docs"}
endpoints:
  token: [/oauth/token]
`

func (w *Workbench) start(struct{}) (started, error) {
	s := started{File: w.config.File, Mapping: template, Live: w.config.Unmapped != nil}
	if w.config.File != "" {
		data, err := os.ReadFile(w.config.File)
		switch {
		case err == nil:
			s.Mapping = string(data)
		case !errors.Is(err, os.ErrNotExist):
			return s, fmt.Errorf("reading the mapping: %w", err)
		}
	}
	s.Handlers, s.Handler = w.handlers(s.Mapping)
	for _, provider := range normalizer.Shipped.Providers() {
		m, err := normalizer.Shipped.Rows(provider)
		if err != nil {
			return s, err
		}
		s.Providers = append(s.Providers, named{m.Provider, m.Title})
	}
	for _, kind := range registry.Endpoints() {
		s.Endpoints = append(s.Endpoints, named{Name: kind.String()})
	}
	for _, grant := range registry.Grants() {
		s.Grants = append(s.Grants, named{Name: grant.String()})
	}
	return s, nil
}

// handlers returns the handlers to choose from, and which one the page begins with.
func (w *Workbench) handlers(text string) (all []named, first string) {
	m, _, _ := w.load(text)
	for i, h := range w.config.Handlers {
		key := handlerKey(i)
		all = append(all, named{key, h.Provider})
		if first == "" && m != nil && m.Provider == h.Provider {
			first = key
		}
	}
	if first == "" && len(all) > 0 && w.config.File == "" {
		first = all[0].Name
	}
	return all, first
}

// handlerKey returns the key of a handler in the page. No provider has such a name.
func handlerKey(i int) string { return fmt.Sprintf("#%d", i+1) }

// picked is an unmapped error, with a made-up response like the one seen.
type picked struct {
	ledger.Unmapped
	Response string `json:"response"`
}

func (w *Workbench) unmapped(struct{}) (all []picked, err error) {
	if w.config.Unmapped == nil {
		return nil, errors.New("no Caddy is asked: start the workbench with --address")
	}
	entries, err := w.config.Unmapped()
	for _, u := range entries {
		x := u.Example(check.MakeBody)
		all = append(all, picked{u, strings.Join(saved.Lines(x.Status, x.Header, []byte(x.Body)), "\n")})
	}
	return all, err
}

// searched is a query for the rows of all shipped mappings.
type searched struct {
	Query string `json:"query"`
}

// results are the rows that were found, the best ones, and how many there are.
type results struct {
	Rows []catalogue.Entry `json:"rows"`
	All  int               `json:"all"`
}

// mostResults is how many rows of a search are shown.
const mostResults = 50

func (w *Workbench) search(in searched) (results, error) {
	rows, all := w.rows.Search(in.Query, mostResults)
	return results{rows, all}, nil
}

// tableOf compiles the mapping of the editor as the handler would.
func tableOf(m *mapping.Mapping) (*normalizer.Table, error) {
	return normalizer.Compile(normalizer.Config{Provider: m.Provider, Files: []*mapping.Mapping{m}})
}
