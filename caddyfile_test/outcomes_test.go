package caddyfile_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// metricLine is a line of the exposition format of Prometheus.
var metricLine = regexp.MustCompile(`(?m)^(caddy_auth_errors_[a-z_]+)(\{[^}]*\})? ([0-9.e+]+)$`)

// meter reads the metrics of the module.
type meter struct {
	url    string
	client protocol
}

// read returns the sum of the samples of that name with all of the labels.
func (m meter) read(t *testing.T, name string, labels ...string) float64 {
	t.Helper()
	got := send(t, m.client, http.MethodGet, m.url, http.Header{}, "")
	sum := 0.0
next:
	for _, line := range metricLine.FindAllStringSubmatch(got.body, -1) {
		if line[1] != name {
			continue
		}
		for _, label := range labels {
			if !strings.Contains(line[2], label) {
				continue next
			}
		}
		value, err := strconv.ParseFloat(line[3], 64)
		if err != nil {
			t.Fatalf("%s: %v", line[0], err)
		}
		sum += value
	}
	return sum
}

// count returns how many responses had the outcome.
func (m meter) count(t *testing.T, outcome string) float64 {
	t.Helper()
	return m.read(t, "caddy_auth_errors_responses_total", `outcome="`+outcome+`"`)
}

// await reads until the bytes that are held are that many.
func (m meter) await(t *testing.T, held float64) {
	t.Helper()
	eventually(t, func() string {
		if got := m.read(t, "caddy_auth_errors_held_bytes"); got != held {
			return fmt.Sprintf("got %v bytes held, want %v", got, held)
		}
		return ""
	})
}

// startMetered runs a site with the directive, one without, and one that shows the
// metrics.
func startMetered(t *testing.T, directive string) (pair, meter) {
	t.Helper()
	p := pair{startUpstream(t), freeAddress(t), freeAddress(t)}
	metrics := freeAddress(t)
	proxy := "reverse_proxy " + p.up.address
	startCaddy(t, site(p.with, directive, proxy)+site(p.without, proxy)+site(metrics, "metrics"))
	return p, meter{"http://" + metrics, protocols(t)[0]}
}

// outcomeRows are responses that cannot be read, and as what they are counted.
var outcomeRows = []struct {
	caseRow
	outcome string // "" for none
}{
	{caseRow{"unknown coding", "GET", "/api/v2/users", nil, sized(badRequest+"\nContent-Encoding: x-own", expiredJSON)}, "unreadable"},
	{caseRow{"broken coding", "GET", "/api/v2/users", field("Accept-Encoding", "gzip"), sized(badRequest+"\nContent-Encoding: gzip", gzipped(expiredJSON)[:30])}, "unreadable"},
	{caseRow{"broken JSON", "GET", "/api/v2/users", nil, sized(badRequest, `{"error":`)}, "unreadable"},
	{caseRow{"XML with entities", "GET", "/api/v2/users", nil, sized("HTTP/1.1 400 Bad Request\nContent-Type: text/xml", `<!DOCTYPE e [<!ENTITY t "x">]><e>&t;</e>`)}, "unreadable"},
	{caseRow{"image", "GET", "/api/v2/users", nil, sized("HTTP/1.1 400 Bad Request\nContent-Type: image/png", "\x89PNG")}, "unreadable"},
	{caseRow{"announced too large", "GET", "/api/v2/users", nil, sized(badRequest, strings.Repeat("x", 64<<10+1))}, "oversize"},
	{caseRow{"too large in chunks", "GET", "/api/v2/users", nil, chunked(badRequest, "", strings.Repeat("x", 40<<10), strings.Repeat("y", 40<<10))}, "oversize"},
	{caseRow{"bomb", "GET", "/api/v2/users", field("Accept-Encoding", "gzip"), sized(badRequest+"\nContent-Encoding: gzip", gzipped(strings.Repeat(" ", 1<<20)))}, "oversize"},
	{caseRow{"success that cannot be read", "GET", "/api/v2/users", nil, sized(okJSON+"\nContent-Encoding: x-own", expiredJSON)}, ""},
}

// TestOutcomes: operators see the responses that the module could not rewrite.
func TestOutcomes(t *testing.T) {
	p, m := startMetered(t, "auth_errors auth0")
	outcomes := []string{"unreadable", "oversize", "over_budget", "normalized"}
	for _, r := range outcomeRows {
		p.up.script(r.name, answer{wire: r.wire})
		before := map[string]float64{}
		for _, o := range outcomes {
			before[o] = m.count(t, o)
		}
		send(t, protocols(t)[0], r.method, "http://"+p.with+r.path, r.asked(), "")
		for _, o := range outcomes {
			want := 0.0
			if o == r.outcome {
				want = 1
			}
			if got := m.count(t, o) - before[o]; got != want {
				t.Errorf("%s: got %v counted as %s, want %v", r.name, got, o, want)
			}
		}
	}
}

// TestBudgetUsedUp: four responses of 16 MiB each fill the budget of 64 MiB while
// their provider is slow. What comes then passes as it is, and when they are done
// there is room again.
func TestBudgetUsedUp(t *testing.T) {
	const size, requests = 16 << 20, 4
	p, m := startMetered(t, "auth_errors auth0 {\n\t\tmax_body 16MiB\n\t}")
	goOn := make(chan struct{})
	release := sync.OnceFunc(func() { close(goOn) })
	defer release()
	p.up.script("slow", answer{play: func(_ *testing.T, conn net.Conn, _ *bufio.Reader) {
		io.WriteString(conn, head("HTTP/1.1 403 Forbidden\nContent-Type: application/json\nX-Request-Id: 7f3d\nTransfer-Encoding: chunked")+"\r\n")
		io.WriteString(conn, "1000000\r\n"+expiredJSON+strings.Repeat(" ", size-len(expiredJSON))+"\r\n")
		<-goOn
		conn.SetDeadline(time.Now().Add(patience))
		io.WriteString(conn, "0\r\n\r\n")
	}})
	small := caseRow{"small", "POST", "/oauth/token", nil, sized("HTTP/1.1 403 Forbidden\nContent-Type: application/json\nX-Request-Id: 7f3d", expiredJSON)}
	p.up.script(small.name, answer{wire: small.wire})
	m.await(t, 0)
	var waiting sync.WaitGroup
	for range requests {
		waiting.Go(func() {
			resp, err := http.DefaultTransport.RoundTrip(small.request(t, p.with, "slow"))
			if err != nil {
				t.Errorf("a slow response: %v", err)
				return
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if resp.StatusCode != grant.status || err != nil || !strings.Contains(string(body), grant.code) {
				t.Errorf("a slow response: got %d %s, %v, want %d %s", resp.StatusCode, body, err, grant.status, grant.code)
			}
		})
	}
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	m.await(t, requests*size)
	byStatusAlone := outcome{status: http.StatusBadRequest, code: "access_denied", description: "The user or the authorization server refused the request."}
	unread := send(t, protocols(t)[0], small.method, "http://"+p.with+small.path, small.asked(), "")
	for _, problem := range byStatusAlone.compare(unread) {
		t.Errorf("with the budget used up: %s", problem)
	}
	before := m.count(t, "over_budget")
	business := caseRow{"business", "GET", "/api/v2/users", nil, sized("HTTP/1.1 404 Not Found\nContent-Type: application/json\nX-Request-Id: 7f3d", `{"message":"no such user"}`)}
	p.up.script(business.name, answer{wire: business.wire})
	if got, want := p.raw(t, business); got != want {
		t.Errorf("with the budget used up: got\n%s\nwant\n%s", got, want)
	}
	if got := m.count(t, "over_budget") - before; got != 1 {
		t.Errorf("got %v counted as over_budget, want 1", got)
	}
	release()
	waiting.Wait()
	m.await(t, 0)
	got := send(t, protocols(t)[0], small.method, "http://"+p.with+small.path, small.asked(), "")
	for _, problem := range grant.compare(got) {
		t.Errorf("with room again: %s\nbody %s", problem, got.body)
	}
}

// request asks a site for another case.
func (e caseRow) request(t *testing.T, address, name string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), e.method, "http://"+address+e.path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(caseHeader, name)
	return req
}
