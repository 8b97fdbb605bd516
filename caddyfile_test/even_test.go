package caddyfile_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestFramesTellNothing: where descriptions are canonical, the frames of HTTP/2 do not show
// how large the provider's response was.
func TestFramesTellNothing(t *testing.T) {
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := `{"error":"invalid_grant","more":"` + strings.Repeat("x", 100<<10) + `"}`
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/sts/small":
			body = `{"error":"invalid_grant"}`
		case "/sts/known":
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		case "/sts/drips":
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, body)
			http.NewResponseController(w).Flush()
			<-r.Context().Done() // it goes on for ever
			return
		}
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, body)
	}))
	t.Cleanup(up.Close)
	address := freeAddress(t)
	startCaddy(t, site(address, "auth_errors {\n\t\tdescriptions canonical\n\t\tendpoint token /sts/*\n\t}", "reverse_proxy "+up.Listener.Addr().String()))
	want := framesOf(t, address, "/sts/small")
	if len(want) == 0 || want[0] != "1 4" {
		t.Fatalf("got frames %v, want a header first", want)
	}
	for _, path := range []string{"/sts/known", "/sts/large", "/sts/drips"} {
		if got := framesOf(t, address, path); !slices.Equal(got, want) {
			t.Errorf("%s: got frames %v, want %v", path, got, want)
		}
	}
}

// framesOf returns the kinds and flags of the frames of an answer, and the lengths of its
// data.
func framesOf(t *testing.T, address, path string) (frames []string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"+frame(4, 0, 0, "")+frame(1, 5, 1, "\x82\x86\x44"+string(rune(len(path)))+path+"\x41\x04a:80"))
	for ended := false; !ended; {
		var head [9]byte
		if _, err := io.ReadFull(conn, head[:]); err != nil {
			t.Fatalf("%s: got %v after frames %v, want the end of the answer", path, err, frames)
		}
		length := int(head[0])<<16 | int(head[1])<<8 | int(head[2])
		if _, err := io.CopyN(io.Discard, conn, int64(length)); err != nil {
			t.Fatal(err)
		}
		kind, flags := head[3], head[4]
		switch {
		case binary.BigEndian.Uint32(head[5:]) != 1:
		case kind == 0:
			frames = append(frames, fmt.Sprintf("0 %d of %d", flags, length))
			ended = flags&1 != 0
		default:
			frames = append(frames, fmt.Sprintf("%d %d", kind, flags))
			ended = kind == 3
		}
	}
	return frames
}
