package caddyfile_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestGuessCommand asks for the provider of a response, given in each of the ways. The
// shares change with the mappings, so they are not compared with a file.
func TestGuessCommand(t *testing.T) {
	const problem = `{"problem":"access_denied","message":"no"}`
	for _, tt := range []struct {
		name string
		in   string
		args []string
	}{
		{"flags", "", []string{"--status", "440", "--header", "Content-Type: application/json", "--body", problem}},
		{"standard input", "HTTP/1.1 440 \r\nContent-Type: application/json\r\n\r\n" + problem, []string{"-"}},
		{"with its path", "HTTP/2 440\nContent-Type: application/json\n\n" + problem, []string{"--path", "https://bank.example/authentication/connect/token", "-"}},
	} {
		args := append([]string{"auth-errors", "guess"}, tt.args...)
		got := runCaddy(t, ".", strings.NewReader(tt.in), args...)
		first, why, _ := strings.Cut(got.out, "\n")
		if got.exit != 0 || !strings.Contains(first, " %  asseco, ") || !strings.Contains(why, "mappings/asseco.yaml:") {
			t.Errorf("%s: got exit %d\n%s%s\nwant asseco first, and why", tt.name, got.exit, got.out, got.err)
		}
		var guesses []struct {
			Provider string
			Share    float64
			Why      []string
		}
		got = runCaddy(t, ".", strings.NewReader(tt.in), append(args, "--json")...)
		if err := json.Unmarshal([]byte(got.out), &guesses); err != nil || len(guesses) != 3 || guesses[0].Provider != "asseco" || guesses[0].Share < 0.5 || len(guesses[0].Why) == 0 {
			t.Errorf("%s: got %v\n%s\nwant three guesses, asseco first", tt.name, err, got.out)
		}
	}
}
