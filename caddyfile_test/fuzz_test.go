package caddyfile_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	autherrors "github.com/auth-errors/caddy-auth-errors"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// secret is a token that providers might quote. Wherever it stands in the body of
// a response, it must not be in what we write.
const secret = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJqYW5lMSJ9.c2lnbmF0dXJl"

// FuzzHandler plays arbitrary responses. Whatever the provider sends, the client
// gets it untouched, or a canonical error that fits its published schema.
func FuzzHandler(f *testing.F) {
	for _, provider := range normalizer.Shipped.Providers() {
		m, err := normalizer.Shipped.Mapping(provider)
		if err != nil {
			f.Fatal(err)
		}
		for _, x := range m.Examples {
			var fields bytes.Buffer
			x.Header.Write(&fields)
			f.Add(provider, uint16(x.Status), fields.String(), []byte(x.Body), x.Authorization, uint8(x.Endpoint))
		}
	}
	f.Add("auth0", uint16(403), "Content-Type: application/json\r\nWWW-Authenticate: Bearer error=\"a\r\nSet-Cookie: x=y\"", []byte(`{"error":"x","error_description":"\r\nSet-Cookie: x=y"}`), "Bearer", uint8(9))
	f.Add("oauth2", uint16(302), "Location: /cb?error=invalid_token&state=\r\n", []byte{}, "", uint8(8))
	schemas := compileSchemas(f)
	logged := filepath.Join(f.TempDir(), "log")
	var read int64 // bytes of the log
	log := new(caddy.CustomLog)
	log.Level = "DEBUG"
	log.WriterRaw = caddyconfig.JSON(map[string]any{"output": "file", "filename": logged, "roll": false}, nil)
	handlers := make(map[string]*autherrors.Handler)
	for _, provider := range normalizer.Shipped.Providers() {
		handlers[provider] = provisionedWith(f, &autherrors.Handler{Provider: provider}, log)
	}
	f.Fuzz(func(t *testing.T, provider string, status uint16, fields string, body []byte, scheme string, kind uint8) {
		if status < 200 || status > 999 || status == http.StatusNoContent || status == http.StatusNotModified {
			return // net/http sends no such thing, or no body with it
		}
		h := handlers[provider]
		if h == nil {
			return
		}
		fields = cleanFields(fields)
		upstream := played(int(status), fields, body)
		direct := play(t, nil, upstream, scheme, kind)
		got := play(t, h, upstream, scheme, kind)
		if problem := compareReplies(direct, got, schemas); problem != "" {
			t.Errorf("%s: %d %q %q: %s\ngot %d %v %q", provider, status, fields, body, problem, got.Code, got.Header(), got.Body)
		}
		lines := logSince(t, logged, &read)
		if strings.Contains(lines, secret) {
			t.Errorf("the log has the secret: %s", lines)
		}
		if kept := unmappedView(t); strings.Contains(kept, secret) {
			t.Errorf("the ledger has the secret: %s", kept)
		}
		if bytes.Contains(body, []byte(secret)) && got.Body.String() != direct.Body.String() && !inMember(got.Body.Bytes()) && strings.Contains(got.Body.String(), secret) {
			t.Errorf("the answer has the secret: %s", got.Body)
		}
	})
}

// logSince returns what was logged since the last call.
func logSince(t *testing.T, name string, read *int64) string {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, err := io.ReadAll(io.NewSectionReader(file, *read, 1<<30))
	if err != nil {
		t.Fatal(err)
	}
	*read += int64(len(lines))
	return string(lines)
}

// unmappedView is what the admin API shows of the ledger.
func unmappedView(t *testing.T) string {
	t.Helper()
	module, err := caddy.GetModule("admin.api.auth_errors")
	if err != nil {
		t.Fatal(err)
	}
	route := module.New().(caddy.AdminRouter).Routes()[0]
	w := httptest.NewRecorder()
	if err := route.Handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, route.Pattern+"unmapped", nil)); err != nil {
		t.Fatal(err)
	}
	return w.Body.String()
}

// inMember reports whether an answer has members that are kept as they are, where
// a token is meant to be.
func inMember(body []byte) bool {
	tree, _ := wire.Parse("application/json", body)
	n := 0
	tree.Each(func(string, wire.Value) { n++ })
	return n > 2
}

// cleanFields drops what no HTTP parser would let through to a handler.
func cleanFields(fields string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return -1
		}
		return r
	}, fields)
}

// played is the provider: it answers as told.
func played(status int, fields string, body []byte) caddyhttp.Handler {
	return caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		for line := range strings.Lines(fields) {
			name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
			if ok && name != "" && !strings.ContainsAny(name, " \t\"(),/:;<=>?@[]{}\\") && !strings.EqualFold(name, "Content-Length") {
				w.Header().Add(name, strings.TrimSpace(value))
			}
		}
		w.WriteHeader(status)
		for rest := body; len(rest) > 0; { // in several writes, as a network has it
			n := (len(rest) + 1) / 2
			if _, err := w.Write(rest[:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
		return nil
	})
}

// fuzzPaths has a path for each kind of endpoint, by the oauth2 mapping.
var fuzzPaths = []string{"/jwks", "/oauth/token", "/device_authorization", "/par", "/revoke", "/introspect", "/register", "/bc-authorize", "/authorize", "/userinfo"}

func play(t *testing.T, h *autherrors.Handler, upstream caddyhttp.Handler, scheme string, kind uint8) *httptest.ResponseRecorder {
	t.Helper()
	r := benchRequest(fuzzPaths[int(kind)%len(fuzzPaths)])
	if scheme != "" {
		r.Header.Set("Authorization", scheme+" -")
	}
	w := httptest.NewRecorder()
	var err error
	if h == nil {
		err = upstream.ServeHTTP(w, r)
	} else {
		err = h.ServeHTTP(w, r, upstream)
	}
	if err != nil {
		t.Errorf("got error %v, want none", err)
	}
	return w
}

func compileSchemas(tb testing.TB) *jsonschema.Schema {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	schema, err := c.Compile("../normalizer/oauth-error.schema.json")
	if err != nil {
		tb.Fatal(err)
	}
	return schema
}

// compareReplies says what is wrong with what the client got, or nothing.
func compareReplies(direct, got *httptest.ResponseRecorder, schema *jsonschema.Schema) string {
	want, have := direct.Result().Header, got.Result().Header
	if direct.Code == got.Code && bytes.Equal(direct.Body.Bytes(), got.Body.Bytes()) && untouched(want, have) {
		return ""
	}
	if from, to := want.Get("Location"), have.Get("Location"); from != to && normalizer.RedirectError(to) != "" {
		if direct.Code != got.Code || got.Body.Len() > 0 || have.Get("Content-Length") != "0" || have.Get("Content-Type") != "" {
			return "the redirect is another one, or has a body"
		}
		return ""
	}
	if err := checkFields(have, got.Body.Len()); err != nil {
		return err.Error()
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(got.Body.Bytes()))
	if err != nil {
		return "the body is neither the provider's nor JSON: " + err.Error()
	}
	if err := schema.Validate(value); err != nil {
		return "the body does not fit the schema: " + err.Error()
	}
	return ""
}

// untouched reports whether a header is the provider's, but for a no-store.
func untouched(want, have http.Header) bool {
	for name, values := range have {
		if name == "Cache-Control" {
			values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "no-store" && !slices.Contains(want[name], v) })
		}
		if !slices.Equal(values, want[name]) {
			return false
		}
	}
	return true
}

// checkFields holds the header of a rewritten answer against what it promises.
func checkFields(h http.Header, length int) error {
	if got := h.Get("Content-Length"); got != strconv.Itoa(length) {
		return errors.New("Content-Length is " + got)
	}
	if h.Get("Cache-Control") != "no-store" || h.Get("Content-Type") != "application/json" {
		return errors.New("the fields of a rewritten answer are missing")
	}
	for _, name := range []string{"Content-Encoding", "Etag", "Location", "Transfer-Encoding"} {
		if h.Get(name) != "" {
			return errors.New(name + " outlived its body")
		}
	}
	for _, name := range []string{"Www-Authenticate", "Retry-After"} {
		for _, value := range h[name] {
			if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) {
				return errors.New(name + " has bytes that no field may have")
			}
		}
	}
	return nil
}
