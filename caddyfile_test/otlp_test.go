package caddyfile_test

import (
	"encoding/binary"
	"io"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// protoFields are the fields of a protobuf message, by number. OTLP needs no more than
// that: strings and messages are bytes, and a double is 64 bits.
type protoFields map[uint64][][]byte

// readProto reads the fields of a message; nil if it is none.
func readProto(b []byte) protoFields {
	fields := protoFields{}
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		if n <= 0 {
			return nil
		}
		b = b[n:]
		size := uint64(0)
		switch tag & 7 {
		case 0: // varint
			_, n := binary.Uvarint(b)
			size = uint64(max(n, 0))
		case 1: // 64 bits
			size = 8
		case 2: // bytes
			length, n := binary.Uvarint(b)
			b, size = b[max(n, 0):], length
		case 5: // 32 bits
			size = 4
		}
		if size == 0 && tag&7 != 2 || size > uint64(len(b)) {
			return nil
		}
		fields[tag>>3] = append(fields[tag>>3], b[:size])
		b = b[size:]
	}
	return fields
}

// under returns the messages below m on a path of field numbers.
func (m protoFields) under(path ...uint64) []protoFields {
	found := []protoFields{m}
	for _, number := range path {
		var next []protoFields
		for _, f := range found {
			for _, b := range f[number] {
				next = append(next, readProto(b))
			}
		}
		found = next
	}
	return found
}

// text returns the first value of a field, as text.
func (m protoFields) text(number uint64) string {
	if len(m[number]) == 0 {
		return ""
	}
	return string(m[number][0])
}

// attributes returns the string attributes of a span or a data point, which are in the
// field of that number.
func (m protoFields) attributes(number uint64) map[string]string {
	out := make(map[string]string)
	for _, pair := range m.under(number) {
		for _, value := range pair.under(2) {
			out[pair.text(1)] = value.text(1)
		}
	}
	return out
}

// collector is an endpoint for OTLP over HTTP that keeps what it is sent, by path.
type collector struct {
	mu   sync.Mutex
	sent map[string][]protoFields
}

// startCollector makes the environment name a collector, for as long as the test runs.
func startCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{sent: make(map[string][]protoFields)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		message := readProto(body)
		if err != nil || message == nil || r.Header.Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("%s: got %v and %d bytes of %s, want a protobuf message", r.URL.Path, err, len(body), r.Header.Get("Content-Type"))
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sent[r.URL.Path] = append(c.sent[r.URL.Path], message)
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(server.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
	return c
}

// spans returns the attributes of all spans of that name.
func (c *collector) spans(name string) (out []map[string]string) {
	for _, m := range c.sent["/v1/traces"] {
		for _, span := range m.under(1, 2, 2) {
			if span.text(5) == name {
				out = append(out, span.attributes(9))
			}
		}
	}
	return out
}

// count returns the last value of a counter with exactly those labels.
func (c *collector) count(name string, labels map[string]string) (value float64, ok bool) {
	for _, m := range c.sent["/v1/metrics"] {
		for _, metric := range m.under(1, 2, 2) {
			if metric.text(1) != name {
				continue
			}
			for _, point := range metric.under(7, 1) {
				if maps.Equal(point.attributes(7), labels) {
					value, ok = math.Float64frombits(binary.LittleEndian.Uint64([]byte(point.text(4)))), true
				}
			}
		}
	}
	return value, ok
}

// exportOne runs the Caddyfile of the operating page that exports traces and metrics, asks
// it for an error and for a success, and returns when all has been sent.
func exportOne(t *testing.T) {
	t.Helper()
	b := findFirst(t, operations, "otlp")
	config, err := adapt(b.text)
	if err != nil {
		t.Fatal(err)
	}
	up := startUpstream(t)
	up.script("error", answer{wire: sized(forbidden, `{"error":"invalid_target"}`)})
	up.script("success", answer{wire: sized(okJSON, `{}`)})
	r := runConfig(t, config, up)
	for _, name := range []string{"error", "success"} {
		ask{method: "POST", host: hostOf(t, b), path: "/oauth/token", header: http.Header{caseHeader: {name}}}.send(t, r.address)
	}
	if err := caddy.Stop(); err != nil { // which sends what has not been sent
		t.Fatal(err)
	}
}

// TestOTLP: what became of an error is on its span, and the counters arrive.
func TestOTLP(t *testing.T) {
	otlp := startCollector(t)
	exportOne(t)
	otlp.mu.Lock()
	defer otlp.mu.Unlock()
	spans := otlp.spans("login")
	if len(spans) != 2 {
		t.Fatalf("got %d spans, want one for each of two requests: %v", len(spans), otlp.sent)
	}
	for i, want := range []map[string]string{
		{"auth_errors.outcome": "normalized", "auth_errors.row": "registry", "auth_errors.error": "invalid_target"},
		{"auth_errors.outcome": "", "auth_errors.row": "", "auth_errors.error": ""},
	} {
		for name, value := range want {
			if got, ok := spans[i][name]; !ok || got != value {
				t.Errorf("span %d: got %s %q, there %t, want %q", i, name, got, ok, value)
			}
		}
	}
	labels := map[string]string{"name": "", "provider": "auth0", "endpoint": "token", "error": "invalid_target", "outcome": "normalized"}
	if got, ok := otlp.count("caddy_auth_errors_responses_total", labels); !ok || got < 1 {
		t.Errorf("caddy_auth_errors_responses_total: got %v, exported %t, want at least 1", got, ok)
	}
	if got, ok := otlp.count("caddy_auth_errors_requests_total", map[string]string{"name": "", "provider": "auth0"}); !ok || got < 2 {
		t.Errorf("caddy_auth_errors_requests_total: got %v, exported %t, want at least 2", got, ok)
	}
}
