package registry

import (
	"strings"
	"testing"
)

func TestParseEndpoint(t *testing.T) {
	for e := range endpointCount {
		got, err := ParseEndpoint(e.String())
		if err != nil || got != e {
			t.Errorf("ParseEndpoint(%q): got %v, %v, want %v", e.String(), got, err, e)
		}
	}
	for _, name := range []string{"", "Token", "userinfo", "any"} {
		if _, err := ParseEndpoint(name); err == nil || !strings.Contains(err.Error(), "introspection") {
			t.Errorf("ParseEndpoint(%q): got error %v, want one that lists the kinds", name, err)
		}
	}
}

func TestTokenLike(t *testing.T) {
	for e := range endpointCount {
		want := e != EndpointNone && e != EndpointAuthorization && e != EndpointResource
		if got := e.TokenLike(); got != want {
			t.Errorf("%v: got token-like %v, want %v", e, got, want)
		}
	}
}

func TestEndpointSet(t *testing.T) {
	var all EndpointSet
	token := all.With(EndpointToken)
	both := token.With(EndpointResource)
	for _, tt := range []struct {
		name      string
		got, want bool
	}{
		{"the empty set has any", all.Has(EndpointPAR), true},
		{"the empty set names none", all.Names(EndpointPAR), false},
		{"token has token", token.Has(EndpointToken), true},
		{"token has resource", token.Has(EndpointResource), false},
		{"both name resource", both.Names(EndpointResource), true},
		{"none can be named", all.With(EndpointNone).Names(EndpointNone), true},
		{"empty meets token", all.Intersects(token), true},
		{"token meets both", token.Intersects(both), true},
		{"token meets par", token.Intersects(all.With(EndpointPAR)), false},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, tt.got, tt.want)
		}
	}
}

func TestSchemeOf(t *testing.T) {
	for _, tt := range []struct{ value, want string }{
		{"", ""}, {"Basic dTpw", "Basic"}, {"bearer x", "Bearer"}, {"DPOP x", "DPoP"}, {" Bearer  x", "Bearer"},
		{"Bearer", "Bearer"}, {"Bearerx y", ""}, {"Negotiate x", ""}, {"Digest username=x", ""},
	} {
		if got := SchemeOf(tt.value); got != tt.want {
			t.Errorf("SchemeOf(%q): got %q, want %q", tt.value, got, tt.want)
		}
	}
}
