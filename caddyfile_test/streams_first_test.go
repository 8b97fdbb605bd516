package caddyfile_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// promptly is how much later a first byte may arrive for our being there, on a machine
// that is busy with other things. What is promised is less, and held by the clock of
// TestAlarm.
const promptly = time.Second

// slowEvents are successes that arrive an event at a time, at paths where a success may
// be an error.
var slowEvents = []struct{ name, provider, path, fields, event string }{
	{"JSON in lines", "slack", "/api/oauth.v2.access", "Content-Type: application/json", `{"ok":true,"n":1}` + "\n"},
	{"a list", "slack", "/api/oauth.v2.access", "Content-Type: application/json", `[{"ok":true},` + "\n"},
	{"an object that goes on", "slack", "/api/oauth.v2.access", "Content-Type: application/json", `{"ok":true,"list":[`},
	{"events", "slack", "/api/oauth.v2.access", "Content-Type: text/event-stream", "data: 1\n\n"},
	{"an object that goes on", "wechat", "/sns/oauth2/access_token", "Content-Type: application/json", `{"openid":"x","list":[`},
	{"a list", "wechat", "/sns/oauth2/access_token", "Content-Type: text/plain", "[1,\n"},
	{"a list of a length", "slack", "/api/oauth.v2.access", "Content-Type: application/json\nContent-Length: 26", `[{"ok":true},`},
	{"an object of a length", "slack", "/api/oauth.v2.access", "Content-Type: application/json\nContent-Length: 38", `{"ok":true,"list":[`},
	{"text of a length", "slack", "/api/oauth.v2.access", "Content-Type: text/plain\nContent-Length: 20", "once upon "},
	{"a form", "slack", "/api/oauth.v2.access", "Content-Type: application/x-www-form-urlencoded", "a=b&c=d&"},
}

// TestFirstEvent: the first event of a success reaches the client before the second one
// is sent, and as fast as it would without us.
func TestFirstEvent(t *testing.T) {
	up := startUpstream(t)
	const proxy = " {\n\t\tflush_interval -1\n\t}"
	sites, addresses := "", map[string]string{}
	for _, name := range []string{"slack", "wechat", "plain"} {
		addresses[name] = freeAddress(t)
		directives := []string{"reverse_proxy " + up.address + proxy}
		if name != "plain" {
			directives = append([]string{"auth_errors " + name}, directives...)
		}
		sites += site(addresses[name], directives...)
	}
	startCaddy(t, sites)
	for _, s := range slowEvents {
		for _, v := range protocols(t) {
			name := s.provider + ", " + s.name + ", " + v.name
			with, without := firstByte(t, up, v, addresses[s.provider]+s.path, name, s.fields, s.event), firstByte(t, up, v, addresses["plain"]+s.path, name, s.fields, s.event)
			if with > without+promptly {
				t.Errorf("%s: got the first byte after %v, want it within %v of %v", name, with, promptly, without)
			}
		}
	}
}

// firstByte returns how long the first byte takes from when the provider sends it, while
// the provider waits for the client to have it.
func firstByte(t *testing.T, up *upstream, v protocol, url, name, fields, event string) time.Duration {
	t.Helper()
	got, sent := make(chan struct{}), make(chan time.Time, 1)
	part, end := fmt.Sprintf("%x\r\n%s\r\n", len(event), event), "0\r\n\r\n"
	if strings.Contains(fields, "Content-Length") {
		part, end = event, ""
	} else {
		fields += "\nTransfer-Encoding: chunked"
	}
	up.script(name, answer{play: func(t *testing.T, conn net.Conn, _ *bufio.Reader) {
		io.WriteString(conn, head("HTTP/1.1 200 OK\n"+fields)+"\r\n")
		sent <- time.Now()
		io.WriteString(conn, part)
		await(t, got, "the first byte at the client: "+name)
		io.WriteString(conn, part+end)
	}})
	resp := begin(t, v, "http://"+url, name)
	defer resp.Body.Close()
	if _, err := io.ReadFull(resp.Body, make([]byte, 1)); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	took := time.Since(<-sent)
	close(got)
	rest, err := io.ReadAll(resp.Body)
	if want := strings.Repeat(event, 2)[1:]; err != nil || string(rest) != want || resp.StatusCode != http.StatusOK {
		t.Errorf("%s: got %d %q, %v, want 200 and %q behind the first byte", name, resp.StatusCode, rest, err, want)
	}
	return took
}
