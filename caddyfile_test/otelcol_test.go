//go:build interop

package caddyfile_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// collectorConfig makes the collector print what it receives.
const collectorConfig = `
receivers:
  otlp:
    protocols:
      grpc: {endpoint: %s}
      http: {endpoint: %s}
exporters:
  debug: {verbosity: detailed, use_internal_logger: false}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [debug]}
    metrics: {receivers: [otlp], exporters: [debug]}
`

// printed is what the collector prints of an error and a success, as lines of one part each:
// both spans, and the counters.
var printed = [][]string{
	{": login", "auth_errors.outcome: Str(normalized)", "auth_errors.row: Str(registry)", "auth_errors.error: Str(invalid_target)"},
	{": login", "auth_errors.outcome: Str()", "auth_errors.row: Str()", "auth_errors.error: Str()"},
	{"Name: caddy_auth_errors_responses_total"},
	{"endpoint: Str(token)", "error: Str(invalid_target)", "name: Str()", "outcome: Str(normalized)", "provider: Str(auth0)"},
	{"Name: caddy_auth_errors_requests_total"},
}

// partStart begins a span, a metric, or a point of one.
var partStart = regexp.MustCompile(`(?m)^(Span|Metric|NumberDataPoints) #`)

// hasPart reports whether some part has all the lines.
func hasPart(text string, lines []string) bool {
	return slices.ContainsFunc(partStart.Split(text, -1), func(part string) bool {
		return !slices.ContainsFunc(lines, func(line string) bool { return !strings.Contains(part, line+"\n") })
	})
}

// TestInteropCollector: an OpenTelemetry collector understands the traces and the metrics of
// the operating page, by both protocols.
func TestInteropCollector(t *testing.T) {
	binary := buildProgram(t, "otelcol")
	for protocol, address := range map[string]int{"grpc": 0, "http/protobuf": 1} {
		t.Run(protocol, func(t *testing.T) {
			dir, addresses := t.TempDir(), []string{freeAddress(t), freeAddress(t)}
			config := filepath.Join(dir, "config.yaml")
			if err := os.WriteFile(config, fmt.Appendf(nil, collectorConfig, addresses[0], addresses[1]), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := os.Create(filepath.Join(dir, "out"))
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			cmd := exec.Command(binary, "--config", config)
			cmd.Stdout, cmd.Stderr = out, out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				cmd.Process.Signal(syscall.SIGTERM)
				if err := cmd.Wait(); err != nil {
					t.Errorf("the collector: %v", err)
				}
				if text, err := os.ReadFile(out.Name()); t.Failed() && err == nil {
					t.Logf("the collector says:\n%s", text)
				}
			}()
			waitFor(t, "collector that listens", func() bool {
				conn, err := net.Dial("tcp", addresses[address])
				if err == nil {
					conn.Close()
				}
				return err == nil
			})
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+addresses[address])
			t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
			exportOne(t)
			for _, want := range printed {
				waitFor(t, fmt.Sprintf("%q", want), func() bool {
					text, err := os.ReadFile(out.Name())
					return err == nil && hasPart(string(text), want)
				})
			}
		})
	}
}
