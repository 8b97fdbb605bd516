package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/docker/distribution/registry/client/auth/challenge"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/static"
)

// asked notes what a client asks the token server for.
type asked struct {
	http.RoundTripper
	tokens []string
}

func (a *asked) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == "/token" {
		q := r.URL.Query()
		a.tokens = append(a.tokens, strings.TrimSpace(fmt.Sprint("asks for a token for ", q.Get("service"), " ", strings.Join(sortedScopes(q["scope"]), " "))))
	}
	return a.RoundTripper.RoundTrip(r)
}

// sortedScopes writes scopes the same each time: the registry has no order of actions.
func sortedScopes(scopes []string) []string {
	sorted := make([]string, len(scopes))
	for i, scope := range scopes {
		last := strings.LastIndexByte(scope, ':') + 1
		actions := strings.Split(scope[last:], ",")
		slices.Sort(actions)
		sorted[i] = scope[:last] + strings.Join(actions, ",")
	}
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

// client has what a step needs.
type client struct {
	origin   string
	registry name.Registry
	asked
}

func (c *client) image(reference string) (name.Reference, error) {
	return name.ParseReference(c.registry.RegistryStr() + "/" + reference)
}

var (
	peter    = authn.FromConfig(authn.AuthConfig{Username: user, Password: password})
	stranger = authn.FromConfig(authn.AuthConfig{Username: user, Password: "wrong"})
)

// steps are what clients do, in order.
var steps = []struct {
	name string
	do   func(*client) (string, error)
}{
	{"ping", (*client).ping},
	{"challenge of the registry", func(c *client) (string, error) { return c.challenge("/v2/", "") }},
	{"challenge of a repository", func(c *client) (string, error) { return c.challenge("/v2/hello/tags/list", "") }},
	{"challenge to a bad token", func(c *client) (string, error) { return c.challenge("/v2/hello/tags/list", "Bearer x") }},
	{"challenge to Basic", func(c *client) (string, error) { return c.challenge("/v2/", "Basic eDp5") }},
	{"push", func(c *client) (string, error) { return c.push("hello:latest", peter) }},
	{"pull", func(c *client) (string, error) { return c.pull("hello:latest", authn.Anonymous) }},
	{"push by nobody", func(c *client) (string, error) { return c.push("hello:other", authn.Anonymous) }},
	{"pull with a wrong password", func(c *client) (string, error) { return c.pull("hello:latest", stranger) }},
	{"pull what is not there", func(c *client) (string, error) { return c.pull("hello:nothing", authn.Anonymous) }},
	{"upload with a token to pull", (*client).stepUp},
}

// ask goes through the steps.
func ask(origin string) error {
	registry, err := name.NewRegistry(strings.TrimPrefix(origin, "http://"))
	if err != nil {
		return err
	}
	for _, step := range steps {
		c := &client{origin: origin, registry: registry, asked: asked{RoundTripper: http.DefaultTransport}}
		outcome, err := step.do(c)
		var failure *transport.Error
		switch {
		case errors.As(err, &failure):
			outcome = fmt.Sprint("ends with ", failure.StatusCode)
			for _, d := range failure.Errors {
				outcome += " " + string(d.Code)
			}
		case err != nil:
			outcome = "ends with " + strings.ReplaceAll(err.Error(), origin, "")
		}
		fmt.Printf("%s: %s\n", step.name, strings.Join(append(c.tokens, outcome), ", "))
	}
	return nil
}

// ping has go-containerregistry read the challenge that says where tokens are.
func (c *client) ping() (string, error) {
	found, err := transport.Ping(context.Background(), c.registry, c)
	if err != nil {
		return "", err
	}
	return c.spell(found.Scheme, found.Parameters), nil
}

// challenge has the parser of Docker read the challenges of an answer.
func (c *client) challenge(path, authorization string) (string, error) {
	req, err := http.NewRequest(http.MethodGet, c.origin+path, nil)
	if err != nil {
		return "", err
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var found []string
	for _, one := range challenge.ResponseChallenges(resp) {
		found = append(found, c.spell(one.Scheme, one.Parameters))
	}
	return fmt.Sprintf("%d %s", resp.StatusCode, strings.Join(found, "; ")), nil
}

// spell writes a challenge in an order of its own.
func (c *client) spell(scheme string, parameters map[string]string) string {
	var spelled []string
	for name, value := range parameters {
		spelled = append(spelled, name+"="+strings.ReplaceAll(value, c.origin, ""))
	}
	slices.Sort(spelled)
	return scheme + " " + strings.Join(spelled, " ")
}

func (c *client) push(reference string, auth authn.Authenticator) (string, error) {
	ref, err := c.image(reference)
	if err != nil {
		return "", err
	}
	image, err := mutate.AppendLayers(empty.Image, static.NewLayer([]byte("hello"), "application/octet-stream"))
	if err != nil {
		return "", err
	}
	return "done", remote.Write(ref, image, remote.WithAuth(auth), remote.WithTransport(c))
}

func (c *client) pull(reference string, auth authn.Authenticator) (string, error) {
	ref, err := c.image(reference)
	if err != nil {
		return "", err
	}
	image, err := remote.Image(ref, remote.WithAuth(auth), remote.WithTransport(c))
	if err != nil {
		return "", err
	}
	layers, err := image.Layers()
	return fmt.Sprint("done, layers: ", len(layers)), err
}

// stepUp uploads with a transport that has a token to pull: it has to learn from the
// challenge what else to ask for.
func (c *client) stepUp() (string, error) {
	repository, err := name.NewRepository(c.registry.RegistryStr() + "/hello")
	if err != nil {
		return "", err
	}
	t, err := transport.NewWithContext(context.Background(), c.registry, peter, c, []string{repository.Scope("pull")})
	if err != nil {
		return "", err
	}
	upload := url.URL{Scheme: "http", Host: c.registry.RegistryStr(), Path: "/v2/hello/blobs/uploads/"}
	resp, err := (&http.Client{Transport: t}).Post(upload.String(), "application/octet-stream", nil)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	return fmt.Sprint("ends with ", resp.StatusCode), transport.CheckError(resp, http.StatusAccepted)
}
