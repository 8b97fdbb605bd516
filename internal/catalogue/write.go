package catalogue

import (
	"embed"
	"fmt"
	"html/template"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

//go:embed pages
var files embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"words": func(a registry.Action) string { return strings.ReplaceAll(string(a), "_", " ") },
	"web":   isWeb,
}).ParseFS(files, "pages/*.html"))

// isWeb reports whether a text is a URL that a page may link to.
func isWeb(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http")
}

// provided is a provider with its rows.
type provided struct {
	*mapping.Mapping
	Entries []Entry
}

// erring is a canonical error with the rows that lead to it.
type erring struct {
	registry.Entry
	Entries []Entry
}

// Write writes the catalogue as pages into a directory, and makes the directory. The
// pages are index.html, providers/<provider>.html and errors/<error>.html. They need
// neither JavaScript nor a server. Write replaces files with these names and keeps all
// others.
func (c *Catalogue) Write(dir string) error {
	w := &writer{dir: dir}
	var all []provided
	byError := make(map[string][]Entry)
	entries := c.entries
	for _, m := range c.mappings {
		p := provided{m, append([]Entry(nil), entries[:len(m.Rows)]...)}
		entries = entries[len(m.Rows):]
		for i := range p.Entries {
			c.exemplify(&p.Entries[i])
			byError[p.Entries[i].Error] = append(byError[p.Entries[i].Error], p.Entries[i])
		}
		all = append(all, p)
		w.page(filepath.Join("providers", m.Provider+".html"), "provider.html", p)
	}
	var errs []erring
	for _, e := range registry.All() {
		errs = append(errs, erring{e, byError[e.Code]})
		w.page(filepath.Join("errors", e.Code+".html"), "error.html", errs[len(errs)-1])
	}
	w.page("index.html", "index.html", map[string]any{"Providers": all, "Errors": errs, "Rows": len(c.entries)})
	style, err := files.ReadFile("pages/style.css")
	if err != nil {
		return err
	}
	w.write("style.css", func(f *os.File) error { _, err := f.Write(style); return err })
	return w.err
}

// writer writes files until one fails.
type writer struct {
	dir string
	err error
}

func (w *writer) page(name, page string, data any) {
	w.write(name, func(f *os.File) error { return pages.ExecuteTemplate(f, page, data) })
}

func (w *writer) write(name string, fill func(*os.File) error) {
	if w.err != nil {
		return
	}
	path := filepath.Join(w.dir, name)
	if w.err = os.MkdirAll(filepath.Dir(path), 0o755); w.err != nil {
		return
	}
	f, err := os.Create(path)
	if err == nil {
		err = fill(f)
		if closed := f.Close(); err == nil {
			err = closed
		}
	}
	if err != nil {
		w.err = fmt.Errorf("writing the catalogue: %w", err)
	}
}
