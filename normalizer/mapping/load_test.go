package mapping

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

const goodMapping = `version: 1
provider: test
title: A test
gaps: [XML unseen, another]
base: oauth2
sources:
  docs: {title: Docs, url: "https://example.com", retrieved: 2026-11-21}
  more: {title: More}
read:
  - {code: error, description: error_description, uri: error_uri}
  - {code: header.X-Error, description: meta.text, status: meta.status}
endpoints:
  token: [/oauth/token]
  resource: /me
keep: [mfa_token, a.b]
errors:
  - {status: 403, code: [access_denied, 0123, 1e3, 53203], error: access_denied}
  - {status: [440, 5xx], description: ["a*", b], endpoint: [token, par], error: server_error, source: more}
  - {code: ok, pass: true}
  - code: slow
    when: {header.X-Rate: "0", meta.a: "*"}
    error: temporarily_unavailable
    to_status: 429
    to_description: Later
    retry_after: header.X-Reset
examples:
  - {endpoint: token, path: /oauth/token, status: 403, authorization: Basic, header: {X-Error: "1"}, body: '{"error":"x"}', expect: {status: 400, error: access_denied, description: x}}
  - {endpoint: none, status: 404, body: "", expect: {pass: true}}
`

func TestLoad(t *testing.T) {
	m := loadAs(t, "test.yaml", goodMapping)
	if m.File != "test.yaml" || m.Provider != "test" || m.Title != "A test" || !slices.Equal(m.Bases, []string{"oauth2"}) || !slices.Equal(m.Gaps, []string{"XML unseen", "another"}) {
		t.Errorf("got %q %q %q %q %q, want the head of the file", m.File, m.Provider, m.Title, m.Bases, m.Gaps)
	}
	if len(m.Sources) != 2 || m.Sources[0] != (Source{"docs", "Docs", "https://example.com", "2026-11-21", 7}) {
		t.Errorf("sources: got %+v, want docs and more", m.Sources)
	}
	if len(m.Rows) != 4 || len(m.Examples) != 2 || len(m.Read) != 2 || len(m.Keep) != 2 {
		t.Fatalf("got %d rows, %d examples, %d entries of read, %d members, want 4, 2, 2, 2", len(m.Rows), len(m.Examples), len(m.Read), len(m.Keep))
	}
	row := m.Rows[3]
	if row.Position() != "test.yaml:20" || row.Text != "- code: slow" || row.ToStatus != 429 || row.ToDescription != "Later" || row.RetryAfter.String() != "header.X-Reset" || len(row.When) != 2 {
		t.Errorf("row: got %+v, want what is written from line 20 on", row)
	}
	if x := m.Examples[0]; x.Line != 27 || x.Endpoint != registry.EndpointToken || x.Path != "/oauth/token" || x.Status != 403 || x.Authorization != "Basic" ||
		x.Header.Get("X-Error") != "1" || x.Body != `{"error":"x"}` || x.Expect != (Expectation{Status: 400, Error: "access_denied", Description: "x"}) {
		t.Errorf("example: got %+v, want line 27 as written", x)
	}
}

func TestLoadKeepsScalarsAsSpelled(t *testing.T) {
	m := loadAs(t, "test.yaml", goodMapping)
	if got, want := strings.Join(m.Rows[0].Codes, " "), "access_denied 0123 1e3 53203"; got != want {
		t.Errorf("codes: got %q, want %q", got, want)
	}
	for _, code := range []string{"0123", "1e3", "53203", "0x1F", "1_000", "1.0", "true", "no", "2026-11-21", "12:30:45", ".5", "+1"} {
		m := loadAs(t, "test.yaml", rows("{code: "+code+", error: invalid_grant}"))
		if got := m.Rows[0].Codes[0]; got != code {
			t.Errorf("code %s: got %q, want it as spelled", code, got)
		}
	}
}

func TestLoadEncodings(t *testing.T) {
	for _, tt := range []struct{ name, text string }{
		{"a byte order mark", "\ufeff" + goodMapping},
		{"CRLF", strings.ReplaceAll(goodMapping, "\n", "\r\n")},
		{"a byte order mark and CRLF", "\ufeff" + strings.ReplaceAll(goodMapping, "\n", "\r\n")},
		{"a document start", "---\n" + goodMapping},
		{"a document end", goodMapping + "...\n"},
		{"a comment first", "# a comment, it's [one\n" + goodMapping},
		{"no line end", strings.TrimSuffix(goodMapping, "\n")},
	} {
		m, err := Load("test.yaml", []byte(tt.text))
		if err != nil {
			t.Errorf("%s: got error %v, want none", tt.name, err)
			continue
		}
		if m.Provider != "test" || len(m.Rows) != 4 || m.Rows[3].Text != "- code: slow" {
			t.Errorf("%s: got provider %q and rows %+v, want those of the file", tt.name, m.Provider, m.Rows)
		}
	}
}

func TestLoadFile(t *testing.T) {
	m, data, err := LoadFile("test.yaml", strings.NewReader(goodMapping))
	if err != nil || m.Provider != "test" || string(data) != goodMapping {
		t.Errorf("LoadFile: got %v, %d bytes, %v, want the mapping and its bytes", m, len(data), err)
	}
	large := goodMapping + "#" + strings.Repeat("x", maxFileSize)
	if _, _, err := LoadFile("test.yaml", strings.NewReader(large)); err == nil || !strings.Contains(err.Error(), "test.yaml:1: ") {
		t.Errorf("LoadFile of %d bytes: got error %v, want one", len(large), err)
	}
	full := goodMapping + "#" + strings.Repeat("x", maxFileSize-len(goodMapping)-1)
	if _, _, err := LoadFile("test.yaml", strings.NewReader(full)); err != nil {
		t.Errorf("LoadFile of %d bytes: got error %v, want none", len(full), err)
	}
	broken := errors.New("broken")
	if _, _, err := LoadFile("test.yaml", iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("LoadFile of a broken reader: got error %v, want %v", err, broken)
	}
}

func TestLibrary(t *testing.T) {
	library := Library{FS: fstest.MapFS{
		"test.yaml":    {Data: []byte(goodMapping)},
		"another.yaml": {Data: []byte("version: 1\nprovider: other\n")},
		"bad.yaml":     {Data: []byte("version: 2\nprovider: bad\n")},
		"README.md":    {Data: []byte("no mapping")},
		"a/b.yaml":     {Data: []byte(goodMapping)},
	}}
	if got, want := strings.Join(library.Providers(), " "), "another bad test"; got != want {
		t.Errorf("Providers: got %q, want %q", got, want)
	}
	if m, err := library.Mapping("test"); err != nil || m.Provider != "test" || m.File != "mappings/test.yaml" {
		t.Errorf("Mapping(test): got %v, %v, want its mapping", m, err)
	}
	for _, tt := range []struct {
		provider string
		missing  bool
		want     string
	}{
		{"nobody", true, `"nobody"`},
		{"", true, `""`},
		{"../test", true, `"../test"`},
		{"Test", true, `"Test"`},
		{"a/b", true, `"a/b"`},
		{"bad", false, "mappings/bad.yaml:1: "},
		{"another", false, `"other"`},
	} {
		_, err := library.Mapping(tt.provider)
		if err == nil || !strings.Contains(err.Error(), tt.want) || errors.Is(err, ErrNoMapping) != tt.missing {
			t.Errorf("Mapping(%q): got error %v, want one with %q, ErrNoMapping %v", tt.provider, err, tt.want, tt.missing)
		}
	}
	if _, err := (Library{FS: brokenFS{}}).Mapping("test"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Mapping of a broken file system: got error %v, want %v", err, fs.ErrPermission)
	}
}

type brokenFS struct{}

func (brokenFS) Open(string) (fs.File, error) { return nil, fs.ErrPermission }

func FuzzLoad(f *testing.F) {
	f.Add([]byte(goodMapping))
	names, _ := fs.Glob(os.DirFS("../../mappings"), "*.yaml")
	for _, name := range names {
		data, err := os.ReadFile("../../mappings/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, seed := range []string{
		"", "---\n", "- 1", "a: &b c", "a: *b", "!!str x", "<<: {a: b}", "? [a]\n: b", "a: |\n  x\n", "\ufeffversion: 1",
		"version: 1\nprovider: x\n---\nversion: 1", "{{{{", "%YAML 1.2\n---\n", "a: 'b", "\xff\xfea\x00", "a: \"\\0\"",
		rows(`{description: "*", error: invalid_grant}`, `{status: 400, error: invalid_grant}`),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Load("f.yaml", data)
		if (m == nil) == (err == nil) {
			t.Fatalf("got %v, %v, want either a mapping or an error", m, err)
		}
		if err == nil {
			checkLoaded(t, m)
			return
		}
		var le *LoadError
		if !errors.As(err, &le) || len(le.Problems) == 0 {
			t.Fatalf("got error %v, want a LoadError with problems", err)
		}
		lines := bytes.Count(data, []byte{'\n'}) + 1
		for _, p := range le.Problems {
			if p.Line < 1 || p.Reason == "" || p.Text != "" && p.Line > lines {
				t.Errorf("got problem %+v in %d lines, want a line and a message", p, lines)
			}
		}
	})
}

// checkLoaded checks the properties that the rest of the engine relies on.
func checkLoaded(t *testing.T, m *Mapping) {
	if !isName(m.Provider) {
		t.Errorf("got provider %q, want a name", m.Provider)
	}
	for _, r := range m.Rows {
		if _, ok := registry.Lookup(r.Error); ok == r.Pass {
			t.Errorf("%s: got error %q and pass %v, want one of them", r.Position(), r.Error, r.Pass)
		}
		if len(r.Statuses)+len(r.Codes)+len(r.Descriptions)+len(r.When) == 0 {
			t.Errorf("%s: got a row without a left side", r.Position())
		}
	}
}
