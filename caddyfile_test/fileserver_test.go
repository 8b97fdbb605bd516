package caddyfile_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFileServer: files reach the response writer through ReadFrom, which
// reverse_proxy does not use. A writer that only sees Write would let them by.
func TestFileServer(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"/oauth/token": `{"error":"invalid_grant","error_description":"Invalid authorization code"}`,
		"/userinfo":    unknownError,
		"/api/v2/jobs": strings.Repeat(`{"reason":"0123456789"},`, 20_000), // more than is held
		"/api/v2/cap":  strings.Repeat("x", 64<<10),                        // just what is held
		"/api/v2/cap1": strings.Repeat("x", 64<<10+1),
	} {
		file := filepath.Join(dir, filepath.FromSlash(name+".json"))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, status := range []int{200, 404} {
		files := fmt.Sprintf("root * %q\n\ttry_files {path}.json\n\tfile_server {\n\t\tstatus %d\n\t}", filepath.ToSlash(dir), status)
		with, without := freeAddress(t), freeAddress(t)
		startCaddy(t, site(with, auth0With("endpoint token /oauth/token.json", "endpoint resource /userinfo.json /api/v2/*"), files)+site(without, files))
		for _, path := range []string{"/oauth/token", "/userinfo", "/api/v2/jobs", "/api/v2/cap", "/api/v2/cap1"} {
			got := blankDate(rawReply(t, with, http.MethodGet, path, http.Header{}))
			want := blankDate(rawReply(t, without, http.MethodGet, path, http.Header{}))
			switch rewritten := status == 404 && path == "/oauth/token"; {
			case rewritten && (!strings.HasPrefix(got, "HTTP/1.1 400 ") || !strings.Contains(got, `"invalid_grant"`)):
				t.Errorf("%s with status %d: got\n%s\nwant 400 and invalid_grant", path, status, excerpt(got))
			case !rewritten && got != want:
				t.Errorf("%s with status %d: got\n%s\nwant\n%s", path, status, excerpt(got), excerpt(want))
			}
		}
	}
}
