package caddyfile_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// compareLine compares a line of the access log with what was to be logged.
func (o observed) compareLine(t *testing.T, line string) {
	t.Helper()
	var got struct {
		AuthErrors *auditLine `json:"auth_errors"`
		OutcomeToo string     `json:"outcome_too"`
	}
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatalf("%s: %v in %s", o.name, err, line)
	}
	if o.want.Outcome == "" {
		if got.AuthErrors != nil {
			t.Errorf("%s: got %+v, want nothing about a response that is no candidate", o.name, *got.AuthErrors)
		}
		return
	}
	if got.AuthErrors == nil {
		t.Errorf("%s: got no auth_errors, want %+v, in\n%s", o.name, o.want, line)
		return
	}
	l := *got.AuthErrors
	l.Row = fileOf(l.Row)
	if l != o.want {
		t.Errorf("%s: got %+v, want %+v", o.name, l, o.want)
	}
	if got.OutcomeToo != o.want.Outcome {
		t.Errorf("%s: got %q for {http.auth_errors.outcome}, want %q", o.name, got.OutcomeToo, o.want.Outcome)
	}
}

// fileOf is the position of a row without its directory and its line.
func fileOf(row string) string {
	file, _, _ := strings.Cut(row, ":")
	if i := strings.LastIndex(file, "/testdata/command/"); i >= 0 {
		file = file[i+len("/testdata/command/"):]
	}
	return file
}

// placeholderNames are what {http.auth_errors.*} knows.
var placeholderNames = []string{"name", "provider", "endpoint", "status", "code", "row", "error", "outcome"}

// TestPlaceholders: a directive that waits for the answer can put the fields of the log
// into it. A response that is not looked at has none.
func TestPlaceholders(t *testing.T) {
	up := startUpstream(t)
	gateway := freeAddress(t)
	directives := []string{"header >X-Nosuch {http.auth_errors.nosuch}"}
	for _, name := range placeholderNames {
		directives = append(directives, "header >X-Ours-"+name+" {http.auth_errors."+name+"}")
	}
	startCaddy(t, site(gateway, append(directives, "auth_errors auth0", "reverse_proxy "+up.address)...))
	addresses := map[string]string{"auth0": gateway}
	for _, o := range observedRows {
		if o.site != "" || o.want.Outcome == "" {
			continue
		}
		script(up, o)
		for _, p := range protocols(t) {
			got := o.ask(t, p, addresses)
			line := auditLine{
				Name: got.header.Get("X-Ours-name"), Provider: got.header.Get("X-Ours-provider"), Endpoint: got.header.Get("X-Ours-endpoint"), Status: o.want.Status,
				Code: got.header.Get("X-Ours-code"), Row: fileOf(got.header.Get("X-Ours-row")),
				Error: got.header.Get("X-Ours-error"), Outcome: got.header.Get("X-Ours-outcome"),
			}
			if status := statusesIn(got.header.Get("X-Ours-status")); len(status) != 1 || status[0] != o.want.Status || line != o.want {
				t.Errorf("%s over %s: got %+v and status %v, want %+v", o.name, p.name, line, status, o.want)
			}
			if nosuch := got.header.Get("X-Nosuch"); nosuch != "{http.auth_errors.nosuch}" {
				t.Errorf("%s over %s: got %q for a placeholder that there is not, want it as it was", o.name, p.name, nosuch)
			}
		}
	}
}

// TestNewUnmappedIsWarnedOf: the log has one warning for a new error that no row
// names, and none for its repetition. Nothing in it is secret.
func TestNewUnmappedIsWarnedOf(t *testing.T) {
	up := startUpstream(t)
	gateway := freeAddress(t)
	logged := startLogged(t, site(gateway, "auth_errors auth0", "reverse_proxy "+up.address))
	up.script("new", answer{wire: sized(badRequest, `{"error":"new_in_november","error_description":"Ask jane@example.com"}`)})
	up.script("known", answer{wire: sized(badRequest, `{"error":"invalid_grant"}`)})
	for _, name := range []string{"new", "known", "new", "new"} {
		send(t, protocols(t)[0], http.MethodPost, "http://"+gateway+"/oauth/token", field(caseHeader, name), "")
	}
	want := regexp.MustCompile(`"level":"warn",.*"logger":"http.handlers.auth_errors","msg":"an error that no row names","provider":"auth0","endpoint":"token","status":400,"code":"new_in_november","description":"Ask \*\*\*"`)
	var warnings []string
	for line := range strings.Lines(logged()) {
		if strings.Contains(line, "no row names") {
			warnings = append(warnings, line)
		}
	}
	if len(warnings) != 1 || !want.MatchString(warnings[0]) {
		t.Errorf("got the warnings %q, want one like %v", warnings, want)
	}
}

// TestWarningsAreBounded: thousands of different errors do not fill the log.
func TestWarningsAreBounded(t *testing.T) {
	const errors, most = 1000, 100
	up := startUpstream(t)
	gateway := freeAddress(t)
	logged := startLogged(t, site(gateway, "auth_errors auth0", "reverse_proxy "+up.address))
	for i := range errors {
		up.script("new", answer{wire: sized(badRequest, `{"error":"new_`+letters(i)+`"}`)})
		send(t, protocols(t)[0], http.MethodPost, "http://"+gateway+"/oauth/token", field(caseHeader, "new"), "")
	}
	if got := strings.Count(logged(), "no row names"); got == 0 || got > most {
		t.Errorf("got %d warnings for %d new errors within seconds, want some and at most %d", got, errors, most)
	}
}

// TestLabelsAreOurs: whatever a provider sends, the number of time series does not
// grow with it.
func TestLabelsAreOurs(t *testing.T) {
	const total, most = "caddy_auth_errors_responses_total", 10 // errors and outcomes at one endpoint
	up := startUpstream(t)
	addresses, metrics, _ := startObserved(t, up)
	before := len(samples(t, metrics, total))
	for i := range 200 {
		up.script("any", answer{wire: sized(fmt.Sprintf("HTTP/1.1 %d Any\nContent-Type: application/json", 400+i), `{"error":"`+letters(i)+`"}`)})
		send(t, protocols(t)[0], http.MethodPost, "http://"+addresses["auth0"]+"/oauth/token/"+letters(i), field(caseHeader, "any"), "")
	}
	if got := len(samples(t, metrics, total)) - before; got > most {
		t.Errorf("got %d more time series after 200 different errors, want at most %d", got, most)
	}
}

// letters spells a number in letters, which nothing masks.
func letters(n int) string {
	text := ""
	for ; n > 0 || text == ""; n /= 26 {
		text += string(rune('a' + n%26))
	}
	return text
}

// startLogged runs the sites. What it returns stops Caddy, so that nothing is
// under way any more, and reads its log.
func startLogged(t *testing.T, sites string) (logged func() string) {
	t.Helper()
	caddyfile, logFile := withPreamble(t, sites)
	stopAtEnd(t)
	if err := load(caddyfile); err != nil {
		t.Fatalf("loading the Caddyfile: %v\n%s", err, caddyfile)
	}
	return func() string {
		if err := caddy.Stop(); err != nil {
			t.Errorf("stopping Caddy: %v", err)
		}
		return readText(t, logFile)
	}
}

// stopAtEnd stops Caddy when the test has ended.
func stopAtEnd(t *testing.T) {
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Errorf("stopping Caddy: %v", err)
		}
	})
}
