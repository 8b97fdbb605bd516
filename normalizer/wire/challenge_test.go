package wire

import (
	"fmt"
	"strings"
	"testing"
)

// spell writes challenges in one line, to compare them.
func spell(challenges []Challenge) string {
	var parts []string
	for _, c := range challenges {
		part := c.Scheme
		for _, p := range c.Params {
			part += fmt.Sprintf(" %s=%q", p.Name, p.Value)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " | ")
}

func TestChallenges(t *testing.T) {
	for _, tt := range []struct {
		name   string
		values []string
		want   string
	}{
		{"none", nil, ""},
		{"a scheme", []string{"Negotiate"}, "Negotiate"},
		{"parameters", []string{`Bearer realm="a", error="invalid_token"`}, `Bearer realm="a" error="invalid_token"`},
		{"tokens and other case", []string{`Bearer Realm=a, ERROR=b`}, `Bearer realm="a" error="b"`},
		{"white space around the sign", []string{`Bearer realm = "a" , error= "b"`}, `Bearer realm="a" error="b"`},
		{"escapes", []string{`Basic realm="a \"b\" \\ c, d=e"`}, `Basic realm="a \"b\" \\ c, d=e"`},
		{"several in one field", []string{`Negotiate, Basic realm="x", Bearer error="y", scope="a b"`}, `Negotiate | Basic realm="x" | Bearer error="y" scope="a b"`},
		{"several fields", []string{"NTLM", `DPoP algs="ES256"`}, `NTLM | DPoP algs="ES256"`},
		{"token68", []string{`Negotiate oYG3MIG0oAMKAQ==, Bearer error="y"`}, `Negotiate | Bearer error="y"`},
		{"empty elements", []string{`, ,Bearer ,, error="y",`}, `Bearer error="y"`},
		{"a parameter of nothing", []string{`error="x", Basic realm="y"`}, `Basic realm="y"`},
		{"an open quote", []string{`Bearer error="y, Basic realm=z`, `Basic realm="x"`}, `Bearer | Basic realm="x"`},
		{"garbage between", []string{`Bearer error="y", "what, is", Basic realm="x"`}, `Bearer error="y" | Basic realm="x"`},
		{"text behind a value", []string{`Bearer error="y"z, scope="a"`}, `Bearer scope="a"`},
	} {
		if got := spell(Challenges(tt.values)); got != tt.want {
			t.Errorf("%s %q:\ngot  %s\nwant %s", tt.name, tt.values, got, tt.want)
		}
	}
}

// FuzzChallenges must end, and make nothing up.
func FuzzChallenges(f *testing.F) {
	f.Add(`Bearer realm="a", error="b", Basic realm=c`)
	f.Add(`Negotiate abc==, "x" y=, ,`)
	f.Add(`Bearer error="\`)
	f.Fuzz(func(t *testing.T, value string) {
		for _, c := range Challenges([]string{value}) {
			if c.Scheme == "" || !strings.Contains(value, c.Scheme) {
				t.Errorf("%q: got scheme %q", value, c.Scheme)
			}
			for _, p := range c.Params {
				if p.Name == "" || p.Name != strings.ToLower(p.Name) || len(p.Value) > len(value) {
					t.Errorf("%q: got parameter %q=%q", value, p.Name, p.Value)
				}
			}
		}
	})
}
