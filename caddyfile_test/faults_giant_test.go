package caddyfile_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// giant is the length of an error body that nobody should hold.
const giant = 1 << 30

// giantBlock is what the body consists of.
var giantBlock = bytes.Repeat([]byte("0123456789abcdef"), 4<<10)

// playGiant sends the body, with its length announced or in chunks, until the other
// side has enough.
func playGiant(announced bool) func(*testing.T, net.Conn, *bufio.Reader) {
	return func(_ *testing.T, conn net.Conn, _ *bufio.Reader) {
		w := bufio.NewWriterSize(conn, 4*len(giantBlock))
		before, behind := fmt.Sprintf("%x\r\n", len(giantBlock)), "\r\n"
		if announced {
			before, behind = "", ""
			fmt.Fprintf(w, "%sContent-Length: %d\r\n\r\n", head(faultHead+"\nConnection: close"), giant)
		} else {
			io.WriteString(w, head(faultHead+"\nConnection: close\nTransfer-Encoding: chunked")+"\r\n")
		}
		for range giant / len(giantBlock) {
			io.WriteString(w, before)
			w.Write(giantBlock)
			if _, err := io.WriteString(w, behind); err != nil {
				return // answered and hung up
			}
		}
		if !announced {
			io.WriteString(w, "0\r\n\r\n")
		}
		w.Flush()
	}
}

// giantRows are the ways to send it. Over HTTP/2 it is but answered: there the
// client and its flow control would be the slow part of this.
var giantRows = []struct {
	name      string
	announced bool
	request   int // of faultRequests
	version   int // of HTTP
}{
	{"announced, answered", true, 0, 0},
	{"in chunks, answered", false, 0, 0},
	{"in chunks, answered in HTTP 2", false, 0, 1},
	{"announced, streamed", true, 1, 0},
	{"in chunks, streamed", false, 1, 0},
}

// TestGiantBody streams a GiB of error to a client that wants it, and answers one
// that wants an error.
func TestGiantBody(t *testing.T) {
	f := startFaulty(t)
	for _, r := range giantRows {
		t.Run(strings.ReplaceAll(r.name, " ", "_"), func(t *testing.T) {
			f.up.script(r.name, answer{play: playGiant(r.announced)})
			grown := watchHeap()
			gave := byStatus.code
			if r.request == 0 {
				got := f.ask(t.Context(), f.versions[r.version], "with", 0, r.name, "")
				for _, problem := range byStatus.problems(got, heard{}) {
					t.Error(problem)
				}
			} else if n, err := f.readGiant(t, f.versions[r.version], r.name); n != giant || err != nil {
				t.Errorf("got %d bytes as they were sent, %v, want %d", n, err, giant)
			} else {
				gave = "passed"
			}
			f.fine(t, "with", r.name)
			f.note(t, "1 GiB "+r.name, gave, grown(), heapBound)
		})
	}
}

// readGiant returns how many bytes arrived as they were sent.
func (f *faulty) readGiant(t *testing.T, v protocol, name string) (n int, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, faultRequests[1].method, "http://"+f.addresses["with"]+faultRequests[1].path, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set(caseHeader, name)
	resp, err := v.transport.RoundTrip(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	block := make([]byte, len(giantBlock))
	for n < giant {
		if _, err := io.ReadFull(resp.Body, block); err != nil || !bytes.Equal(block, giantBlock) {
			return n, err
		}
		n += len(block)
	}
	rest, err := io.Copy(io.Discard, resp.Body)
	return n + int(rest), err
}
