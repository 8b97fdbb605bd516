package caddyfile_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// alertFile has the alerts, and alertCases the cases for promtool.
var (
	alertFile  = filepath.Join(top, "docs", "deploy", "alerts.yml")
	alertCases = filepath.Join(top, "docs", "deploy", "alerts_test.yml")
)

// alertRule is an alert, or a series that alerts are made of.
type alertRule struct{ Alert, Record, Expr string }

// alertRules reads the rules.
func alertRules(t *testing.T) []alertRule {
	t.Helper()
	var file struct{ Groups []struct{ Rules []alertRule } }
	if err := yaml.Unmarshal([]byte(readText(t, alertFile)), &file); err != nil || len(file.Groups) != 1 {
		t.Fatalf("%s: got %d groups, %v, want one", alertFile, len(file.Groups), err)
	}
	return file.Groups[0].Rules
}

// selector finds a metric with its matchers.
var selector = regexp.MustCompile(`([a-z_:0-9]+)(?:\{([^}]*)\})?(?:\[| offset|\)|\s)`)

// TestAlerts: the alerts use metrics and labels that exist, and each has cases in which
// it fires and in which it is silent. promtool plays the cases.
func TestAlerts(t *testing.T) {
	known := shownMetrics(t)
	var names []string
	for _, r := range alertRules(t) {
		if r.Record != "" {
			known[r.Record] = strings.Split(labelGrouping.FindStringSubmatch(r.Expr)[1], ", ")
		} else {
			names = append(names, r.Alert)
		}
		asked := 0
		for _, m := range selector.FindAllStringSubmatch(r.Expr, -1) {
			if !strings.Contains(m[1], "auth_errors") {
				continue
			}
			asked++
			if known[m[1]] == nil {
				t.Errorf("%s%s: got %s, want a metric that Caddy shows", r.Alert, r.Record, m[1])
			}
			for _, l := range labelMatcher.FindAllStringSubmatch(m[2], -1) {
				if !slices.Contains(known[m[1]], l[1]) {
					t.Errorf("%s%s: got %s{%s}, want one of the labels %v", r.Alert, r.Record, m[1], l[1], known[m[1]])
				}
			}
		}
		if asked == 0 {
			t.Errorf("%s%s: got no metric in %s, want some", r.Alert, r.Record, r.Expr)
		}
	}
	var cases struct {
		Tests []struct {
			Rules []struct {
				Alert string `yaml:"alertname"`
				Fires []any  `yaml:"exp_alerts"`
			} `yaml:"alert_rule_test"`
		}
	}
	if err := yaml.Unmarshal([]byte(readText(t, alertCases)), &cases); err != nil {
		t.Fatal(err)
	}
	fires, silent := make(map[string]int), make(map[string]int)
	for _, c := range cases.Tests {
		for _, r := range c.Rules {
			if len(r.Fires) > 0 {
				fires[r.Alert]++
			} else {
				silent[r.Alert]++
			}
		}
	}
	for _, name := range names {
		if fires[name] == 0 || silent[name] == 0 {
			t.Errorf("%s: got %d cases that fire and %d that are silent, want some of each", name, fires[name], silent[name])
		}
	}
	if len(names) < 5 {
		t.Errorf("%s: got the alerts %v, want five", alertFile, names)
	}
}
