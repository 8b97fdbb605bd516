package normalizer

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// TestMaskEvasions: a secret is found whatever hides its name, and what is none stays.
func TestMaskEvasions(t *testing.T) {
	for text, want := range map[string]string{
		// the name of a noun begins with letters that are a word elsewhere
		"user_password=letmein":     "user_password=***",
		"userPassword: letmein":     "userPassword: ***",
		"user-token abc123def":      "user-token ***",
		"notificationToken=abcdefg": "notificationToken=***",
		"invalid_token at 10:15":    "invalid_token at 10:15",
		"InvalidToken at 10:15":     "InvalidToken at 10:15",
		"use_dpop_nonce=1":          "use_dpop_nonce=1",
		"pass=letmein&user=1":       "pass=***&user=1",
		"pw=letmein":                "pw=***",
		"pass=true":                 "pass=true",
		"Passwords differ: letmein": "Passwords differ: letmein",
		// what is not shown parts no word
		"pass\u200bword=letmein":     "password=***",
		"Pass&shy;wort: letmein":     "Passwort: ***",
		"pass\u2060word: letmein":    "password: ***",
		"The pass&shy;word is wrong": "The password is wrong",
		// JSON in a string in a string
		`{\\\"password\\\":\\\"letmein\\\"}`:     "{///'password///':///'***///'}",
		`{"name":"password","value":"letmein"}`:  "{'name':'password','value':'***'}",
		`{"field":"pin","rejectedValue":"4821"}`: "{'field':'pin','rejectedValue':'***'}",
		`{"name":"otp","attemptedValue":"4821"}`: "{'name':'otp','attemptedValue':'***'}",
		`{"name":"scope","value":"letmein"}`:     "{'name':'scope','value':'letmein'}",
		// elements whose name says what they have
		"<password>letmein</password> is wrong": "*** is wrong",
		"<p>The password is wrong</p>":          "The password is wrong",
		// the value stands before the name, or in a sentence of its own
		"The value 'letmein' of parameter 'password' is wrong": "The value '***' of parameter 'password' is wrong",
		"Invalid value 'letmein' for field password":           "Invalid value '***' for field password",
		"Audience 'myapi' for access token is wrong":           "Audience 'myapi' for access token is wrong",
		"password: The value letmein1 is too short":            "password: The value *** is too short",
		"Invalid password: The user is locked":                 "Invalid password: The user is locked",
		// numbers
		"SSN 078-05-1120 unknown":         "SSN *** unknown",
		"phone number 555-123-4567":       "phone number ***",
		"card 4111.1111.1111.1111 denied": "card *** denied",
		"host 411.111.111.111":            "host 411.111.111.111",
	} {
		if got := cleanDescription(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestSecretPairs: a member that has what another one names is a secret, and no answer
// with it is right as it is.
func TestSecretPairs(t *testing.T) {
	for beside, fine := range map[string]bool{
		`"errors":[{"field":"password","rejectedValue":"letmein"}]`:  false,
		`"params":[{"name":"client_secret","value":"letmein"}]`:      false,
		`"params":{"name":"Refresh-Token","input":"letmein"}`:        false,
		`"params":[{"name":"pass\u200bword=letmein"}]`:               false,
		`"errors":[{"field":"password","rejectedValue":null}]`:       true,
		`"errors":[{"field":"scope","rejectedValue":"profile"}]`:     true,
		`"errors":[{"field":"password","message":"must not be..."}]`: true,
	} {
		d := decideFor(t, Config{}, registry.EndpointToken, 400, http.Header{"Content-Type": {"application/json"}}, `{"error":"invalid_request",`+beside+`}`)
		if got := d.Outcome == OutcomeCanonical; got != fine {
			t.Errorf("%s: got outcome %s, want it canonical: %t", beside, d.Outcome, fine)
		}
	}
}

// TestLongPathsFailClosed: where descriptions are canonical, a path that is too long to be
// looked through is one of a token endpoint, also if only its characters make it long.
func TestLongPathsFailClosed(t *testing.T) {
	table, err := Compile(Config{CanonicalDescriptions: true, Endpoints: map[registry.Endpoint][]string{
		registry.EndpointToken: {"/sts"}, registry.EndpointResource: {"/api/*"}, registry.EndpointAuthorization: {"/login*"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]registry.Endpoint{
		"/x":                                 registry.EndpointNone,
		"/" + strings.Repeat("a", 1000):      registry.EndpointNone,
		"/" + strings.Repeat("a", 5000):      registry.EndpointToken,
		"/login" + strings.Repeat("a", 5000): registry.EndpointToken,
		"/api/" + strings.Repeat("a", 5000):  registry.EndpointResource,
		"/" + strings.Repeat("\ufdfa", 600):  registry.EndpointToken,
	} {
		r, err := http.NewRequest(http.MethodPost, "http://idp.test/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.Path = path
		q := table.Request(r)
		if got := table.EndpointOf(&q, nil); got != want {
			t.Errorf("%.12s of %d bytes: got %s, want %s", path, len(path), got, want)
		}
	}
}

// TestWaitingCostsLittle: what is behind the first KiB of a text says nothing about when
// to try again, so that a long one costs no more.
func TestWaitingCostsLittle(t *testing.T) {
	cost := func(n int) time.Duration {
		f := Finding{Description: strings.Repeat("again in ", n)}
		x := exchange{header: http.Header{}}
		least := time.Hour
		for range 5 {
			began := time.Now()
			new(answers).waitFor(&f, &x, began)
			least = min(least, time.Since(began))
		}
		return least
	}
	if few, many := cost(1000), cost(64_000); many > 8*few {
		t.Errorf("got %v for 9 kB and %v for 576 kB, want about the same", few, many)
	}
}
