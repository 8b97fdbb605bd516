package caddyfile_test

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	autherrors "github.com/auth-errors/caddy-auth-errors"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/check"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// TestReferenceOrder: without route, the answer of forward_auth is not seen.
func TestReferenceOrder(t *testing.T) {
	b := findFirst(t, reference, "forward_auth")
	unordered := regexp.MustCompile(`(?s)\troute \{(.*)\n\t\}`).ReplaceAllString(b.text, "$1")
	config, err := adapt(unordered)
	if err != nil {
		t.Fatalf("%v: adapting it without route: %v", b, err)
	}
	up := startUpstream(t)
	up.script("error", answer{wire: sized("HTTP/1.1 401 No\nContent-Type: text/html", "<h1>Sign in</h1>")})
	_, got := ask{method: "GET", host: hostOf(t, b), path: "/orders", header: http.Header{caseHeader: {"error"}}}.send(t, runConfig(t, config, up).address)
	if got.status != 401 || got.body != "<h1>Sign in</h1>" {
		t.Errorf("%v without route: got %d %s, want the answer of forward_auth as it is: drop route from the page", b, got.status, got.body)
	}
}

// TestReferenceRequestBody: what is said of requests that are too large.
func TestReferenceRequestBody(t *testing.T) {
	const (
		limited = "auth_errors\n\trequest_body {\n\t\tmax_size 8\n\t}\n\treverse_proxy 127.0.0.1:1\n"
		body    = "grant_type=password"
	)
	known := requestText("POST", "/token", http.Header{"Content-Length": {strconv.Itoa(len(body))}}, body)
	unknown := requestText("POST", "/token", http.Header{"Transfer-Encoding": {"chunked"}}, fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body))
	for _, tc := range []struct {
		name, site, request string
		canonical           bool
	}{
		{"Content-Length", limited, known, false},
		{"no Content-Length", limited, unknown, true},
		{"Content-Length in a route", "route {\n" + limited + "}\n", known, true},
	} {
		t.Run(strings.ReplaceAll(tc.name, " ", "_"), func(t *testing.T) {
			config, err := adapt(":80 {\n" + tc.site + "}\n")
			if err != nil {
				t.Fatal(err)
			}
			conn := dial(t, runConfig(t, config, startUpstream(t)).address)
			if _, err := io.WriteString(conn, tc.request); err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			got := reply{status: resp.StatusCode, header: resp.Header, body: string(text)}
			if got.status != 413 || (errorIn(got) == "invalid_request") != tc.canonical {
				t.Errorf("a request that is too large: got %d %s, want 413, canonical: %t", got.status, got.body, tc.canonical)
			}
		})
	}
}

// knownNames returns the words after "use" in an error that lists what there is.
func knownNames(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		t.Fatal("got no error, want one that lists the names")
	}
	_, list, ok := strings.Cut(err.Error(), ": use one of ")
	if !ok {
		t.Fatalf("got error %q, want one with a list", err)
	}
	list, _, _ = strings.Cut(list, ", at ")
	return slices.Sorted(strings.SplitSeq(list, ", "))
}

// TestReferenceDirective: syntax and table have all subdirectives and no others,
// and the table has all members of the JSON.
func TestReferenceDirective(t *testing.T) {
	_, err := adapt(":80 {\n\tauth_errors {\n\t\tnosuch\n\t}\n}\n")
	want := knownNames(t, err)
	syntax := findFenced(t, reference, "text", "auth_errors [<matcher>]")
	var spelled []string
	for line := range strings.Lines(syntax.text) {
		if name, ok := strings.CutPrefix(line, "    "); ok {
			spelled = append(spelled, strings.Fields(name)[0])
		}
	}
	if slices.Sort(spelled); !slices.Equal(spelled, want) {
		t.Errorf("%v: got %v, want %v", syntax, spelled, want)
	}
	var listed, members []string
	for _, row := range tableOf(t, reference, "subdirective") {
		listed = append(listed, codeSpans(row[0])...)
		members = append(members, codeSpans(row[1])...)
	}
	if slices.Sort(listed); !slices.Equal(listed, want) {
		t.Errorf("the table of subdirectives: got %v, want %v", listed, want)
	}
	members = append(members, "provider", "off")
	var fields []string
	for f := range reflect.TypeFor[autherrors.Handler]().Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			fields = append(fields, name)
		}
	}
	if slices.Sort(fields); !slices.Equal(slices.Sorted(slices.Values(members)), fields) {
		t.Errorf("the members of the JSON: got %v, want %v", members, fields)
	}
}

// TestReferenceEndpoints: the table has all kinds of endpoints.
func TestReferenceEndpoints(t *testing.T) {
	_, err := registry.ParseEndpoint("nosuch")
	want := knownNames(t, err)
	var got []string
	for _, row := range tableOf(t, reference, "kind") {
		got = append(got, codeSpans(row[0])...)
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("the kinds of endpoints: got %v, want %v", got, want)
	}
}

// oauth2Table is the table without a provider.
func oauth2Table(t *testing.T) *normalizer.Table {
	t.Helper()
	table, err := normalizer.Compile(normalizer.Config{Provider: "oauth2"})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// TestReferenceStatuses: the statuses that stay are those of the table.
func TestReferenceStatuses(t *testing.T) {
	table := oauth2Table(t)
	var want []int
	for _, row := range tableOf(t, reference, "where") {
		if strings.HasPrefix(row[0], "kept") {
			want = statusesIn(row[1])
		}
	}
	for status := 402; status < 600; status++ {
		q, resp := check.Exchange(table, &mapping.Example{
			Endpoint: registry.EndpointToken, Status: status, Header: http.Header{"Www-Authenticate": {`Basic error="server_error"`}},
		})
		d := table.Decide(&q, resp)
		if kept := d.Error.Status() == status; kept != slices.Contains(want, status) {
			t.Errorf("server_error with %d: got %d, want it kept: %t", status, d.Error.Status(), !kept)
		}
	}
}

// TestReferenceHeaders sends every header field of the table through Caddy.
func TestReferenceHeaders(t *testing.T) {
	fields := make(map[string][]string)
	for _, row := range tableOf(t, reference, "what | fields") {
		fields[row[0]] = codeSpans(row[1])
	}
	lines := "HTTP/1.1 403 No"
	for _, name := range slices.Concat(fields["dropped"], fields["unchanged"]) {
		value := "1"
		if name == "Content-Encoding" {
			value = "identity"
		}
		lines += "\n" + name + ": " + value
	}
	up := startUpstream(t)
	up.script("error", answer{wire: sized(lines, `{"error":"invalid_grant"}`)})
	config, err := adapt(":80 {\n\tauth_errors\n\treverse_proxy 127.0.0.1:1\n}\n")
	if err != nil {
		t.Fatal(err)
	}
	_, got := ask{method: "GET", host: "gateway.test", path: "/token", header: http.Header{caseHeader: {"error"}}}.send(t, runConfig(t, config, up).address)
	for _, name := range fields["dropped"] {
		if value := got.header.Get(name); value != "" {
			t.Errorf("%s: got %q, want it dropped", name, value)
		}
	}
	for _, name := range fields["unchanged"] {
		if value := got.header.Get(name); value != "1" {
			t.Errorf("%s: got %q, want it left as it was", name, value)
		}
	}
	for _, field := range fields["set"] {
		name, want, _ := strings.Cut(field, ": ")
		if value := got.header.Get(name); value == "" || want != "" && value != want {
			t.Errorf("%s: got %q, want %q", name, value, want)
		}
	}
	if len(fields["dropped"]) == 0 || len(fields["unchanged"]) == 0 || len(fields["set"]) == 0 {
		t.Errorf("the table of header fields: got %v, want what is set, dropped and left", fields)
	}
}

// TestReferenceLimits: what is said of bodies over the limits.
func TestReferenceLimits(t *testing.T) {
	limits := make(map[string]int)
	for _, row := range tableOf(t, reference, "what | limit") {
		if m := regexp.MustCompile(`(\d+) KiB`).FindStringSubmatch(row[1]); m != nil {
			limits[row[0]], _ = strconv.Atoi(m[1])
		}
	}
	const site = ":80 {\n\tauth_errors {\n\t\tendpoint resource /token\n\t\tmap * denied login_required\n\t\tmap 200 denied login_required\n\t\tunmapped pass\n\t}\n\treverse_proxy 127.0.0.1:1\n}\n"
	config, err := adapt(site)
	if err != nil {
		t.Fatal(err)
	}
	up := startUpstream(t)
	address := runConfig(t, config, up).address
	for _, tc := range []struct {
		row    string
		status int
		coded  bool
	}{
		{"an error body, after its content coding is undone (gzip, deflate, br, zstd)", 400, false},
		{"an error body, after its content coding is undone (gzip, deflate, br, zstd)", 400, true},
		{"a 2xx body that may be an error, likewise", 200, false},
		{"a 2xx body that may be an error, likewise", 200, true},
	} {
		limit := limits[tc.row] << 10
		if limit == 0 {
			t.Errorf("%s: got no limit of KiB", tc.row)
			continue
		}
		for _, size := range []int{limit, limit + 100} { // the code is in the last 18 bytes
			lines, body := fmt.Sprintf("HTTP/1.1 %d Example\nContent-Type: application/json", tc.status), paddedError(size)
			if tc.coded {
				lines, body = lines+"\nContent-Encoding: gzip", inGzip(t, body)
			}
			up.script("error", answer{wire: sized(lines, body)})
			_, got := ask{method: "GET", host: "gateway.test", path: "/token", header: http.Header{caseHeader: {"error"}, "Accept-Encoding": {"gzip"}}}.send(t, address)
			rewritten := errorIn(got) == "login_required"
			if rewritten != (size <= limit) || !rewritten && got.body != body {
				t.Errorf("%s: a body of %d bytes: got %d with %d bytes, %s, want it rewritten up to %d bytes and whole above",
					tc.row, size, got.status, len(got.body), errorIn(got), limit)
			}
		}
	}
}

// paddedError is an error of that many bytes. The padding repeats itself now and
// then, so that it can be compressed, but not as well as a bomb.
func paddedError(size int) string {
	const begin, end = `{"padding":"`, `","error":"denied"}`
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "%x", (i%2000)*(i%2000)*7919)
	}
	return begin + b.String()[:size-len(begin)-len(end)] + end
}

func inGzip(t *testing.T, text string) string {
	t.Helper()
	var b strings.Builder
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestReferenceCommands: the table has the commands that the help has.
func TestReferenceCommands(t *testing.T) {
	_, help, _ := strings.Cut(readText(t, filepath.Join("testdata", "command", "help.golden")), "Available Commands:\n")
	help, _, _ = strings.Cut(help, "\n\n")
	var want, got []string
	for line := range strings.Lines(help) {
		want = append(want, strings.Fields(line)[0])
	}
	for _, row := range tableOf(t, reference, "command") {
		got = append(got, codeSpans(row[0])...)
	}
	if slices.Sort(got); len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("the commands: got %v, want %v", got, want)
	}
}
