package caddyfile_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"
	"golang.org/x/oauth2"
)

// asking returns a context in which the client libraries ask for a case.
func asking(ctx context.Context, name string) context.Context {
	return oidc.ClientContext(ctx, &http.Client{Transport: casePicker{name, http.DefaultTransport}, Timeout: patience})
}

// bearerToken is a token source for the token of the documented requests.
var bearerToken = oauth2.StaticTokenSource(&oauth2.Token{AccessToken: strings.TrimPrefix(bearer, "Bearer ")})

// TestOIDCUserInfo: go-oidc gives a program no code, only a text of the status
// and the body, so that this is what has to say what is wrong.
func TestOIDCUserInfo(t *testing.T) {
	up := startUpstream(t)
	gateways := startGateways(t, up)
	for _, r := range append(documentedRows(), seenRows...) {
		if endpointOf(r.path) != "resource" {
			continue
		}
		up.script(r.String(), r.answer())
		ctx := asking(t.Context(), r.String())
		config := oidc.ProviderConfig{IssuerURL: "http://gateway.test", UserInfoURL: "http://" + gateways[r.provider] + r.path}
		info, err := config.NewProvider(ctx).UserInfo(ctx, bearerToken)
		if err == nil {
			t.Errorf("%s: got %+v, want an error", r, info)
			continue
		}
		prefix, code := fmt.Sprintf("%d %s: {", r.wantStatus, http.StatusText(r.wantStatus)), fmt.Sprintf(`"error":%q`, r.wantError)
		if got := err.Error(); !strings.HasPrefix(got, prefix) || !strings.Contains(got, code) {
			t.Errorf("%s: got error %q, want one that begins with %q and has %s", r, got, prefix, code)
		}
	}
}

// TestOIDCKeepsSecrets: programs log what go-oidc returns, so that what a provider
// quotes of a request must not be in it.
func TestOIDCKeepsSecrets(t *testing.T) {
	const jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJwZXRlciJ9.c2lnbmF0dXJl"
	up := startUpstream(t)
	gateways := startGateways(t, up)
	up.script("quoted", answer{wire: sized("HTTP/1.1 401 Unauthorized\nContent-Type: application/json",
		fmt.Sprintf(`{"error":"invalid_token","error_description":"The token %s of peter@example.com has expired"}`, jwt))})
	for name, want := range map[string]bool{"plain": true, "auth0": false} {
		ctx := asking(t.Context(), "quoted")
		config := oidc.ProviderConfig{IssuerURL: "http://gateway.test", UserInfoURL: "http://" + gateways[name] + "/userinfo"}
		_, err := config.NewProvider(ctx).UserInfo(ctx, bearerToken)
		if err == nil {
			t.Fatalf("%s: got no error", name)
		}
		for _, secret := range []string{jwt, "peter@example.com"} {
			if got := strings.Contains(err.Error(), secret); got != want {
				t.Errorf("%s: got %q, want %s in it: %t", name, err, secret, want)
			}
		}
	}
}

// signer is an identity provider of which go-oidc needs no more than this: its
// metadata, its keys, and the user that every token belongs to.
type signer struct {
	key    *rsa.PrivateKey
	broken atomic.Pointer[string] // the path that fails, if any
}

// issuerOf is the issuer that the provider says to be: where it was asked.
func issuerOf(r *http.Request) string { return "http://" + r.Host }

// ServeHTTP implements http.Handler.
func (s *signer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if broken := s.broken.Load(); broken != nil && *broken == r.URL.Path {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusServiceUnavailable)
		io.WriteString(w, `{"message":"Down for maintenance."}`)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q,"userinfo_endpoint":%q,"id_token_signing_alg_values_supported":["RS256"]}`,
			issuerOf(r), issuerOf(r)+"/jwks.json", issuerOf(r)+"/userinfo")
	case "/jwks.json":
		keys := oidctest.Server{PublicKeys: []oidctest.PublicKey{{PublicKey: s.key.Public(), KeyID: "1", Algorithm: oidc.RS256}}}
		keys.SetIssuer(issuerOf(r))
		r.URL.Path = "/keys"
		keys.ServeHTTP(w, r)
	case "/userinfo":
		io.WriteString(w, `{"sub":"peter","email":"peter@example.com","email_verified":true}`)
	default:
		http.NotFound(w, r)
	}
}

// idToken is a token for the user, as that issuer would sign it.
func (s *signer) idToken(issuer string) string {
	return oidctest.SignIDToken(s.key, "1", oidc.RS256, fmt.Sprintf(`{"iss":%q,"aud":"client","sub":"peter","exp":%d}`,
		issuer, time.Now().Add(time.Hour).Unix()))
}

// outcome is what a program learns from go-oidc, without the address in it.
func (s *signer) outcome(ctx context.Context, issuer string, key *signer) string {
	var b strings.Builder
	say := func(step string, v any, err error) {
		fmt.Fprintf(&b, "%s: %v, %v\n", step, v, err)
	}
	provider, err := oidc.NewProvider(ctx, issuer)
	say("discovery", provider != nil, err)
	if err == nil {
		token, err := provider.Verifier(&oidc.Config{ClientID: "client"}).Verify(ctx, key.idToken(issuer))
		say("verification", token != nil && token.Subject == "peter", err)
		info, err := provider.UserInfo(ctx, bearerToken)
		say("userinfo", info != nil && info.Email == "peter@example.com", err)
	}
	return strings.ReplaceAll(b.String(), issuer, "{issuer}")
}

// TestOIDCClient: metadata, keys and signatures are worth the same through the
// module, whether they are good or not.
func TestOIDCClient(t *testing.T) {
	own, other := new(signer), new(signer)
	for _, s := range []*signer{own, other} {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		s.key = key
	}
	idp := httptest.NewServer(own)
	t.Cleanup(idp.Close)
	with, without := startSites(t, strings.TrimPrefix(idp.URL, "http://"))
	ctx := oidc.ClientContext(t.Context(), &http.Client{Timeout: patience})
	const good = "discovery: true, <nil>\nverification: true, <nil>\nuserinfo: true, <nil>\n"
	for _, c := range []struct {
		name   string
		broken string
		key    *signer
		good   bool
	}{
		{"all is well", "", own, true},
		{"somebody else's signature", "", other, false},
		{"no metadata", "/.well-known/openid-configuration", own, false},
		{"no keys", "/jwks.json", own, false},
	} {
		own.broken.Store(&c.broken)
		got, want := own.outcome(ctx, "http://"+with, c.key), own.outcome(ctx, "http://"+without, c.key)
		if got != want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, want)
		}
		if (got == good) != c.good {
			t.Errorf("%s: got\n%swant success: %t", c.name, got, c.good)
		}
	}
}

// pollAnswers are answers to a device's poll, each by its status, media type and
// body, and what x/oauth2 makes of it: the error that it stops with, or none if it
// goes on. plain is the same without the module.
var pollAnswers = []struct {
	name, provider, lines, body string
	want, plain                 string
}{
	{"pending with a status of its own", "ecobee", "HTTP/1.1 401 Unauthorized\nContent-Type: application/json", ecobeeBody("authorization_pending"), "", ""},
	{"expired by a name of its own", "ecobee", "HTTP/1.1 401 Unauthorized\nContent-Type: application/json", ecobeeBody("authorization_expired"), "expired_token", "authorization_expired"},
	{"slow down", "ecobee", "HTTP/1.1 401 Unauthorized\nContent-Type: application/json", ecobeeBody("slow_down"), "", ""},
	{"denied", "auth0", "HTTP/1.1 403 Forbidden\nContent-Type: application/json", `{"error":"access_denied","error_description":"User cancelled the confirmation prompt"}`, "access_denied", "access_denied"},
	{"too many requests", "auth0", "HTTP/1.1 429 Too Many Requests\nContent-Type: application/json", `{"error":"too_many_requests","error_description":"Global limit has been reached"}`, "", "too_many_requests"},
	{"too many requests, in a page", "dll", "HTTP/1.1 429 Too Many Requests\nContent-Type: text/html", "<title>Too Many Requests</title>", "", "none"},
	{"pending in capitals", "asseco", "HTTP/1.1 440 Login Time-out\nContent-Type: application/json", `{"problem":"AUTHORIZATION-PENDING"}`, "", "none"},
	{"down", "dll", "HTTP/1.1 503 Service Unavailable\nContent-Type: application/json", `{"message":"Service Unavailable"}`, "temporarily_unavailable", "none"},
	{"a firewall", "dll", "HTTP/1.1 403 Forbidden\nContent-Type: text/html", "<title>Blocked</title>", "access_denied", "none"},
}

// impatient is a transport that calls done a while after each answer, which is
// long enough for a client to stop by itself.
type impatient struct {
	next http.RoundTripper
	done func()
}

// RoundTrip implements http.RoundTripper.
func (i impatient) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := i.next.RoundTrip(req)
	time.AfterFunc(time.Second, i.done)
	return resp, err
}

// TestOAuth2DevicePolls: a device goes on after authorization_pending and
// slow_down, and gives up at anything else.
func TestOAuth2DevicePolls(t *testing.T) {
	up := startUpstream(t)
	gateways := startGateways(t, up)
	var polling sync.WaitGroup
	for _, a := range pollAnswers {
		up.script(a.name, answer{wire: sized(a.lines, a.body)})
		for gateway, want := range map[string]string{a.provider: a.want, "plain": a.plain} {
			polling.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				client := &http.Client{Transport: impatient{casePicker{a.name, http.DefaultTransport}, cancel}, Timeout: patience}
				config := oauth2.Config{ClientID: "s6BhdRkqt3", Endpoint: oauth2.Endpoint{
					TokenURL: "http://" + gateways[gateway] + "/oauth2/token", AuthStyle: oauth2.AuthStyleInParams}}
				token, err := config.DeviceAccessToken(oidc.ClientContext(ctx, client),
					&oauth2.DeviceAuthResponse{DeviceCode: "GmRhmhcxhwAzkoEqiMEg", Interval: 1})
				if err == nil || stopped(err) != want {
					t.Errorf("%s, %s: got token %v, error %v, want %q", a.name, gateway, token, err, want)
				}
			})
		}
	}
	polling.Wait()
}

// stopped is the error that made a client stop, none for one without a code, or
// nothing if it was still polling when it was told to end.
func stopped(err error) string {
	var failure *oauth2.RetrieveError
	switch {
	case errors.Is(err, context.Canceled):
		return ""
	case !errors.As(err, &failure) || failure.ErrorCode == "":
		return "none"
	}
	return failure.ErrorCode
}

// TestOAuth2Refresh: a program that keeps a refresh token has to learn that it is
// dead, and only then.
func TestOAuth2Refresh(t *testing.T) {
	for _, c := range []struct{ name, provider, lines, body, want, plain string }{
		{"dead, as access_denied", "auth0", "HTTP/1.1 403 Forbidden\nContent-Type: application/json", `{"error":"access_denied","error_description":"Unknown or invalid refresh token."}`, "invalid_grant", "access_denied"},
		{"dead, as invalid_token", "dll", "HTTP/1.1 401 Unauthorized\nContent-Type: application/json", `{"error":"invalid_token","error_description":"The refresh token is expired."}`, "invalid_grant", "invalid_token"},
		{"a lost connection to the database", "dll", "HTTP/1.1 500 Internal Server Error\nContent-Type: text/html", "<title>Error</title>", "server_error", "none"},
		{"a firewall", "auth0", "HTTP/1.1 403 Forbidden\nContent-Type: text/html", "<title>Blocked</title>", "access_denied", "none"},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			up := startUpstream(t)
			gateways := startGateways(t, up)
			up.script(c.name, answer{wire: sized(c.lines, c.body)})
			for gateway, want := range map[string]string{c.provider: c.want, "plain": c.plain} {
				config := oauth2.Config{ClientID: "s6BhdRkqt3", Endpoint: oauth2.Endpoint{
					TokenURL: "http://" + gateways[gateway] + "/oauth2/token", AuthStyle: oauth2.AuthStyleInParams}}
				source := config.TokenSource(asking(t.Context(), c.name), &oauth2.Token{RefreshToken: "tGzv3JOkF0XG5Qx2TlKWIA"})
				if token, err := source.Token(); stopped(err) != want {
					t.Errorf("%s: got token %v, error %v, want %s", gateway, token, err, want)
				}
			}
		})
	}
}

// TestOAuth2DeviceGetsToken: the poll that succeeds is the one after a wait.
func TestOAuth2DeviceGetsToken(t *testing.T) {
	up := startUpstream(t)
	gateways := startGateways(t, up)
	var polls atomic.Int32
	up.script("wait", answer{play: func(t *testing.T, conn net.Conn, _ *bufio.Reader) {
		wire := sized("HTTP/1.1 428 Precondition Required\nContent-Type: application/json\nConnection: close", `{"error":"authorization_pending"}`)
		if polls.Add(1) > 1 {
			wire = sized("HTTP/1.1 200 OK\nContent-Type: application/json\nConnection: close", `{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer"}`)
		}
		if _, err := io.WriteString(conn, wire); err != nil {
			t.Errorf("answering a poll: %v", err)
		}
	}})
	config := oauth2.Config{ClientID: "s6BhdRkqt3", Endpoint: oauth2.Endpoint{
		TokenURL: "http://" + gateways["auth0"] + "/oauth/token", AuthStyle: oauth2.AuthStyleInParams}}
	ctx, cancel := context.WithTimeout(asking(t.Context(), "wait"), patience)
	defer cancel()
	token, err := config.DeviceAccessToken(ctx, &oauth2.DeviceAuthResponse{DeviceCode: "GmRhmhcxhwAzkoEqiMEg", Interval: 1})
	if err != nil || token.AccessToken != "2YotnFZFEjr1zCsicMWpAA" || polls.Load() != 2 {
		t.Errorf("got token %v, error %v after %d polls, want the token after 2", token, err, polls.Load())
	}
}
