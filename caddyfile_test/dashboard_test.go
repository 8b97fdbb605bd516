package caddyfile_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// dashboard is what a Grafana dashboard asks of Prometheus.
type dashboard struct {
	Templating struct {
		List []struct{ Name, Definition string }
	}
	Panels []struct {
		Title   string
		GridPos struct{ X, Y, W, H int }
		Targets []struct{ Expr, LegendFormat string }
	}
}

var (
	ourMetric     = regexp.MustCompile(`caddy_[a-z_]+`)
	labelMatcher  = regexp.MustCompile(`\b(\w+)(?:=~?|!=|!~)"([^"]*)"`)
	labelGrouping = regexp.MustCompile(`by \(([^)]*)\)`)
	legendLabel   = regexp.MustCompile(`\{\{(\w+)\}\}`)
	labelName     = regexp.MustCompile(`(\w+)="`)
	ownVariable   = regexp.MustCompile(`\$(\w+)`)
)

// TestDashboard: each metric, label and outcome that the dashboard asks for is one
// that Caddy shows, and no outcome is forgotten.
func TestDashboard(t *testing.T) {
	d := readDashboard(t)
	known := shownMetrics(t)
	var outcomes, asked []string
	for _, row := range tableOf(t, operations, "outcome") {
		outcomes = append(outcomes, codeSpans(row[0])...)
	}
	variables := []string{"__rate_interval", "__range"}
	var queries []string
	for _, v := range d.Templating.List {
		variables = append(variables, v.Name)
		if v.Definition != "" {
			queries = append(queries, v.Definition)
		}
	}
	for _, p := range d.Panels {
		if len(p.Targets) == 0 {
			t.Errorf("panel %q asks for nothing", p.Title)
		}
		for _, target := range p.Targets {
			queries = append(queries, target.Expr)
			for _, m := range legendLabel.FindAllStringSubmatch(target.LegendFormat, -1) {
				if !strings.Contains(target.Expr, m[1]) {
					t.Errorf("panel %q: got %s in the legend, want it in %s", p.Title, m[1], target.Expr)
				}
			}
		}
	}
	for _, query := range queries {
		labels := labelsIn(query)
		for _, metric := range ourMetric.FindAllString(query, -1) {
			if known[metric] == nil {
				t.Errorf("%s: got metric %s, want one that Caddy shows", query, metric)
			}
			for _, label := range labels {
				if !slices.Contains(known[metric], label) {
					t.Errorf("%s: got label %s, want one of %v", query, label, known[metric])
				}
			}
		}
		for _, m := range labelMatcher.FindAllStringSubmatch(query, -1) {
			if m[1] == "outcome" {
				asked = append(asked, strings.Split(m[2], "|")...)
			}
		}
		for _, m := range ownVariable.FindAllStringSubmatch(query, -1) {
			if !slices.Contains(variables, m[1]) {
				t.Errorf("%s: got variable %s, want one of %v", query, m[1], variables)
			}
		}
	}
	slices.Sort(asked)
	slices.Sort(outcomes)
	if asked = slices.Compact(asked); !slices.Equal(asked, outcomes) {
		t.Errorf("got the outcomes %v in the dashboard, want %v", asked, outcomes)
	}
}

// readDashboard reads the dashboard.
func readDashboard(t *testing.T) (d dashboard) {
	t.Helper()
	if err := json.Unmarshal([]byte(readText(t, filepath.Join(top, "docs", "deploy", "dashboard.json"))), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// labelsIn are the labels that a query names.
func labelsIn(query string) (labels []string) {
	for _, m := range labelMatcher.FindAllStringSubmatch(query, -1) {
		labels = append(labels, m[1])
	}
	for _, m := range labelGrouping.FindAllStringSubmatch(query, -1) {
		labels = append(labels, strings.Split(m[1], ", ")...)
	}
	if arguments, ok := strings.CutPrefix(query, "label_values("); ok {
		_, label, _ := strings.Cut(strings.TrimSuffix(arguments, ")"), ", ")
		labels = append(labels, label)
	}
	return labels
}

// shownMetrics are the metrics of the module as Caddy shows them, each with its
// labels and those that Prometheus adds when it reads them.
func shownMetrics(t *testing.T) map[string][]string {
	t.Helper()
	up := startUpstream(t)
	addresses, metrics, _ := startObserved(t, up)
	script(up, observedRows[0])
	observedRows[0].ask(t, protocols(t)[0], addresses)
	known := make(map[string][]string)
	for line := range strings.Lines(send(t, protocols(t)[0], http.MethodGet, metrics, http.Header{}, "").body) {
		name := ourMetric.FindString(line)
		if strings.HasPrefix(line, "#") || !strings.HasPrefix(line, "caddy_auth_errors_") {
			continue
		}
		labels := []string{"instance"}
		for _, m := range labelName.FindAllStringSubmatch(line, -1) {
			labels = append(labels, m[1])
		}
		known[name] = labels
	}
	if len(known) < 3 {
		t.Fatalf("got the metrics %v, want counter, gauge and histogram", known)
	}
	return known
}
