//go:build interop

package caddyfile_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
)

// benchSeen is what workbench.mjs saw at the page.
type benchSeen struct {
	Errors    []string `json:"errors"`    // of the console
	Elsewhere []string `json:"elsewhere"` // requests to other hosts

	Guesses      []string `json:"guesses"`
	ShownToken   bool     `json:"shownToken"`
	Before       string   `json:"before"`
	Row          string   `json:"row"`
	Mistake      string   `json:"mistake"`
	MistakenLine string   `json:"mistakenLine"`
	SaveDisabled bool     `json:"saveDisabled"`
	Selected     string   `json:"selected"`
	After        string   `json:"after"`
	Marked       []string `json:"marked"`
	Examples     string   `json:"examples"`
	Found        string   `json:"found"`     // the best row for a search
	FoundText    string   `json:"foundText"` // all rows for another

	Controls []string `json:"controls"` // what can be focused, in the order of the page
	Reached  []string `json:"reached"`  // what Tab reaches, in its order
	ByKey    string   `json:"byKey"`    // where the focus is after a row was made with the keyboard
	Nameless []string `json:"nameless"` // controls that a screen reader has no name for

	Faint []string `json:"faint"` // texts of little contrast
	Wide  []string `json:"wide"`  // windows that have to be scrolled sideways
	Cut   []string `json:"cut"`   // selects that cut an option off
}

// TestInteropWorkbench plays the workbench in Chromium: from a pasted response to a file that
// Caddy runs with. With WORKBENCH_PICTURES set to a directory, screenshots are put there.
func TestInteropWorkbench(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "mycorp.yaml")
	longest := slices.MaxFunc(normalizer.Shipped.Providers(), func(a, b string) int { return len(a) - len(b) })
	if err := os.WriteFile(filepath.Join(dir, "Caddyfile"), []byte(":80 {\n\tauth_errors "+longest+"\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"workbench.mjs", startBench(t, dir, "--config", "Caddyfile", "mycorp.yaml")}
	if pictures := os.Getenv("WORKBENCH_PICTURES"); pictures != "" {
		args = append(args, pictures)
	}
	var seen benchSeen
	if err := json.Unmarshal(runNode(t, nil, args...), &seen); err != nil {
		t.Fatal(err)
	}
	seen.holdStory(t)
	seen.holdPage(t)

	if len(readText(t, file)) == 0 {
		t.Error("got an empty file, want what was saved")
	}
	config, err := adaptIn(dir, mappingSite("mycorp", file))
	if err != nil {
		t.Fatalf("Caddy does not take the saved file: %v", err)
	}
	runConfig(t, config, nil)
}

// holdStory holds what the page says from the paste to the file.
func (s *benchSeen) holdStory(t *testing.T) {
	t.Helper()
	for _, tt := range []struct{ what, got, want string }{
		{"the guesses", strings.Join(s.Guesses, " "), "asseco"},
		{"the result before there is a row", s.Before, "invalid_client"},
		{"the drafted row", s.Row, "status: 401"},
		{"the mistake", s.Mistake, `unregistered error "invalid_grants"`},
		{"the marked line", "line " + s.MistakenLine, strings.Fields(s.Mistake)[0] + " " + strings.Fields(s.Mistake)[1]},
		{"the line that the mistake leads to", s.Selected, "invalid_grants"},
		{"the result with the row", s.After, "Decided by mycorp.yaml:" + s.MistakenLine},
		{"the action", s.After, "What to do: reauthorize"},
		{"what changed", strings.Join(s.Marked, "\n"), `"error": "invalid_grant"`},
		{"the row found by code and status", s.Found, "403 invalid_grant"},
		{"the rows found by a text", s.FoundText, "entra"},
		{"the examples", s.Examples, "The example holds"},
	} {
		if !strings.Contains(tt.got, tt.want) {
			t.Errorf("%s: got %q, want %q in it", tt.what, tt.got, tt.want)
		}
	}
	if s.ShownToken {
		t.Error("got a token in what is shown back, want it masked")
	}
	if !s.SaveDisabled {
		t.Error("got a button that saves a file with a mistake, want it disabled")
	}
}

// holdPage holds that the page can be used by everybody, and asks nobody else.
func (s *benchSeen) holdPage(t *testing.T) {
	t.Helper()
	for what, got := range map[string][]string{
		"errors of the console": s.Errors, "requests to other hosts": s.Elsewhere, "controls without a name": s.Nameless,
		"texts of little contrast": s.Faint, "windows to scroll sideways": s.Wide, "selects that cut an option off": s.Cut,
	} {
		if len(got) > 0 {
			t.Errorf("%s: got %q, want none", what, got)
		}
	}
	if len(s.Controls) < 12 || !slices.Equal(s.Controls, s.Reached) {
		t.Errorf("with the keyboard: got %q, want %q", s.Reached, s.Controls)
	}
	if s.ByKey != "mapping" {
		t.Errorf("after a row was made with the keyboard: got the focus at %q, want the mapping", s.ByKey)
	}
}
