package saved

import (
	"net/http"
	"strings"
	"testing"
)

// TestLines checks how a response is shown.
func TestLines(t *testing.T) {
	for _, tt := range []struct {
		name, body, want string
		header           http.Header
	}{
		{"JSON", `{"error":"x"}`, "HTTP/1.1 400 Bad Request\n\n{\n  \"error\": \"x\"\n}", nil},
		{"secrets", `{"refresh_token":"abcdefghijklmnop.0123456789"}`, "HTTP/1.1 400 Bad Request\nSet-Cookie: ***\n\n{\n  \"refresh_token\": \"***\"\n}", http.Header{"Set-Cookie": {"sid=1"}}},
		{"lines of Windows", "a\r\nb\r\n", "HTTP/1.1 400 Bad Request\n\na\nb", nil},
		{"orders for a terminal", "\x1b]0;title\a\x9b2J\u009b2J", "HTTP/1.1 400 Bad Request\n\n\ufffd]0;title\ufffd\ufffd2J\ufffd2J", nil},
		{"long", strings.Repeat("a b ", mostShown), "HTTP/1.1 400 Bad Request\n\n" + strings.Repeat("a b ", mostShown/4) + "\n…", nil},
	} {
		if got := strings.Join(Lines(http.StatusBadRequest, tt.header, []byte(tt.body)), "\n"); got != tt.want {
			t.Errorf("%s: got %.200q, want %.200q", tt.name, got, tt.want)
		}
	}
}
