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
		{"tokens and other case", []string{`Bearer Realm=a, ERROR=b`}, `Bearer Realm="a" ERROR="b"`},
		{"white space around the sign", []string{`Bearer realm = "a" , error= "b"`}, `Bearer realm="a" error="b"`},
		{"escapes", []string{`Basic realm="a \"b\" \\ c, d=e"`}, `Basic realm="a \"b\" \\ c, d=e"`},
		{"several in one field", []string{`Negotiate, Basic realm="x", Bearer error="y", scope="a b"`}, `Negotiate | Basic realm="x" | Bearer error="y" scope="a b"`},
		{"several fields", []string{"NTLM", `DPoP algs="ES256"`}, `NTLM | DPoP algs="ES256"`},
		{"token68", []string{`Negotiate oYG3MIG0oAMKAQ==, Bearer error="y"`}, `Negotiate | Bearer error="y"`},
		{"empty elements", []string{`, ,Bearer ,, error="y",`}, `Bearer error="y"`},
		{"a parameter of nothing", []string{`scope="x", Basic realm="y"`}, `Basic realm="y"`},
		{"an error without a scheme", []string{`error=invalid_request,error_description=Access token not found`}, `Bearer error="invalid_request" error_description="Access token not found"`},
		{"an open quote", []string{`Bearer error="y, Basic realm=z`, `Basic realm="x"`}, `Bearer | Basic realm="x"`},
		{"garbage between", []string{`Bearer error="y", "what, is", Basic realm="x"`}, `Bearer error="y" | Basic realm="x"`},
		{"text behind a value", []string{`Bearer error="y"z, scope="a"`}, `Bearer scope="a"`},
	} {
		if got := spell(Challenges(tt.values)); got != tt.want {
			t.Errorf("%s %q:\ngot  %s\nwant %s", tt.name, tt.values, got, tt.want)
		}
	}
}

// TestChallengeString: a challenge is written as it was read, so that it can be
// completed.
func TestChallengeString(t *testing.T) {
	for _, tt := range []struct {
		value, want string
		malformed   bool
	}{
		{`Bearer realm="https://auth.test/token",service="registry.test",scope="a b"`, `Bearer realm="https://auth.test/token", service="registry.test", scope="a b"`, false},
		{`Digest Realm="a", qop="auth,auth-int", algorithm=MD5, stale=TRUE`, `Digest Realm="a", qop="auth,auth-int", algorithm=MD5, stale=TRUE`, false},
		{`bearer error="x", error="y"`, `bearer error="x", error="y"`, false},
		{`Basic realm="a \"b\" \\ \c"`, `Basic realm="a \"b\" \\ c"`, false},
		{`Negotiate oYG3MIG0oAMKAQ==`, `Negotiate oYG3MIG0oAMKAQ==`, false},
		{`NTLM TlRMTVNTUAACAAAA`, `NTLM TlRMTVNTUAACAAAA`, false},
		{`Bearer realm=`, `Bearer realm=""`, true},
		{`Bearer realm=My App, error=invalid_token`, `Bearer realm="My App", error=invalid_token`, true},
		{`Bearer realm=My App error=invalid_token error_description="The token expired"`, `Bearer realm="My App", error=invalid_token, error_description="The token expired"`, true},
		{`Bearer realm=https://a.test/?x=y, error=b`, `Bearer realm="https://a.test/?x=y", error=b`, true},
		{`Bearer error="x" error_description="y"`, `Bearer error="x", error_description="y"`, false},
		{`Bearer error="x"y, scope="a"`, `Bearer scope="a"`, true},
		{`Bearer error="x`, `Bearer`, true},
		{`Bearer "what"`, `Bearer`, true},
		{"Basic realm=\"a\x01\tb\u00fc\x7f\"", "Basic realm=\"a\tb\u00fc\"", false},
		{`Negotiate`, `Negotiate`, false},
		{`Negotiate abc, error="x"`, `Negotiate error="x"`, true},
	} {
		got := Challenges([]string{tt.value})
		if len(got) != 1 || got[0].String() != tt.want || got[0].Malformed != tt.malformed {
			t.Errorf("%s: got %+v, written %q, want %q, malformed %v", tt.value, got, got[0].String(), tt.want, tt.malformed)
		}
	}
	for _, c := range []Challenge{{}, {Scheme: "a b"}, {Scheme: "a\n"}} {
		if got := c.String(); got != "" {
			t.Errorf("%+v: got %q, want nothing", c, got)
		}
	}
	c := Challenge{Scheme: "Bearer", Params: []Param{{Name: "a\r\n", Value: "b"}, {Name: "error", Value: "invalid_token\r\nX: y"}}}
	if got, want := c.String(), `Bearer error="invalid_tokenX: y"`; got != want {
		t.Errorf("%+v: got %q, want %q", c, got, want)
	}
	if v, ok := Challenges([]string{"Bearer ERROR=x"})[0].Param("error"); v != "x" || !ok {
		t.Errorf("a parameter in upper case: got %q, %v", v, ok)
	}
}

// FuzzChallenges must end, and make nothing up.
func FuzzChallenges(f *testing.F) {
	f.Add(`Bearer realm="a", error="b", Basic realm=c`)
	f.Add(`Negotiate abc==, "x" y=, ,`)
	f.Add(`Bearer error="\`)
	f.Add(`Bearer realm=My App, error=invalid_token error_description=a b`)
	f.Add("Digest stale=true, realm=\"\x01\", NTLM TlRMTVNTUAAC= , Bearer realm=")
	f.Fuzz(func(t *testing.T, value string) {
		for _, c := range Challenges([]string{value}) {
			supplied := c.Scheme == "Bearer" && strings.Contains(strings.ToLower(value), "error")
			if c.Scheme == "" || !strings.Contains(value, c.Scheme) && !supplied {
				t.Errorf("%q: got scheme %q", value, c.Scheme)
			}
			for _, p := range c.Params {
				if !isToken(p.Name) || !strings.Contains(value, p.Name) || len(p.Value) > len(value) {
					t.Errorf("%q: got parameter %q=%q", value, p.Name, p.Value)
				}
			}
			back := Challenges([]string{c.String()})
			if len(back) != 1 || back[0].Malformed || back[0].Token68 != c.Token68 || back[0].String() != c.String() || len(back[0].Params) != len(c.Params) {
				t.Errorf("%q: got %+v and, from %q, %+v, want the same", value, c, c.String(), back)
			}
		}
	})
}
