package normalizer

import (
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/auth-errors/caddy-auth-errors"

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

// TestImportsGoOneWay holds the direction of the imports: the engine knows
// nothing of Caddy, the parsers nothing of the engine, and the mappings are data.
func TestImportsGoOneWay(t *testing.T) {
	for _, tt := range []struct {
		path string
		own  []string // the packages of this module it may depend on
	}{
		{module + "/normalizer", []string{module + "/normalizer", module + "/normalizer/wire"}},
		{module + "/normalizer/wire", []string{module + "/normalizer/wire"}},
		{module + "/mappings", []string{module + "/mappings"}},
	} {
		deps := goList(t, "-deps", tt.path)
		if !slices.Contains(deps, tt.path) {
			t.Errorf("%s: got dependencies %v, want itself among them", tt.path, deps)
		}
		for _, dep := range deps {
			ours := dep == module || strings.HasPrefix(dep, module+"/")
			if ours && !slices.Contains(tt.own, dep) || strings.HasPrefix(dep, "github.com/caddyserver/") {
				t.Errorf("%s: got dependency %s, want none of it", tt.path, dep)
			}
		}
	}
	if got := goList(t, "-f", `{{join .Imports " "}}`, module+"/mappings"); !slices.Equal(got, []string{"embed"}) {
		t.Errorf("%s/mappings: got imports %v, want only embed", module, got)
	}
}
