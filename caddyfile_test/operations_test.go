package caddyfile_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestNoMetricsOnLogins: no Caddyfile of the documents shows metrics where clients come.
func TestNoMetricsOnLogins(t *testing.T) {
	shown := 0
	for _, page := range documents(t) {
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

// TestOperationsObservation compares the log lines and the metrics that are shown.
func TestOperationsObservation(t *testing.T) {
	b := findFenced(t, operations, "caddyfile", "log auth_errors {")
	config, err := adapt(b.text + ":9180 {\n\tmetrics\n}\n")
	if err != nil {
		t.Fatal(err)
	}
	up := startUpstream(t)
	up.script("mapped", answer{wire: sized("HTTP/1.1 403 No\nContent-Type: application/json", `{"error":"access_denied","error_description":"Unknown or invalid refresh token"}`)})
	up.script("unmapped", answer{wire: sized("HTTP/1.1 400 No\nContent-Type: application/json", `{"error":"new_in_november","error_description":"Something new"}`)})
	r := runConfig(t, config, up)
	x := ask{method: "GET", host: hostOf(t, b), path: "/oauth/token"}
	for _, name := range []string{"mapped", "unmapped"} {
		x.header = http.Header{caseHeader: {name}}
		x.send(t, r.address)
	}
	happened := readText(t, r.logFile) + fetch(t, "http://"+r.addresses[":9180"]).body
	// Time, the row's line and the counts of earlier tests change.
	blank := regexp.MustCompile(`"ts":[0-9.]+|\.yaml:\d+|(?m) \d+$`)
	happened = blank.ReplaceAllString(happened, "-")
	compared := 0
	for _, shown := range slices.Concat(blocksOf(t, readme), blocksOf(t, operations)) {
		if shown.language != "text" || !regexp.MustCompile(`^({"level"|"auth_errors"|caddy_auth_errors_)`).MatchString(shown.text) {
			continue
		}
		for line := range strings.Lines(shown.text) {
			compared++
			if want := blank.ReplaceAllString(strings.TrimSpace(line), "-"); !strings.Contains(happened, want) {
				t.Errorf("%v: got no %s in\n%s", shown, want, happened)
			}
		}
	}
	if compared < 8 {
		t.Errorf("got %d lines to compare, want log lines and metrics", compared)
	}
}

// TestOperationsOutcomes: the table has all outcomes that the code knows.
func TestOperationsOutcomes(t *testing.T) {
	constant := regexp.MustCompile(`(?m)^\s[oO]utcome\w+ (?:normalizer\.)?Outcome = "(\w+)"`)
	files, err := filepath.Glob(filepath.Join(top, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	engine, err := filepath.Glob(filepath.Join(top, "normalizer", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, file := range slices.Concat(files, engine) {
		for _, m := range constant.FindAllStringSubmatch(readText(t, file), -1) {
			want = append(want, m[1])
		}
	}
	for _, row := range tableOf(t, operations, "outcome") {
		got = append(got, codeSpans(row[0])...)
	}
	slices.Sort(want)
	if slices.Sort(got); len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("the outcomes: got %v, want %v", got, want)
	}
}

// TestOperationsFields: the table of fields has those of the object in the access log, in
// their order.
func TestOperationsFields(t *testing.T) {
	var want, got []string
	for _, m := range regexp.MustCompile(`"(\w+)":["\d]`).FindAllStringSubmatch(findFenced(t, operations, "text", `"auth_errors":{`).text, -1) {
		want = append(want, m[1])
	}
	for _, row := range tableOf(t, operations, "field") {
		got = append(got, codeSpans(row[0])...)
	}
	if len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("the fields: got %v, want %v", got, want)
	}
}

// TestOperationsMetrics: the table of metrics has those that Caddy shows, with their labels.
func TestOperationsMetrics(t *testing.T) {
	want, got := make(map[string]string), make(map[string]string)
	for name, labels := range shownMetrics(t) {
		name = regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(name, "") // of the histogram
		labels = slices.DeleteFunc(labels, func(label string) bool { return label == "instance" || label == "le" })
		want[name] = strings.Join(slices.Sorted(slices.Values(labels)), " ")
	}
	for _, row := range tableOf(t, operations, "metric") {
		got[codeSpans(row[0])[0]] = strings.Join(slices.Sorted(slices.Values(codeSpans(row[1]))), " ")
	}
	if !maps.Equal(got, want) {
		t.Errorf("the metrics with their labels: got %v, want %v", got, want)
	}
}

// TestOperationsLogs: the handler writes the lines that the table of logs names.
func TestOperationsLogs(t *testing.T) {
	var sources strings.Builder
	for _, file := range goFiles(t) {
		sources.WriteString(readText(t, filepath.Join(top, file)))
	}
	compared := 0
	for _, row := range tableOf(t, operations, "line") {
		for _, line := range codeSpans(row[0]) {
			if strings.Contains(line, " ") {
				compared++
				if !strings.Contains(sources.String(), `"`+line) {
					t.Errorf("%s: got the line %q, want one that the handler writes", operations, line)
				}
			}
		}
	}
	if compared < 4 {
		t.Errorf("%s: got %d lines to compare, want some", operations, compared)
	}
}
