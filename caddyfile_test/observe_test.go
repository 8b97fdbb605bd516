package caddyfile_test

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// observed is a response of the provider, and what is to be counted and logged of
// it: nothing if the outcome is empty.
type observed struct {
	name   string
	site   string // auth0, if empty
	path   string
	header http.Header
	form   string // of the request
	wire   string
	want   auditLine
}

// auditLine is the auth_errors object of the access log.
type auditLine struct {
	Name               string
	Provider, Endpoint string
	Status             int
	Code, Row, Error   string
	Outcome            string
}

// observedSites are the directives of the sites, by name. The upstream of down
// refuses connections.
func observedSites(up, closed string) map[string][]string {
	proxy := "reverse_proxy " + up
	return map[string][]string{
		"auth0":  {"auth_errors auth0", proxy},
		"mycorp": {"auth_errors mycorp {\n\t\tmapping testdata/command/mycorp.yaml\n\t}", proxy},
		"shadow": {"auth_errors mycorp {\n\t\tname night\n\t\tmapping testdata/command/mycorp.yaml\n\t\tmode shadow\n\t}", proxy},
		"down":   {"auth_errors auth0", "reverse_proxy " + closed},
		"off":    {"auth_errors off", proxy},
	}
}

const (
	forbidden   = "HTTP/1.1 403 Forbidden\nContent-Type: application/json"
	notFound    = "HTTP/1.1 404 Not Found\nContent-Type: application/json"
	tooMany     = "HTTP/1.1 429 Too Many Requests\nContent-Type: application/json"
	formType    = "application/x-www-form-urlencoded"
	devicePoll  = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=x"
	rowOfAuth0  = "mappings/auth0.yaml"
	rowOfOAuth2 = "mappings/oauth2.yaml"
	rowOfMyCorp = "mycorp.yaml"
)

// observedRows have each outcome but over_budget and canceled, for which one
// response is not enough.
var observedRows = []observed{
	{"rewritten", "", "/oauth/token", nil, "", sized(forbidden, `{"error":"access_denied","error_description":"Unknown or invalid refresh token"}`),
		auditLine{"", "auth0", "token", 403, "access_denied", rowOfAuth0, "invalid_grant", "normalized"}},
	{"rewritten by the status", "", "/userinfo", nil, "", sized("HTTP/1.1 401 Unauthorized", ""),
		auditLine{"", "auth0", "resource", 401, "", rowOfOAuth2, "invalid_token", "normalized"}},
	{"rewritten by a registered code", "", "/oauth/token", nil, "", sized(forbidden, `{"error":"invalid_target"}`),
		auditLine{"", "auth0", "token", 403, "invalid_target", "registry", "invalid_target", "normalized"}},
	{"rewritten in a redirect", "mycorp", "/authorize", nil, "", sized("HTTP/1.1 302 Found\nLocation: https://client.test/cb?error=E-301&state=xyz", ""),
		auditLine{"", "mycorp", "authorization", 302, "E-301", rowOfMyCorp, "login_required", "normalized"}},
	{"too large, by the status", "", "/oauth/token", nil, "", sized("HTTP/1.1 405 No", strings.Repeat("x", 64<<10+1)),
		auditLine{"", "auth0", "token", 405, "", rowOfOAuth2, "invalid_request", "normalized"}},
	{"limited poll", "", "/oauth/token", http.Header{"Content-Type": {formType}}, devicePoll, sized(tooMany, `{"error":"too_many_requests"}`),
		auditLine{"", "auth0", "token", 429, "too_many_requests", rowOfAuth0, "slow_down", "normalized"}},
	{"right already", "", "/oauth/token", nil, "", sized(badRequest, `{"error":"invalid_grant","error_description":"Gone"}`),
		auditLine{"", "auth0", "token", 400, "invalid_grant", "registry", "invalid_grant", "canonical"}},
	{"let through", "mycorp", "/sts/issue", nil, "", sized("HTTP/1.1 418 Teapot", ""),
		auditLine{"", "mycorp", "token", 418, "", rowOfMyCorp, "", "passed"}},
	{"unknown", "", "/api/v2/users", nil, "", sized(notFound, `{"error":"no_such_user"}`),
		auditLine{"", "auth0", "resource", 404, "no_such_user", "", "", "unmapped"}},
	{"page", "", "/authorize", nil, "", sized("HTTP/1.1 403 Forbidden\nContent-Type: text/html", "<h1>Sign in</h1>"),
		auditLine{"", "auth0", "authorization", 403, "", "", "", "unmapped"}},
	{"too large", "", "/api/v2/users", nil, "", sized(notFound, strings.Repeat("x", 64<<10+1)),
		auditLine{"", "auth0", "resource", 404, "", "", "", "oversize"}},
	{"unreadable", "", "/api/v2/users", nil, "", sized(notFound, `{"error":`),
		auditLine{"", "auth0", "resource", 404, "", "", "", "unreadable"}},
	{"refused connection", "down", "/oauth/token", nil, "", "",
		auditLine{"", "auth0", "token", 502, "", "", "temporarily_unavailable", "proxy_error"}},
	{"cut short", "", "/oauth/token", nil, "", head(forbidden+"\nContent-Length: 1000") + "\r\n{",
		auditLine{"", "auth0", "token", 403, "", "", "server_error", "proxy_error"}},
	{"shadow", "shadow", "/sts/issue", nil, "", sized(forbidden, `{"fault":{"id":"E-117"}}`),
		auditLine{"night", "mycorp", "token", 403, "E-117", rowOfMyCorp, "invalid_grant", "shadow"}},
	{"unknown in shadow mode", "shadow", "/v1/orders", nil, "", sized(notFound, `{"fault":{"id":"E-999"}}`),
		auditLine{"night", "mycorp", "resource", 404, "E-999", "", "", "unmapped"}},
	{"masked code", "", "/api/v2/users", nil, "", sized(notFound, `{"error":"jane@example.com"}`),
		auditLine{"", "auth0", "resource", 404, "***", "", "", "unmapped"}},

	{"success", "", "/oauth/token", nil, "", sized(okJSON, `{"error":"invalid_grant"}`), auditLine{}},
	{"redirect", "", "/authorize", nil, "", sized("HTTP/1.1 302 Found\nLocation: https://client.test/cb?code=x", ""), auditLine{}},
	{"upgrade", "", "/oauth/token", field("Upgrade", "websocket"), "", sized(forbidden, `{"error":"invalid_grant"}`), auditLine{}},
	{"gRPC", "", "/oauth/token", nil, "", sized("HTTP/1.1 403 Forbidden\nContent-Type: application/grpc", ""), auditLine{}},
	{"off", "off", "/oauth/token", nil, "", sized(forbidden, `{"error":"invalid_grant"}`), auditLine{}},
}

// startObserved runs the sites, with their access logs in a file, and one that
// shows the metrics.
func startObserved(t *testing.T, up *upstream) (addresses map[string]string, metrics, accessLog string) {
	t.Helper()
	addresses = make(map[string]string)
	accessLog = filepath.Join(t.TempDir(), "access.log")
	metrics = freeAddress(t)
	text := site(metrics, "metrics")
	for name, directives := range observedSites(up.address, freeAddress(t)) {
		addresses[name] = freeAddress(t)
		log := fmt.Sprintf("output file %q\n", filepath.ToSlash(accessLog))
		text += strings.Replace(site(addresses[name], append([]string{"log_append outcome_too {http.auth_errors.outcome}"}, directives...)...), "output discard\n", log, 1)
	}
	startCaddy(t, text)
	return addresses, "http://" + metrics, accessLog
}

// ask sends the request of a row.
func (o observed) ask(t *testing.T, p protocol, addresses map[string]string) reply {
	t.Helper()
	header := http.Header{caseHeader: {o.name}}
	maps.Copy(header, o.header)
	address := addresses[o.site]
	if o.site == "" {
		address = addresses["auth0"]
	}
	return send(t, p, http.MethodPost, "http://"+address+o.path, header, o.form)
}

// samples returns the values of one metric, by its labels.
func samples(t *testing.T, url, name string) map[string]float64 {
	t.Helper()
	values := make(map[string]float64)
	for line := range strings.Lines(fetch(t, url).body) {
		var value float64
		labels, number, ok := strings.Cut(strings.TrimPrefix(line, name), " ")
		if !ok || !strings.HasPrefix(line, name) || labels != "" && labels[0] != '{' {
			continue
		}
		if _, err := fmt.Sscan(number, &value); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		values[labels] = value
	}
	return values
}

// labels are the labels under which the line is counted.
func (l auditLine) labels() string {
	return fmt.Sprintf(`{endpoint=%q,error=%q,name=%q,outcome=%q,provider=%q}`, l.Endpoint, l.Error, l.Name, l.Outcome, l.Provider)
}

// TestMetrics: each candidate is counted once, under labels of ours, and nothing
// else is.
func TestMetrics(t *testing.T) {
	const total, count = "caddy_auth_errors_responses_total", "caddy_auth_errors_rewrite_duration_seconds_count"
	up := startUpstream(t)
	addresses, metrics, _ := startObserved(t, up)
	for _, o := range observedRows {
		script(up, o)
		before, timed := samples(t, metrics, total), samples(t, metrics, count)[""]
		o.ask(t, protocols(t)[0], addresses)
		got := samples(t, metrics, total)
		for labels, value := range before {
			got[labels] -= value
		}
		maps.DeleteFunc(got, func(_ string, n float64) bool { return n == 0 })
		want := map[string]float64{o.want.labels(): 1}
		if o.want.Outcome == "" {
			want = map[string]float64{}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", o.name, got, want)
		}
		decided := o.want.Outcome != "" && o.want.Outcome != "proxy_error" && !strings.HasPrefix(o.name, "too large") && o.want.Status >= 400
		if more := samples(t, metrics, count)[""] - timed; decided && more != 1 || more > 1 || o.want.Outcome == "" && more != 0 {
			t.Errorf("%s: got %v decisions timed, want the one there was", o.name, more)
		}
	}
	if held := samples(t, metrics, "caddy_auth_errors_held_bytes"); !maps.Equal(held, map[string]float64{"": 0}) {
		t.Errorf("caddy_auth_errors_held_bytes: got %v, want 0 when all is done", held)
	}
}

// script gives the upstream the answer of a row; one that ends early is followed
// by the end of the connection.
func script(up *upstream, o observed) {
	a := answer{wire: o.wire}
	if o.name == "cut short" {
		a = answer{play: func(_ *testing.T, conn net.Conn, _ *bufio.Reader) { conn.Write([]byte(o.wire)) }}
	}
	up.script(o.name, a)
}

// TestCanceledIsCounted: a client that does not wait is seen as one, and not as an
// error of the provider.
func TestCanceledIsCounted(t *testing.T) {
	up := startUpstream(t)
	addresses, metrics, _ := startObserved(t, up)
	arrived := make(chan struct{})
	up.script("slow", answer{play: func(_ *testing.T, _ net.Conn, r *bufio.Reader) {
		close(arrived)
		r.ReadByte() // until Caddy gives up
	}})
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addresses["auth0"]+"/oauth/token", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(caseHeader, "slow")
	labels := auditLine{Provider: "auth0", Endpoint: "token", Outcome: "canceled"}.labels()
	before := samples(t, metrics, "caddy_auth_errors_responses_total")[labels]
	gone := make(chan error, 1)
	go func() {
		_, err := protocols(t)[0].transport.RoundTrip(req)
		gone <- err
	}()
	<-arrived
	cancel()
	if err := <-gone; err == nil {
		t.Error("got a response, want the request canceled")
	}
	eventually(t, func() string {
		if got := samples(t, metrics, "caddy_auth_errors_responses_total")[labels] - before; got != 1 {
			return fmt.Sprintf("got %v canceled responses counted, want 1", got)
		}
		return ""
	})
}

// awaitLines waits until a log has as many lines.
func awaitLines(t *testing.T, file string, want int) {
	t.Helper()
	eventually(t, func() string {
		data, err := os.ReadFile(file)
		if got := strings.Count(string(data), "\n"); err != nil || got < want {
			return fmt.Sprintf("got %d lines, %v, want %d", got, err, want)
		}
		return ""
	})
}

// TestAccessLog: the line of each candidate says what became of it, and nothing
// that the provider did not mean to be read. The placeholder says the same when
// the response has gone.
func TestAccessLog(t *testing.T) {
	up := startUpstream(t)
	addresses, _, accessLog := startObserved(t, up)
	rows := slices.Clone(observedRows)
	const secret, mail = "8f2kd93jfm20dk3s9", "jane@example.com"
	rows = append(rows, observed{"secrets", "", "/oauth/token", nil, "",
		sized(forbidden, fmt.Sprintf(`{"error":"code %s of %s","error_description":"token %s of %s","%s":"%s"}`, secret, mail, secret, mail, secret, secret)),
		auditLine{"", "auth0", "token", 403, "code *** of ***", rowOfOAuth2, "access_denied", "normalized"}})
	for i, o := range rows {
		script(up, o)
		o.ask(t, protocols(t)[0], addresses)
		awaitLines(t, accessLog, i+1) // an edited redirect is complete before its line is written
	}
	if err := caddy.Stop(); err != nil { // which waits until all is logged
		t.Fatal(err)
	}
	data, err := os.ReadFile(accessLog)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	if len(lines) != len(rows) {
		t.Fatalf("got %d lines for %d requests", len(lines), len(rows))
	}
	for i, o := range rows {
		o.compareLine(t, lines[i])
	}
	for _, s := range []string{secret, mail} {
		if strings.Contains(string(data), s) {
			t.Errorf("got %s in the access log, want it masked:\n%s", s, lines[len(lines)-1])
		}
	}
}
