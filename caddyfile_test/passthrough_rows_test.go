package caddyfile_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
)

// caseRow is a request and what the provider answers to it.
type caseRow struct {
	name   string
	method string
	path   string
	header http.Header
	wire   string // the provider's answer
}

// field is a request header of one field.
func field(name, value string) http.Header { return http.Header{name: {value}} }

// browser is what a browser sends when a user follows a link.
var browser = http.Header{
	"Sec-Fetch-Mode": {"navigate"},
	"Sec-Fetch-Dest": {"document"},
	"Accept":         {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
}

const (
	loginPage    = "<!doctype html><title>Log in</title><form method=post><input name=password></form>"
	unknownError = `{"reason":"order-closed","order":4711}`
	unauthorized = "HTTP/1.1 401 Unauthorized\nContent-Type: application/json"
	badRequest   = "HTTP/1.1 400 Bad Request\nContent-Type: application/json"
	okJSON       = "HTTP/1.1 200 OK\nContent-Type: application/json"
)

// gzipped is the body in content coding gzip.
func gzipped(body string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(body)); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

// passRows are the responses that the module has nothing to do with: no errors
// at all, errors that are not its own, and the pages that people log in with.
var passRows = []caseRow{
	{"success", "GET", "/userinfo", field("Authorization", bearer), sized(okJSON+"\nETag: \"1\"\nCache-Control: max-age=5", `{"sub":"248289761001"}`)},
	{"token", "POST", "/oauth/token", nil, sized(okJSON+"\nCache-Control: no-store", `{"access_token":"aaaa","token_type":"Bearer"}`)},
	{"success that names an error", "POST", "/oauth/token", nil, sized(okJSON, `{"error":"invalid_grant"}`)},
	{"chunks", "GET", "/api/v2/users", nil, chunked(okJSON, "", `[{"id":1},`, `{"id":2}]`)},
	{"announced trailers", "GET", "/api/v2/users", nil, chunked(okJSON+"\nTrailer: X-Checksum", "X-Checksum: 9a0364b9", `[]`)},
	{"unannounced trailers", "GET", "/api/v2/users", nil, chunked(okJSON, "X-Checksum: 9a0364b9", `[]`)},
	{"no content", "GET", "/api/v2/users/1", nil, head("HTTP/1.1 204 No Content\nX-RateLimit-Remaining: 9") + "\r\n"},
	{"not modified", "GET", "/api/v2/users/1", field("If-None-Match", `"1"`), head("HTTP/1.1 304 Not Modified\nETag: \"1\"") + "\r\n"},
	{"partial content", "GET", "/api/v2/jobs/1", field("Range", "bytes=0-3"), sized("HTTP/1.1 206 Partial Content\nContent-Range: bytes 0-3/10\nContent-Type: text/plain", "0123")},
	{"gzip", "GET", "/api/v2/users", field("Accept-Encoding", "gzip"), sized(okJSON+"\nContent-Encoding: gzip\nVary: Accept-Encoding", gzipped(`[{"id":1}]`))},
	{"many cookies", "GET", "/userinfo", nil, sized(okJSON+"\nSet-Cookie: a=1\nSet-Cookie: b=2; HttpOnly\nSet-Cookie: a=3", `{}`)},

	{"redirect with an error", "GET", "/authorize", browser, sized("HTTP/1.1 302 Found\nLocation: https://client.test/cb?error=access_denied&state=a%20b+c", "")},
	{"redirect with an error in the fragment", "GET", "/authorize", nil, sized("HTTP/1.1 303 See Other\nLocation: https://client.test/cb#error=login_required&state=1", "")},
	{"redirect to a login page", "GET", "/authorize", nil, sized("HTTP/1.1 302 Found\nLocation: /u/login?state=1\nContent-Type: text/html", "Found")},

	{"login page with an error status", "GET", "/authorize", nil, sized("HTTP/1.1 400 Bad Request\nContent-Type: text/html; charset=utf-8", loginPage)},
	{"login page of a browser", "GET", "/u/login", browser, sized("HTTP/1.1 401 Unauthorized\nContent-Type: text/html", loginPage)},
	{"error page of a browser", "GET", "/anything", browser, chunked("HTTP/1.1 500 Internal Server Error\nContent-Type: text/html", "", "<title>Oops</title>", "<p>Sorry.")},
	{"login page for who prefers one", "GET", "/u/login", field("Accept", "text/html, application/json;q=0.5"), sized("HTTP/1.1 403 Forbidden\nContent-Type: text/html", loginPage)},

	{"discovery", "GET", "/.well-known/openid-configuration", nil, sized("HTTP/1.1 404 Not Found\nContent-Type: application/json", `{"message":"no such tenant"}`)},
	{"business error", "GET", "/api/v2/users/1", field("Authorization", bearer), sized("HTTP/1.1 404 Not Found\nContent-Type: application/json", unknownError)},
	{"unknown code", "POST", "/api/v2/users", field("Authorization", bearer), sized(badRequest, `{"error":"order_closed"}`)},
	{"unknown body", "POST", "/api/v2/users", field("Authorization", bearer), sized(badRequest, unknownError)},
	{"unknown body in text", "POST", "/api/v2/users", nil, sized("HTTP/1.1 409 Conflict\nContent-Type: text/plain", "the order is closed")},

	{"status of a lost client", "GET", "/userinfo", nil, sized("HTTP/1.1 499 Client Closed Request\nContent-Type: application/json", `{"error":"invalid_token"}`)},
	{"error to HEAD", "HEAD", "/userinfo", nil, head(unauthorized+"\nContent-Length: 25") + "\r\n"},
	{"error to OPTIONS", "OPTIONS", "/oauth/token", field("Origin", "https://spa.test"), sized("HTTP/1.1 403 Forbidden\nContent-Type: application/json", `{"error":"access_denied"}`)},
	{"error of gRPC", "POST", "/oauth/token", nil, chunked("HTTP/1.1 401 Unauthorized\nContent-Type: application/grpc+proto", "Grpc-Status: 16", "\x00\x00\x00\x00\x02{}")},
	{"early hints", "GET", "/userinfo", nil, head("HTTP/1.1 103 Early Hints\nLink: </a.css>; rel=preload") + "\r\n" + sized(okJSON, `{}`)},
}

// releasedRows are held until it is clear what they are, and then let go.
var releasedRows = []caseRow{
	{"chunks", "POST", "/api/v2/users", nil, chunked(badRequest, "", unknownError[:9], unknownError[9:])},
	{"announced trailers", "POST", "/api/v2/users", nil, chunked(badRequest+"\nTrailer: X-Checksum", "X-Checksum: 9a0364b9", unknownError)},
	{"unannounced trailers", "POST", "/api/v2/users", nil, chunked(badRequest, "X-Checksum: 9a0364b9", unknownError)},
	{"both kinds of trailers", "POST", "/api/v2/users", nil, chunked(badRequest+"\nTrailer: X-Checksum", "X-Checksum: 9a0364b9\nX-Late: 1", unknownError)},
	{"early hints", "POST", "/api/v2/users", nil, head("HTTP/1.1 103 Early Hints\nLink: </a.css>; rel=preload") + "\r\n" + sized(badRequest, unknownError)},
	{"gzip", "POST", "/api/v2/users", field("Accept-Encoding", "gzip"), sized(badRequest+"\nContent-Encoding: gzip", gzipped(unknownError))},
	{"unknown coding", "POST", "/api/v2/users", nil, sized(badRequest+"\nContent-Encoding: x-own", "\x01\x02\x03")},
	{"broken JSON", "POST", "/api/v2/users", nil, sized(badRequest, `{"reason":`)},
	{"empty object", "POST", "/api/v2/users", nil, sized(badRequest, `{}`)},
	{"more than is held", "GET", "/api/v2/users/1", nil, sized("HTTP/1.1 404 Not Found\nContent-Type: application/json", `{"padding":"`+strings.Repeat("0123456789abcdef", 20_000)+`"}`)},
	{"just more than is held", "GET", "/api/v2/users/1", nil, sized("HTTP/1.1 404 Not Found\nContent-Type: application/json", `"`+strings.Repeat("x", 64<<10)+`"`)},
	{"canonical already", "POST", "/oauth/token", nil, sized(badRequest+"\nCache-Control: no-store\nETag: \"1\"", `{ "error": "invalid_grant", "error_description": "Invalid authorization code" }`)},
	{"canonical already, in chunks", "POST", "/oauth/token", nil, chunked(badRequest+"\nCache-Control: no-store", "X-Checksum: 1", `{"error":`, `"invalid_grant"}`)},
}
