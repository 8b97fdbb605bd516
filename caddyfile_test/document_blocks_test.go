package caddyfile_test

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/check"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// TestDocumentBlocks runs every block of the documents, by its language. A language
// that nothing runs is refused, so that no block is forgotten.
func TestDocumentBlocks(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "none")
	t.Setenv("OTEL_METRICS_EXPORTER", "none")
	for _, file := range documents(t) {
		dir := writeMappings(t, file)
		blocks := blocksOf(t, file)
		for i, b := range blocks {
			var before, next fenced
			if i > 0 {
				before = *blocks[i-1]
			}
			if i+1 < len(blocks) {
				next = *blocks[i+1]
			}
			name := strings.ReplaceAll(filepath.ToSlash(file), "../", "")
			t.Run(fmt.Sprintf("%s:%d", strings.ReplaceAll(name, "/", "_"), b.line), func(t *testing.T) {
				runBlock(t, b, dir, &before, &next)
			})
		}
	}
}

// runBlock runs a block that stands between two others.
func runBlock(t *testing.T, b *fenced, dir string, before, next *fenced) {
	switch b.language {
	case "caddyfile":
		runCaddyfile(t, b, dir)
	case "json":
		runConfig(t, []byte(b.text), nil)
	case "yaml":
		runMapping(t, b, dir, next)
	case "sh":
		for line := range strings.Lines(b.text) {
			checkCommand(t, b, strings.TrimSpace(line))
		}
	case "http":
		if before.language != "sh" {
			t.Fatalf("%v: got a response without a command before it", b)
		}
		runCurl(t, before, b)
	case "promql":
		known := shownMetrics(t)
		for _, metric := range ourMetric.FindAllString(b.text, -1) {
			if known[metric] == nil {
				t.Errorf("%v: got metric %s, want one that Caddy shows", b, metric)
			}
		}
	case "text":
		checkText(t, b)
	default:
		t.Errorf("%v: got a language that no test runs", b)
	}
}

// runCaddyfile loads a Caddyfile. It has to be formatted as well.
func runCaddyfile(t *testing.T, b *fenced, dir string) {
	config, err := adaptIn(dir, b.text)
	if err != nil {
		t.Fatalf("%v: adapting: %v", b, err)
	}
	runConfig(t, config, nil)
}

// runMapping loads a mapping file and plays its examples through Caddy; or, if
// the next block has an error for it, expects that error.
func runMapping(t *testing.T, b *fenced, dir string, next *fenced) {
	m, err := mapping.Load(b.name(), []byte(b.text))
	provider := b.name()
	if m != nil {
		provider = m.Provider
	}
	if err == nil {
		_, err = adaptIn(dir, mappingSite(provider, b.name()))
	}
	want := ""
	if next.language == "text" && strings.Contains(next.text, b.name()+":") {
		want = next.text
	}
	if got := refusalText(err, b.name(), dir); got != strings.TrimSpace(want) {
		t.Fatalf("%v: got the error\n%s\nwant\n%s", b, got, want)
	}
	if err != nil {
		return
	}
	table, err := normalizer.Compile(normalizer.Config{Provider: provider, Files: []*mapping.Mapping{m}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range check.Lint(m, table) {
		t.Errorf("%v: got the remark of lint %v, want none", b, r)
	}
	up := startUpstream(t)
	config, err := adaptIn(dir, mappingSite(provider, b.name()))
	if err != nil {
		t.Fatal(err)
	}
	r := runConfig(t, config, up)
	for i := range m.Examples {
		playExample(t, b, r.address, up, &m.Examples[i])
	}
}

// refusalText returns an error as the documents show it: without the directory, and
// without the words that Caddy adds.
func refusalText(err error, file, dir string) string {
	if err == nil {
		return ""
	}
	text := strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "")
	if i := strings.Index(text, file+":"); i >= 0 {
		text = text[i:]
	}
	return regexp.MustCompile(`(, at \S*Caddyfile:\d+)+$`).ReplaceAllString(text, "")
}

// endpointKinds are all endpointKinds of endpoints.
var endpointKinds = []registry.Endpoint{
	registry.EndpointNone, registry.EndpointToken, registry.EndpointDevice, registry.EndpointPAR,
	registry.EndpointRevocation, registry.EndpointIntrospection, registry.EndpointRegistration,
	registry.EndpointCIBA, registry.EndpointAuthorization, registry.EndpointResource,
}

// mappingSite is a Caddyfile that uses a mapping file, with a path for each kind
// of endpoint.
func mappingSite(provider, file string) string {
	lines := []string{"mapping " + file}
	for _, kind := range endpointKinds {
		lines = append(lines, fmt.Sprintf("endpoint %v /%v", kind, kind))
	}
	return fmt.Sprintf(":80 {\n\tauth_errors %s {\n\t\t%s\n\t}\n\treverse_proxy 127.0.0.1:1\n}\n", provider, strings.Join(lines, "\n\t\t"))
}

// playExample sends the response of an example through Caddy.
func playExample(t *testing.T, b *fenced, address string, up *upstream, x *mapping.Example) {
	t.Helper()
	var lines strings.Builder
	fmt.Fprintf(&lines, "HTTP/1.1 %d Example", x.Status)
	for name := range x.Header {
		fmt.Fprintf(&lines, "\n%s: %s", name, x.Header.Get(name))
	}
	up.script("example", answer{wire: sized(lines.String(), x.Body)})
	header := http.Header{caseHeader: {"example"}}
	if x.Authorization != "" {
		header.Set("Authorization", x.Authorization+" dummy")
	}
	a := ask{method: "GET", host: "gateway.test", path: fmt.Sprintf("/%v", x.Endpoint), header: header}
	if x.Grant != registry.GrantNone {
		a.method, a.body = "POST", url.Values{"grant_type": {x.Grant.Value()}}.Encode()
		header.Set("Content-Type", formType)
	}
	_, got := a.send(t, address)
	location, was := got.header.Get("Location"), x.Header.Get("Location")
	at := fmt.Sprintf("%s:%d", filepath.ToSlash(b.file), b.line+x.Line-1)
	switch want := x.Expect; {
	case want.Pass:
		if got.status != x.Status || got.body != x.Body || location != was {
			t.Errorf("%s: got %d %s %s, want it to pass as %d %s", at, got.status, location, got.body, x.Status, x.Body)
		}
	case strings.Contains(was, "error="):
		if got.status != want.Status || !strings.Contains(location, "error="+want.Error) {
			t.Errorf("%s: got %d to %s, want %d with error %s", at, got.status, location, want.Status, want.Error)
		}
	default:
		if got.status != want.Status || errorIn(got) != want.Error || !strings.Contains(got.body, want.Description) {
			t.Errorf("%s: got %d %s %s, want %+v", at, got.status, errorIn(got), got.body, want)
		}
	}
}

// checkCommand checks a command that the documents show. The files in it must exist.
func checkCommand(t *testing.T, b *fenced, line string) {
	words := shellWords(line)
	for _, word := range words {
		path := strings.TrimSuffix(strings.TrimPrefix(word, "./"), "...")
		inside := strings.HasPrefix(word, "./") && path != "caddy" || strings.HasPrefix(word, "docs/") || strings.HasPrefix(word, "caddyfile_test/")
		if _, err := os.Stat(filepath.Join(top, path)); inside && err != nil {
			t.Errorf("%v: %s: %v", b, line, err)
		}
	}
	xcaddy := readText(t, filepath.Join(top, "xcaddy.sh"))
	switch words[0] {
	case "curl": // run with the response that follows, or by TestStory
		if !strings.Contains(line, ".example/") {
			parseCurl(t, b, line)
		}
	case "./xcaddy.sh":
		if len(words) != 2 || !strings.Contains(xcaddy, `"1 `+words[1]+`"`) {
			t.Errorf("%v: %s: got arguments that xcaddy.sh does not know", b, line)
		}
	case "xcaddy":
		if !strings.Contains(xcaddy, `--with "$module@v0.0.0=`) || !strings.Contains(line, " --with github.com/auth-errors/caddy-auth-errors@v0.0.0=") ||
			!strings.Contains(readText(t, filepath.Join(top, "go.mod")), "github.com/caddyserver/caddy/v2 "+words[2]+"\n") {
			t.Errorf("%v: %s: got another command than that of xcaddy.sh", b, line)
		}
	case "caddy":
		checkCaddy(t, b, line, words[1:])
	case "go", "bash", "docker", "promtool", "kubectl", "for", "done":
	default:
		t.Errorf("%v: %s: got a command that no test knows", b, line)
	}
}

// checkCaddy knows the commands of Caddy and, by their help, ours with their flags.
func checkCaddy(t *testing.T, b *fenced, line string, words []string) {
	if slices.Contains([]string{"reload", "validate", "list-modules"}, words[0]) {
		return
	}
	if words[0] != "auth-errors" || len(words) < 2 {
		t.Errorf("%v: %s: got a command that no test knows", b, line)
		return
	}
	help := readText(t, filepath.Join("testdata", "command", "help_"+words[1]+".golden"))
	for _, word := range words[2:] {
		if strings.HasPrefix(word, "--") && !strings.Contains(help, " "+word+" ") {
			t.Errorf("%v: %s: got the flag %s, which the command does not have", b, line, word)
		}
	}
}

// shellWords cuts a command at its spaces, except inside single quotes.
func shellWords(line string) []string {
	var words []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

// parseCurl reads a curl command, with the port that it goes to.
func parseCurl(t *testing.T, b *fenced, line string) (x ask, port string) {
	t.Helper()
	x = ask{method: "GET", header: http.Header{"Accept": {"*/*"}, "User-Agent": {"curl/8.5.0"}}}
	words := shellWords(strings.TrimSpace(line))
	for i := 1; i < len(words); i++ {
		switch word := words[i]; {
		case word == "-i":
		case word == "-H" && i+1 < len(words):
			i++
			name, value, _ := strings.Cut(words[i], ": ")
			x.header.Set(name, value)
		case word == "-d" && i+1 < len(words):
			i++
			x.method, x.body = "POST", words[i]
			x.header.Set("Content-Type", "application/x-www-form-urlencoded")
		case strings.HasPrefix(word, "http://localhost:"):
			rest := strings.TrimPrefix(word, "http://")
			x.host, x.path, _ = strings.Cut(rest, "/")
			x.path = "/" + x.path
			_, port, _ = net.SplitHostPort(x.host)
		default:
			t.Fatalf("%v: %s: got %q, which no test knows", b, line, word)
		}
	}
	if port == "" {
		t.Fatalf("%v: %s: got no URL on localhost", b, line)
	}
	return x, port
}

// runCurl replays a command at Caddyfile.example and compares every byte of the
// response, but for the date.
func runCurl(t *testing.T, command, response *fenced) {
	x, port := parseCurl(t, command, command.text)
	address, ok := startExample(t)[port]
	if !ok {
		t.Fatalf("%v: Caddyfile.example has no port %s", command, port)
	}
	got, _ := x.send(t, address)
	got = strings.TrimRight(blankDate(got), "\n")
	if want := strings.TrimRight(blankDate(response.text), "\n"); got != want {
		t.Errorf("%v: got\n%s\nwant\n%s", response, got, want)
	}
}

// checkText knows the blocks that are no input: what is compared by runMapping,
// TestReferenceDirective, TestOperationsObservation and TestStory.
func checkText(t *testing.T, b *fenced) {
	for _, beginning := range []string{"auth_errors [<matcher>]", `{"level":"`, `"auth_errors":{`, "caddy_auth_errors_", "wrong.yaml:", "contradiction.yaml:", storyList, storyWhy, storyRows} {
		if strings.HasPrefix(b.text, beginning) {
			return
		}
	}
	t.Errorf("%v: got text that no test compares", b)
}
