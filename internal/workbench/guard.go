package workbench

import (
	"net"
	"net/http"
	"strings"
)

// mostRequest is how much of a request is read, in bytes: a mapping may have 1 MiB, and
// a response as much.
const mostRequest = 3 << 20

// guard answers only requests of the page itself, under its own address. It refuses other
// sites in the browser, even under a name that leads to this machine.
type guard struct {
	address string // host:port of the listener
	next    http.Handler
}

// fields are set on every answer. The page loads nothing from elsewhere, and runs no
// script but its file.
var fields = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY",
	"Referrer-Policy":              "no-referrer",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Cache-Control":                "no-store",
}

func (g guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name, value := range fields {
		w.Header().Set(name, value)
	}
	origin := r.Header.Get("Origin")
	switch site := r.Header.Get("Sec-Fetch-Site"); {
	case !g.isOwn(r.Host):
		http.Error(w, "this is not the host of the workbench: use the address that it printed", http.StatusMisdirectedRequest)
	case origin != "" && !g.isOwn(strings.TrimPrefix(origin, "http://")),
		site != "" && site != "same-origin" && site != "none":
		http.Error(w, "the workbench answers its own page only", http.StatusForbidden)
	case r.Method == http.MethodPost && origin == "":
		http.Error(w, "a request that writes must say its origin", http.StatusForbidden)
	case r.Method == http.MethodPost && r.Header.Get("Content-Type") != "application/json":
		http.Error(w, "send application/json", http.StatusUnsupportedMediaType)
	default:
		r.Body = http.MaxBytesReader(w, r.Body, mostRequest)
		g.next.ServeHTTP(w, r)
	}
}

// isOwn reports whether a host with its port is the listener: its address, or localhost.
func (g guard) isOwn(host string) bool {
	_, port, err := net.SplitHostPort(g.address)
	return host == g.address || err == nil && strings.EqualFold(host, "localhost:"+port)
}
