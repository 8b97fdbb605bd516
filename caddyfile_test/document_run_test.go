package caddyfile_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
)

// writeMappings puts the named YAML blocks of a document into a directory, where
// its Caddyfiles look for them.
func writeMappings(t *testing.T, file string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, b := range blocksOf(t, file) {
		if b.language != "yaml" {
			continue
		}
		path := filepath.Join(dir, b.name())
		if _, err := os.Stat(path); b.name() == "" || err == nil {
			t.Fatalf("%v: got the name %q, want one of its own in the first line", b, b.name())
		}
		if err := os.WriteFile(path, []byte(b.text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// adaptIn adapts a Caddyfile as if it stood in the directory.
func adaptIn(dir, caddyfile string) ([]byte, error) {
	options := map[string]any{"filename": filepath.Join(dir, "Caddyfile")}
	config, warnings, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(caddyfile), options)
	if err == nil && len(warnings) > 0 {
		err = fmt.Errorf("%v", warnings)
	}
	return config, err
}

// jsonObject is a JSON object of a configuration.
type jsonObject = map[string]any

// subObject returns the object at the path, made if it is not there.
func subObject(o jsonObject, path ...string) jsonObject {
	for _, name := range path {
		next, ok := o[name].(jsonObject)
		if !ok {
			next = jsonObject{}
			o[name] = next
		}
		o = next
	}
	return o
}

// runningConfig is a configuration of a document that Caddy runs.
type runningConfig struct {
	address string // of its first server
	// addresses are those of all servers, by the one that they were written with.
	addresses map[string]string
	logFile   string
}

// runConfig makes Caddy run a configuration until the test ends: as it is written, but
// on loopback, without TLS, with its logs in a file, and with the upstream in
// place of those it names, if one is given.
func runConfig(t *testing.T, config []byte, up *upstream) runningConfig {
	t.Helper()
	r := runningConfig{addresses: make(map[string]string), logFile: filepath.Join(t.TempDir(), "caddy.log")}
	var root jsonObject
	if err := json.Unmarshal(config, &root); err != nil {
		t.Fatalf("reading the configuration: %v", err)
	}
	root["admin"] = jsonObject{"disabled": true, "config": jsonObject{"persist": false}}
	subObject(root, "logging", "logs", "default")
	for _, log := range subObject(root, "logging", "logs") {
		log.(jsonObject)["writer"] = jsonObject{"output": "file", "filename": r.logFile}
	}
	if bytes.Contains(config, []byte(`"module":"internal"`)) { // this machine is not to trust what a test signs
		subObject(root, "apps", "pki", "certificate_authorities", "local")["install_trust"] = false
	}
	delete(subObject(root, "apps", "http"), "shutdown_delay") // with which this test would only wait at its end
	servers := subObject(root, "apps", "http", "servers")
	for _, name := range slices.Sorted(maps.Keys(servers)) {
		server := servers[name].(jsonObject)
		address := freeAddress(t)
		if r.address == "" {
			r.address = address
		}
		for _, listen := range server["listen"].([]any) {
			r.addresses[listen.(string)] = address
		}
		server["listen"] = []string{address}
		server["protocols"] = []string{"h1"}
		server["automatic_https"] = jsonObject{"disable": true}
		delete(server, "tls_connection_policies")
	}
	if up != nil {
		redirectUpstreams(root, up.address)
	}
	text, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	if err := caddy.Load(text, true); err != nil {
		t.Fatalf("loading the configuration: %v\n%s", err, text)
	}
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Errorf("stopping Caddy: %v", err)
		}
		if logged, err := os.ReadFile(r.logFile); t.Failed() && err == nil {
			t.Logf("Caddy's log:\n%s", logged)
		}
	})
	return r
}

// redirectUpstreams makes every reverse_proxy of a configuration talk to the address.
func redirectUpstreams(value any, address string) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			redirectUpstreams(item, address)
		}
	case jsonObject:
		if v["handler"] == "reverse_proxy" {
			v["upstreams"] = []any{jsonObject{"dial": address}}
			delete(v, "transport")
		}
		for _, item := range v {
			redirectUpstreams(item, address)
		}
	}
}

// ask is a request, and the response as it came.
type ask struct {
	method, host, path string
	header             http.Header
	body               string
}

// send returns the bytes of the response up to the end of its body, with line
// ends of one character, and the response itself.
func (x ask) send(t *testing.T, address string) (wire string, r reply) {
	t.Helper()
	conn := dial(t, address)
	defer conn.Close()
	header := maps.Clone(x.header)
	if header == nil {
		header = http.Header{}
	}
	if x.body != "" {
		header.Set("Content-Length", strconv.Itoa(len(x.body)))
	}
	text := requestText(x.method, x.path, header, x.body)
	if _, err := io.WriteString(conn, strings.Replace(text, "Host: gateway.test", "Host: "+x.host, 1)); err != nil {
		t.Fatalf("%s %s: sending the request: %v", x.method, x.path, err)
	}
	var raw strings.Builder
	resp, err := http.ReadResponse(bufio.NewReader(io.TeeReader(conn, &raw)), nil)
	if err != nil {
		t.Fatalf("%s %s: reading the response: %v", x.method, x.path, err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: reading the body: %v", x.method, x.path, err)
	}
	return strings.ReplaceAll(raw.String(), "\r\n", "\n"), reply{status: resp.StatusCode, header: resp.Header, body: string(body)}
}

// errorIn returns the error in a response, or why there is none.
func errorIn(r reply) string {
	var e struct {
		Error string `json:"error"`
	}
	if got := r.header.Get("Content-Type"); got != "application/json" || r.header.Get("Cache-Control") != "no-store" {
		return fmt.Sprintf("no canonical error but %s with Cache-Control %q", got, r.header.Get("Cache-Control"))
	}
	if err := json.Unmarshal([]byte(r.body), &e); err != nil {
		return err.Error()
	}
	return e.Error
}

// startExample runs Caddyfile.example, and the sites after it, on free ports and returns
// the address for each port that it names.
func startExample(t *testing.T, sites ...string) map[string]string {
	t.Helper()
	addresses := make(map[string]string)
	text := regexp.MustCompile(`:(8080|2019|900[0-9])\b`).ReplaceAllStringFunc(readText(t, filepath.Join(top, "Caddyfile.example"))+strings.Join(sites, ""), func(found string) string {
		if addresses[found[1:]] == "" {
			addresses[found[1:]] = freeAddress(t)
		}
		_, port, _ := net.SplitHostPort(addresses[found[1:]]) // it came from a listener
		return ":" + port
	})
	logFile := filepath.Join(t.TempDir(), "caddy.log")
	quiet := strings.Replace(text, "{\n", fmt.Sprintf("{\n\tlog {\n\t\toutput file %q\n\t}\n", filepath.ToSlash(logFile)), 1)
	if err := load(quiet); err != nil {
		t.Fatalf("loading Caddyfile.example: %v", err)
	}
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Errorf("stopping Caddy: %v", err)
		}
	})
	return addresses
}

// hostOf returns the host name of the site in a Caddyfile.
func hostOf(t *testing.T, b *fenced) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^([a-z.]+) \{$`).FindStringSubmatch(b.text)
	if m == nil {
		t.Fatalf("%v: got no host name", b)
	}
	return m[1]
}
