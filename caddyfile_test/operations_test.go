package caddyfile_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// operations is the page for operators.
var operations = filepath.Join(top, "docs", "operate.md")

// operationsCommands begin the commands that the page tells people to type. What they
// come to is compared by other tests.
var operationsCommands = []string{"caddy auth-errors ", "curl -i https://sts.mycorp.example/token ", "caddy reload", "promtool test rules docs/deploy/alerts_test.yml", "kubectl ", "for pod in ", "done"}

// TestOperationsPage runs the blocks of the operations page, by their language: Caddyfiles
// are loaded, mappings played through Caddy, and commands and queries are known.
func TestOperationsPage(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "none")
	t.Setenv("OTEL_METRICS_EXPORTER", "none")
	dir := writeMappings(t, operations)
	blocks := blocksOf(t, operations)
	counts := make(map[string]int)
	for _, b := range blocks {
		counts[b.language]++
		t.Run(fmt.Sprintf("line_%d", b.line), func(t *testing.T) {
			switch b.language {
			case "caddyfile":
				runCaddyfile(t, b, dir)
			case "yaml":
				runMapping(t, b, dir, &fenced{})
			case "sh":
				for line := range strings.Lines(b.text) {
					line = strings.TrimSpace(line)
					if !slices.ContainsFunc(operationsCommands, func(beginning string) bool { return strings.HasPrefix(line, beginning) }) {
						t.Errorf("%v: %s: got a command that no test knows", b, line)
					}
				}
			case "promql":
				known := shownMetrics(t)
				for _, metric := range ourMetric.FindAllString(b.text, -1) {
					if known[metric] == nil {
						t.Errorf("%v: got metric %s, want one that Caddy shows", b, metric)
					}
				}
			case "text":
			default:
				t.Errorf("%v: got a language that no test runs", b)
			}
		})
	}
	if counts["caddyfile"] < 3 || counts["yaml"] < 1 {
		t.Errorf("%s: got blocks %v, want Caddyfiles and mappings", operations, counts)
	}
}

// TestNoMetricsOnLogins: no Caddyfile of the documents shows metrics where clients come.
func TestNoMetricsOnLogins(t *testing.T) {
	shown := 0
	for _, page := range append([]string{operations}, readmes...) {
		dir := writeMappings(t, page)
		for _, b := range blocksOf(t, page) {
			if b.language != "caddyfile" {
				continue
			}
			config, err := adaptIn(dir, b.text)
			if err != nil {
				t.Fatalf("%v: adapting: %v", b, err)
			}
			var root struct {
				Apps struct {
					HTTP struct{ Servers map[string]json.RawMessage }
				}
			}
			if err := json.Unmarshal(config, &root); err != nil {
				t.Fatal(err)
			}
			for name, server := range root.Apps.HTTP.Servers {
				metrics := strings.Contains(string(server), `"handler":"metrics"`)
				if metrics {
					shown++
				}
				if metrics && strings.Contains(string(server), `"handler":"auth_errors"`) {
					t.Errorf("%v: got metrics on the server %s, which has auth_errors, too", b, name)
				}
			}
		}
	}
	if shown == 0 {
		t.Error("got no Caddyfile with metrics, want one")
	}
}
