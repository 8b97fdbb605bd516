package mapping

import (
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// patternOf parses a Pattern that must be a good one.
func patternOf(t testing.TB, spelled string) Pattern {
	t.Helper()
	p, err := ParsePattern(spelled)
	if err != nil {
		t.Fatalf("ParsePattern(%q): got error %v, want none", spelled, err)
	}
	return p
}

func TestPatternMatch(t *testing.T) {
	for _, tt := range []struct {
		pattern, text string
		want          bool
	}{
		{"Invalid token", "invalid token", true},
		{"Invalid token", "INVALID \t\n TOKEN ", true},
		{"Invalid token", "invalid token.", false},
		{"Invalid token", "an invalid token", false},
		{"invalid  token", "invalid token", true},
		{"*", "anything at all", true},
		{"*", "", true},
		{"abc*", "abc", true},
		{"abc*", "abcdef", true},
		{"abc*", "ab", false},
		{"*abc", "xyzabc", true},
		{"*abc", "abcx", false},
		{"*abc*", "xabcx", true},
		{"*abc*", "xabx", false},
		{"a*b*c", "abc", true},
		{"a*b*c", "a-b-c", true},
		{"a*b*c", "a-c-b", false},
		{"a*b*c", "acb", false},
		{"a*a", "a", false},
		{"a*a", "aa", true},
		{"ab*ba", "aba", false},
		{"*ab*ab*", "abab", true},
		{"*ab*ab*", "aab", false},
		{"a**b", "ab", true},
		{`\*`, "*", true},
		{`\*`, "x", false},
		{`a\*b*`, "a*bcd", true},
		{`a\*b*`, "axbcd", false},
		{`a\b`, `a\b`, true},
		{"ÜBER*", "über alles", true},
		{"caf\u00e9", "CAF\u00c9", true},
		{"a\u00a0b", "a b", true},
		{"[a-z]?", "[a-z]?", true},
		{"[a-z]?", "b", false},
	} {
		if got := patternOf(t, tt.pattern).Match(FoldText(tt.text)); got != tt.want {
			t.Errorf("pattern %q on %q: got %v, want %v", tt.pattern, tt.text, got, tt.want)
		}
	}
}

func TestPatternRefused(t *testing.T) {
	for _, tt := range []struct{ spelled, want string }{
		{"", "empty"},
		{" \t", "empty"},
		{strings.Repeat("x", maxPattern+1), "1001 bytes"},
	} {
		_, err := ParsePattern(tt.spelled)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("ParsePattern(%.20q): got error %v, want one with %q", tt.spelled, err, tt.want)
		}
	}
	if _, err := ParsePattern(strings.Repeat("x", maxPattern)); err != nil {
		t.Errorf("ParsePattern of %d bytes: got error %v, want none", maxPattern, err)
	}
}

func TestPatternWeight(t *testing.T) {
	for _, tt := range []struct {
		pattern string
		want    int
	}{
		{"*", 0}, {"abc", 3}, {"abc*", 3}, {"*a*b*", 2}, {`\**`, 1}, {"über", 4}, {"a  b", 3},
	} {
		if got := patternOf(t, tt.pattern).Weight(); got != tt.want {
			t.Errorf("weight of %q: got %d, want %d", tt.pattern, got, tt.want)
		}
	}
}

func TestPatternOverlaps(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"abc", "abc", true},
		{"abc", "ABC", true},
		{"abc", "abd", false},
		{"abc*", "abcdef", true},
		{"*", "abc", true},
		{"*", "*", true},
		{"a*", "ab*", true},
		{"a*", "b*", false},
		{"a*", "*b", false}, // `ab` fits both, but neither covers the other
		{"a*c", "abc", true},
		{"a*c", "a*b*c", true},
		{`\*`, "*", true},
		{`\*`, "x", false},
	} {
		a, b := patternOf(t, tt.a), patternOf(t, tt.b)
		if got := a.Overlaps(b); got != tt.want {
			t.Errorf("%q overlaps %q: got %v, want %v", tt.a, tt.b, got, tt.want)
		}
		if got := b.Overlaps(a); got != tt.want {
			t.Errorf("%q overlaps %q: got %v, want %v", tt.b, tt.a, got, tt.want)
		}
	}
}

func TestFoldText(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"   ", ""},
		{"abc", "abc"},
		{" abc", "abc"},
		{"abc ", "abc"},
		{"a  b", "a b"},
		{"A\tB\r\nC", "a b c"},
		{"\u2003Ä\u00a0b", "ä b"},
		{"a b c", "a b c"},
	} {
		if got := FoldText(tt.in); got != tt.want {
			t.Errorf("FoldText(%q): got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestFoldCode(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"invalid_grant", "invalidgrant"},
		{"Invalid-Grant", "invalidgrant"},
		{"invalid grant", "invalidgrant"},
		{"INVALID\tGRANT\r\n", "invalidgrant"},
		{"bad.tenant", "bad.tenant"},
		{"53201", "53201"},
		{"-1", "-1"},
		{"-a-1", "a1"},
		{"com.amazonaws.cognito#NotAuthorizedException", "notauthorizedexception"},
		{"NotAuthorizedException:http://internal.amazon.com/coral/", "notauthorizedexception"},
		{"NotAuthorizedException:", "notauthorizedexception"},
		{"sf:INVALID", "sf:invalid"},
		{"-_ ", ""},
		{"invalid\x00_grant", "invalid\x00grant"},
	} {
		if got := string(FoldCode(nil, tt.in)); got != tt.want {
			t.Errorf("FoldCode(%q): got %q, want %q", tt.in, got, tt.want)
		}
	}
	buf := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() { FoldCode(buf, "Invalid-Grant") }); n != 0 {
		t.Errorf("FoldCode into a buffer: got %v allocations, want 0", n)
	}
}

// naiveMatch is the definition of a match, one star at a time.
func naiveMatch(pattern, text string) bool {
	switch {
	case pattern == "":
		return text == ""
	case strings.HasPrefix(pattern, `\*`):
		return strings.HasPrefix(text, "*") && naiveMatch(pattern[2:], text[1:])
	case pattern[0] == '*':
		return naiveMatch(pattern[1:], text) || text != "" && naiveMatch(pattern, text[1:])
	}
	return text != "" && text[0] == pattern[0] && naiveMatch(pattern[1:], text[1:])
}

func FuzzPattern(f *testing.F) {
	for _, seed := range [][2]string{
		{"Unknown or invalid refresh token*", "unknown  or INVALID refresh token."},
		{"*a*b*", "xaxbx"}, {`a\*b`, "a*b"}, {"ab*ba", "aba"}, {"*", ""}, {`\\*`, `\x`},
		{"Ü*", "ü\u00a0x"}, {"\xff*", "\xff\xfe"}, {"a*b", "a\x00b"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, spelled, text string) {
		folded := FoldText(text)
		if slow := strings.Join(strings.Fields(strings.ToLower(text)), " "); folded != slow {
			t.Fatalf("FoldText(%q): got %q, want %q", text, folded, slow)
		}
		p, err := ParsePattern(spelled)
		if err != nil {
			return
		}
		got := p.Match(folded)
		if !p.Overlaps(p) {
			t.Errorf("pattern %q: does not overlap itself", spelled)
		}
		if len(folded) > 40 || strings.Count(spelled, "*") > 5 {
			return // the definition takes exponential time
		}
		if want := naiveMatch(FoldText(spelled), folded); got != want {
			t.Errorf("pattern %q on %q: got %v, want %v", spelled, text, got, want)
		}
	})
}

// TestRegistryFoldedCodesDiffer: no two registered codes compare as one.
func TestRegistryFoldedCodesDiffer(t *testing.T) {
	seen := make(map[string]string)
	for _, e := range registry.All() {
		folded := string(FoldCode(nil, e.Code))
		if other, ok := seen[folded]; ok {
			t.Errorf("%s and %s: both compare as %q, want different ones", other, e.Code, folded)
		}
		seen[folded] = e.Code
	}
}
