package caddyfile_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
)

// carrier is an error as one kind of provider sends it, and the expected result: the
// canonical error, or the unchanged response.
type carrier struct {
	name        string
	provider    string // the site that the client asks
	path        string
	status      int
	contentType string // "" for no field
	body        string
	fields      []string // further fields
	want        outcome
	blind       outcome // if the coding of the body cannot be undone
}

// outcome is the canonical error; the zero outcome is the provider's own answer.
type outcome struct {
	status      int
	code        string
	description string // "" for any
	location    string // of a redirect that stays one
}

// passes reports whether nothing is changed but the Location of a redirect.
func (o outcome) passes() bool { return o.code == "" }

// fieldsOfBody describe the provider's body, so that they must not outlive it, in
// every answer of the matrix. One field has nothing to do with the body.
var fieldsOfBody = []string{`ETag: "stale"`, "Last-Modified: Mon, 02 Jan 2006 15:04:05 GMT", "Content-Language: en", "X-Request-Id: 7f3d"}

// message is the carrier in a coding, for any framing.
func (c carrier) message(cd coding) message {
	m := message{status: c.status, body: cd.encode(c.body)}
	if c.contentType != "" {
		m.fields = append(m.fields, "Content-Type: "+c.contentType)
	}
	if cd.field != "" {
		m.fields = append(m.fields, "Content-Encoding: "+cd.field)
	}
	m.fields = append(append(m.fields, c.fields...), fieldsOfBody...)
	return m
}

// expected returns the result for the carrier in a coding. The beginning of a body
// decides like the whole body, unless a row says otherwise.
func (c carrier) expected(cd coding) outcome {
	switch o, differs := cutCarriers[c.name]; {
	case cd.readable || c.body == "" && cd.encode("") == "":
		return c.want
	case !cd.cut:
		return c.blind
	case differs:
		return o
	}
	return c.want
}

// gateways are the sites of the matrix: one for each provider, and one called
// plain without the module. A request chooses the upstream that speaks HTTP/2 by
// a field.
type gateways struct {
	one       *upstream
	two       *upstream2
	scheme    string
	addresses map[string]string
}

// newGateways starts the upstreams. The sites are still to be run.
func newGateways(t *testing.T) *gateways {
	t.Helper()
	return &gateways{startUpstream(t), startUpstream2(t), "http", map[string]string{}}
}

// behind is a directive, if it is one, and what passes on to both upstreams.
func (g *gateways) behind(directive string) []string {
	return []string{directive, "@two header " + framingField + " HTTP/2", "reverse_proxy @two h2c://" + g.two.address, "reverse_proxy " + g.one.address}
}

// framingField names, in a request, the version of HTTP for the upstream.
const framingField = "X-Framing"

// startMatrix runs the sites of the carriers.
func startMatrix(t *testing.T) *gateways {
	t.Helper()
	g := newGateways(t)
	sites := ""
	for provider, directive := range matrixDirectives(t) {
		g.addresses[provider] = freeAddress(t)
		sites += site(g.addresses[provider], g.behind(directive)...)
	}
	startCaddy(t, sites)
	return g
}

// matrixDirectives are the directives of the sites: a shipped provider, two providers of
// a user's own, and none.
func matrixDirectives(t *testing.T) map[string]string {
	t.Helper()
	directives := map[string]string{"oauth2": "auth_errors", "plain": ""}
	for _, p := range providers {
		directives[p] = "auth_errors " + p
	}
	for provider, mapping := range map[string]string{"legacy": legacyMapping, "chat": chatMapping} {
		file := filepath.Join(t.TempDir(), provider+".yaml")
		if err := os.WriteFile(file, []byte(mapping), 0o600); err != nil {
			t.Fatal(err)
		}
		directives[provider] = fmt.Sprintf("auth_errors %s {\n\t\tmapping %q\n\t}", provider, filepath.ToSlash(file))
	}
	return directives
}

// script sets the answer of both upstreams.
func (g *gateways) script(name string, m message, f framing) {
	if f.two {
		g.two.script(name, m, f)
		return
	}
	g.one.script(name, f.answer(m))
}

// asking is the header of a request for the case.
func (c carrier) asking(name string, f framing) http.Header {
	h := http.Header{caseHeader: {name}, "Accept": {"application/json"}, "Accept-Encoding": {"gzip, br, zstd, deflate"}}
	if f.two {
		h.Set(framingField, "HTTP/2")
	}
	if strings.Contains(c.path, "/api/") || strings.HasSuffix(c.path, "/userinfo") {
		h.Set("Authorization", bearer)
	}
	return h
}

// TestCarriers is the matrix: each carrier in each coding and each framing, to
// clients of each version of HTTP, is either the right canonical error or exactly
// what the provider sent.
func TestCarriers(t *testing.T) {
	g := startMatrix(t)
	versions := protocols(t)
	for _, c := range carriers {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			for _, cd := range codings {
				for _, f := range framings {
					name := c.name + ", " + cd.name + ", " + f.name
					g.script(name, c.message(cd), f)
					g.checkCell(t, c, name, f, c.expected(cd), versions)
				}
			}
		})
	}
	t.Logf("%d cells, each over %d versions of HTTP", len(carriers)*len(codings)*len(framings), len(versions))
}

// checkCell requests one cell.
func (g *gateways) checkCell(t *testing.T, c carrier, name string, f framing, want outcome, versions []protocol) {
	t.Helper()
	header := c.asking(name, f)
	for _, v := range versions {
		got := send(t, v, http.MethodPost, g.scheme+"://"+g.addresses[c.provider]+c.path, header, "")
		if want.passes() {
			plain := send(t, v, http.MethodPost, g.scheme+"://"+g.addresses["plain"]+c.path, header, "")
			got.header.Del("Date")
			plain.header.Del("Date")
			if want.location != "" {
				plain.redirect(want.location)
			}
			if !f.sized && got.body == "" {
				// Whether Caddy has sent the header before it knows that nothing follows is
				// a matter of timing, without the module as well.
				got.header.Del("Content-Length")
				plain.header.Del("Content-Length")
			}
			if !reflect.DeepEqual(got, plain) {
				t.Errorf("%s over %s: got\n%s\nwant\n%s", name, v.name, excerpt(fmt.Sprintf("%+v", got)), excerpt(fmt.Sprintf("%+v", plain)))
			}
			continue
		}
		for _, problem := range want.compare(got) {
			t.Errorf("%s over %s: %s\nbody %s", name, v.name, problem, excerpt(fmt.Sprintf("%q", got.body)))
		}
	}
	if want == passed && f.sized && g.scheme == "http" {
		got := blankDate(rawReply(t, g.addresses[c.provider], http.MethodPost, c.path, header))
		plain := blankDate(rawReply(t, g.addresses["plain"], http.MethodPost, c.path, header))
		if got != plain {
			t.Errorf("%s in bytes: got\n%q\nwant\n%q", name, excerpt(got), excerpt(plain))
		}
	}
}

// redirect changes the reply to one with an edited Location: without a body, because that
// links to the original URL, and without the fields that describe it.
func (r *reply) redirect(location string) {
	r.header.Set("Location", location)
	r.header.Set("Content-Length", "0")
	for name := range r.header {
		if name != "Location" && name != "Content-Length" && normalizer.IsStale(name) {
			delete(r.header, name)
		}
	}
	r.body, r.trailer = "", nil
}

// compare says in what the reply differs from the canonical error.
func (o outcome) compare(got reply) (problems []string) {
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if got.status != o.status {
		problem("got status %d, want %d", got.status, o.status)
	}
	var object map[string]any
	if err := json.Unmarshal([]byte(got.body), &object); err != nil {
		problem("got no JSON object: %v", err)
	}
	if object["error"] != o.code {
		problem("got error %v, want %q", object["error"], o.code)
	}
	if d := object["error_description"]; o.description != "" && d != o.description {
		problem("got error_description %q, want %q", d, o.description)
	}
	want := map[string]string{
		"Content-Type": "application/json", "Content-Length": strconv.Itoa(len(got.body)), "X-Request-Id": "7f3d",
		"Cache-Control": "no-store", "Content-Encoding": "", "Etag": "", "Last-Modified": "", "Content-Language": "", "Location": "",
		"Trailer": "", "Transfer-Encoding": "", "X-Checksum": "", "X-Late": "",
	}
	for name, value := range want {
		if all := strings.Join(got.header.Values(name), ", "); all != value {
			problem("got %s %q, want %q", name, all, value)
		}
	}
	if len(got.trailer) != 0 {
		problem("got trailers %v, want none", got.trailer)
	}
	return problems
}
