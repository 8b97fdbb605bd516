package caddyfile_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestUnmappedCommand asks a running Caddy in every way. A provider of its own is
// used, and what it sends is not known to any shipped mapping.
func TestUnmappedCommand(t *testing.T) {
	up := startUpstream(t)
	dir, gateway, admin := t.TempDir(), freeAddress(t), freeAddress(t)
	mapping, err := filepath.Abs(filepath.Join(commandDir, "mycorp.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	startBinary(t, dir, fmt.Sprintf(binaryGlobals, admin)+
		site(gateway, fmt.Sprintf("auth_errors mycorp {\n\t\tmapping %q\n\t}", filepath.ToSlash(mapping)), "reverse_proxy "+up.address))
	replace := []string{"{admin}", admin, "{config}", filepath.Join(dir, "Caddyfile")}
	for _, r := range []struct {
		name, path, wire string
		times            int
	}{
		{"none", "", "", 0},
		{"code", "/sts/issue", sized(forbidden, `{"fault":{"id":"E-404","text":"It's gone"}}`), 3},
		{"resource", "/v1/orders", sized(unauthorized, `{"fault":{"id":"E-405"}}`), 2},
		{"no code", "/sts/issue", sized(badRequest, `{"fault":{"text":"Ask jane@example.com"}}`), 1},
	} {
		up.script(r.name, answer{wire: r.wire})
		for range r.times {
			send(t, protocols(t)[0], http.MethodPost, "http://"+gateway+r.path, field(caseHeader, r.name), "")
		}
		if r.times == 0 {
			runUnmapped(t, "unmapped_none*.golden", replace)
		}
	}
	runUnmapped(t, "unmapped_some*.golden", replace)

	// The same code with another text is the same row, and one more example.
	up.script("other text", answer{wire: sized(forbidden, `{"fault":{"id":"E-404","text":"It has gone"}}`)})
	send(t, protocols(t)[0], http.MethodPost, "http://"+gateway+"/sts/issue", field(caseHeader, "other text"), "")
	rows := runCaddy(t, ".", nil, "auth-errors", "unmapped", "--rows", "--address", admin).out
	errors, examples, _ := strings.Cut(rows, "examples:\n")
	if n, m := strings.Count(errors, "code: E-404"), strings.Count(examples, "E-404"); n != 1 || m != 2 {
		t.Errorf("unmapped --rows: got %d rows and %d examples for E-404, want 1 and 2:\n%s", n, m, rows)
	}
}

// runUnmapped runs the transcripts of that name; times are blanked.
func runUnmapped(t *testing.T, pattern string, replace []string) {
	t.Helper()
	for _, x := range readTranscripts(t, pattern) {
		words := shellWords(strings.NewReplacer(replace...).Replace(x.typed))
		got := runCaddy(t, commandDir, nil, words...).String()
		got = moment.ReplaceAllStringFunc(got, func(found string) string {
			if len(found) > len("2026-11-21") {
				found = "2026-11-21T05:00:00Z"
			}
			return digit.ReplaceAllString(found, "#")
		})
		x.compare(t, got)
	}
}

// TestUnmappedCommandWithoutCaddy: the error says that no Caddy answers, and what to do.
func TestUnmappedCommandWithoutCaddy(t *testing.T) {
	admin := freeAddress(t)
	said := runCaddy(t, ".", nil, "auth-errors", "unmapped", "--address", admin)
	if said.exit != 1 || said.out != "" || !strings.Contains(said.err, admin) || !strings.Contains(said.err, "start Caddy with its admin API, or give its --address") {
		t.Errorf("unmapped without Caddy: got exit %d\n%s%s\nwant 1 and the remedy", said.exit, said.out, said.err)
	}
}

// suggestedFor are responses of which a row is to be made.
var suggestedFor = []struct{ name, wire string }{
	{"forbidden", sized(forbidden, `{"error":"tenant_suspended","error_description":"Not active"}`)},
	{"unavailable", sized("HTTP/1.1 503 No\nContent-Type: application/json", `{"error":"maintenance_window"}`)},
	{"gateway timeout", sized("HTTP/1.1 504 No\nContent-Type: application/json", `{"error":"maintenance_window"}`)},
	{"failure", sized("HTTP/1.1 500 No\nContent-Type: application/json", `{"error":"oops"}`)},
	{"limit", sized(tooMany, `{"error":"calm_down"}`)},
	{"not found", sized(notFound, `{"error":"no_such_tenant"}`)},
	{"quotes", sized(badRequest, `{"error":"isn't","error_description":"It's \"here\""}`)},
	{"null", sized(badRequest, `{"error":"null"}`)},
	{"true", sized(badRequest, `{"error":"true"}`)},
	{"number", sized(badRequest, `{"error":4711}`)},
	{"description only", sized(forbidden, `{"error_description":"The tenant * is not active"}`)},
	{"masked description", sized(forbidden, `{"error_description":"The code 8f2kd93jfm20dk3 was used"}`)},
	{"accents", sized(forbidden, `{"error_description":"Zugang für \"Jürgen\" gesperrt"}`)},
	{"text", sized("HTTP/1.1 400 No\nContent-Type: text/plain", "Tenant is not active")},
	{"XML", sized("HTTP/1.1 400 No\nContent-Type: application/xml", "<fault><error>x-1</error></fault>")},
}

// decidedBy is a row of the recorded mapping that decides.
var decidedBy = regexp.MustCompile(`(?m)^\* \S*newcorp\.yaml:\d+ +decides `)

// TestSuggestionsHold: what record prints is a mapping file as it is. The row loads and
// decides the response it was made of, and the example holds.
func TestSuggestionsHold(t *testing.T) {
	for _, kind := range []string{"token", "resource"} {
		for _, r := range suggestedFor {
			t.Run(r.name+" at "+kind, func(t *testing.T) {
				t.Parallel()
				holdSuggestion(t, kind, r.wire)
			})
		}
	}
}

// holdSuggestion records a response of a kind of endpoint, and uses what comes of it.
func holdSuggestion(t *testing.T, kind, wire string) {
	t.Helper()
	dir := t.TempDir()
	text := runCaddy(t, ".", strings.NewReader(wire), "auth-errors", "record", "--provider", "newcorp", "--endpoint", kind, "-").out
	for name, text := range map[string]string{
		"response.http": wire,
		"newcorp.yaml":  text,
		"Caddyfile":     ":8080 {\n\tauth_errors newcorp {\n\t\tmapping newcorp.yaml\n\t}\n}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if said := runCaddy(t, dir, nil, "auth-errors", "test", "newcorp.yaml"); said.exit != 0 || !strings.Contains(said.out, "1 examples, 0 failed; 1 rows, 0 without an example") {
		t.Fatalf("got\n%s\nof which caddy auth-errors test says\n%s%s\nwant a row and an example that holds", text, said.out, said.err)
	}
	said := runCaddy(t, dir, nil, "auth-errors", "explain", "--config", "Caddyfile", "--endpoint", kind, "response.http")
	if !decidedBy.MatchString(said.out) {
		t.Errorf("got\n%s\nof which caddy auth-errors explain says\n%s%s\nwant the row to decide", text, said.out, said.err)
	}
}
