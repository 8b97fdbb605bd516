package caddyfile_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"testing"
	"time"
)

// playDrip sends the beginning, and then one byte of the drops for each turn of
// next, so that its pace is that of the test.
func playDrip(beginning string, drops []string, next <-chan struct{}) func(*testing.T, net.Conn, *bufio.Reader) {
	return func(t *testing.T, conn net.Conn, _ *bufio.Reader) {
		io.WriteString(conn, beginning)
		for i, drop := range drops {
			select {
			case <-next:
			case <-time.After(patience):
				t.Errorf("waited %v for the turn of drop %d", patience, i)
				return
			}
			if _, err := io.WriteString(conn, drop); err != nil {
				t.Errorf("sending drop %d: %v", i, err)
				return
			}
		}
	}
}

// TestDripHeld: an error that comes byte by byte is held byte by byte, and answered
// when the last one is there.
func TestDripHeld(t *testing.T) {
	f := startFaulty(t)
	var drops []string
	for _, b := range []byte(expiredJSON) {
		drops = append(drops, string(b))
	}
	for _, v := range f.versions {
		for request := range faultRequests {
			next := make(chan struct{})
			f.up.script("drip", answer{play: playDrip(head(faultHead+"\nConnection: close")+fmt.Sprintf("Content-Length: %d\r\n\r\n", len(expiredJSON)), drops, next)})
			grown := watchHeap()
			answered := make(chan heard, 1)
			go func() { answered <- f.ask(t.Context(), v, "with", request, "drip", "") }()
			for i := range drops {
				f.meter.await(t, float64(i))
				turn(t, next)
			}
			for _, problem := range understood.problems(<-answered, heard{}) {
				t.Errorf("%s over %s: %s", faultRequests[request].path, v.name, problem)
			}
			f.fine(t, "with", "a drip")
			f.note(t, "one byte at a time, held, "+faultRequests[request].path+" over "+v.name, understood.code, grown(), heapBound)
		}
	}
}

// TestDripReleased: what is over the cap and has been released reaches the client
// byte by byte, as it comes.
func TestDripReleased(t *testing.T) {
	f := startFaulty(t)
	const rest = "the end"
	var drops []string
	for _, b := range []byte(rest) {
		drops = append(drops, "1\r\n"+string(b)+"\r\n")
	}
	for _, v := range f.versions {
		next := make(chan struct{})
		f.up.script("drip", answer{play: playDrip(head(faultHead+"\nConnection: close\nTransfer-Encoding: chunked")+"\r\n"+openChunks(overCap), append(drops, "0\r\n\r\n"), next)})
		grown := watchHeap()
		f.readDrip(t, v, overCap, rest, next)
		f.fine(t, "with", "a drip")
		f.note(t, "one byte at a time, released, over "+v.name, "passed", grown(), heapBound)
	}
}

// readDrip reads the beginning, and each byte before it asks for the next.
func (f *faulty) readDrip(t *testing.T, v protocol, beginning, rest string, next chan<- struct{}) {
	t.Helper()
	resp := begin(t, v, "http://"+f.addresses["with"]+faultRequests[1].path, "drip")
	defer resp.Body.Close()
	got := make([]byte, len(beginning))
	if _, err := io.ReadFull(resp.Body, got); err != nil || string(got) != beginning {
		t.Fatalf("over %s: got %s, %v, want the beginning", v.name, excerpt(string(got)), err)
	}
	for i := range rest {
		turn(t, next)
		if _, err := io.ReadFull(resp.Body, got[:1]); err != nil || got[0] != rest[i] {
			t.Fatalf("over %s: got byte %d %q, %v, want %q", v.name, i, got[0], err, rest[i])
		}
	}
	turn(t, next)
	if behind, err := io.ReadAll(resp.Body); len(behind) != 0 || err != nil {
		t.Errorf("over %s: got %q, %v, want the end", v.name, behind, err)
	}
}

// turn lets the provider send the next drop.
func turn(t *testing.T, next chan<- struct{}) {
	t.Helper()
	select {
	case next <- struct{}{}:
	case <-time.After(patience):
		t.Fatalf("waited %v for the provider to take its turn", patience)
	}
}
