// Package registry is a registry of container images with a token server, and what
// clients do there, for tests of another module. It is a module of its own because its
// requirements and Caddy's do not go together, and a test binary because there is nothing
// but tests around it:
//
//	go test -c -o registry && ./registry serve http://localhost:5000
//	./registry ask http://localhost:5000
//
// The registry prints the address it listens on, and ends when its standard input does.
// The clients write what they see, a line a step.
package registry

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docker/distribution/configuration"
	_ "github.com/docker/distribution/registry/auth/token"
	"github.com/docker/distribution/registry/handlers"
	_ "github.com/docker/distribution/registry/storage/driver/inmemory"
	"github.com/docker/libtrust"
	"github.com/sirupsen/logrus"
)

func TestMain(*testing.M) {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: registry serve|ask <origin>")
		os.Exit(2)
	}
	work := map[string]func(string) error{"serve": serve, "ask": ask}[os.Args[1]]
	if err := work(os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const (
	service = "registry.test"
	issuer  = "tokens.test"
)

func serve(origin string) error {
	tokens, err := newTokenServer()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "registry")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bundle := filepath.Join(dir, "roots.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: tokens.certificate}), 0o600); err != nil {
		return err
	}
	logrus.SetOutput(io.Discard)
	config := &configuration.Configuration{
		Storage: configuration.Storage{"inmemory": nil},
		Auth: configuration.Auth{"token": {
			"realm": origin + "/token", "service": service, "issuer": issuer, "rootcertbundle": bundle,
		}},
	}
	config.Log.Level = "panic"
	config.HTTP.Secret = "only of these tests"
	mux := http.NewServeMux()
	mux.Handle("/v2/", handlers.NewApp(context.Background(), config))
	mux.HandleFunc("/token", tokens.issue)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(ln.Addr())
	go func() { _ = http.Serve(ln, mux) }()
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// tokenServer issues the tokens that the registry trusts: everybody may pull, and the
// user may push.
type tokenServer struct {
	key         libtrust.PrivateKey
	certificate []byte
}

func newTokenServer() (*tokenServer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	s := new(tokenServer)
	if s.certificate, err = x509.CreateCertificate(rand.Reader, template, template, key.Public(), key); err != nil {
		return nil, err
	}
	s.key, err = libtrust.FromCryptoPrivateKey(key)
	return s, err
}

const (
	user     = "peter"
	password = "secret"
)

// access is one of the things that a token allows.
type access struct {
	Type    string   `json:"type"`
	Name    string   `json:"name"`
	Actions []string `json:"actions"`
}

// issue answers requests for tokens. Its errors are those of the best known token
// server.
func (s *tokenServer) issue(w http.ResponseWriter, r *http.Request) {
	name, secret, hasUser := r.BasicAuth()
	if hasUser && (name != user || secret != password) {
		writeJSON(w, http.StatusUnauthorized, map[string]any{"details": "incorrect username or password"})
		return
	}
	if r.FormValue("service") != service {
		writeJSON(w, http.StatusBadRequest, map[string]any{"details": "unknown service"})
		return
	}
	granted := []access{}
	for _, scope := range r.Form["scope"] {
		parts := strings.Split(scope, ":")
		if len(parts) != 3 {
			continue
		}
		a := access{Type: parts[0], Name: parts[1]}
		for action := range strings.SplitSeq(parts[2], ",") {
			if action == "pull" || hasUser && action == "push" {
				a.Actions = append(a.Actions, action)
			}
		}
		granted = append(granted, a)
	}
	token, err := s.sign(map[string]any{
		"iss": issuer, "aud": service, "sub": name, "jti": rand.Text(), "access": granted,
		"iat": time.Now().Unix(), "nbf": time.Now().Add(-time.Minute).Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"token": token, "expires_in": 3600})
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

func (s *tokenServer) sign(claims map[string]any) (string, error) {
	encode := func(value any) string {
		text, _ := json.Marshal(value)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	signed := encode(map[string]any{"typ": "JWT", "alg": "ES256", "x5c": [][]byte{s.certificate}}) + "." + encode(claims)
	signature, _, err := s.key.Sign(strings.NewReader(signed), crypto.SHA256)
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature), err
}
