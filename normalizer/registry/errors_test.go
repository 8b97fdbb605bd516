package registry

import (
	"slices"
	"strings"
	"testing"
)

func TestRegistrySortedAndUnique(t *testing.T) {
	for i := 1; i < len(entries); i++ {
		if before, code := entries[i-1].Code, entries[i].Code; before >= code {
			t.Errorf("registry: %q stands before %q, want ascending codes, each once", before, code)
		}
	}
}

func TestRegistryEntries(t *testing.T) {
	titles := make(map[string]string)
	for _, e := range All() {
		for name, value := range map[string]string{
			"Code": e.Code, "Title": e.Title, "Description": e.Description, "Source": e.Source,
		} {
			if strings.TrimSpace(value) == "" {
				t.Errorf("%s: got no %s, want one", e.Code, name)
			}
		}
		if strings.Trim(e.Code, "abcdefghijklmnopqrstuvwxyz_") != "" {
			t.Errorf("code %q: want lower case letters and underscores", e.Code)
		}
		for _, other := range []string{e.Polling, e.ForPublic, e.ForBasic, e.ForToken, e.AtResource} {
			if _, ok := Lookup(other); other != "" && !ok {
				t.Errorf("%s: got %q in another column, want a registered code", e.Code, other)
			}
		}
		if other, ok := titles[e.Title]; ok {
			t.Errorf("%s: title %q is also that of %s", e.Code, e.Title, other)
		}
		titles[e.Title] = e.Code
		if !slices.Contains(Actions(), e.Action) {
			t.Errorf("%s: got action %q, want one of %q", e.Code, e.Action, Actions())
		}
		if e.Action.Meaning() == "" {
			t.Errorf("%s: got no meaning of the action %q, want one", e.Code, e.Action)
		}
		if e.Status < 400 || e.Status > 599 {
			t.Errorf("%s: got status %d, want 400 to 599", e.Code, e.Status)
		}
		for endpoint, status := range e.at {
			if endpoint >= endpointCount || status < 400 || status > 599 || status == e.Status {
				t.Errorf("%s at %d: got status %d, want one from 400 to 599 other than %d", e.Code, endpoint, status, e.Status)
			}
		}
	}
}

func TestLookup(t *testing.T) {
	for _, e := range All() {
		got, ok := Lookup(e.Code)
		if !ok || got.Code != e.Code {
			t.Errorf("Lookup(%q): got %v, %v, want its entry", e.Code, got, ok)
		}
	}
	for _, code := range []string{"", "invalid", "Invalid_Grant", "invalid-grant", "invalid_grant ", "zzz"} {
		if e, ok := Lookup(code); ok {
			t.Errorf("Lookup(%q): got %q, want none", code, e.Code)
		}
	}
}

func TestRegistryIsACopy(t *testing.T) {
	All()[0].Code = "changed"
	if entries[0].Code == "changed" {
		t.Error("Registry: got the list itself, want a copy")
	}
}

// TestRegistryHolds guards the codes that clients act on: dropping one would
// turn it into something else without any other test noticing.
func TestRegistryHolds(t *testing.T) {
	for _, tt := range []struct {
		code     string
		status   int
		resource int
	}{
		{"invalid_request", 400, 400}, {"invalid_client", 400, 400}, {"invalid_grant", 400, 400},
		{"unauthorized_client", 400, 400}, {"unsupported_grant_type", 400, 400}, {"invalid_scope", 400, 400},
		{"access_denied", 400, 403}, {"server_error", 500, 500}, {"temporarily_unavailable", 503, 503},
		{"invalid_token", 401, 401}, {"insufficient_scope", 403, 403}, {"use_dpop_nonce", 400, 401},
		{"invalid_dpop_proof", 400, 401}, {"insufficient_user_authentication", 401, 401},
		{"authorization_pending", 400, 400}, {"slow_down", 400, 400}, {"expired_token", 400, 400},
		{"mfa_required", 403, 403}, {"need_info", 403, 403}, {"request_submitted", 403, 403}, {"request_denied", 403, 403},
	} {
		e, ok := Lookup(tt.code)
		if !ok {
			t.Errorf("Lookup(%q): got none, want an entry", tt.code)
			continue
		}
		if e.Status != tt.status {
			t.Errorf("%s: got status %d, want %d", tt.code, e.Status, tt.status)
		}
		if got := e.StatusAt(EndpointResource); got != tt.resource {
			t.Errorf("%s at a resource: got status %d, want %d", tt.code, got, tt.resource)
		}
	}
}
