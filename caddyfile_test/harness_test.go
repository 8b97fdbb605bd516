// Package caddyfile_test drives the module the way its users do: a Caddyfile is
// adapted, a real Caddy loads it in this process, and clients talk to it over
// sockets. Only one configuration can run in a process, so no test is parallel; subtests
// are that ask one configuration, or that run a process each.
package caddyfile_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/auth-errors/caddy-auth-errors"
)

// patience is how long anything on a socket may take before a test gives up:
// long enough for a loaded machine, and never waited for when all is well.
const patience = 20 * time.Second

// eventually waits until a function finds no problem any more, and fails with the problem
// that it still finds when patience is over.
func eventually(t *testing.T, find func() (problem string)) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		problem := find()
		if problem == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %v: %s", patience, problem)
		}
	}
}

// waitFor waits until something is so.
func waitFor(t *testing.T, what string, isSo func() bool) {
	t.Helper()
	eventually(t, func() string {
		if isSo() {
			return ""
		}
		return "got no " + what
	})
}

// preamble are the global options of every configuration. Access log, metrics
// and timeouts are on because each of them wraps the response writer, and h2c
// lets clients speak HTTP/2 without certificates.
const preamble = `{
	admin off
	auto_https off
	persist_config off
	skip_install_trust
	default_bind 127.0.0.1
	metrics
	log {
		output file %q
		level WARN
	}
	servers {
		protocols h1 h2c
		timeouts {
			read_body 1m
			write 1m
		}
	}
}
`

// adapt turns a Caddyfile into Caddy's JSON.
func adapt(caddyfile string) ([]byte, error) {
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(caddyfile), nil)
	return config, err
}

// load makes Caddy run a Caddyfile, or says why it does not: the error is the
// adapter's or the loader's.
func load(caddyfile string) error {
	config, err := adapt(caddyfile)
	if err != nil {
		return err
	}
	return caddy.Load(config, true)
}

// withPreamble puts the global options before the sites and returns the name of
// the file that Caddy will log to.
func withPreamble(t *testing.T, sites string) (caddyfile, logFile string) {
	t.Helper()
	logFile = filepath.Join(t.TempDir(), "caddy.log")
	caddy.DefaultStorage.Path = t.TempDir() // what another test has left there is none of its business
	return fmt.Sprintf(preamble, filepath.ToSlash(logFile)) + sites, logFile
}

// startCaddy runs the sites until the test ends, and shows what Caddy logged if
// the test failed.
func startCaddy(t *testing.T, sites string) {
	t.Helper()
	caddyfile, logFile := withPreamble(t, sites)
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Errorf("stopping Caddy: %v", err)
		}
		if logged, err := os.ReadFile(logFile); t.Failed() && err == nil {
			t.Logf("Caddy's log:\n%s", logged)
		}
	})
	if err := load(caddyfile); err != nil {
		t.Fatalf("loading the Caddyfile: %v\n%s", err, caddyfile)
	}
}

// handedOut are the addresses of freeAddress. The system may offer a port again
// before Caddy listens on it, and two sites cannot share one.
var handedOut = map[string]bool{}

// freeAddress returns a loopback address that nothing listens on, another one
// each time.
func freeAddress(t *testing.T) string {
	t.Helper()
	for {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatalf("looking for a free port: %v", err)
		}
		address := ln.Addr().String()
		ln.Close()
		if !handedOut[address] {
			handedOut[address] = true
			return address
		}
	}
}

// site is a site block that listens at address. It has an access log, because
// that wraps the response writer once more.
func site(address string, directives ...string) string {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("http://:%s {\n\tlog {\n\t\toutput discard\n\t}\n\t%s\n}\n", port, strings.Join(directives, "\n\t"))
}

// protocol is a version of HTTP between the client and Caddy.
type protocol struct {
	name      string
	transport *http.Transport
}

// protocols returns a client transport for each version. Neither asks for
// compression on its own: what is compared is what was sent.
func protocols(t *testing.T) []protocol {
	t.Helper()
	both := make([]protocol, 2)
	for i, name := range []string{"HTTP/1.1", "HTTP/2"} {
		var p http.Protocols
		p.SetHTTP1(name == "HTTP/1.1")
		p.SetUnencryptedHTTP2(name == "HTTP/2")
		tr := &http.Transport{Protocols: &p, DisableCompression: true}
		t.Cleanup(tr.CloseIdleConnections)
		both[i] = protocol{name, tr}
	}
	return both
}

// reply is a response that has been read to its end.
type reply struct {
	proto    string
	status   int
	header   http.Header
	body     string
	trailer  http.Header
	interims []string // informational responses, each with its Link fields
}

// send makes one request and reads the whole response.
func send(t *testing.T, p protocol, method, url string, header http.Header, body string) reply {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var got reply
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			got.interims = append(got.interims, fmt.Sprint(code, h["Link"]))
			return nil
		},
	})
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	req.Header = header.Clone()
	resp, err := p.transport.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s %s over %s: %v", method, url, p.name, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s over %s: reading the body: %v", method, url, p.name, err)
	}
	got.proto, got.status, got.header, got.body, got.trailer = resp.Proto, resp.StatusCode, resp.Header, string(b), resp.Trailer
	return got
}
