package caddyfile_test

import "testing"

// TestStreamEndsAfterTheAnswer: in HTTP/2 too the client has the end of an early
// answer while the provider stalls, unless it has sent nothing of the body at all.
func TestStreamEndsAfterTheAnswer(t *testing.T) {
	f := startFaulty(t)
	for name, sent := range map[string]string{
		"in chunks": head(faultHead+"\nTransfer-Encoding: chunked") + "\r\n" + openChunks(overCap),
		"announced": head(faultHead) + "Content-Length: 1048576\r\n\r\n" + halfError,
	} {
		t.Run(name, func(t *testing.T) {
			f.stall(name, sent, make(chan struct{}))
			for _, problem := range byStatus.problems(f.ask(t.Context(), f.versions[1], "with", 0, name, ""), heard{}) {
				t.Error(problem)
			}
		})
	}
}
