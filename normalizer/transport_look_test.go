package normalizer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
)

// flushes sends the parts of a body, each when there is a value for it, and the first
// with the header. Announced, it says their length.
func flushes(announced bool, next <-chan struct{}, parts ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if announced {
			w.Header().Set("Content-Length", fmt.Sprint(len(strings.Join(parts, ""))))
		}
		for i, part := range parts {
			if i > 0 {
				select {
				case <-next:
				case <-r.Context().Done():
					return
				}
			}
			_, _ = io.WriteString(w, part)
			_ = http.NewResponseController(w).Flush()
		}
	}
}

// TestTransportWaitsForNone: a success is let go though its body does not come, or does
// not end, and whether its length is known or not; all of it arrives.
func TestTransportWaitsForNone(t *testing.T) {
	for _, parts := range [][]string{
		{"", `{"event":1}`},
		{" ", "", `{"event":1}`},
		{`{"event":`, `1}`},
		{`{"event":1}`, ""},
		{`[`, `]`},
	} {
		for _, announced := range []bool{false, true} {
			for _, h2 := range []bool{false, true} {
				next := make(chan struct{})
				url, base := server(t, h2, flushes(announced, next, parts...))
				url = strings.Replace(url, errorPath, resourcePath, 1)
				resp, err := (&normalizer.Transport{Table: tableOf(t, normalizer.Config{Provider: "accelo"}), Base: base}).RoundTrip(formRequest(t, url, "x=y"))
				if err != nil {
					t.Fatalf("%q: %v", parts, err)
				}
				close(next) // only now
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if want := strings.Join(parts, ""); resp.StatusCode != 200 || string(body) != want || err != nil {
					t.Errorf("%q: got %d %q and the error %v, want 200 %q", parts, resp.StatusCode, body, err, want)
				}
			}
		}
	}
}

// TestTransportClosesWhatIsAwaited: a body that does not come can be closed.
func TestTransportClosesWhatIsAwaited(t *testing.T) {
	gone := make(chan struct{})
	url, base := server(t, false, func(w http.ResponseWriter, r *http.Request) {
		defer close(gone)
		flushes(false, nil, "", "never")(w, r)
	})
	url = strings.Replace(url, errorPath, resourcePath, 1)
	resp, err := (&normalizer.Transport{Table: tableOf(t, normalizer.Config{Provider: "accelo"}), Base: base}).RoundTrip(formRequest(t, url, ""))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("got no error from a body that is closed, want one")
	}
	select {
	case <-gone:
	case <-time.After(patience):
		t.Error("the provider is still asked")
	}
}

// TestTransportWaitsForErrors: a body that is an error so far is read to its end.
func TestTransportWaitsForErrors(t *testing.T) {
	const whole = `{"response":null,"meta":{"status":"invalid_token","message":"The token is expired","response_code":401}}`
	next := make(chan struct{}, 1)
	url, base := server(t, false, flushes(false, next, whole, "\n"))
	url = strings.Replace(url, errorPath, resourcePath, 1)
	waiting := roundTrip(func(r *http.Request) (*http.Response, error) {
		resp, err := base.RoundTrip(r)
		if err == nil {
			resp.Body = &slowBody{resp.Body, next}
		}
		return resp, err
	})
	resp, body := post(t, &normalizer.Transport{Table: tableOf(t, normalizer.Config{Provider: "accelo"}), Base: waiting}, url, "x=y")
	if resp.StatusCode != 401 || !strings.Contains(body, `"invalid_token"`) {
		t.Errorf("got %d %s, want 401 invalid_token", resp.StatusCode, body)
	}
}

// slowBody lets the provider go on when its second part is asked for.
type slowBody struct {
	io.ReadCloser
	next chan<- struct{}
}

func (b *slowBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 1 {
		b.next <- struct{}{}
	}
	return n, err
}

// TestTransportFailsClosed: where descriptions are canonical, of a response that breaks
// off the caller gets its error alone.
func TestTransportFailsClosed(t *testing.T) {
	broken := errors.New("broken")
	base := roundTrip(func(*http.Request) (*http.Response, error) {
		pr, pw := io.Pipe()
		go func() {
			_, _ = io.WriteString(pw, `{"error":"user_locked",`)
			_ = pw.CloseWithError(broken)
		}()
		return &http.Response{StatusCode: 403, Header: http.Header{"X-Locked": {"1"}}, Body: pr}, nil
	})
	tr := &normalizer.Transport{Table: tableOf(t, normalizer.Config{CanonicalDescriptions: true}), Base: base}
	resp, err := tr.RoundTrip(formRequest(t, "http://idp.test"+errorPath, "x=y"))
	if resp != nil || !errors.Is(err, broken) {
		t.Errorf("got %v and the error %v, want none and %v", resp, err, broken)
	}
	if _, err := tr.RoundTrip(formRequest(t, "http://idp.test/page", "x=y").WithContext(context.Background())); err != nil {
		t.Errorf("at a path that is no endpoint: got the error %v, want none", err)
	}
}
