package caddyfile_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
)

// faultHead begins the responses of these tests. Where nothing but the status is
// understood, it means something at the token endpoint, and nothing at a resource.
const faultHead = "HTTP/1.1 404 Not Found\nContent-Type: application/json\nX-Request-Id: 7f3d"

// faultRow is a fault of the provider, and what the two requests get.
type faultRow struct {
	name            string
	answer          answer
	token, resource wish
	accept          string // the client's Accept-Encoding
	site            string // "" for the one with the default options
	mebibytes       uint64 // by how much the heap may grow, if more than the usual
}

func (r faultRow) at() string {
	if r.site == "" {
		return "with"
	}
	return r.site
}

// wishes are those of faultRequests.
func (r faultRow) wishes() []wish { return []wish{r.token, r.resource} }

// gives is what the two requests get, for the table.
func (r faultRow) gives() string {
	words := []string{"passed", "passed"}
	for i, w := range r.wishes() {
		if !w.passes() {
			words[i] = fmt.Sprintf("%d %s", w.status, w.code)
		}
	}
	return strings.Join(slices.Compact(words), ", ")
}

// faultRows are all of them.
var faultRows = sync.OnceValue(func() []faultRow {
	return slices.Concat(transportFaults(), framingFaults(), headerFaults(), codingFaults(), bodyFaults())
})

// aborts sends something and closes the connection, or resets it.
func aborts(name, wire string, reset bool, token, resource wish) faultRow {
	return faultRow{name: name, answer: answer{play: sends(wire, reset)}, token: token, resource: resource}
}

// transportFaults are those of the connection.
func transportFaults() []faultRow {
	begun := head(faultHead)
	return []faultRow{
		{name: "refused", token: unreachable, resource: unreachable},
		aborts("closed before the status", "", false, unreachable, unreachable),
		aborts("reset before the status", "", true, unreachable, unreachable),
		aborts("closed in the status", "HTTP/1.1 403 Forb", false, unreachable, unreachable),
		aborts("reset in the status", "HTTP/1.1 403 Forb", true, unreachable, unreachable),
		aborts("closed in the header", begun, false, unreachable, unreachable),
		aborts("no HTTP", "\x15\x03\x01\x00\x02\x02\x28", false, unreachable, unreachable),
		aborts("a status of four digits", "HTTP/1.1 4031 Forbidden\r\nContent-Length: 0\r\n\r\n", false, unreachable, unreachable),
		aborts("a field without a colon", begun+"Content-Length 0\r\n\r\n", false, unreachable, unreachable),
		aborts("reset in the body", begun+"Content-Length: 1000\r\n\r\n"+halfError, true, endedEarly, endedEarly),
		aborts("closed in the body", begun+"Content-Length: 1000\r\n\r\n"+halfError, false, endedEarly, endedEarly),
		aborts("reset in a chunk", begun+"Transfer-Encoding: chunked\r\n\r\n3e8\r\n"+halfError, true, endedEarly, endedEarly),
		{name: "one byte in a chunk", answer: answer{wire: chunked(faultHead, "", strings.Split(expiredJSON, "")...)}, token: understood, resource: understood},
	}
}

// framingFaults are lies about where the body ends.
func framingFaults() []faultRow {
	length := func(name, value, body string, token, resource wish) faultRow {
		return aborts("Content-Length "+name, head(faultHead+"\nConnection: close")+"Content-Length: "+value+"\r\n\r\n"+body, false, token, resource)
	}
	return []faultRow{
		length("too small", "10", expiredJSON, byStatus, asWithout),
		length("zero", "0", expiredJSON, byStatus, byStatus),
		length("too large", "1000", expiredJSON, endedEarly, endedEarly),
		length("over the cap and not true", fmt.Sprint(1<<20), expiredJSON, endedEarly, endedEarly),
		length("of the largest number", fmt.Sprint(int64(math.MaxInt64)), expiredJSON, endedEarly, endedEarly),
		length("above the largest number", "9223372036854775808", expiredJSON, unreachable, unreachable),
		length("below zero", "-1", expiredJSON, unreachable, unreachable),
		length("in hexadecimal", "0x10", expiredJSON, unreachable, unreachable),
		length("twice and different", "10\r\nContent-Length: 11", expiredJSON, unreachable, unreachable),
		length("besides chunks", "10\r\nTransfer-Encoding: chunked", chunkedBody(expiredJSON), understood, understood),
		aborts("chunks without an end", head(faultHead)+"Transfer-Encoding: chunked\r\n\r\n"+openChunks(expiredJSON), false, endedEarly, endedEarly),
		aborts("a chunk of a size that is no number", head(faultHead)+"Transfer-Encoding: chunked\r\n\r\nzz\r\n", false, endedEarly, endedEarly),
		aborts("a chunk of a size that overflows", head(faultHead)+"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", false, endedEarly, endedEarly),
		aborts("an unknown transfer coding", head(faultHead)+"Transfer-Encoding: gzip\r\n\r\n", false, unreachable, unreachable),
	}
}

// chunkedBody is a body of one chunk.
func chunkedBody(body string) string { return openChunks(body) + "0\r\n\r\n" }

// openChunks is the same without the end.
func openChunks(body string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(body), body) }

// headerFaults are headers that nobody sends who means well.
func headerFaults() []faultRow {
	many := func(line string) string {
		var b strings.Builder
		for i := range 10_000 {
			fmt.Fprintf(&b, "\n"+line, i)
		}
		return b.String()
	}
	row := func(name, fields string, want wish) faultRow {
		r := faultRow{name: name, answer: answer{wire: sized(faultHead+fields, expiredJSON)}, token: want, resource: want}
		if want == byStatus {
			r.resource = asWithout
		}
		return r
	}
	long := strings.Repeat("a", 1<<20)
	return []faultRow{
		row("10000 fields", many("X-Field-%d: v"), understood),
		row("10000 fields of one name", many("X-Field: %d"), understood),
		row("10000 challenges", many("WWW-Authenticate: Basic realm=\"%d\""), understood),
		row("10000 codings", "\nContent-Encoding: "+strings.Repeat("gzip, ", 10_000)+"gzip", byStatus),
		row("a value of 1 MiB", "\nX-Long: "+long, understood),
		row("a name of 1 MiB", "\nX-"+long+": v", understood),
		row("a challenge of 1 MiB", "\nWWW-Authenticate: Bearer error=\""+long+"\"", understood),
		row("a challenge of 1 MiB of commas", "\nWWW-Authenticate: "+strings.Repeat(",", 1<<20), understood),
		row("a challenge of 1 MiB of quotes", "\nWWW-Authenticate: Bearer a="+strings.Repeat(`"\`, 1<<19), understood),
		row("a Retry-After of 1 MiB", "\nRetry-After: "+strings.Repeat("9", 1<<20), understood),
		row("a coding of 1 MiB", "\nContent-Encoding: "+long, byStatus),
		row("a media type of 1 MiB", "\nContent-Type: "+long, understood),
		row("a Cache-Control of 1 MiB", "\nCache-Control: "+strings.Repeat("public, ", 1<<17)+"public", understood),
		{
			name:   "a Location of 1 MiB",
			answer: answer{wire: sized("HTTP/1.1 302 Found\nLocation: https://client.test/cb?error=access_denied&state="+long, "")},
			token:  asWithout, resource: asWithout,
		},
		{name: "a header of 11 MiB", answer: answer{wire: sized(faultHead+strings.Repeat("\nX-Long: "+long, 11), expiredJSON)}, token: unreachable, resource: unreachable, mebibytes: 192},
	}
}
