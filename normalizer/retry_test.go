package normalizer

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// TestSecondsInText: a text that says when to try again says it in words.
func TestSecondsInText(t *testing.T) {
	for text, want := range map[string]string{
		"Too many attempts. Try again in 12 seconds.":     "12",
		"Please retry after 3 minutes":                    "180",
		"try again in 1.5s":                               "2",
		"Please try again in 250ms":                       "1",
		"Wait for 2 hours":                                "7200",
		"Expected available in 59 seconds.":               "59",
		"Rate limit is exceeded. Try again in 00:01:30.":  "90",
		"quota will be replenished in 1.02:00:00":         "93600",
		"try again in 3 days":                             "",
		"Try again later":                                 "",
		"There were 12 attempts":                          "",
		"try again in 99999999999999999999999999 seconds": "",
	} {
		if got := secondsInText(text, time.Unix(0, 0)); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestRetryAfterOfFields: every field and member in use becomes a Retry-After, where the
// status asks to wait, and nowhere else.
func TestRetryAfterOfFields(t *testing.T) {
	table, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	retry := func(status int, header http.Header, body string) string {
		header.Set("Content-Type", jsonType)
		q := table.Request(&http.Request{Method: http.MethodPost, Header: make(http.Header)}).As(registry.EndpointToken, registry.GrantRefreshToken)
		d := table.Decide(&q, Response{Status: status, Header: header, Body: []byte(body)})
		answer := header.Clone()
		d.Apply(answer)
		return answer.Get("Retry-After")
	}
	value := map[registry.Unit]string{registry.UnitAny: "7", registry.UnitMilliseconds: "6001"}
	for _, field := range registry.RetryFields {
		for status, want := range map[int]string{429: "7", 503: "7", 400: ""} {
			if got := retry(status, http.Header{field.Name: {value[field.Unit]}}, `{"error":"x"}`); got != want {
				t.Errorf("%s %s on %d: got Retry-After %q, want %q", field.Name, value[field.Unit], status, got, want)
			}
		}
	}
	for _, member := range registry.RetryMembers {
		names := strings.Split(member.Name, ".")
		body := value[member.Unit]
		for _, name := range slices.Backward(names) {
			body = fmt.Sprintf("{%q:%s}", name, body)
		}
		if got := retry(429, make(http.Header), body); got != "7" {
			t.Errorf("%s: got Retry-After %q, want 7", body, got)
		}
	}
	moment := strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10)
	if got := retry(429, http.Header{"X-Ratelimit-Reset": {moment}}, `{}`); got != "3600" && got != "3599" {
		t.Errorf("X-Ratelimit-Reset in an hour: got Retry-After %q, want 3600", got)
	}
	if got := retry(429, http.Header{"Retry-After": {"5"}, "X-Ratelimit-Reset": {"9"}}, `{"retry_after":11}`); got != "5" {
		t.Errorf("the provider's own: got Retry-After %q, want 5", got)
	}
	if got := retry(429, make(http.Header), `{"message":"slow","retry_after":11}`); got != "11" {
		t.Errorf("a member: got Retry-After %q, want 11", got)
	}
	if got := retry(429, make(http.Header), `{"message":"slow","msBeforeNext":2500}`); got != "3" {
		t.Errorf("a member in milliseconds: got Retry-After %q, want 3", got)
	}
}
