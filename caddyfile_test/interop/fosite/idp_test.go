// Package fosite is an identity provider made with github.com/ory/fosite, for
// tests of another module to talk to. It is a module of its own because fosite's
// requirements and Caddy's do not go together, and a test binary because there
// is nothing but tests around it:
//
//	go test -c -o idp && ./idp
//
// It prints the address it listens on, and ends when its standard input does.
package fosite

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"
	"github.com/ory/fosite/handler/openid"
	"github.com/ory/fosite/storage"
	"github.com/ory/fosite/token/jwt"
)

func TestMain(*testing.M) {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	config := &fosite.Config{
		AccessTokenLifespan:         time.Hour,
		GlobalSecret:                []byte("0123456789abcdef0123456789abcdef"),
		RefreshTokenScopes:          []string{},
		ScopeStrategy:               fosite.ExactScopeStrategy,
		EnforcePKCEForPublicClients: true,
	}
	provider := idp{compose.ComposeAllEnabled(config, storage.NewExampleStore(), key)}
	mux := http.NewServeMux()
	mux.HandleFunc("/oauth2/auth", provider.authorize)
	mux.HandleFunc("/oauth2/token", provider.token)
	mux.HandleFunc("/oauth2/introspect", provider.introspect)
	mux.HandleFunc("/oauth2/revoke", provider.revoke)
	mux.HandleFunc("/oauth2/par", provider.push)
	mux.HandleFunc("/userinfo", provider.userinfo)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(ln.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		ln.Close()
	}()
	return ignoreClosed(http.Serve(ln, mux))
}

// ignoreClosed drops the error that says that the server was ended.
func ignoreClosed(err error) error {
	if oe, ok := err.(*net.OpError); ok && oe.Err == net.ErrClosed {
		return nil
	}
	return err
}

// idp has fosite's handlers as its documentation writes them.
type idp struct{ fosite.OAuth2Provider }

// session is that of the only user.
func session() *openid.DefaultSession {
	return &openid.DefaultSession{
		Claims:  &jwt.IDTokenClaims{Issuer: "http://gateway.test", Subject: "peter", AuthTime: time.Now()},
		Headers: &jwt.Headers{},
		Subject: "peter",
	}
}

func (p idp) authorize(w http.ResponseWriter, r *http.Request) {
	ar, err := p.NewAuthorizeRequest(r.Context(), r)
	if err != nil {
		p.WriteAuthorizeError(r.Context(), w, ar, err)
		return
	}
	if r.Form.Get("consent") == "" {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<!doctype html><title>Consent</title><form method=post><button name=consent value=yes>Allow</button></form>")
		return
	}
	if r.Form.Get("consent") == "no" {
		p.WriteAuthorizeError(r.Context(), w, ar, fosite.ErrAccessDenied)
		return
	}
	for _, scope := range ar.GetRequestedScopes() {
		ar.GrantScope(scope)
	}
	response, err := p.NewAuthorizeResponse(r.Context(), ar, session())
	if err != nil {
		p.WriteAuthorizeError(r.Context(), w, ar, err)
		return
	}
	p.WriteAuthorizeResponse(r.Context(), w, ar, response)
}

func (p idp) token(w http.ResponseWriter, r *http.Request) {
	ar, err := p.NewAccessRequest(r.Context(), r, session())
	if err != nil {
		p.WriteAccessError(r.Context(), w, ar, err)
		return
	}
	for _, scope := range ar.GetRequestedScopes() {
		ar.GrantScope(scope)
	}
	response, err := p.NewAccessResponse(r.Context(), ar)
	if err != nil {
		p.WriteAccessError(r.Context(), w, ar, err)
		return
	}
	p.WriteAccessResponse(r.Context(), w, ar, response)
}

func (p idp) introspect(w http.ResponseWriter, r *http.Request) {
	response, err := p.NewIntrospectionRequest(r.Context(), r, session())
	if err != nil {
		p.WriteIntrospectionError(r.Context(), w, err)
		return
	}
	p.WriteIntrospectionResponse(r.Context(), w, response)
}

func (p idp) revoke(w http.ResponseWriter, r *http.Request) {
	p.WriteRevocationResponse(r.Context(), w, p.NewRevocationRequest(r.Context(), r))
}

func (p idp) push(w http.ResponseWriter, r *http.Request) {
	ar, err := p.NewPushedAuthorizeRequest(r.Context(), r)
	if err != nil {
		p.WritePushedAuthorizeError(r.Context(), w, ar, err)
		return
	}
	response, err := p.NewPushedAuthorizeResponse(r.Context(), ar, session())
	if err != nil {
		p.WritePushedAuthorizeError(r.Context(), w, ar, err)
		return
	}
	p.WritePushedAuthorizeResponse(r.Context(), w, ar, response)
}

// userinfo answers as RFC 6750 §3 wants it, with fosite's own errors.
func (p idp) userinfo(w http.ResponseWriter, r *http.Request) {
	token := fosite.AccessTokenFromRequest(r)
	if token == "" {
		w.Header().Set("WWW-Authenticate", `Bearer realm="gateway"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	_, ar, err := p.IntrospectToken(context.WithoutCancel(r.Context()), token, fosite.AccessToken, session())
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.Header().Set("WWW-Authenticate", `Bearer realm="gateway", error="invalid_token"`)
		w.WriteHeader(http.StatusUnauthorized)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": "invalid_token", "error_description": "The access token is unknown or expired."})
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"sub": ar.GetSession().GetSubject()})
}
