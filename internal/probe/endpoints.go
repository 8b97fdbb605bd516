package probe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/internal/saved"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// metadata has the members of a discovery document that we use (OpenID Connect Discovery,
// RFC 8414 §2).
type metadata struct {
	Token         string   `json:"token_endpoint"`
	Userinfo      string   `json:"userinfo_endpoint"`
	PAR           string   `json:"pushed_authorization_request_endpoint"`
	Device        string   `json:"device_authorization_endpoint"`
	Revocation    string   `json:"revocation_endpoint"`
	Introspection string   `json:"introspection_endpoint"`
	Methods       []string `json:"token_endpoint_auth_methods_supported"`
}

// Endpoints are the kinds of endpoint to ask, in this order. The resource is userinfo.
var Endpoints = []registry.Endpoint{
	registry.EndpointToken, registry.EndpointResource, registry.EndpointPAR,
	registry.EndpointDevice, registry.EndpointRevocation, registry.EndpointIntrospection,
}

func (m *metadata) of(kind registry.Endpoint) string {
	return map[registry.Endpoint]string{
		registry.EndpointToken: m.Token, registry.EndpointResource: m.Userinfo, registry.EndpointPAR: m.PAR,
		registry.EndpointDevice: m.Device, registry.EndpointRevocation: m.Revocation, registry.EndpointIntrospection: m.Introspection,
	}[kind]
}

// endpoints returns the URLs to ask, and the reasons for leaving others out.
func (p *prober) endpoints(ctx context.Context) (found map[registry.Endpoint]*url.URL, left []string, err error) {
	found = make(map[registry.Endpoint]*url.URL)
	for kind, path := range p.Paths {
		u, err := p.here(path)
		if err != nil {
			return nil, nil, fmt.Errorf("the path of %s: %w", kind, err)
		}
		found[kind] = u
	}
	if err := p.discover(ctx); err != nil {
		return nil, nil, err
	}
	for _, kind := range Endpoints {
		named := p.metadata.of(kind)
		if found[kind] != nil || named == "" {
			continue
		}
		u, err := p.here(named)
		if err != nil {
			left = append(left, fmt.Sprintf("%s is not asked: %v", kind, err))
			continue
		}
		found[kind] = u
	}
	if len(found) == 0 && len(left) == 0 {
		return nil, nil, errors.New("the server does not say where its endpoints are: name them, as in --token /oauth/token")
	}
	return found, left, nil
}

// discover asks for the metadata, at the places where the two standards put it.
func (p *prober) discover(ctx context.Context) error {
	base := strings.TrimSuffix(p.URL.Path, "/")
	for _, path := range []string{base + "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server" + base} {
		u := &url.URL{Scheme: p.URL.Scheme, Host: p.URL.Host, Path: path}
		a := Answer{Name: "metadata", Exchange: saved.Exchange{Request: &http.Request{Method: http.MethodGet, URL: u, Header: make(http.Header)}}}
		if err := p.send(ctx, a, ""); err != nil || p.metadata.Token != "" {
			return err
		}
	}
	return nil
}

// here returns the URL of an endpoint, and refuses other hosts.
func (p *prober) here(path string) (*url.URL, error) {
	u, err := p.URL.Parse(path)
	if err != nil {
		return nil, err
	}
	if u.Scheme != p.URL.Scheme || !strings.EqualFold(u.Host, p.URL.Host) || u.User != nil {
		return nil, fmt.Errorf("%s://%s is another server than %s://%s; probe it by itself", u.Scheme, u.Host, p.URL.Scheme, p.URL.Host)
	}
	u.Fragment = ""
	return u, nil
}
