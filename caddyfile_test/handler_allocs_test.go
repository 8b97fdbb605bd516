//go:build !race

// The race detector makes pools forget at random.

package caddyfile_test

import (
	"net/http"
	"testing"

	autherrors "github.com/auth-errors/caddy-auth-errors"
)

// TestPassAllocatesNothing: a response that is none of ours costs no memory.
func TestPassAllocatesNothing(t *testing.T) {
	h := provisioned(t, &autherrors.Handler{Provider: "auth0"})
	next := answering(200, []byte("{}"), "Content-Type", "application/json")
	req := benchRequest(tokenPath)
	w := &benchWriter{header: http.Header{}}
	without := testing.AllocsPerRun(500, func() { clear(w.header); next.ServeHTTP(w, req) })
	with := testing.AllocsPerRun(500, func() { clear(w.header); h.ServeHTTP(w, req, next) })
	if with != without {
		t.Errorf("got %v allocations with the handler, want %v as without", with, without)
	}
}

// TestErrorAllocatesLittle: what a rewritten error may allocate, pools aside, however
// long it is.
func TestErrorAllocatesLittle(t *testing.T) {
	const most = 6
	h := provisioned(t, &autherrors.Handler{Provider: "auth0"})
	for _, length := range []int{len(benchBody), 4 << 10, 16 << 10, 60 << 10} {
		body := []byte(benchBody)
		if length > len(body) {
			body = []byte(errorOfLength("access_denied", length))
		}
		next := answering(403, body, jsonFields(body)...)
		req := benchRequest(tokenPath)
		w := &benchWriter{header: http.Header{}}
		if n := testing.AllocsPerRun(500, func() { clear(w.header); h.ServeHTTP(w, req, next) }); n > most || w.status != 400 {
			t.Errorf("%d bytes: got %v allocations and status %d, want at most %d and 400", length, n, w.status, most)
		}
	}
}
