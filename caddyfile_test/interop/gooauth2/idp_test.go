// Package gooauth2 is an identity provider made with github.com/go-oauth2/oauth2, for
// tests of another module to talk to. It is a module of its own so that its requirements
// are none of those of everybody who builds Caddy with that module, and a test binary
// because there is nothing but tests around it:
//
//	go test -c -o idp && ./idp
//
// It prints the address it listens on, and ends when its standard input does.
package gooauth2

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"testing"

	"github.com/go-oauth2/oauth2/v4"
	oauth2errors "github.com/go-oauth2/oauth2/v4/errors"
	"github.com/go-oauth2/oauth2/v4/manage"
	"github.com/go-oauth2/oauth2/v4/models"
	"github.com/go-oauth2/oauth2/v4/server"
	"github.com/go-oauth2/oauth2/v4/store"
)

func TestMain(*testing.M) {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	s, err := newServer()
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(ln.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		ln.Close()
	}()
	if err := http.Serve(ln, routes(s)); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// newServer sets the library up as its documentation does.
func newServer() (*server.Server, error) {
	clients := store.NewClientStore()
	for id, secret := range map[string]string{"client": "secret", "public": ""} {
		if err := clients.Set(id, &models.Client{ID: id, Secret: secret, Domain: "http://client.test", Public: secret == ""}); err != nil {
			return nil, err
		}
	}
	manager := manage.NewDefaultManager()
	manager.MapClientStorage(clients)
	manager.MustTokenStorage(store.NewMemoryTokenStore())
	s := server.NewDefaultServer(manager)
	s.SetClientInfoHandler(func(r *http.Request) (string, string, error) {
		if _, _, ok := r.BasicAuth(); ok {
			return server.ClientBasicHandler(r)
		}
		return server.ClientFormHandler(r)
	})
	s.SetClientScopeHandler(func(tgr *oauth2.TokenGenerateRequest) (bool, error) { return tgr.Scope != "everything", nil })
	s.SetUserAuthorizationHandler(func(_ http.ResponseWriter, r *http.Request) (string, error) {
		if r.FormValue("consent") == "yes" {
			return "peter", nil
		}
		return "", oauth2errors.ErrAccessDenied
	})
	return s, nil
}

func routes(s *server.Server) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/oauth2/token", func(w http.ResponseWriter, r *http.Request) { _ = s.HandleTokenRequest(w, r) })
	mux.HandleFunc("/oauth2/authorize", func(w http.ResponseWriter, r *http.Request) {
		if err := s.HandleAuthorizeRequest(w, r); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	})
	mux.HandleFunc("/userinfo", func(w http.ResponseWriter, r *http.Request) {
		token, err := s.ValidationBearerToken(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"sub":%q}`, token.GetUserID())
	})
	return mux
}
