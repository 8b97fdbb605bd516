package caddyfile_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"

	autherrors "github.com/auth-errors/caddy-auth-errors"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/check"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// top is the directory that the commands of the READMEs are run in.
const top = ".."

// readmes are the documents whose blocks are run.
var readmes = []string{filepath.Join(top, "README.md"), filepath.Join(top, "mappings", "README.md")}

// fenced is a fenced block of a README.
type fenced struct {
	file     string
	line     int // of its first line
	language string
	text     string
}

func (b *fenced) String() string {
	return fmt.Sprintf("%s:%d: the %s block", filepath.ToSlash(b.file), b.line, b.language)
}

// name is the file name that a block of YAML has in its first line.
func (b *fenced) name() string {
	first, _, _ := strings.Cut(b.text, "\n")
	name, ok := strings.CutPrefix(first, "# ")
	if !ok || !strings.HasSuffix(name, ".yaml") {
		return ""
	}
	return name
}

// blocksOf cuts the fenced blocks out of a README.
func blocksOf(t *testing.T, file string) []*fenced {
	t.Helper()
	var blocks []*fenced
	var open *fenced
	for i, line := range strings.Split(readText(t, file), "\n") {
		language, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && open == nil:
			open = &fenced{file: file, line: i + 2, language: language}
		case fence:
			blocks = append(blocks, open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	if open != nil || len(blocks) == 0 {
		t.Fatalf("%s: got %d blocks and one left open: %t, want some and all closed", file, len(blocks), open != nil)
	}
	return blocks
}

// readText returns a file with line ends of one kind.
func readText(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(data), "\r\n", "\n")
}

// findFenced returns the only block of a README with the language and the words.
func findFenced(t *testing.T, file, language, words string) *fenced {
	t.Helper()
	var found *fenced
	for _, b := range blocksOf(t, file) {
		if b.language != language || !strings.Contains(b.text, words) {
			continue
		}
		if found != nil {
			t.Fatalf("%s: blocks with %q at the lines %d and %d, want one", file, words, found.line, b.line)
		}
		found = b
	}
	if found == nil {
		t.Fatalf("%s: no %s block with %q", file, language, words)
	}
	return found
}

// tableOf returns the cells of the table with those words in its first line.
func tableOf(t *testing.T, file, header string) [][]string {
	t.Helper()
	var rows [][]string
	inside := false
	for line := range strings.SplitSeq(readText(t, file), "\n") {
		switch {
		case strings.HasPrefix(line, "| "+header):
			inside = true
		case !strings.HasPrefix(line, "|"):
			inside = false
		case inside && !strings.HasPrefix(line, "|---"):
			var cells []string
			for cell := range strings.SplitSeq(strings.Trim(line, "|"), " |") {
				cells = append(cells, strings.TrimSpace(cell))
			}
			rows = append(rows, cells)
		}
	}
	if len(rows) == 0 {
		t.Fatalf("%s: no table that begins with %q", file, header)
	}
	return rows
}

// codeSpans returns what stands between the backticks of a text.
func codeSpans(text string) []string {
	var out []string
	for i, part := range strings.Split(text, "`") {
		if i%2 == 1 {
			out = append(out, part)
		}
	}
	return out
}

// statusesIn returns the HTTP statuses in a text.
func statusesIn(text string) []int {
	var out []int
	for _, word := range regexp.MustCompile(`\b[1-5]\d\d\b`).FindAllString(text, -1) {
		n, _ := strconv.Atoi(word) // it has three digits
		out = append(out, n)
	}
	return out
}

// writeMappings puts the named YAML blocks of a README into a directory, where
// its Caddyfiles look for them.
func writeMappings(t *testing.T, file string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, b := range blocksOf(t, file) {
		if b.language != "yaml" {
			continue
		}
		path := filepath.Join(dir, b.name())
		if _, err := os.Stat(path); b.name() == "" || err == nil {
			t.Fatalf("%v: got the name %q, want one of its own in the first line", b, b.name())
		}
		if err := os.WriteFile(path, []byte(b.text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// adaptIn adapts a Caddyfile as if it stood in the directory.
func adaptIn(dir, caddyfile string) ([]byte, error) {
	options := map[string]any{"filename": filepath.Join(dir, "Caddyfile")}
	config, warnings, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(caddyfile), options)
	if err == nil && len(warnings) > 0 {
		err = fmt.Errorf("%v", warnings)
	}
	return config, err
}

// jsonObject is a JSON object of a configuration.
type jsonObject = map[string]any

// subObject returns the object at the path, made if it is not there.
func subObject(o jsonObject, path ...string) jsonObject {
	for _, name := range path {
		next, ok := o[name].(jsonObject)
		if !ok {
			next = jsonObject{}
			o[name] = next
		}
		o = next
	}
	return o
}

// runningConfig is a configuration of a README that Caddy runs.
type runningConfig struct {
	address string // of its first server
	// addresses are those of all servers, by the one that they were written with.
	addresses map[string]string
	logFile   string
}

// runConfig makes Caddy run a configuration until the test ends: as it is written, but
// on loopback, without TLS, with its logs in a file, and with the upstream in
// place of those it names, if one is given.
func runConfig(t *testing.T, config []byte, up *upstream) runningConfig {
	t.Helper()
	r := runningConfig{addresses: make(map[string]string), logFile: filepath.Join(t.TempDir(), "caddy.log")}
	var root jsonObject
	if err := json.Unmarshal(config, &root); err != nil {
		t.Fatalf("reading the configuration: %v", err)
	}
	root["admin"] = jsonObject{"disabled": true, "config": jsonObject{"persist": false}}
	subObject(root, "logging", "logs", "default")
	for _, log := range subObject(root, "logging", "logs") {
		log.(jsonObject)["writer"] = jsonObject{"output": "file", "filename": r.logFile}
	}
	servers := subObject(root, "apps", "http", "servers")
	for _, name := range slices.Sorted(maps.Keys(servers)) {
		server := servers[name].(jsonObject)
		address := freeAddress(t)
		if r.address == "" {
			r.address = address
		}
		for _, listen := range server["listen"].([]any) {
			r.addresses[listen.(string)] = address
		}
		server["listen"] = []string{address}
		server["protocols"] = []string{"h1"}
		server["automatic_https"] = jsonObject{"disable": true}
		delete(server, "tls_connection_policies")
	}
	if up != nil {
		redirectUpstreams(root, up.address)
	}
	text, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	if err := caddy.Load(text, true); err != nil {
		t.Fatalf("loading the configuration: %v\n%s", err, text)
	}
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Errorf("stopping Caddy: %v", err)
		}
		if logged, err := os.ReadFile(r.logFile); t.Failed() && err == nil {
			t.Logf("Caddy's log:\n%s", logged)
		}
	})
	return r
}

// redirectUpstreams makes every reverse_proxy of a configuration talk to the address.
func redirectUpstreams(value any, address string) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			redirectUpstreams(item, address)
		}
	case jsonObject:
		if v["handler"] == "reverse_proxy" {
			v["upstreams"] = []any{jsonObject{"dial": address}}
			delete(v, "transport")
		}
		for _, item := range v {
			redirectUpstreams(item, address)
		}
	}
}

// ask is a request, and the response as it came.
type ask struct {
	method, host, path string
	header             http.Header
	body               string
}

// send returns the bytes of the response up to the end of its body, with line
// ends of one character, and the response itself.
func (x ask) send(t *testing.T, address string) (wire string, r reply) {
	t.Helper()
	conn := dial(t, address)
	defer conn.Close()
	header := maps.Clone(x.header)
	if header == nil {
		header = http.Header{}
	}
	if x.body != "" {
		header.Set("Content-Length", strconv.Itoa(len(x.body)))
	}
	text := requestText(x.method, x.path, header, x.body)
	if _, err := io.WriteString(conn, strings.Replace(text, "Host: gateway.test", "Host: "+x.host, 1)); err != nil {
		t.Fatalf("%s %s: sending the request: %v", x.method, x.path, err)
	}
	var raw strings.Builder
	resp, err := http.ReadResponse(bufio.NewReader(io.TeeReader(conn, &raw)), nil)
	if err != nil {
		t.Fatalf("%s %s: reading the response: %v", x.method, x.path, err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: reading the body: %v", x.method, x.path, err)
	}
	return strings.ReplaceAll(raw.String(), "\r\n", "\n"), reply{status: resp.StatusCode, header: resp.Header, body: string(body)}
}

// errorIn returns the error in a response, or why there is none.
func errorIn(r reply) string {
	var e struct {
		Error string `json:"error"`
	}
	if got := r.header.Get("Content-Type"); got != "application/json" || r.header.Get("Cache-Control") != "no-store" {
		return fmt.Sprintf("no canonical error but %s with Cache-Control %q", got, r.header.Get("Cache-Control"))
	}
	if err := json.Unmarshal([]byte(r.body), &e); err != nil {
		return err.Error()
	}
	return e.Error
}

// startExample runs Caddyfile.example, and the sites after it, on free ports and returns
// the address for each port that it names.
func startExample(t *testing.T, sites ...string) map[string]string {
	t.Helper()
	addresses := make(map[string]string)
	text := regexp.MustCompile(`:(8080|2019|900[0-9])\b`).ReplaceAllStringFunc(readText(t, filepath.Join(top, "Caddyfile.example"))+strings.Join(sites, ""), func(found string) string {
		if addresses[found[1:]] == "" {
			addresses[found[1:]] = freeAddress(t)
		}
		_, port, _ := net.SplitHostPort(addresses[found[1:]]) // it came from a listener
		return ":" + port
	})
	logFile := filepath.Join(t.TempDir(), "caddy.log")
	quiet := strings.Replace(text, "{\n", fmt.Sprintf("{\n\tlog {\n\t\toutput file %q\n\t}\n", filepath.ToSlash(logFile)), 1)
	if err := load(quiet); err != nil {
		t.Fatalf("loading Caddyfile.example: %v", err)
	}
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Errorf("stopping Caddy: %v", err)
		}
	})
	return addresses
}

// TestReadmeBlocks runs every block of the READMEs, by its language. A language
// that nothing runs is refused, so that no block is forgotten.
func TestReadmeBlocks(t *testing.T) {
	for _, file := range readmes {
		dir := writeMappings(t, file)
		blocks := blocksOf(t, file)
		for i, b := range blocks {
			var next fenced
			if i+1 < len(blocks) {
				next = *blocks[i+1]
			}
			name := strings.ReplaceAll(filepath.ToSlash(file), "../", "")
			t.Run(fmt.Sprintf("%s:%d", strings.ReplaceAll(name, "/", "_"), b.line), func(t *testing.T) {
				switch b.language {
				case "caddyfile":
					runCaddyfile(t, b, dir)
				case "json":
					runConfig(t, []byte(b.text), nil)
				case "yaml":
					runMapping(t, b, dir, &next)
				case "sh":
					checkCommands(t, b)
				case "http":
					if i == 0 || blocks[i-1].language != "sh" {
						t.Fatalf("%v: got a response without a command before it", b)
					}
					runCurl(t, blocks[i-1], b)
				case "text":
					checkText(t, b)
				default:
					t.Errorf("%v: got a language that no test runs", b)
				}
			})
		}
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

// refusalText is an error as the READMEs show it: without the directory, and
// without what Caddy puts around what is said of the file.
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

// checkCommands knows what the READMEs tell people to type.
func checkCommands(t *testing.T, b *fenced) {
	xcaddy := readText(t, filepath.Join(top, "xcaddy.sh"))
	for line := range strings.Lines(b.text) {
		words := shellWords(strings.TrimSpace(line))
		switch {
		case words[0] == "curl": // run with the response that follows
			parseCurl(t, b, line)
		case words[0] == "./xcaddy.sh" && len(words) == 2:
			if !strings.Contains(xcaddy, `"1 `+words[1]+`"`) {
				t.Errorf("%v: %s: xcaddy.sh does not know %s", b, line, words[1])
			}
		case words[0] == "xcaddy":
			if !strings.Contains(xcaddy, `--with "$module@v0.0.0=`) || !strings.Contains(line, " --with github.com/auth-errors/caddy-auth-errors@v0.0.0=") ||
				!strings.Contains(readText(t, filepath.Join(top, "go.mod")), "github.com/caddyserver/caddy/v2 "+words[2]+"\n") {
				t.Errorf("%v: %s: got another command than that of xcaddy.sh", b, line)
			}
		case slices.Equal(words[:2], []string{"go", "test"}):
			if _, err := os.Stat(filepath.Join(top, strings.TrimSuffix(words[2], "..."))); err != nil {
				t.Errorf("%v: %s: %v", b, line, err)
			}
		default:
			t.Errorf("%v: %s: got a command that no test knows", b, line)
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

// checkText knows the blocks that are no input: what is compared by the tests
// below, and by runMapping.
func checkText(t *testing.T, b *fenced) {
	for _, beginning := range []string{"auth_errors [<matcher>]", `{"level":"`, `"auth_errors":{`, "caddy_auth_errors_", "wrong.yaml:", "contradiction.yaml:"} {
		if strings.HasPrefix(b.text, beginning) {
			return
		}
	}
	t.Errorf("%v: got text that no test compares", b)
}

// TestReadmeCases plays the table of requests to try.
func TestReadmeCases(t *testing.T) {
	addresses := startExample(t)
	gateway := readText(t, filepath.Join(top, "Caddyfile.example"))
	site := regexp.MustCompile(`handle_path /(\w+)/\* \{[^}]*?(?:\{[^}]*\}[^}]*?)?\breverse_proxy 127\.0\.0\.1:(\d+)`)
	ports := make(map[string]string)
	for _, m := range site.FindAllStringSubmatch(gateway, -1) {
		ports[m[1]] = m[2]
	}
	for _, row := range tableOf(t, readmes[0], "at the gateway") {
		path := codeSpans(row[0])[0]
		provider, rest, _ := strings.Cut(path[1:], "/")
		ask := func(address, path string) reply {
			_, r := ask{method: "GET", host: "localhost", path: path}.send(t, address)
			return r
		}
		before := ask(addresses[ports[provider]], "/"+rest)
		if want := statusesIn(row[1])[0]; before.status != want {
			t.Errorf("%s: got %d from the provider, want %d", path, before.status, want)
		}
		if codes := codeSpans(row[1]); len(codes) == 0 && before.body != "" || len(codes) > 0 && !strings.Contains(before.body, codes[0]) {
			t.Errorf("%s: got %s from the provider, want %s", path, before.body, row[1])
		}
		after := ask(addresses["8080"], path)
		if want, code := statusesIn(row[2])[0], codeSpans(row[2])[0]; after.status != want || errorIn(after) != code {
			t.Errorf("%s: got %d %s from the gateway, want %s", path, after.status, errorIn(after), row[2])
		}
	}
}

// upstreamCases are an error for each Caddyfile of the READMEs that has to do
// with errors, found by a word in it, and what becomes of it.
var upstreamCases = []struct {
	file, words      string
	path, auth, wire string
	status           int
	want             string // an error, or the beginning of a body that is not touched
}{
	{"README.md", "auth_errors auth0\n\treverse", "/oauth/token", "", sized("HTTP/1.1 403 No\nContent-Type: application/json", `{"error":"access_denied","error_description":"Unknown or invalid refresh token"}`), 400, "invalid_grant"},
	{"README.md", "auth_errors asseco", "/telenor/authentication/connect/token", "", sized("HTTP/1.1 440 No\nContent-Type: application/json", `{"problem":"consent_required"}`), 400, "consent_required"},
	{"README.md", "auth_errors ecobee", "/1/thermostat", "Bearer x", sized("HTTP/1.1 500 No\nContent-Type: application/json", `{"status":{"code":14,"message":"Expired"}}`), 401, "invalid_token"},
	{"README.md", "auth_errors dll", "/api/contracts", "", sized("HTTP/1.1 401 No", ``), 401, "invalid_token"},
	{"README.md", "auth_errors dll", "/oauth2/token", "", sized("HTTP/1.1 401 No", ``), 401, "invalid_client"},
	{"README.md", "auth_errors accelo", "/api/v0/jobs", "Bearer x", sized("HTTP/1.1 403 No\nContent-Type: application/json", `{"meta":{"status":"invalid_permission"}}`), 403, "access_denied"},
	{"README.md", "10.0.0.5", "/oauth/token", "", sized("HTTP/1.1 401 No\nContent-Type: application/json", `{"error":"invalid_grant"}`), 400, "invalid_grant"},
	{"README.md", "mycorp.yaml", "/sts/issue", "", sized("HTTP/1.1 403 No\nContent-Type: application/json", `{"fault":{"id":"E-117","text":"Gone"}}`), 400, "invalid_grant"},
	{"README.md", "mycorp.yaml", "/v1/orders", "", sized("HTTP/1.1 401 No\nContent-Type: application/json", `{"fault":{"id":"E-9"}}`), 401, "invalid_token"},
	{"README.md", "access_denied_by_policy", "/oauth/token", "", sized("HTTP/1.1 403 No\nContent-Type: application/json", `{"error":"access_denied_by_policy"}`), 400, "access_denied"},
	{"README.md", "access_denied_by_policy", "/oauth/token", "", sized("HTTP/1.1 418 No\nContent-Type: text/plain", "I am a teapot"), 429, "temporarily_unavailable"},
	{"README.md", "/oauth/legacy/*", "/oauth/token", "", sized("HTTP/1.1 501 No\nContent-Type: application/json", `{"error":"unsupported_grant_type"}`), 400, "unsupported_grant_type"},
	{"README.md", "/oauth/legacy/*", "/oauth/legacy/token", "", sized("HTTP/1.1 501 No\nContent-Type: application/json", `{"error":"unsupported_grant_type"}`), 501, `{"error":"unsupported_grant_type"}`},
	{"README.md", "forward_auth", "/orders", "Bearer x", sized("HTTP/1.1 401 No\nContent-Type: text/html", "<h1>Sign in</h1>"), 401, "invalid_token"},
	{"README.md", "basic_auth", "/token", "", "", 401, "invalid_client"},
	{"mappings/README.md", "auth0-extra.yaml", "/oauth/token", "", sized("HTTP/1.1 403 No\nContent-Type: application/json", `{"error":"access_denied","error_description":"Account is locked"}`), 400, "invalid_grant"},
}

// TestReadmeUpstreams runs the Caddyfiles with a provider that fails.
func TestReadmeUpstreams(t *testing.T) {
	for _, tc := range upstreamCases {
		t.Run(strings.NewReplacer("/", "_", "\n", "_", "\t", "", "*", "", " ", "_").Replace(tc.words+tc.path), func(t *testing.T) {
			file := filepath.Join(top, filepath.FromSlash(tc.file))
			b := findFirst(t, file, tc.words)
			config, err := adaptIn(writeMappings(t, file), b.text)
			if err != nil {
				t.Fatalf("%v: adapting: %v", b, err)
			}
			up := startUpstream(t)
			up.script("error", answer{wire: tc.wire})
			header := http.Header{caseHeader: {"error"}}
			if tc.auth != "" {
				header.Set("Authorization", tc.auth)
			}
			x := ask{method: "GET", host: hostOf(t, b), path: tc.path, header: header}
			_, got := x.send(t, runConfig(t, config, up).address)
			ok := errorIn(got) == tc.want
			if strings.HasPrefix(tc.want, "{") {
				ok = got.body == tc.want
			}
			if got.status != tc.status || !ok {
				t.Errorf("%v: %s: got %d %s, want %d %s", b, tc.path, got.status, got.body, tc.status, tc.want)
			}
		})
	}
}

// findFirst returns the first Caddyfile of a README with the words.
func findFirst(t *testing.T, file, words string) *fenced {
	t.Helper()
	for _, b := range blocksOf(t, file) {
		if b.language == "caddyfile" && strings.Contains(b.text, words) {
			return b
		}
	}
	t.Fatalf("%s: no Caddyfile with %q", file, words)
	return nil
}

// hostOf returns the host name of the site in a Caddyfile.
func hostOf(t *testing.T, b *fenced) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^([a-z.]+) \{$`).FindStringSubmatch(b.text)
	if m == nil {
		t.Fatalf("%v: got no host name", b)
	}
	return m[1]
}

// TestReadmeOrder: without route, the answer of forward_auth is not seen.
func TestReadmeOrder(t *testing.T) {
	b := findFirst(t, readmes[0], "forward_auth")
	unordered := regexp.MustCompile(`(?s)\troute \{(.*)\n\t\}`).ReplaceAllString(b.text, "$1")
	config, err := adapt(unordered)
	if err != nil {
		t.Fatalf("%v: adapting it without route: %v", b, err)
	}
	up := startUpstream(t)
	up.script("error", answer{wire: sized("HTTP/1.1 401 No\nContent-Type: text/html", "<h1>Sign in</h1>")})
	_, got := ask{method: "GET", host: hostOf(t, b), path: "/orders", header: http.Header{caseHeader: {"error"}}}.send(t, runConfig(t, config, up).address)
	if got.status != 401 || got.body != "<h1>Sign in</h1>" {
		t.Errorf("%v without route: got %d %s, want the answer of forward_auth as it is: drop route from the README", b, got.status, got.body)
	}
}

// TestReadmeRequestBody: what is said of requests that are too large.
func TestReadmeRequestBody(t *testing.T) {
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

// TestReadmeObservation compares the log lines and the metrics that are shown.
func TestReadmeObservation(t *testing.T) {
	b := findFenced(t, readmes[0], "caddyfile", "log auth_errors {")
	config, err := adapt(b.text + ":9180 {\n\tmetrics\n}\n")
	if err != nil {
		t.Fatal(err)
	}
	up := startUpstream(t)
	up.script("mapped", answer{wire: sized("HTTP/1.1 403 No\nContent-Type: application/json", `{"error":"access_denied","error_description":"Unknown or invalid refresh token"}`)})
	up.script("unmapped", answer{wire: sized("HTTP/1.1 400 No\nContent-Type: application/json", `{"error":"new_in_november","error_description":"Something new"}`)})
	r := runConfig(t, config, up)
	x := ask{method: "GET", host: hostOf(t, b), path: "/oauth/token"}
	for _, name := range []string{"mapped", "unmapped"} {
		x.header = http.Header{caseHeader: {name}}
		x.send(t, r.address)
	}
	happened := readText(t, r.logFile) + fetch(t, "http://"+r.addresses[":9180"]).body
	// Time, the row's line and the counts of earlier tests change.
	blank := regexp.MustCompile(`"ts":[0-9.]+|\.yaml:\d+|(?m) \d+$`)
	happened = blank.ReplaceAllString(happened, "-")
	compared := 0
	for _, shown := range blocksOf(t, readmes[0]) {
		if shown.language != "text" || strings.HasPrefix(shown.text, "auth_errors [") {
			continue
		}
		for line := range strings.Lines(shown.text) {
			compared++
			if want := blank.ReplaceAllString(strings.TrimSpace(line), "-"); !strings.Contains(happened, want) {
				t.Errorf("%v: got no %s in\n%s", shown, want, happened)
			}
		}
	}
	if compared == 0 {
		t.Errorf("%s: got nothing to compare, want log lines and metrics", readmes[0])
	}
}

// TestReadmeOutcomes: the table has all outcomes that the code knows.
func TestReadmeOutcomes(t *testing.T) {
	constant := regexp.MustCompile(`(?m)^\s[oO]utcome\w+ (?:normalizer\.)?Outcome = "(\w+)"`)
	files, err := filepath.Glob(filepath.Join(top, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	engine, err := filepath.Glob(filepath.Join(top, "normalizer", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, file := range slices.Concat(files, engine) {
		for _, m := range constant.FindAllStringSubmatch(readText(t, file), -1) {
			want = append(want, m[1])
		}
	}
	for _, row := range tableOf(t, readmes[0], "outcome") {
		got = append(got, codeSpans(row[0])...)
	}
	slices.Sort(want)
	if slices.Sort(got); len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("the outcomes: got %v, want %v", got, want)
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

// TestReadmeDirective: syntax and table have all subdirectives and no others,
// and the table has all members of the JSON.
func TestReadmeDirective(t *testing.T) {
	_, err := adapt(":80 {\n\tauth_errors {\n\t\tnosuch\n\t}\n}\n")
	want := knownNames(t, err)
	syntax := findFenced(t, readmes[0], "text", "auth_errors [<matcher>]")
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
	for _, row := range tableOf(t, readmes[0], "subdirective") {
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

// TestReadmeEndpoints: the table has all kinds of endpoints.
func TestReadmeEndpoints(t *testing.T) {
	_, err := registry.ParseEndpoint("nosuch")
	want := knownNames(t, err)
	var got []string
	for _, row := range tableOf(t, readmes[0], "kind") {
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

// TestReadmeStatuses: the statuses that stay are those of the table.
func TestReadmeStatuses(t *testing.T) {
	table := oauth2Table(t)
	var want []int
	for _, row := range tableOf(t, readmes[0], "where") {
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

// TestReadmeHeaders sends every header field of the table through Caddy.
func TestReadmeHeaders(t *testing.T) {
	fields := make(map[string][]string)
	for _, row := range tableOf(t, readmes[0], "what | fields") {
		fields[row[0]] = codeSpans(row[1])
	}
	lines := "HTTP/1.1 403 No"
	for _, name := range slices.Concat(fields["dropped"], fields["left as they are"]) {
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
	for _, name := range fields["left as they are"] {
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
	if len(fields["dropped"]) == 0 || len(fields["left as they are"]) == 0 || len(fields["set"]) == 0 {
		t.Errorf("the table of header fields: got %v, want what is set, dropped and left", fields)
	}
}

// TestReadmeLimits: what is said of bodies over the limits.
func TestReadmeLimits(t *testing.T) {
	limits := make(map[string]int)
	for _, row := range tableOf(t, readmes[0], "what | limit") {
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
		{"an error body, as received", 400, false},
		{"the same, decoded (gzip, deflate, br, zstd)", 400, true},
		{"a 2xx body that may be an error", 200, false},
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

// fileLink finds the links of a README to files and headings.
var fileLink = regexp.MustCompile(`\]\(([^):]+)\)`)

// TestReadmeLinks: files and headings that are linked to exist.
func TestReadmeLinks(t *testing.T) {
	for _, file := range append([]string{operations}, readmes...) {
		for _, m := range fileLink.FindAllStringSubmatch(readText(t, file), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			path := filepath.Join(filepath.Dir(file), filepath.FromSlash(target))
			if target == "" {
				path = file
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s: link %s: %v", file, m[1], err)
			} else if anchor != "" && !slices.Contains(anchorsOf(t, path), anchor) {
				t.Errorf("%s: link %s: got no such heading, want one of %v", file, m[1], anchorsOf(t, path))
			}
		}
	}
}

// anchorsOf returns the headings of a README as links spell them.
func anchorsOf(t *testing.T, file string) []string {
	t.Helper()
	var anchors []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(readText(t, file), -1) {
		anchor := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(m[1]), "")
		anchors = append(anchors, strings.ReplaceAll(anchor, " ", "-"))
	}
	return anchors
}

// TestReadmeVersions: the versions that are named are those of go.mod.
func TestReadmeVersions(t *testing.T) {
	mod, text := readText(t, filepath.Join(top, "go.mod")), readText(t, readmes[0])
	goVersion := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(mod)
	caddyVersion := regexp.MustCompile(`github.com/caddyserver/caddy/v2 (\S+)`).FindStringSubmatch(mod)
	if goVersion == nil || !strings.Contains(text, "Go "+goVersion[1]+" ") {
		t.Errorf("README.md: want the Go version of go.mod, %v", goVersion)
	}
	if caddyVersion == nil || !strings.Contains(text, "Caddy "+caddyVersion[1]+" ") {
		t.Errorf("README.md: want the Caddy version of go.mod, %v", caddyVersion)
	}
}

// keyTables are the tables of mappings/README.md, by their headings, and the
// words with which the loader names what they describe.
var keyTables = map[string]string{
	"### The file":                "the mapping",
	"### A source":                "source docs",
	"### An entry of read":        "an entry of read",
	"### A row":                   "a row",
	"### An example":              "an example",
	"### What an example expects": "expect",
}

// TestReadmeKeys: the tables of keys have what the loader knows.
func TestReadmeKeys(t *testing.T) {
	_, err := mapping.Load("keys.yaml", []byte(`version: 1
provider: keys
nosuch: 1
sources:
  docs: {title: Docs, nosuch: 1}
read:
  - {code: error, nosuch: 1}
errors:
  - {code: error, error: access_denied, nosuch: 1}
examples:
  - {endpoint: token, status: 400, expect: {pass: true, nosuch: 1}, nosuch: 1}
`))
	problems, ok := errors.AsType[*mapping.LoadError](err)
	if !ok {
		t.Fatalf("loading unknown keys: got %v, want a LoadError", err)
	}
	text := readText(t, readmes[1])
	for heading, what := range keyTables {
		var want []string
		for _, p := range problems.Problems {
			if _, list, ok := strings.Cut(p.Reason, `unknown key "nosuch" in `+what+": use one of "); ok {
				want = slices.Sorted(strings.SplitSeq(list, ", "))
			}
		}
		_, section, _ := strings.Cut(text, heading+"\n")
		section, _, _ = strings.Cut(section, "\n#")
		var got []string
		for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|").FindAllStringSubmatch(section, -1) {
			got = append(got, m[1])
		}
		if slices.Sort(got); len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%s: got the keys %v, want %v", heading, got, want)
		}
	}
	// The first mapping says that it has them all.
	first := findFenced(t, readmes[1], "yaml", "# acme.yaml").text
	for _, p := range problems.Problems {
		_, list, _ := strings.Cut(p.Reason, ": use one of ")
		for key := range strings.SplitSeq(list, ", ") {
			if key != "base" && !regexp.MustCompile(`(?m)(^|[ {])`+key+`: `).MatchString(strings.ReplaceAll(first, ":\n", ": \n")) {
				t.Errorf("acme.yaml: got no key %s, want every key but base", key)
			}
		}
	}
}
