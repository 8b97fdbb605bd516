//go:build interop

package caddyfile_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestInteropAlerts has promtool play the cases of the alerts.
func TestInteropAlerts(t *testing.T) {
	for _, args := range [][]string{{"check", "rules", alertFile}, {"test", "rules", alertCases}} {
		out, err := exec.CommandContext(t.Context(), "promtool", args...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "SUCCESS") {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// startPrometheus runs Prometheus until the test ends. It reads the metrics at the address
// every second, and has the alerts.
func startPrometheus(t *testing.T, target string) (address string) {
	t.Helper()
	dir := t.TempDir()
	rules, err := filepath.Abs(alertFile)
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [%q]\nscrape_configs:\n- {job_name: caddy, static_configs: [{targets: [%q]}]}\n", rules, target)
	file := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	address = freeAddress(t)
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("prometheus", "--config.file="+file, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address, "--log.level=warn")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting Prometheus: %v (interop/run.sh says what is missing)", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		log.Close()
		if text, err := os.ReadFile(log.Name()); t.Failed() && err == nil {
			t.Logf("Prometheus's log:\n%s", text)
		}
	})
	return address
}

// query asks Prometheus, and returns how many series there are.
func query(t *testing.T, address, expression string) (series int, problem string) {
	t.Helper()
	resp, err := http.Get("http://" + address + "/api/v1/query?query=" + url.QueryEscape(expression))
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	var answer struct {
		Status, Error string
		Data          struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return 0, err.Error()
	}
	for _, r := range answer.Data.Result {
		if r.Value[1] != "NaN" {
			series++
		}
	}
	return series, answer.Error
}

// TestInteropDashboard: every query of the dashboard finds something in what a real
// Prometheus has read from the example, with all its cases played.
func TestInteropDashboard(t *testing.T) {
	metrics, shadow := freeAddress(t), freeAddress(t)
	_, port, _ := strings.Cut(shadow, ":")
	addresses := startExample(t, fmt.Sprintf("http://%s {\n\tmetrics\n}\nhttp://:%s {\n\tauth_errors auth0 {\n\t\tname night\n\t\tmode shadow\n\t}\n\treverse_proxy 127.0.0.1:9001\n}\n", metrics, port))
	prometheus := startPrometheus(t, metrics)
	paths := regexp.MustCompile(`/\w+/\S*\?case=\w+`).FindAllString(readText(t, filepath.Join(top, "Caddyfile.example")), -1)
	if len(paths) < 5 {
		t.Fatalf("got %d paths in the example, want some", len(paths))
	}
	play := func() {
		for _, path := range append(paths, "/auth0/oauth/token", "/auth0/oauth/token?case=too_many_requests", "/auth0/api/v2/users?case=nosuch", "/auth0/oauth/token?case=nosuch") {
			fetch(t, "http://"+addresses["8080"]+path)
		}
		fetch(t, "http://"+shadow+"/oauth/token?case=unknown_refresh_token")
	}
	variables := strings.NewReplacer("$provider", ".*", "$name", ".*", "$instance", ".*", "$__rate_interval", "10s", "$__range", "1m")
	queries := map[string]string{"an alert's series": "auth_errors:responses:increase1h"}
	for _, p := range readDashboard(t).Panels {
		for i, target := range p.Targets {
			queries[fmt.Sprintf("%s, query %d", p.Title, i+1)] = variables.Replace(target.Expr)
		}
	}
	for _, v := range readDashboard(t).Templating.List {
		if arguments, ok := strings.CutPrefix(v.Definition, "label_values("); ok {
			metric, label, _ := strings.Cut(strings.TrimSuffix(arguments, ")"), ", ")
			queries["variable "+v.Name] = fmt.Sprintf("count by (%s) (%s)", label, metric)
		}
	}
	for deadline := time.Now().Add(2 * patience); len(queries) > 0; {
		play()
		for title, expression := range queries {
			series, problem := query(t, prometheus, expression)
			switch {
			case series > 0:
				delete(queries, title)
			case time.Now().After(deadline):
				t.Errorf("%s: got nothing, %s, for %s", title, problem, expression)
				delete(queries, title)
			}
		}
	}
}
