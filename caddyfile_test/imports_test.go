package caddyfile_test

import (
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// goList returns the import paths that `go list` prints.
func goList(t *testing.T, args ...string) []string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %v: %v\n%s", args, err, stderr.String())
	}
	return strings.Fields(string(out))
}

// TestImportsGoOneWay holds which packages of this module each package may depend on, as
// docs/architecture.md says: the engine knows nothing of Caddy, the writer nothing of
// OAuth, the parsers nothing of the engine, and the mappings are data.
func TestImportsGoOneWay(t *testing.T) {
	const module = "github.com/auth-errors/caddy-auth-errors"
	engine := []string{"normalizer", "normalizer/mapping", "normalizer/registry", "normalizer/wire", "mappings"}
	for _, tt := range []struct {
		path  string
		caddy bool
		own   []string // besides itself
	}{
		{"internal/advice", false, []string{"normalizer/registry"}},
		{"internal/around", true, nil},
		{"internal/commands", true, append([]string{"normalizer/check", "normalizer/guess", "internal/ledger", "internal/mapfile", "internal/catalogue", "internal/probe", "internal/saved", "internal/workbench"}, engine...)},
		{"internal/catalogue", false, append([]string{"normalizer/check"}, engine...)},
		{"internal/discovery", true, []string{"internal/hold", "normalizer/wire"}},
		{"internal/hold", false, nil},
		{"internal/placement", true, nil},
		{"internal/meter", false, []string{"internal/hold"}},
		{"internal/mapfile", false, []string{"normalizer/mapping", "normalizer/registry", "normalizer/wire"}},
		{"internal/ledger", true, engine},
		{"internal/probe", false, append([]string{"internal/saved"}, engine...)},
		{"internal/saved", false, engine},
		{"internal/workbench", true, append([]string{"normalizer/check", "normalizer/guess", "internal/catalogue", "internal/ledger", "internal/mapfile", "internal/saved"}, engine...)},
		{"normalizer", false, engine},
		{"normalizer/check", false, engine},
		{"normalizer/guess", false, engine},
		{"normalizer/mapping", false, []string{"normalizer/registry", "normalizer/wire"}},
		{"normalizer/registry", false, nil},
		{"normalizer/wire", false, nil},
		{"mappings", false, nil},
	} {
		path := module + "/" + tt.path
		deps := goList(t, "-deps", path)
		if !slices.Contains(deps, path) {
			t.Errorf("%s: got dependencies %v, want itself among them", path, deps)
		}
		for _, dep := range deps {
			own, ours := strings.CutPrefix(dep, module+"/")
			if ours && own != tt.path && !slices.Contains(tt.own, own) || dep == module || !tt.caddy && strings.HasPrefix(dep, "github.com/caddyserver/") {
				t.Errorf("%s: got dependency %s, want none of it", path, dep)
			}
		}
	}
	if got := goList(t, "-f", `{{join .Imports " "}}`, module+"/mappings"); !slices.Equal(got, []string{"embed"}) {
		t.Errorf("%s/mappings: got imports %v, want only embed", module, got)
	}
}
