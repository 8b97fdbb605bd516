package caddyfile_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestEventStream: each event reaches the client before the provider sends the
// next one, which it does only when the client asks for it. A stream that were
// held back would end this test with a deadline.
func TestEventStream(t *testing.T) {
	p := startPair(t, "auth_errors auth0")
	next := make(chan struct{})
	p.up.script("events", answer{play: func(t *testing.T, conn net.Conn, _ *bufio.Reader) {
		io.WriteString(conn, head("HTTP/1.1 200 OK\nContent-Type: text/event-stream\nTransfer-Encoding: chunked")+"\r\n")
		for i := range 3 {
			event := fmt.Sprintf("data: %d\n\n", i)
			if _, err := fmt.Fprintf(conn, "%x\r\n%s\r\n", len(event), event); err != nil {
				t.Errorf("sending event %d: %v", i, err)
				return
			}
			select {
			case <-next:
			case <-time.After(patience):
				t.Errorf("event %d has not reached the client", i)
				return
			}
		}
		io.WriteString(conn, "0\r\n\r\n")
	}})
	for _, v := range protocols(t) {
		readEvents(t, v, "http://"+p.with+"/api/v2/events", next)
	}
}

// begin makes a request whose response is read bit by bit, and closed by the caller.
func begin(t *testing.T, v protocol, url, name string) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(caseHeader, name)
	resp, err := v.transport.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s over %s: %v", name, v.name, err)
	}
	return resp
}

// readEvents reads the stream and asks for each next event.
func readEvents(t *testing.T, v protocol, url string, next chan<- struct{}) {
	t.Helper()
	resp := begin(t, v, url, "events")
	defer resp.Body.Close()
	r := bufio.NewReader(resp.Body)
	for i := range 3 {
		data, err := r.ReadString('\n')
		if want := fmt.Sprintf("data: %d\n", i); data != want || err != nil {
			t.Fatalf("%s: got event %q, %v, want %q", v.name, data, err, want)
		}
		if _, err := r.ReadString('\n'); err != nil {
			t.Fatalf("%s: after event %d: %v", v.name, i, err)
		}
		next <- struct{}{}
	}
	if rest, err := io.ReadAll(r); len(rest) != 0 || err != nil {
		t.Errorf("%s: got %q, %v after the last event, want the end", v.name, rest, err)
	}
}

// TestUpgrade: a connection that changes its protocol belongs to the two ends.
func TestUpgrade(t *testing.T) {
	p := startPair(t, "auth_errors auth0")
	p.up.script("upgrade", answer{play: func(_ *testing.T, conn net.Conn, r *bufio.Reader) {
		io.WriteString(conn, head("HTTP/1.1 101 Switching Protocols\nConnection: Upgrade\nUpgrade: echo")+"\r\n")
		io.Copy(conn, r)
	}})
	header := http.Header{caseHeader: {"upgrade"}, "Connection": {"Upgrade"}, "Upgrade": {"echo"}}
	var heads []string
	for _, address := range []string{p.with, p.without} {
		conn := dial(t, address)
		if _, err := io.WriteString(conn, requestText("GET", "/oauth/token", header, "")); err != nil {
			t.Fatal(err)
		}
		r := bufio.NewReader(conn)
		heads = append(heads, blankDate(readHead(t, r)))
		for _, line := range []string{"one\n", "HTTP/1.1 401 Unauthorized\n", strings.Repeat("x", 100_000) + "\n"} {
			if _, err := io.WriteString(conn, line); err != nil {
				t.Fatal(err)
			}
			if echo, err := r.ReadString('\n'); echo != line || err != nil {
				t.Fatalf("got echo %q, %v, want %q", excerpt(echo), err, excerpt(line))
			}
		}
		conn.Close()
	}
	if heads[0] != heads[1] || !strings.HasPrefix(heads[0], "HTTP/1.1 101 ") {
		t.Errorf("got\n%s\nwant\n%s", heads[0], heads[1])
	}
}

// TestRefusedUpgrade: a client that asks for another protocol gets the refusal unchanged.
// Without the request for an upgrade the same refusal is rewritten.
func TestRefusedUpgrade(t *testing.T) {
	p := startPair(t, "auth_errors auth0")
	refusal := sized("HTTP/1.1 403 Forbidden\nContent-Type: application/json", `{"error":"invalid_grant"}`)
	upgrade := caseRow{"upgrade", "GET", "/oauth/token", field("Upgrade", "websocket"), refusal}
	other := caseRow{"other", "GET", "/oauth/token", nil, refusal}
	for _, e := range []caseRow{upgrade, other} {
		p.up.script(e.name, answer{wire: e.wire})
	}
	if got, want := p.raw(t, upgrade); got != want {
		t.Errorf("with Upgrade: got\n%s\nwant\n%s", got, want)
	}
	if got, _ := p.raw(t, other); !strings.HasPrefix(got, "HTTP/1.1 400 ") {
		t.Errorf("without Upgrade: got\n%s\nwant status 400", got)
	}
}

// TestCutShort: a response that the provider cuts short does not look complete. If a part
// has been sent, the client's response is cut short too; if not, the client gets an
// answer.
func TestCutShort(t *testing.T) {
	p := startPair(t, "auth_errors auth0")
	p.up.script("success", answer{play: breakOff(okJSON)})
	p.up.script("error", answer{play: breakOff("HTTP/1.1 403 Forbidden\nContent-Type: application/json")})
	for _, v := range protocols(t) {
		for _, address := range []string{p.with, p.without} {
			body, err := readUntilError(t, v, "http://"+address+"/oauth/token", "success")
			if err == nil {
				t.Errorf("%s: got body %q and its end, want it broken off", v.name, body)
			}
		}
		got := send(t, v, http.MethodPost, "http://"+p.with+"/oauth/token", field(caseHeader, "error"), "")
		if got.status != http.StatusBadGateway || !strings.Contains(got.body, `"error":"`) || strings.Contains(got.body, "invalid_grant") {
			t.Errorf("%s: got %d %s, want 502 with an error that is not the half one", v.name, got.status, got.body)
		}
	}
}

// breakOff announces more than it sends.
func breakOff(lines string) func(*testing.T, net.Conn, *bufio.Reader) {
	return func(_ *testing.T, conn net.Conn, _ *bufio.Reader) {
		io.WriteString(conn, head(lines+"\nContent-Length: 1000")+"\r\n"+`{"error":"invalid_grant",`)
	}
}

// readUntilError returns what arrives of a response, and why no more does.
func readUntilError(t *testing.T, v protocol, url, name string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(caseHeader, name)
	resp, err := v.transport.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if ctx.Err() != nil {
		t.Fatalf("%s: waited %v for the end of the response", v.name, patience)
	}
	return string(body), err
}
