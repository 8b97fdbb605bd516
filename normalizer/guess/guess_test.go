package guess

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// tally counts how often the provider is among the guesses.
type tally struct {
	all, first, three int
	shares            float64 // of those that come first, together
}

// add counts a guess, and reports whether the provider is in it.
func (y *tally) add(guesses []Guess, provider string) bool {
	y.all++
	y.shares += guesses[0].Share
	for i, g := range guesses {
		if g.Provider == provider {
			if i == 0 {
				y.first++
			}
			y.three++
			return true
		}
	}
	return false
}

func (y tally) String() string {
	return fmt.Sprintf("%d responses, %.1f %% right first, %.1f %% among three", y.all, 100*float64(y.first)/float64(y.all), 100*float64(y.three)/float64(y.all))
}

// shipped returns all mappings that ship, with their examples.
func shipped(t testing.TB) []*mapping.Mapping {
	t.Helper()
	all, err := normalizer.Shipped.All()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// textOf returns the text of a response without its spaces.
func textOf(e *mapping.Example) string {
	return fmt.Sprint(e.Status, e.Header, strings.Join(strings.Fields(e.Body), ""))
}

const parts = 5

// partOf puts an example into one of the parts by the hash of its text, so that equal
// examples are left out together.
func partOf(e *mapping.Example) int {
	hash := sha256.Sum256([]byte(textOf(e)))
	return int(hash[0]) % parts
}

// without returns the mappings without the examples of one part.
func without(all []*mapping.Mapping, part int) []*mapping.Mapping {
	out := make([]*mapping.Mapping, len(all))
	for i, m := range all {
		rest := *m
		rest.Examples = nil
		for _, e := range m.Examples {
			if partOf(&e) != part {
				rest.Examples = append(rest.Examples, e)
			}
		}
		out[i] = &rest
	}
	return out
}

// TestHeldOut holds how well providers are told by responses that the index has not seen.
func TestHeldOut(t *testing.T) {
	all := shipped(t)
	senders := make(map[string]map[string]bool)
	for _, m := range all {
		for i := range m.Examples {
			text := textOf(&m.Examples[i])
			if senders[text] == nil {
				senders[text] = make(map[string]bool)
			}
			senders[text][m.Provider] = true
		}
	}
	var every, telling, own tally
	var evenly [2]float64 // right first, and among three
	for part := range parts {
		x := New(without(all, part))
		for _, m := range all {
			for i := range m.Examples {
				e := &m.Examples[i]
				if partOf(e) != part || e.Expect.Pass || m.Provider == "oauth2" {
					continue
				}
				guesses := x.Guess(normalizer.Response{Status: e.Status, Header: e.Header, Body: []byte(e.Body)}, requestOf(e), 3)
				every.add(guesses, m.Provider)
				if len(senders[textOf(e)]) == 1 && !bare(e) {
					telling.add(guesses, m.Provider)
				}
				sharing := x.sharing(m.Provider, e)
				evenly[0], evenly[1] = evenly[0]+1/float64(sharing), evenly[1]+min(1, 3/float64(sharing))
				if sharing == 1 {
					own.add(guesses, m.Provider)
				}
			}
		}
	}
	t.Logf("every error: %v", every)
	t.Logf("not sent alike by others: %v", telling)
	t.Logf("with something that only the provider is known to send: %v", own)
	t.Logf("an even choice among the providers that share the rarest thing: %.1f %% right first, %.1f %% among three", 100*evenly[0]/float64(every.all), 100*evenly[1]/float64(every.all))
	every.hold(t, 75, 83)
	telling.hold(t, 79, 87)
	own.hold(t, 94, 97)
	if right, sure := 100*float64(every.first)/float64(every.all), 100*every.shares/float64(every.all); math.Abs(right-sure) > 5 {
		t.Errorf("got %.1f %% right and a share of %.1f %%, want guesses to be as sure as they are right", right, sure)
	}
}

// sharing returns how many providers are known to send the rarest thing in an example of a
// provider, of those that the provider itself is known to send. Of many that share all they
// send, none can be told from the others.
func (x *Index) sharing(provider string, e *mapping.Example) int {
	least := len(x.mappings)
	at := slices.IndexFunc(x.mappings, func(m *mapping.Mapping) bool { return m.Provider == provider })
	for _, found := range exampleEvidence(e) {
		if id, ok := x.pieces[found]; ok && slices.ContainsFunc(x.by[id], func(c count) bool { return c.provider == int32(at) }) {
			least = min(least, len(x.by[id]))
		}
	}
	return least
}

// hold fails if less than so much per cent are right.
func (y tally) hold(t *testing.T, first, three int) {
	t.Helper()
	if y.first*100 < first*y.all || y.three*100 < three*y.all {
		t.Errorf("got %v, want at least %d %% right first and %d %% among three", y, first, three)
	}
}

// TestUnseen repeats this with responses from public reports and recordings. They were
// collected independently of the mappings. Those that have become examples since are left
// out of the index.
func TestUnseen(t *testing.T) {
	data, err := os.ReadFile("testdata/unseen.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []struct {
		Provider, Path, Body string
		Status               int
		Header               map[string]string
	}
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	squeeze := func(text string) string { return strings.Join(strings.Fields(text), "") }
	seen := make(map[string]bool)
	for _, r := range all {
		seen[squeeze(r.Body)] = true
	}
	mappings := shipped(t)
	for _, m := range mappings {
		m.Examples = slices.DeleteFunc(m.Examples, func(e mapping.Example) bool { return seen[squeeze(e.Body)] })
	}
	x, told := New(mappings), tally{}
	for _, r := range all {
		header := make(http.Header)
		for name, value := range r.Header {
			header.Set(name, value)
		}
		guesses := x.Guess(normalizer.Response{Status: r.Status, Header: header, Body: []byte(r.Body)}, &url.URL{Path: r.Path}, 3)
		if !told.add(guesses, r.Provider) {
			t.Logf("%s: got %v of %.200s", r.Provider, guesses, r.Body)
		}
	}
	t.Log(told)
	told.hold(t, 65, 75)
}

// TestWhy holds that a guess says why, in words of the mappings alone.
func TestWhy(t *testing.T) {
	x, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	const secret = "s3cr3tS3cr3tS3cr3t"
	resp := normalizer.Response{
		Status: 400, Header: http.Header{"X-Okta-Request-Id": {secret}},
		Body: []byte(`{"errorCode":"E0000011","errorSummary":"Invalid token provided","errorLink":"` + secret + `","errorId":"` + secret + `","errorCauses":[]}`),
	}
	guesses := x.Guess(resp, nil, 3)
	if guesses[0].Provider != "okta" || guesses[0].Share < 0.9 || len(guesses[0].Why) == 0 {
		t.Errorf("got %+v, want okta, surely, and why", guesses[0])
	}
	if text := fmt.Sprint(guesses); strings.Contains(text, secret) {
		t.Errorf("got %s, want nothing of the response in it", text)
	}
}

// TestHostile holds that anything can be asked.
func TestHostile(t *testing.T) {
	x, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{
		"", "{", strings.Repeat("[", 9999), `{"a":` + strings.Repeat(`{"a":`, 50), strings.Repeat("a b ", 1<<17), "\x00\xff",
		"{" + strings.Repeat(`"error":"x",`, 5000) + `"a":1}`, `{"error":" "}`, `{"` + strings.Repeat("x", 1<<17) + `":1}`,
	} {
		for _, status := range []int{0, 200, 400} {
			guesses := x.Guess(normalizer.Response{Status: status, Body: []byte(body)}, &url.URL{Host: ".", Path: body}, 3)
			sum := 0.0
			for _, g := range guesses {
				sum += g.Share
			}
			if len(guesses) != 3 || !(sum > 0 && sum < 1.001) {
				t.Errorf("%d %.20q: got %v, want three that add up to 1 at most", status, body, guesses)
			}
		}
	}
	if got := New(nil).Guess(normalizer.Response{}, nil, 3); len(got) != 0 {
		t.Errorf("got %v of no mappings, want nothing", got)
	}
}

func requestOf(e *mapping.Example) *url.URL {
	if e.Path == "" {
		return nil
	}
	return &url.URL{Path: e.Path}
}

// bare reports whether an example has nothing but a status and a code.
func bare(e *mapping.Example) bool {
	return len(e.Header) == 0 && e.Path == "" && (e.Body == "" || strings.Count(e.Body, `"`) == 4 && strings.HasPrefix(e.Body, `{"error"`))
}

// TestReasonsHaveWords: a date or a version, of which only zeros are left, is no reason that
// tells a person anything.
func TestReasonsHaveWords(t *testing.T) {
	index, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	guesses := index.Guess(normalizer.Response{
		Status: 401, Header: http.Header{"Content-Type": {"application/json"}, "Server": {"Some/0.6 Other/3.11.7"}},
		Body: []byte(`{"timestamp":"2026-11-29T16:45:00.123+00:00","status":401,"error":"Unauthorized","message":"Bad credentials","path":"/login"}`),
	}, nil, 3)
	if len(guesses) == 0 || guesses[0].Provider != "spring-boot" {
		t.Fatalf("got %v, want spring-boot first", guesses)
	}
	for _, g := range guesses {
		for _, why := range g.Why {
			if strings.Contains(why, "0 0") || strings.HasSuffix(why, `: 0"`) {
				t.Errorf("%s: got the reason %s, want one with words", g.Provider, why)
			}
		}
	}
}
