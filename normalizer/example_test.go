package normalizer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"

	"golang.org/x/oauth2"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// auth0 is a provider that refuses a dead refresh token, with the code for a refusal.
func auth0() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		io.WriteString(w, `{"error":"access_denied","error_description":"Unknown or invalid refresh token."}`)
	}))
}

// A reverse proxy of the standard library gives its clients canonical errors by its
// Transport.
func Example() {
	idp := auth0()
	defer idp.Close()
	target, _ := url.Parse(idp.URL)
	table, err := normalizer.New("auth0")
	if err != nil {
		panic(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: &normalizer.Transport{Table: table},
	})
	defer proxy.Close()

	resp, err := http.PostForm(proxy.URL+"/oauth/token", url.Values{"grant_type": {"refresh_token"}})
	if err != nil {
		panic(err)
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
	io.Copy(os.Stdout, resp.Body)
	// Output:
	// 400 Bad Request
	// {"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}
}

func ExampleNew() {
	table, err := normalizer.New("ecobee")
	if err != nil {
		panic(err)
	}
	fmt.Println(table.Provider())

	_, err = normalizer.New("acme")
	fmt.Println(errors.Is(err, mapping.ErrNoMapping))
	fmt.Println(err)
	// Output:
	// ecobee
	// true
	// provider "acme": no mapping ships for it; 'caddy auth-errors list' shows all providers, and a mapping file can define others
}

func ExampleCompile() {
	own, err := mapping.Load("acme.yaml", []byte(`
version: 1
provider: acme
title: The login of Acme
sources:
  docs: {title: What its developers say, retrieved: 2026-11-21}
read:
  - {code: fault.id, description: fault.text}
endpoints:
  token: [/login/token]
errors:
  - {status: 440, code: E17, error: invalid_grant}
`))
	if err != nil {
		panic(err)
	}
	table, err := normalizer.Compile(normalizer.Config{Provider: "acme", Files: []*mapping.Mapping{own}})
	if err != nil {
		panic(err)
	}
	req := table.Request(httptest.NewRequest(http.MethodPost, "/login/token", nil))
	d := table.Decide(&req, normalizer.Response{
		Status: 440,
		Header: http.Header{"Content-Type": {"application/json"}},
		Body:   []byte(`{"fault":{"id":"E17","text":"The session is over."}}`),
	})
	fmt.Println(d.Outcome, d.Error.Status(), d.Error.Code(), "by", d.Finding.Position())
	// Output: normalized 400 invalid_grant by acme.yaml:12
}

// A handler that has the whole answer of a provider needs four calls.
func ExampleTable_Decide() {
	table, err := normalizer.New("auth0")
	if err != nil {
		panic(err)
	}
	handler := func(w http.ResponseWriter, r *http.Request) {
		req := table.Request(r) // before the body of the request is read
		resp := askProvider(r)
		status, body := resp.Status, resp.Body
		if _, ok := table.Candidate(&req, status, resp.Header); ok {
			d := table.Decide(&req, resp)
			status, body = d.Apply(resp.Header)
		}
		maps.Copy(w.Header(), resp.Header)
		w.WriteHeader(status)
		w.Write(body)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/oauth/token", strings.NewReader("grant_type=refresh_token"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	handler(w, r)
	fmt.Println(w.Code, w.Header().Get("Cache-Control"))
	fmt.Println(w.Body)
	// Output:
	// 400 no-store
	// {"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}
}

// askProvider sends a request to a provider and reads its answer.
func askProvider(r *http.Request) normalizer.Response {
	io.Copy(io.Discard, r.Body)
	return normalizer.Response{
		Status: http.StatusForbidden,
		Header: http.Header{"Content-Type": {"application/json"}},
		Body:   []byte(`{"error":"access_denied","error_description":"Unknown or invalid refresh token."}`),
	}
}

// With a Transport the client library of golang.org/x/oauth2 gets the error that it
// understands.
func ExampleTransport() {
	idp := auth0()
	defer idp.Close()
	table, err := normalizer.New("auth0")
	if err != nil {
		panic(err)
	}
	client := &http.Client{Transport: &normalizer.Transport{Table: table}}

	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, client)
	config := oauth2.Config{ClientID: "app", Endpoint: oauth2.Endpoint{TokenURL: idp.URL + "/oauth/token"}}
	_, err = config.TokenSource(ctx, &oauth2.Token{RefreshToken: "dead"}).Token()
	if failure, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		fmt.Println(failure.Response.StatusCode, failure.ErrorCode)
	}
	// Output: 400 invalid_grant
}
