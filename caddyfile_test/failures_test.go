package caddyfile_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"testing"
)

// countedCase is an answer of a provider, and whether it counts as a failure of the
// provider or as an error that no row names.
type countedCase struct {
	name, site, path   string
	wire               string // nothing if the provider is not there
	failed, isUnmapped bool
}

// countedCases are mostly what an alert must not wake anybody for.
var countedCases = []countedCase{
	{"500", "auth0", "/oauth/token", sized("HTTP/1.1 500 No", ""), true, false},
	{"503 in words", "auth0", "/oauth/token", sized("HTTP/1.1 503 No\nContent-Type: application/json", `{"error":"temporarily_unavailable"}`), true, false},
	{"440 that means 503", "asseco", "/authentication/connect/token", sized("HTTP/1.1 440 No\nContent-Type: application/json", `{"problem":"temporarily_unavailable"}`), true, false},
	{"500 of an API", "auth0", "/api/v2/users", sized("HTTP/1.1 500 No\nContent-Type: application/json", `{"trace":1}`), true, false},
	{"a page with 502", "auth0", "/login", sized("HTTP/1.1 502 No\nContent-Type: text/html", `<h1>Bad gateway</h1>`), true, false},
	{"no connection", "down", "/oauth/token", "", true, false},
	{"no connection, left alone", "left", "/oauth/token", "", true, false},
	{"no connection, in shadow mode", "dark", "/oauth/token", "", true, false},
	{"half an answer", "auth0", "/oauth/token", head("HTTP/1.1 403 No\nContent-Length: 100") + "\r\n{", true, false},

	{"501 that means 400", "auth0", "/oauth/token", sized("HTTP/1.1 501 No\nContent-Type: application/json", `{"error":"unsupported_grant_type"}`), false, false},
	{"500 that means 401", "ecobee", "/1/thermostat", sized("HTTP/1.1 500 No\nContent-Type: application/json", `{"status":{"code":14,"message":"Expired"}}`), false, false},
	{"429", "auth0", "/oauth/token", sized("HTTP/1.1 429 No\nContent-Type: application/json", `{"error":"too_many_requests"}`), false, false},
	{"423", "auth0", "/oauth/token", sized("HTTP/1.1 423 No\nContent-Type: application/json", `{"error":"temporarily_unavailable"}`), false, false},
	{"404 of an API", "auth0", "/api/v2/users", sized("HTTP/1.1 404 No\nContent-Type: application/json", `{"error":"no_such_user"}`), false, false},
	{"a dead grant", "auth0", "/oauth/token", sized("HTTP/1.1 403 No\nContent-Type: application/json", `{"error":"invalid_grant"}`), false, false},
	{"a success", "auth0", "/oauth/token", sized(okJSON, `{}`), false, false},

	{"a new code", "auth0", "/oauth/token", sized("HTTP/1.1 400 No\nContent-Type: application/json", `{"error":"new_in_november"}`), false, true},
	{"a new code of an API that refuses", "auth0", "/api/v2/users", sized("HTTP/1.1 403 No\nContent-Type: application/json", `{"error":"new_in_november"}`), false, true},
}

// TestFailuresAreCounted: the counters of the alerts count failures of the provider and
// gaps in a mapping, and nothing else.
func TestFailuresAreCounted(t *testing.T) {
	up, metrics, closed := startUpstream(t), freeAddress(t), freeAddress(t)
	addresses := make(map[string]string)
	text := site(metrics, "metrics")
	for _, s := range []struct{ name, provider, option, upstream string }{
		{"auth0", "auth0", "", up.address}, {"asseco", "asseco", "", up.address}, {"ecobee", "ecobee", "", up.address},
		{"down", "auth0", "", closed}, {"left", "auth0", "proxy_errors pass", closed}, {"dark", "auth0", "mode shadow", closed},
	} {
		addresses[s.name] = freeAddress(t)
		text += site(addresses[s.name], fmt.Sprintf("auth_errors %s {\n\t\tname counted-%s\n\t\t%s\n\t}", s.provider, s.name, s.option), "reverse_proxy "+s.upstream)
	}
	startCaddy(t, text)
	read := func(kind, site string) (n float64) {
		for labels, value := range samples(t, "http://"+metrics, "caddy_auth_errors_"+kind+"_total") {
			if label(labels, "name") == "counted-"+site {
				n += value
			}
		}
		return n
	}
	for _, c := range countedCases {
		up.script(c.name, answer{play: func(_ *testing.T, conn net.Conn, _ *bufio.Reader) { conn.Write([]byte(c.wire)) }})
		requests, failures, unmapped := read("requests", c.site), read("failures", c.site), read("unmapped", c.site)
		send(t, protocols(t)[0], http.MethodPost, "http://"+addresses[c.site]+c.path, field(caseHeader, c.name), "")
		if got := read("requests", c.site) - requests; got != 1 {
			t.Errorf("%s: got %v requests, want 1", c.name, got)
		}
		if got := read("failures", c.site) - failures; got != one(c.failed) {
			t.Errorf("%s: got %v failures, want %v", c.name, got, one(c.failed))
		}
		if got := read("unmapped", c.site) - unmapped; got != one(c.isUnmapped) {
			t.Errorf("%s: got %v errors that no row names, want %v", c.name, got, one(c.isUnmapped))
		}
	}
}

// one is how much a case adds to a counter.
func one(counts bool) float64 {
	if counts {
		return 1
	}
	return 0
}

// label returns the value of a label among those of a sample.
func label(labels, name string) string {
	for _, m := range labelMatcher.FindAllStringSubmatch(labels, -1) {
		if m[1] == name {
			return m[2]
		}
	}
	return ""
}
