package caddyfile_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/quic-go/quic-go/http3"
)

// preamble3 are the global options for HTTP/3, which needs certificates: those of
// an authority that lives in the storage, as long as the test does.
const preamble3 = `{
	admin off
	auto_https disable_redirects
	persist_config off
	skip_install_trust
	default_bind 127.0.0.1
	metrics
	storage file_system %q
	log {
		output file %q
		level WARN
	}
	servers {
		protocols h1 h2 h3
		timeouts {
			read_body 1m
			write 1m
		}
	}
}
`

// site3 is a site block with a certificate.
func site3(address string, directives ...string) string {
	return fmt.Sprintf("https://%s {\n\ttls internal\n\tlog {\n\t\toutput discard\n\t}\n\t%s\n}\n", address, strings.Join(directives, "\n\t"))
}

// localAddress is a free address with the name that certificates are for.
func localAddress(t *testing.T) string {
	t.Helper()
	_, port, err := net.SplitHostPort(freeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	return "localhost:" + port
}

// startMatrix3 runs the sites of the matrix with HTTP/3, and returns a client.
func startMatrix3(t *testing.T) (*gateways, protocol) {
	t.Helper()
	g := newGateways(t)
	g.scheme = "https"
	sites := ""
	for provider, directive := range matrixDirectives(t) {
		g.addresses[provider] = localAddress(t)
		sites += site3(g.addresses[provider], g.behind(directive)...)
	}
	return g, client3(t, startCaddy3(t, sites, g.addresses["plain"]))
}

// startCaddy3 runs the sites with HTTP/3 until the test ends, and returns the
// configuration of a client that trusts them. It waits for the certificate of one.
func startCaddy3(t *testing.T, sites, address string) *tls.Config {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_DATA_HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", dir)
	sites = fmt.Sprintf(preamble3, filepath.ToSlash(dir), filepath.ToSlash(filepath.Join(dir, "caddy.log"))) + sites
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Errorf("stopping Caddy: %v", err)
		}
	})
	if err := load(sites); err != nil {
		t.Fatalf("loading the Caddyfile: %v\n%s", err, sites)
	}
	config := trusting(t, filepath.Join(dir, "pki", "authorities", "local", "root.crt"))
	awaitCertificate(t, address, config)
	return config
}

// trusting is a client's configuration that trusts the authority.
func trusting(t *testing.T, root string) *tls.Config {
	t.Helper()
	pem, err := os.ReadFile(root)
	if err != nil {
		t.Fatalf("reading the certificate of the authority: %v", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatalf("%s: got no certificate", root)
	}
	return &tls.Config{RootCAs: pool}
}

// awaitCertificate shakes hands until there is a certificate, which Caddy gets
// while it serves already.
func awaitCertificate(t *testing.T, address string, config *tls.Config) {
	t.Helper()
	eventually(t, func() string {
		conn, err := tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", address, config)
		if err != nil {
			return fmt.Sprintf("waiting for a certificate: %v", err)
		}
		conn.Close()
		return ""
	})
}

// client3 is a client that speaks nothing but HTTP/3.
func client3(t *testing.T, config *tls.Config) protocol {
	t.Helper()
	h3 := &http3.Transport{TLSClientConfig: config, DisableCompression: true}
	t.Cleanup(func() { h3.Close() })
	var p http.Protocols
	p.SetHTTP1(true)
	tr := &http.Transport{Protocols: &p, DisableCompression: true}
	tr.RegisterProtocol("https", h3)
	return protocol{"HTTP/3", tr}
}

// TestHTTP3: the carriers over QUIC, where the response writer is another one.
func TestHTTP3(t *testing.T) {
	g, v := startMatrix3(t)
	for _, c := range carriers {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			for _, cd := range append([]coding{codings[0], codings[1]}, codings[len(codings)-2:]...) {
				for _, f := range framings {
					name := c.name + ", " + cd.name + ", " + f.name
					g.script(name, c.message(cd), f)
					g.checkCell(t, c, name, f, c.expected(cd), []protocol{v})
				}
			}
		})
	}
	t.Run("version", func(t *testing.T) {
		g.script("version", message{status: 403, fields: fieldsOfBody, body: expiredJSON}, framings[0])
		got := send(t, v, http.MethodPost, "https://"+g.addresses["oauth2"]+"/token", http.Header{caseHeader: {"version"}}, "")
		if got.proto != "HTTP/3.0" {
			t.Errorf("got a response in %s, want HTTP/3.0", got.proto)
		}
	})
	t.Run("cut_short", func(t *testing.T) {
		g.one.script("cut", answer{play: sends(head(cutFields)+"Content-Length: 1000\r\n\r\n"+halfError, false)})
		got := send(t, v, http.MethodPost, "https://"+g.addresses["oauth2"]+"/token", http.Header{caseHeader: {"cut"}}, "")
		for _, problem := range cutOff.compare(got) {
			t.Errorf("cut short: %s\nbody %s", problem, got.body)
		}
	})
}
