package hold

import (
	"io"
	"math/bits"
	"sync"
)

// body is the part of a body that has arrived. It consists of pieces, so that it never
// occupies much more memory than it has bytes, whatever the sizes of the writes. The
// first piece is kept for the next body.
type body struct {
	pieces  [][]byte
	whole   *whole // the memory of the first piece, if the body is in one piece
	length  int
	charged int  // bytes that the budget counts
	leaked  bool // the handler may still write to the pieces: they must not be pooled
}

// pieceSize is the size of a piece, in bytes: most errors need one.
const pieceSize = 2 << 10

// mostPieces is how long a list of pieces may be to be kept for the next body.
const mostPieces = 64

type piece [pieceSize]byte

var pieces = sync.Pool{New: func() any { return new(piece) }}

// whole is memory for a body in one piece. It is one byte longer than a power of two, as
// a body that exceeds its limit is.
type whole struct{ memory []byte }

// wholes are pools of unused memory: of 4 KiB, 8 KiB and so on up to 64 KiB.
var wholes [5]sync.Pool

// sizeOf returns the index in wholes of the pool for n bytes, if there is one.
func sizeOf(n int) (k int, ok bool) {
	k = bits.Len(uint(n-2) / (2 * pieceSize))
	return k, k < len(wholes)
}

// newWhole returns memory for n bytes.
func newWhole(n int) *whole {
	k, ok := sizeOf(n)
	if !ok {
		return &whole{make([]byte, n)}
	}
	if w, ok := wholes[k].Get().(*whole); ok {
		return w
	}
	return &whole{make([]byte, 2*pieceSize<<k+1)}
}

// add keeps the beginning of p: all of it, or one byte more than the limit, or
// nothing if the budget has no room. It returns how much.
func (b *body) add(p []byte, limit int64) (n int, end End) {
	if room := limit - int64(b.length); room < int64(len(p)) {
		p, end = p[:room+1], Oversize
	}
	if !b.charge(len(p)) {
		return 0, OverBudget
	}
	n = len(p)
	b.length += n
	for len(p) > 0 {
		last := b.free()
		k := copy((*last)[len(*last):cap(*last)], p)
		*last = (*last)[:len(*last)+k]
		p = p[k:]
	}
	return n, end
}

// fill reads once, straight into the body, and returns the bytes read. It stops one byte
// behind the limit.
func (b *body) fill(r io.Reader, limit int64) (p []byte, end End, err error) {
	last := b.free()
	space := (*last)[len(*last):cap(*last)]
	room := limit - int64(b.length)
	if room < int64(len(space)) {
		space = space[:room+1]
	}
	n, err := r.Read(space)
	*last = (*last)[:len(*last)+n]
	b.length += n
	switch {
	case !b.charge(n):
		end = OverBudget
	case int64(n) > room:
		end = Oversize
	}
	return space[:n], end, err
}

// free returns the last piece, which has room for at least one byte.
func (b *body) free() *[]byte {
	last := len(b.pieces) - 1
	if last < 0 || len(b.pieces[last]) == cap(b.pieces[last]) {
		b.pieces = append(b.pieces, pieces.Get().(*piece)[:0])
		last++
	}
	return &b.pieces[last]
}

// bytes returns all of it, in one piece from then on.
func (b *body) bytes() []byte {
	switch {
	case b.length == 0:
		return nil
	case len(b.pieces[0]) < b.length:
		w := newWhole(b.length)
		all := w.memory[:0]
		for _, p := range b.pieces {
			all = append(all, p...)
		}
		b.recycle(0)
		b.pieces, b.whole = append(b.pieces, all), w
	}
	return b.pieces[0]
}

// charge adds n bytes to the budget, or reports that there is no room.
func (b *body) charge(n int) bool {
	if !shared.take(n) {
		return false
	}
	b.charged += n
	return true
}

// recharge adds the body to the budget again after giveBack.
func (b *body) recharge() bool { return b.charge(b.length - b.charged) }

// giveBack takes the body out of the budget while it waits for a client.
func (b *body) giveBack() {
	if b.charged > 0 {
		shared.give(b.charged)
		b.charged = 0
	}
}

// forget drops the body and gives its bytes back: to the budget, and to the pool.
func (b *body) forget() {
	if b.length == 0 && len(b.pieces) == 0 {
		return
	}
	b.giveBack()
	b.length = 0
	b.recycle(1)
	for k := range b.pieces {
		b.pieces[k] = b.pieces[k][:0]
	}
}

// recycle returns all pieces behind the first keep pieces to their pools. The garbage
// collector takes larger pieces and long lists.
func (b *body) recycle(keep int) {
	if b.leaked {
		b.pieces, b.whole = nil, nil
		return
	}
	if b.whole != nil {
		if k, ok := sizeOf(len(b.whole.memory)); ok {
			wholes[k].Put(b.whole)
		}
		b.whole, b.pieces[0] = nil, nil
	}
	kept := b.pieces[:0]
	for k, p := range b.pieces {
		switch {
		case p == nil:
		case k < keep:
			kept = append(kept, p)
		default:
			pieces.Put((*piece)(p[:pieceSize]))
		}
	}
	clear(b.pieces[len(kept):])
	if b.pieces = kept; cap(kept) > mostPieces {
		b.pieces = nil
	}
}
