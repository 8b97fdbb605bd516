package caddyfile_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// casePicker adds to each request the case that it asks for, which the client
// library knows nothing of.
type casePicker struct {
	name string
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (p casePicker) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set(caseHeader, p.name)
	return p.next.RoundTrip(req)
}

// authStyles are the two ways a client authenticates (RFC 6749 §2.3.1), each
// with the scheme that invalid_client has to challenge in.
var authStyles = []struct {
	name   string
	style  oauth2.AuthStyle
	scheme string
}{
	{"header", oauth2.AuthStyleInHeader, "Basic realm="},
	{"params", oauth2.AuthStyleInParams, ""},
}

// TestOAuth2Client: what the documented errors of token endpoints are worth is
// decided by the library that reads them.
func TestOAuth2Client(t *testing.T) {
	up := startUpstream(t)
	gateways := startGateways(t, up)
	for _, r := range append(documentedRows(), seenRows...) {
		if endpointOf(r.path) != "token" {
			continue
		}
		up.script(r.String(), r.answer())
		for _, as := range authStyles {
			failure := exchangeCode(t, "http://"+gateways[r.provider]+r.path, r.String(), as.style)
			if failure == nil {
				continue // told already
			}
			if failure.ErrorCode != r.wantError {
				t.Errorf("%s, credentials in the %s: got ErrorCode %q, want %q\nbody %s", r, as.name, failure.ErrorCode, r.wantError, failure.Body)
			}
			if got := failure.Response.StatusCode; got != r.wantStatus {
				t.Errorf("%s, credentials in the %s: got status %d, want %d", r, as.name, got, r.wantStatus)
			}
			challenge := failure.Response.Header.Get("WWW-Authenticate")
			if want := as.scheme; r.wantError == "invalid_client" && (want == "") != (challenge == "") {
				t.Errorf("%s, credentials in the %s: got challenge %q, want one that begins with %q", r, as.name, challenge, want)
			}
		}
	}
}

// exchangeCode asks for a token and returns the error that the library made of
// the answer, or nil after reporting that there was none.
func exchangeCode(t *testing.T, tokenURL, name string, style oauth2.AuthStyle) *oauth2.RetrieveError {
	t.Helper()
	config := oauth2.Config{
		ClientID:     "s6BhdRkqt3",
		ClientSecret: "gX1fBat3bV",
		Endpoint:     oauth2.Endpoint{TokenURL: tokenURL, AuthStyle: style},
	}
	client := &http.Client{Transport: casePicker{name, http.DefaultTransport}, Timeout: patience}
	ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), oauth2.HTTPClient, client), patience)
	defer cancel()
	token, err := config.Exchange(ctx, "SplxlOBeZQQYbYS6WxSbIA")
	var failure *oauth2.RetrieveError
	if !errors.As(err, &failure) {
		t.Errorf("%s: got token %v, error %v, want a RetrieveError", name, token, err)
		return nil
	}
	return failure
}

// TestOAuth2ClientSucceeds: the same client gets its token through the gateway.
func TestOAuth2ClientSucceeds(t *testing.T) {
	up := startUpstream(t)
	gateways := startGateways(t, up)
	up.script("token", answer{wire: sized("HTTP/1.1 200 OK\nContent-Type: application/json\nCache-Control: no-store",
		`{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":3600}`)})
	config := oauth2.Config{ClientID: "s6BhdRkqt3", Endpoint: oauth2.Endpoint{
		TokenURL: "http://" + gateways["auth0"] + "/oauth/token", AuthStyle: oauth2.AuthStyleInParams}}
	client := &http.Client{Transport: casePicker{"token", http.DefaultTransport}, Timeout: patience}
	token, err := config.Exchange(context.WithValue(t.Context(), oauth2.HTTPClient, client), "SplxlOBeZQQYbYS6WxSbIA")
	if err != nil {
		t.Fatalf("exchanging the code: %v", err)
	}
	if token.AccessToken != "2YotnFZFEjr1zCsicMWpAA" || time.Until(token.Expiry) <= 0 {
		t.Errorf("got token %+v, want the one that was issued", token)
	}
}

// TestOAuth2DevicePoll: a device asks again as long as it is told to wait, which
// ecobee does with a status of its own, and gives up at any other error.
func TestOAuth2DevicePoll(t *testing.T) {
	pending := row{"ecobee", "/token", "", 401, ecobeeBody("authorization_pending"), 400, "authorization_pending"}
	expired := row{"ecobee", "/token", "", 401, ecobeeBody("authorization_expired"), 400, "expired_token"}
	up := startUpstream(t)
	gateways := startGateways(t, up)
	var polls atomic.Int32
	up.script("poll", answer{play: func(t *testing.T, conn net.Conn, _ *bufio.Reader) {
		r := expired
		if polls.Add(1) == 1 {
			r = pending
		}
		if _, err := io.WriteString(conn, r.answer().wire); err != nil {
			t.Errorf("answering a poll: %v", err)
		}
	}})
	config := oauth2.Config{ClientID: "s6BhdRkqt3", Endpoint: oauth2.Endpoint{
		TokenURL: "http://" + gateways["ecobee"] + "/token", AuthStyle: oauth2.AuthStyleInParams}}
	client := &http.Client{Transport: casePicker{"poll", http.DefaultTransport}, Timeout: patience}
	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, client)
	_, err := config.DeviceAccessToken(ctx, &oauth2.DeviceAuthResponse{DeviceCode: "GmRhmhcxhwAzkoEqiMEg", Interval: 1})
	var failure *oauth2.RetrieveError
	if !errors.As(err, &failure) || failure.ErrorCode != "expired_token" || polls.Load() != 2 {
		t.Errorf("polling: got %v after %d polls, want expired_token after 2", err, polls.Load())
	}
}
