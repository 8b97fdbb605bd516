package normalizer_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
)

// TestTransportOversize: of a body over the limit the beginning decides, and the
// connection can be used again.
func TestTransportOversize(t *testing.T) {
	body := `{"error":"access_denied","error_description":"Unknown or invalid refresh token","x":"` + strings.Repeat("x", 200<<10) + `"}`
	for _, announced := range []bool{true, false} {
		url, base := server(t, false, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			if announced {
				w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			}
			w.WriteHeader(403)
			_, _ = io.WriteString(w, body)
		})
		tr := &normalizer.Transport{Table: tableOf(t, normalizer.Config{Provider: "auth0"}), Base: base}
		for attempt := range 2 {
			r := formRequest(t, url, "grant_type=refresh_token")
			reused := false
			trace := &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) { reused = c.Reused }}
			resp, err := tr.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
			if err != nil {
				t.Fatal(err)
			}
			got, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if resp.StatusCode != 400 || !bytes.Contains(got, []byte("invalid_grant")) {
				t.Errorf("announced %v: got %d %.100s, want 400 invalid_grant", announced, resp.StatusCode, got)
			}
			if want := attempt == 1; reused != want {
				t.Errorf("announced %v, attempt %d: got a connection that is reused: %v, want %v", announced, attempt, reused, want)
			}
		}
	}
}

// noise is a text of that length that gzip cannot make much shorter.
func noise(length int) string {
	var b strings.Builder
	for r := rand.New(rand.NewPCG(1, 2)); b.Len() < length; {
		fmt.Fprintf(&b, "%016x", r.Uint64())
	}
	return b.String()[:length]
}

// TestTransportGzip: it is the same error whether the body was undone already or not.
func TestTransportGzip(t *testing.T) {
	for _, tt := range []struct {
		name, provider string
		status         int
		body           string
	}{
		{"small", "auth0", 403, deadToken},
		{"over the limit when it is undone", "auth0", 403, `{"x":"` + noise(100<<10) + `",` + deadToken[1:]},
		{"success", "accelo", 200, `{"response":null,"meta":{"status":"invalid_token","message":"The token is expired","response_code":401}}`},
	} {
		var coded bytes.Buffer
		w := gzip.NewWriter(&coded)
		_, _ = io.WriteString(w, tt.body)
		_ = w.Close()
		url, base := server(t, false, answering(tt.status, "Content-Type: application/json\nContent-Encoding: gzip", coded.String()))
		if tt.status == 200 {
			url = strings.Replace(url, errorPath, resourcePath, 1)
		}
		tr := &normalizer.Transport{Table: tableOf(t, normalizer.Config{Provider: tt.provider}), Base: base}
		undone, undoneBody := post(t, tr, url, "grant_type=refresh_token")
		base.DisableCompression = true
		came, cameBody := post(t, tr, url, "grant_type=refresh_token")
		got, want := describe(undone, undoneBody), describe(came, cameBody)
		if got != want || undone.StatusCode == tt.status || undone.Uncompressed {
			t.Errorf("%s: got\n%.300s (uncompressed %v)\nfrom a body that was undone already, want\n%.300s\nas from one that was not, and another status than %d", tt.name, got, undone.Uncompressed, want, tt.status)
		}
	}
}

// TestTransportBreaksOff: the client gets the part that arrived, and then the error.
func TestTransportBreaksOff(t *testing.T) {
	url, base := server(t, false, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(deadToken)+1))
		w.WriteHeader(403)
		_, _ = io.WriteString(w, deadToken)
	})
	tr := &normalizer.Transport{Table: tableOf(t, normalizer.Config{Provider: "auth0"}), Base: base}
	resp, err := tr.RoundTrip(formRequest(t, url, "grant_type=refresh_token"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if resp.StatusCode != 403 || string(body) != deadToken || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %d %q and the error %v, want 403 %q and %v", resp.StatusCode, body, err, deadToken, io.ErrUnexpectedEOF)
	}
}

// TestTransportStreams: RoundTrip does not wait for the end of a success of unknown
// length.
func TestTransportStreams(t *testing.T) {
	ended := make(chan struct{})
	url, base := server(t, false, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"event":`)
		_ = http.NewResponseController(w).Flush()
		<-ended
		_, _ = io.WriteString(w, `1}`)
	})
	url = strings.Replace(url, errorPath, resourcePath, 1)
	resp, err := (&normalizer.Transport{Table: tableOf(t, normalizer.Config{Provider: "accelo"}), Base: base}).RoundTrip(formRequest(t, url, "x=y"))
	close(ended)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != `{"event":1}` {
		t.Errorf("got %q and the error %v, want the whole stream", body, err)
	}
}

// TestTransportBases: another transport may leave out fields that the standard one sets.
func TestTransportBases(t *testing.T) {
	table := tableOf(t, normalizer.Config{Provider: "auth0"})
	for name, base := range map[string]roundTrip{
		"no header, no body": func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: 403}, nil },
		"a body that yields nothing": func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 403, Body: io.NopCloser(idle{})}, nil
		},
		"no response": func(*http.Request) (*http.Response, error) { return nil, nil },
	} {
		resp, err := (&normalizer.Transport{Table: table, Base: base}).RoundTrip(formRequest(t, "http://idp.test"+errorPath, "x=y"))
		switch {
		case err != nil:
			t.Errorf("%s: got the error %v, want none", name, err)
		case name == "a body that yields nothing":
			if _, err := io.ReadAll(resp.Body); err != io.ErrNoProgress {
				t.Errorf("%s: got the error %v, want %v", name, err, io.ErrNoProgress)
			}
		case resp != nil && resp.StatusCode != 400:
			t.Errorf("%s: got %d, want 400", name, resp.StatusCode)
		}
	}
}

// idle is a reader that yields nothing.
type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }
