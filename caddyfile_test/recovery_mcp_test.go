//go:build interop

package caddyfile_test

import (
	"encoding/json"
	"testing"
)

// TestInteropRecovery: the MCP SDK does what mcpMove says, about what the providers sent and
// about what they come to.
func TestInteropRecovery(t *testing.T) {
	type answer struct {
		Status int    `json:"status"`
		Body   string `json:"body"`
	}
	var answers []answer
	for _, a := range everyAction(t) {
		if refreshes(a.example) {
			answers = append(answers, answer{a.example.Status, a.example.Body}, answer{a.status, a.body})
		}
	}
	in, err := json.Marshal(answers)
	if err != nil {
		t.Fatal(err)
	}
	var moves []move
	if err := json.Unmarshal(runNode(t, in, "mcp-refresh.mjs"), &moves); err != nil || len(moves) != len(answers) {
		t.Fatalf("got %d moves, %v, want one for each of %d answers", len(moves), err, len(answers))
	}
	for i, a := range answers {
		if want := mcpMove(a.Status, a.Body); moves[i] != want {
			t.Errorf("%d %s: the SDK does %q, and the rule says %q", a.Status, a.Body, moves[i], want)
		}
	}
}
