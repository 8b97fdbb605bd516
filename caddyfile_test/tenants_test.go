package caddyfile_test

import (
	"fmt"
	"net/http"
	"testing"
)

// TestTenantsAreSeries: handlers of one provider with names of their own are as many
// series, errors and all requests; those of which no answer is looked at do not count.
func TestTenantsAreSeries(t *testing.T) {
	const tenants, successes = 5, 7
	const errors, requests = "caddy_auth_errors_responses_total", "caddy_auth_errors_requests_total"
	up := startUpstream(t)
	up.script("error", answer{wire: sized(forbidden, `{"error":"access_denied","error_description":"Unknown or invalid refresh token"}`)})
	up.script("success", answer{wire: sized(okJSON, `{}`)})
	up.script("empty", answer{wire: head("HTTP/1.1 204 No Content") + "\r\n"})
	metrics := freeAddress(t)
	text, addresses := site(metrics, "metrics"), make([]string, tenants)
	for i := range addresses {
		addresses[i] = freeAddress(t)
		text += site(addresses[i], fmt.Sprintf("auth_errors auth0 {\n\t\tname tenant-%d\n\t}", i), "reverse_proxy "+up.address)
	}
	startCaddy(t, text)
	labels := func(i int) string { return fmt.Sprintf(`{name="tenant-%d",provider="auth0"}`, i) }
	born := samples(t, "http://"+metrics, requests)
	ask := func(i int, method, name string) {
		send(t, protocols(t)[0], method, "http://"+addresses[i]+"/oauth/token", field(caseHeader, name), "")
	}
	for i := range addresses {
		if n, ok := born[labels(i)]; !ok || n != 0 {
			t.Errorf("tenant %d: got %v requests, counted %t before the first one, want a series of 0", i, n, ok)
		}
		for range i + 1 {
			ask(i, http.MethodPost, "error")
		}
		for range successes {
			ask(i, http.MethodPost, "success")
		}
		ask(i, http.MethodOptions, "empty")
		ask(i, http.MethodHead, "empty")
	}
	all, failed := samples(t, "http://"+metrics, requests), samples(t, "http://"+metrics, errors)
	for i := range addresses {
		line := auditLine{Name: fmt.Sprintf("tenant-%d", i), Provider: "auth0", Endpoint: "token", Error: "invalid_grant", Outcome: "normalized"}
		if got, want := failed[line.labels()], float64(i+1); got != want {
			t.Errorf("tenant %d: got %v errors, want %v", i, got, want)
		}
		if got, want := all[labels(i)], float64(i+1+successes); got != want {
			t.Errorf("tenant %d: got %v requests, want %v", i, got, want)
		}
	}
}
