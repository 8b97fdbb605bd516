package caddyfile_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/quic-go/quic-go/http3"

	"github.com/auth-errors/caddy-auth-errors/internal/hold"
)

var soakFor = flag.Duration("soak", 10*time.Second, "how long TestSoak takes")

// soakCase is a request, and what its answer has to be: nothing if it has no end.
type soakCase struct {
	path   string
	status int
	body   string
}

var soakPage = strings.Repeat("<p>page</p>", 5000)

var soakCases = []soakCase{
	{"/one/oauth/token", 400, `{"error":"invalid_grant","error_description":"Unknown or invalid refresh token"}`},
	{"/one/page", 200, soakPage},
	{"/one/none", 404, `{"error":"invalid_request","error_description":"page"}`},
	{"/one/api/none", 404, soakPage},
	{"/two/api/oauth.v2.access", 400, `{"error":"invalid_grant","error_description":"The code, refresh token or credentials are wrong, used, expired or revoked."}`},
	{"/two/api/users", 200, `{"ok":true}`},
	{"/three/stream", 0, ""},
	{"/three/json/oauth.v2.access", 0, ""},
	{"/three/oauth/token", 0, ""},
	{"/three/oauth/token/two", 0, ""},
}

// soakProvider is one of three providers, by the beginning of the path. The third one
// streams until its client leaves.
func soakProvider(w http.ResponseWriter, r *http.Request) {
	contentType, status, body := "application/json", 200, ""
	switch r.URL.Path {
	case "/one/oauth/token":
		status, body = 403, `{"error":"access_denied","error_description":"Unknown or invalid refresh token"}`
	case "/one/page":
		contentType, body = "text/html", soakPage
	case "/one/none", "/one/api/none":
		contentType, status, body = "text/html", 404, soakPage
	case "/two/api/oauth.v2.access":
		body = `{"ok":false,"error":"invalid_code"}`
	case "/two/api/users":
		body = `{"ok":true}`
	case "/three/stream":
		contentType = "text/event-stream"
	case "/three/oauth/token", "/three/oauth/token/two":
		status = 403
	}
	io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	io.WriteString(w, body)
	if body != "" {
		return
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := io.WriteString(w, strings.Repeat(`{"n":1,`, 300)); err != nil {
			return
		}
		http.NewResponseController(w).Flush()
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

// soakSite is the site of an edition, which makes each configuration another one.
func soakSite(address string, one, two, three *httptest.Server, edition int) string {
	host := func(s *httptest.Server) string { return s.Listener.Addr().String() }
	return site3(address, fmt.Sprintf(`header X-Edition %d
	handle /one/* {
		auth_errors auth0 {
			endpoint token /one/oauth/token
			endpoint resource /one/api/*
		}
		reverse_proxy %s
	}
	handle /two/* {
		auth_errors slack {
			endpoint token /two/api/oauth.v2.access
			descriptions canonical
		}
		reverse_proxy h2c://%s
	}
	handle /three/* {
		auth_errors slack {
			endpoint token /three/oauth/* /three/json/*
			hidden_errors normalize
		}
		reverse_proxy %s {
			flush_interval -1
		}
	}`, edition, host(one), host(two), host(three)))
}

// soak is the run of all clients.
type soak struct {
	t                       *testing.T
	url                     string
	right, lost, left, held atomic.Int64
	wrong                   atomic.Int64
}

// run makes requests until the context ends. Of each ten some are read and checked, in
// some the client leaves, and some are kept without being read.
func (s *soak) run(ctx context.Context, seed uint64, client http.RoundTripper) {
	random := rand.New(rand.NewPCG(seed, 0))
	var kept []context.CancelFunc
	for ctx.Err() == nil {
		c := soakCases[random.IntN(len(soakCases))]
		how, over := random.IntN(10), ctx
		if strings.HasPrefix(c.path, "/two/") {
			// Caddy 2.11.9 has a data race where the body of a request to h2c is canceled.
			how, over = max(how, 1), context.WithoutCancel(ctx)
		}
		each, cancel := context.WithTimeout(over, patience)
		req, err := http.NewRequestWithContext(each, http.MethodPost, s.url+c.path, strings.NewReader("grant_type=refresh_token&refresh_token=dummy"))
		if err != nil {
			s.t.Error(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if how == 0 {
			time.AfterFunc(time.Duration(random.IntN(3000))*time.Microsecond, cancel)
		}
		resp, err := client.RoundTrip(req)
		switch {
		case err != nil && how == 0:
			s.left.Add(1)
		case err != nil:
			s.lost.Add(1) // in a reload
		case how < 3 || c.status == 0 && how < 8:
			io.CopyN(io.Discard, resp.Body, int64(random.IntN(2)))
			s.left.Add(1)
		case how < 4 || c.status == 0:
			s.held.Add(1)
			if kept = append(kept, cancel); len(kept) > 8 {
				kept[0]()
				kept = kept[1:]
			}
			continue
		default:
			s.check(c, resp)
		}
		cancel()
		if err == nil {
			resp.Body.Close()
		}
	}
	for _, cancel := range kept {
		cancel()
	}
}

// check reads an answer and holds that it is right, or one of a proxy that lost its
// connection in a reload.
func (s *soak) check(c soakCase, resp *http.Response) {
	body, err := io.ReadAll(resp.Body)
	switch {
	case err != nil || resp.StatusCode == http.StatusBadGateway:
		s.lost.Add(1)
	case resp.StatusCode == c.status && string(body) == c.body:
		s.right.Add(1)
	case s.wrong.Add(1) <= 5:
		s.t.Errorf("%s over %s: got %d %s, want %d %s", c.path, resp.Proto, resp.StatusCode, excerpt(string(body)), c.status, excerpt(c.body))
	}
}

// soakClients are clients of each version of HTTP over TLS.
func soakClients(config *tls.Config) (clients []http.RoundTripper, done func()) {
	var one, two http.Protocols
	one.SetHTTP1(true)
	two.SetHTTP2(true)
	h1 := &http.Transport{TLSClientConfig: config.Clone(), Protocols: &one, DisableCompression: true}
	h2 := &http.Transport{TLSClientConfig: config.Clone(), Protocols: &two, DisableCompression: true}
	h3 := &http3.Transport{TLSClientConfig: config.Clone(), DisableCompression: true}
	return []http.RoundTripper{h1, h2, h3}, func() {
		h1.CloseIdleConnections()
		h2.CloseIdleConnections()
		h3.Close()
	}
}

// TestSoak: behind TLS, with HTTP/1.1, HTTP/2 and HTTP/3 in front of it and HTTP/1.1 and
// h2c behind, Caddy reloads each second, while clients ask, stall and leave, and one of
// three providers streams for ever. No answer is wrong, and in the end there is no
// goroutine and no byte more than before.
func TestSoak(t *testing.T) {
	dir := filepath.ToSlash(t.TempDir())
	t.Setenv("XDG_DATA_HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", dir)
	preamble := strings.Replace(fmt.Sprintf(preamble3, dir, dir+"/caddy.log"), "{\n", "{\n\tgrace_period 1s\n", 1)
	soakOnce(t, preamble, dir, 2*time.Second) // what stays for the process is there then
	before := runtime.NumGoroutine()
	s := soakOnce(t, preamble, dir, *soakFor)
	t.Logf("%d right, %d wrong, %d left by the client, %d not read, %d lost in reloads; %d goroutines before, %d after",
		s.right.Load(), s.wrong.Load(), s.left.Load(), s.held.Load(), s.lost.Load(), before, runtime.NumGoroutine())
	if s.right.Load() == 0 || s.left.Load() == 0 || s.held.Load() == 0 {
		t.Error("want some of each")
	}
	deadline, tick := time.After(3*patience), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for runtime.NumGoroutine() > before || hold.Held() != 0 {
		select {
		case <-tick.C:
		case <-deadline:
			var stacks bytes.Buffer
			pprof.Lookup("goroutine").WriteTo(&stacks, 1)
			t.Fatalf("got %d goroutines and %d bytes held, want at most %d and none\n%.20000s", runtime.NumGoroutine(), hold.Held(), before, stacks.String())
		}
	}
}

// soakOnce runs all of it once, from the start of Caddy to its end.
func soakOnce(t *testing.T, preamble, dir string, length time.Duration) *soak {
	t.Helper()
	handler := http.HandlerFunc(soakProvider)
	one, two, three := httptest.NewServer(handler), httptest.NewUnstartedServer(handler), httptest.NewServer(handler)
	two.Config.Protocols = new(http.Protocols)
	two.Config.Protocols.SetUnencryptedHTTP2(true)
	two.Start()
	address := localAddress(t)
	reload := func(edition int) {
		if err := load(preamble + soakSite(address, one, two, three, edition)); err != nil {
			t.Fatal(err)
		}
	}
	reload(0)
	config := trusting(t, filepath.Join(dir, "pki", "authorities", "local", "root.crt"))
	awaitCertificate(t, address, config)
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	s := &soak{t: t, url: "https://" + address}
	clients, done := soakClients(config)
	var running sync.WaitGroup
	for k := range 4 * len(clients) {
		running.Go(func() { s.run(ctx, uint64(k), clients[k%len(clients)]) })
	}
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for edition := 1; ctx.Err() == nil; edition++ {
		select {
		case <-second.C:
			reload(edition)
		case <-ctx.Done():
		}
	}
	running.Wait()
	done()
	if err := caddy.Stop(); err != nil {
		t.Error(err)
	}
	for _, up := range []*httptest.Server{one, two, three} {
		up.CloseClientConnections()
		up.Close()
	}
	return s
}
