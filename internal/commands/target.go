package commands

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/auth-errors/caddy-auth-errors/internal/ledger"
	"github.com/auth-errors/caddy-auth-errors/internal/mapfile"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// target is the destination of suggested rows: the output, or a file.
type target struct {
	files []*mapping.Mapping // that are in use besides
	path  string             // of --into; empty for the output
	into  *mapping.Mapping   // the file as it is, or nil if there is none yet
	text  string             // of the file

	endpoints map[string]string // paths that the provider is known to have, by their kind
}

// targetOf returns the target that --into and --rows choose, or nil if they choose none.
// Commands without --rows always print rows.
func targetOf(cmd *cobra.Command, files []*mapping.Mapping) (*target, error) {
	path, _ := cmd.Flags().GetString("into")
	asRows, err := cmd.Flags().GetBool("rows")
	if path == "" && err == nil && !asRows {
		return nil, nil
	}
	t := &target{files: files, path: path}
	if path == "" {
		return t, nil
	}
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return t, nil
	case err != nil:
		return nil, fmt.Errorf("--into: %w", err)
	}
	t.text = string(text)
	if t.into, err = mapping.Load(path, text); err != nil {
		return nil, fmt.Errorf("--into: %w", err)
	}
	return t, nil
}

// render returns the file with a draft in it.
func (t *target) render(d *draft) (string, error) {
	if t.into == nil {
		return d.String(), nil
	}
	return d.mergedInto(t.path, t.text)
}

// try compiles the table with a draft in it.
func (t *target) try(d *draft) (*normalizer.Table, error) {
	text, err := t.render(d)
	if err != nil {
		return nil, err
	}
	name := t.path
	if name == "" {
		name = d.provider + ".yaml"
	}
	m, err := mapping.Load(name, []byte(text))
	if err != nil {
		return nil, err
	}
	return normalizer.Compile(normalizer.Config{Provider: d.provider, Files: append(t.files[:len(t.files):len(t.files)], m)})
}

// draft returns an empty draft. It has the probed endpoints if the file is new, and
// otherwise notes about them.
func (t *target) draft(provider string) *draft {
	d := &draft{provider: provider}
	for _, kind := range slices.Sorted(maps.Keys(t.endpoints)) {
		item := kind + ": [" + quoteYAML(t.endpoints[kind]) + "]"
		if t.into != nil {
			d.remark("%s is not named by a path that is known: see whether endpoints needs `%s`", kind, item)
			continue
		}
		d.endpoints = append(d.endpoints, item)
	}
	return d
}

// write suggests rows for errors of a provider, and writes them to the target.
func (t *target) write(out io.Writer, provider string, entries []ledger.Unmapped) error {
	if t.into != nil && t.into.Provider != provider {
		return fmt.Errorf("%s is for provider %q, not for %q: give a file for that provider", t.path, t.into.Provider, provider)
	}
	d := t.draft(provider)
	if err := d.suggest(entries, t.try); err != nil {
		return fmt.Errorf("suggesting rows: %w", err)
	}
	for _, remark := range d.remarks {
		fmt.Fprintln(out, remark)
	}
	text, err := t.render(d)
	if err != nil {
		return err
	}
	if t.path == "" {
		_, err := io.WriteString(out, text)
		return err
	}
	if len(d.errors) > 0 || t.into == nil {
		if _, err := os.Stat(filepath.Dir(t.path)); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("writing %s: its directory does not exist: make it, or name another", t.path)
		}
		if err := mapfile.Replace(t.path, text); err != nil {
			return fmt.Errorf("writing %s: %w", t.path, err)
		}
	}
	_, err = fmt.Fprintf(out, "# %s: %s and %s added\n", t.path, counted(d.rows, "row"), counted(len(d.examples), "example"))
	return err
}
