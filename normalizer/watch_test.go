package normalizer

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
)

const (
	deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"
	cibaGrant   = "urn:openid:params:grant-type:ciba"
	// deviceForm spells the colons as all encoders of forms do.
	deviceForm = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"
)

// splits are the ways in which a body can arrive.
var splits = []struct {
	name  string
	split func(io.Reader) io.Reader
}{
	{"at once", func(r io.Reader) io.Reader { return r }},
	{"at once with the end", iotest.DataErrReader},
	{"in bytes", iotest.OneByteReader},
	{"in bytes with the end", func(r io.Reader) io.Reader { return iotest.DataErrReader(iotest.OneByteReader(r)) }},
	{"in halves", iotest.HalfReader},
	{"at once with the end, however long", func(r io.Reader) io.Reader { return &whole{r} }},
	{"in sevens", func(r io.Reader) io.Reader { return chunks{r, 7} }},
}

// chunks reads at most n bytes at a time.
type chunks struct {
	io.Reader
	n int
}

func (c chunks) Read(p []byte) (int, error) { return c.Reader.Read(p[:min(len(p), c.n)]) }

// whole reads until there is nothing more, and says so with the last bytes.
type whole struct{ io.Reader }

func (w *whole) Read(p []byte) (int, error) {
	n, err := io.ReadFull(w.Reader, p)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	return n, err
}

// watch returns a watcher for the body of a token request.
func watch(body io.Reader) (*grantWatcher, *http.Request) {
	r := httptest.NewRequest(http.MethodPost, "/oauth/token", body)
	r.Header.Set("Content-Type", formType)
	return watchGrant(r), r
}

func TestWatchGrant(t *testing.T) {
	secret := "client_secret=" + strings.Repeat("s3cr3t", 50)
	for _, row := range []struct {
		name, body string
		poll       bool
	}{
		{"device", deviceForm, true},
		{"device in lower-case escapes", strings.ReplaceAll(deviceForm, "%3A", "%3a"), true},
		{"device without escapes", "grant_type=" + deviceGrant, true},
		{"device with more escapes", "grant_type=%75rn:ietf:params:oauth:grant%2Dtype:device%5Fcode", true},
		{"CIBA", "grant_type=" + url.QueryEscape(cibaGrant), true},
		{"first", deviceForm + "&client_id=a&device_code=b", true},
		{"in the middle", "client_id=a&" + deviceForm + "&device_code=b", true},
		{"last", "client_id=a&device_code=b&" + deviceForm, true},
		{"behind a long secret", secret + "&" + deviceForm, true},
		{"before a long secret", deviceForm + "&" + secret, true},
		{"behind empty pairs", "&&" + deviceForm + "&&", true},
		{"with an escaped name", "client_id=a&grant%5Ftype=" + deviceGrant, true},
		{"with a name of more escapes", "%67rant%5ftyp%65=" + deviceGrant, true},
		{"code", "grant_type=authorization_code&code=x", false},
		{"the first of two", "grant_type=refresh_token&" + deviceForm, false},
		{"none", "client_id=a&scope=b", false},
		{"no equals sign", "grant_type&" + deviceForm, true},
		{"another name", "my_grant_type=" + deviceGrant, false},
		{"another case", "Grant_Type=" + deviceGrant, false},
		{"inside a value", "state=grant_type=" + deviceGrant, false},
		{"longer than the name", "grant_types=" + deviceGrant, false},
		{"longer than the grant", deviceForm + "s", false},
		{"wrong escapes", "grant_type=%zz&" + deviceForm, false},
		{"within what is watched", "a=" + strings.Repeat("x", watchedLength-len(deviceForm)-4) + "&" + deviceForm, true},
		{"half beyond what is watched", "a=" + strings.Repeat("x", watchedLength-len(deviceForm)-3) + "&" + deviceForm + "_of_another_kind", false},
		{"longer than a pair may be", "grant_type=" + strings.Repeat("x", longestPair) + "&" + deviceForm, true},
		{"beyond what is watched", "a=" + strings.Repeat("x", watchedLength) + "&" + deviceForm, false},
	} {
		for _, s := range splits {
			g, r := watch(s.split(strings.NewReader(row.body)))
			got, err := io.ReadAll(r.Body)
			if string(got) != row.body || err != nil {
				t.Errorf("%s, %s: got body %.80q, %v, want it unchanged", row.name, s.name, got, err)
			}
			if g.grantType().Polls() != row.poll {
				t.Errorf("%s, %s: got poll %v, want %v", row.name, s.name, g.grantType().Polls(), row.poll)
			}
		}
	}
}

// TestWatchDelaysNothing: each read returns at once, and the grant type is known as soon
// as its pair has ended.
func TestWatchDelaysNothing(t *testing.T) {
	pr, pw := io.Pipe()
	g, r := watch(pr)
	buf := make([]byte, 1000)
	for _, part := range []struct {
		text string
		poll bool
	}{
		{"client_id=a&grant", false}, {"_type=" + deviceGrant[:20], false}, {deviceGrant[20:], false}, {"&", true}, {"device_code=b", true},
	} {
		go io.WriteString(pw, part.text)
		n, err := r.Body.Read(buf)
		if string(buf[:n]) != part.text || err != nil {
			t.Fatalf("got %q, %v, want %q", buf[:n], err, part.text)
		}
		if g.grantType().Polls() != part.poll {
			t.Errorf("after %q: got poll %v, want %v", part.text, g.grantType().Polls(), part.poll)
		}
	}
	pw.Close()
	if n, err := r.Body.Read(buf); n != 0 || err != io.EOF {
		t.Errorf("at the end: got %d bytes, %v, want %v", n, err, io.EOF)
	}
}

// TestWatchKeepsNoSecret: no byte of the body is kept.
func TestWatchKeepsNoSecret(t *testing.T) {
	for _, body := range []string{
		"client_secret=s3cr3t",
		"client_secret=s3cr3t&scope=a",
		"password=" + strings.Repeat("s3cr3t", 200) + "&scope=a",
		"client_secret=s3cr3t&" + deviceForm,
		deviceForm + "&client_secret=s3cr3t",
		deviceForm + "&client_secret=" + strings.Repeat("s3cr3t", 200),
		"client_secret=" + strings.Repeat("s3cr3t", 20_000), // more than is watched
		"a=" + strings.Repeat("x", watchedLength-20) + "&client_secret=s3cr3t",
	} {
		for _, s := range splits {
			g, r := watch(s.split(strings.NewReader(body)))
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				t.Fatal(err)
			}
			if kept := g.kept(); bytes.ContainsFunc(kept, func(c rune) bool { return c != 0 }) {
				t.Errorf("%.60s, %s: got %.40q left, want nothing", body, s.name, kept)
			}
		}
	}
	g, r := watch(io.MultiReader(strings.NewReader("client_secret=s3cr3t"), iotest.ErrReader(io.ErrUnexpectedEOF)))
	io.Copy(io.Discard, r.Body)
	if kept := g.kept(); bytes.ContainsFunc(kept, func(c rune) bool { return c != 0 }) {
		t.Errorf("a body that breaks off: got %q left, want nothing", kept)
	}
}

// kept returns the bytes of the body that are kept.
func (g *grantWatcher) kept() []byte {
	switch s := g.scan.(type) {
	case *formScanner:
		return s.pair[:cap(s.pair)]
	case *jsonScanner:
		return s.text[:cap(s.text)]
	}
	return nil
}

// TestWatched: only possible token requests are watched.
func TestWatched(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	for _, row := range []struct {
		name, method, contentType string
		body                      io.Reader
		length                    int64
		want                      bool
	}{
		{"form", "POST", form, strings.NewReader("a=b"), 3, true},
		{"form of unknown length", "POST", form, strings.NewReader("a=b"), -1, true},
		{"with a charset", "POST", form + "; charset=UTF-8", strings.NewReader("a=b"), 3, true},
		{"upper case", "POST", "Application/X-WWW-Form-Urlencoded", strings.NewReader("a=b"), 3, true},
		{"another method", "PUT", form, strings.NewReader("a=b"), 3, false},
		{"GET", "GET", form, strings.NewReader("a=b"), 3, false},
		{"JSON", "POST", "application/json", strings.NewReader("{}"), 2, true},
		{"text", "POST", "text/plain", strings.NewReader("{}"), 2, false},
		{"a type that is none", "POST", "; =", strings.NewReader("a=b"), 3, false},
		{"no type", "POST", "", strings.NewReader("a=b"), 3, false},
		{"no length", "POST", form, strings.NewReader(""), 0, false},
		{"no body", "POST", form, http.NoBody, -1, false},
	} {
		r := httptest.NewRequest(row.method, "/oauth/token", row.body)
		r.ContentLength = row.length
		if row.body == http.NoBody {
			r.Body = http.NoBody
		}
		if row.contentType != "" {
			r.Header.Set("Content-Type", row.contentType)
		}
		before := r.Body
		g := watchGrant(r)
		if (g != nil) != row.want || (r.Body != before) != row.want {
			t.Errorf("%s: got watched %v, body replaced %v, want %v", row.name, g != nil, r.Body != before, row.want)
		}
		if g == nil && g.grantType().Polls() {
			t.Errorf("%s: got a poll, want none where nothing is watched", row.name)
		}
	}
}

// TestWatchPassesErrors: an error and the close of the body are the transport's.
func TestWatchPassesErrors(t *testing.T) {
	broken := errors.New("connection reset")
	g, r := watch(io.MultiReader(strings.NewReader("grant_type="+deviceGrant), iotest.ErrReader(broken)))
	if _, err := io.ReadAll(r.Body); err != broken {
		t.Errorf("got error %v, want %v", err, broken)
	}
	if g.grantType().Polls() {
		t.Error("got a poll, want none from a pair that has not ended")
	}
	closed := closer{Reader: strings.NewReader("a=b")}
	r.Body, r.ContentLength = &closed, 3
	watchGrant(r)
	if err := r.Body.Close(); err != nil || !closed.closed {
		t.Errorf("got closed %v, %v, want the body closed", closed.closed, err)
	}
}

type closer struct {
	io.Reader
	closed bool
}

func (c *closer) Close() error {
	c.closed = true
	return nil
}

// TestWatchWhileAnswering: the transport may read on when the answer is there.
// The race detector looks at this one.
func TestWatchWhileAnswering(t *testing.T) {
	g, r := watch(iotest.OneByteReader(strings.NewReader("a=b&" + deviceForm + "&c=" + strings.Repeat("d", 5000))))
	done := make(chan struct{})
	go func() {
		defer close(done)
		io.Copy(io.Discard, r.Body)
	}()
	for !g.grantType().Polls() {
		select {
		case <-done:
			if !g.grantType().Polls() {
				t.Fatal("got no poll from the whole body, want one")
			}
		default:
		}
	}
	<-done
}

// BenchmarkWatch reads the body of a token request, watched.
func BenchmarkWatch(b *testing.B) {
	const form = "grant_type=refresh_token&refresh_token=dummy&client_id=dummy"
	body := strings.NewReader(form)
	r := httptest.NewRequest(http.MethodPost, "/oauth/token", body)
	r.Header.Set("Content-Type", formType)
	buf := make([]byte, 4<<10)
	b.ReportAllocs()
	for b.Loop() {
		body.Reset(form)
		r.Body = io.NopCloser(body)
		watchGrant(r)
		for {
			if _, err := r.Body.Read(buf); err != nil {
				break
			}
		}
	}
}
