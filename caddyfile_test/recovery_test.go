package caddyfile_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// move is the reaction of a client to an error.
type move string

// The moves of the clients below.
const (
	keep     move = "keep"     // throws nothing away, fails, and the next attempt sends the same again
	refresh  move = "refresh"  // gets another access token, and repeats the request
	signIn   move = "sign in"  // stops for a person, who has to sign in again
	register move = "register" // forgets its registration and its tokens, and makes both anew
)

// recovery is the rule of a real client: its reaction to an error, by the response alone.
type recovery struct {
	client string
	meets  func(*mapping.Example) bool
	move   func(status int, body string) move
	// follows are the moves that do what an action says, as far as the client has any.
	follows map[registry.Action][]move
	least   float64 // of the examples, in percent, where it has to do what the action says
}

// recoveries are the rules as of 2026.
var recoveries = []recovery{
	{"Home Assistant", refreshes, homeAssistantMove, stopsUnless(keep), 98},
	{"Zapier", refreshes, zapierMove, stopsUnless(keep), 98},
	{"n8n", callsAPI, n8nMove, movesOf(keep, registry.ActionReauthorize, refresh), 98},
	// It has people sign in at every server_error, which says to try again: one in twenty of
	// its examples, and the providers say no more of them than that.
	{"MCP TypeScript SDK", refreshes, mcpMove, mcpFollows, 94.5},
}

// stopsUnless are the right moves of a client that knows two: to go on by itself, and to
// stop for a person, who is needed for everything but a retry.
func stopsUnless(retries move) map[registry.Action][]move {
	return movesOf(signIn, registry.ActionRetry, retries)
}

// movesOf are the same move for all actions but one.
func movesOf(most move, except registry.Action, other move) map[registry.Action][]move {
	all := make(map[registry.Action][]move)
	for _, a := range registry.Actions() {
		all[a] = []move{most}
	}
	all[except] = []move{other}
	return all
}

// mcpFollows: the SDK registers clients itself, and a user is asked for another step by
// being sent to the provider, too.
var mcpFollows = map[registry.Action][]move{
	registry.ActionReauthorize: {signIn},
	registry.ActionRetry:       {keep},
	registry.ActionFixClient:   {register, keep},
	registry.ActionFixRequest:  {keep},
	registry.ActionAskUser:     {keep, signIn},
	registry.ActionNone:        {keep},
}

// homeAssistantMove is the rule of the OAuth helper in Home Assistant since 2026.3: after a
// refused refresh the user has to sign in again, unless it was 429 or the server's fault.
func homeAssistantMove(status int, _ string) move {
	if 400 <= status && status < 500 && status != http.StatusTooManyRequests {
		return signIn
	}
	return keep
}

// zapierMove is what Zapier does about a refused refresh since 2025-09-08: a status of the
// client's fault makes the connection stale, but for five that pass.
func zapierMove(status int, _ string) move {
	if 400 <= status && status < 500 && !slices.Contains([]int{408, 409, 423, 425, 429}, status) {
		return signIn
	}
	return keep
}

// n8nMove is what n8n does about the answer of an API: one status, which is 401 unless a
// node says another, means that the token has expired.
func n8nMove(status int, _ string) move {
	if status == http.StatusUnauthorized {
		return refresh
	}
	return keep
}

// mcpKnown are the codes that the SDK (1.32) has a class for. Any other, and a body that it
// cannot read, is a server_error to it.
var mcpKnown = []string{
	"access_denied", "insufficient_scope", "invalid_client", "invalid_client_metadata", "invalid_grant", "invalid_request", "invalid_scope",
	"invalid_target", "invalid_token", "method_not_allowed", "server_error", "temporarily_unavailable", "too_many_requests",
	"unauthorized_client", "unsupported_grant_type", "unsupported_response_type", "unsupported_token_type",
}

// mcpMove is what the auth function of the MCP TypeScript SDK does when a refresh fails: at
// a server_error, and at a success without a token, it begins anew without a word; what else
// it knows it throws.
func mcpMove(status int, body string) move {
	code := mcpCode(body)
	switch {
	case status < 300 || !slices.Contains(mcpKnown, code):
		return signIn
	case code == "invalid_client" || code == "unauthorized_client":
		return register
	case code == "invalid_grant" || code == "server_error":
		return signIn
	}
	return keep
}

// mcpCode is the error that the SDK reads: nothing if one of the members is no text.
func mcpCode(body string) string {
	var said map[string]any
	_ = json.Unmarshal([]byte(body), &said) // what cannot be read says nothing
	for _, name := range []string{"error_description", "error_uri"} {
		if value, ok := said[name]; ok {
			if _, isText := value.(string); !isText {
				return ""
			}
		}
	}
	code, _ := said["error"].(string)
	return code
}

// refreshes: the client may get the example as the answer to a refresh. It neither polls nor
// proves possession of a key, and comes without an access token.
func refreshes(x *mapping.Example) bool {
	return x.Endpoint == registry.EndpointToken && (x.Grant == registry.GrantNone || x.Grant == registry.GrantRefreshToken) &&
		!slices.Contains([]string{"authorization_pending", "slow_down", "use_dpop_nonce", "invalid_dpop_proof"}, x.Expect.Error) &&
		(x.Authorization == "" || x.Authorization == "Basic")
}

// callsAPI: the client may get the example from an API that it calls with its token. What is
// wrong with a password or a code is said to a login.
func callsAPI(x *mapping.Example) bool {
	return x.Endpoint == registry.EndpointResource && x.Expect.Error != "invalid_grant" && (x.Authorization == "" || x.Authorization == "Bearer")
}

// sent is a server with one answer: that of an example.
type sent struct{ *mapping.Example }

// RoundTrip answers.
func (a sent) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: a.Status, Header: a.Header.Clone(), Body: io.NopCloser(strings.NewReader(a.Body)), ContentLength: int64(len(a.Body)),
		Request: r, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

// actedOn is an example with the answer that a client gets, and the action in it.
type actedOn struct {
	where   string
	example *mapping.Example
	status  int
	body    string
	action  registry.Action
}

// everyAction plays all examples of all mappings, and returns those that come to an error.
func everyAction(t *testing.T) (all []actedOn) {
	t.Helper()
	for _, provider := range normalizer.Shipped.Providers() {
		m, err := normalizer.Shipped.Mapping(provider)
		if err != nil {
			t.Fatal(err)
		}
		table, err := normalizer.Compile(normalizer.Config{Provider: provider, Endpoints: ownPaths(), Expose: []string{"action"}})
		if err != nil {
			t.Fatal(err)
		}
		for i := range m.Examples {
			x := &m.Examples[i]
			resp, err := (&normalizer.Transport{Table: table, Base: sent{x}}).RoundTrip(requestFor(t, "http://provider.test", x))
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			var said struct{ Action registry.Action }
			_ = json.Unmarshal(body, &said) // what passed need not be JSON
			if x.Expect.Pass || !slices.Contains(registry.Actions(), said.Action) {
				continue
			}
			all = append(all, actedOn{fmt.Sprintf("%s:%d", m.File, x.Line), x, resp.StatusCode, string(body), said.Action})
		}
	}
	return all
}

// TestRecovery: clients with a rule of their own do what the action of the error says.
// The same rules are played over the original responses, to compare.
func TestRecovery(t *testing.T) {
	all := everyAction(t)
	var met, with, without int
	for _, r := range recoveries {
		n, right, rightBefore := 0, 0, 0
		wrong := make(map[string]int)
		for _, a := range all {
			if !r.meets(a.example) {
				continue
			}
			n++
			if slices.Contains(r.follows[a.action], r.move(a.example.Status, a.example.Body)) {
				rightBefore++
			}
			if got := r.move(a.status, a.body); slices.Contains(r.follows[a.action], got) {
				right++
			} else {
				wrong[fmt.Sprintf("%s for %d %s, which says %s", got, a.status, a.example.Expect.Error, a.action)]++
			}
		}
		t.Logf("%s: of %d examples %.1f %% as the action says, without us %.1f %%", r.client, n, percent(right, n), percent(rightBefore, n))
		if n < 500 || percent(right, n) < r.least {
			t.Errorf("%s: got %.1f %% of %d examples as the action says, want %.1f %% of 500 or more", r.client, percent(right, n), n, r.least)
		}
		for _, what := range slices.Sorted(maps.Keys(wrong)) {
			t.Logf("    %d times %s", wrong[what], what)
		}
		met, with, without = met+n, with+right, without+rightBefore
	}
	t.Logf("all: of %d examples %.1f %% as the action says, without us %.1f %%", met, percent(with, met), percent(without, met))
	if percent(with, met) < 98 {
		t.Errorf("all clients: got %.1f %% of %d examples as the action says, want 98 %%", percent(with, met), met)
	}
}

// percent is how many of a number that is.
func percent(part, of int) float64 { return 100 * float64(part) / float64(max(of, 1)) }
