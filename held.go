package autherrors

import (
	"slices"
	"sync"
	"sync/atomic"
)

// budget bounds the bytes that all requests together may hold. Without it, many
// slow error bodies at once could hold any amount of memory.
type budget struct {
	limit int64
	used  atomic.Int64
}

// heldBytes is shared by all handlers, since they share the memory.
var heldBytes = budget{limit: 64 << 20}

// take reserves n bytes, or reports that there is no room for them.
func (b *budget) take(n int) bool {
	if b.used.Add(int64(n)) > b.limit {
		b.give(n)
		return false
	}
	return true
}

// give returns n bytes.
func (b *budget) give(n int) { b.used.Add(-int64(n)) }

// heldBody is what has arrived of the body of a candidate. It is in pieces, so that
// while it arrives it never occupies much more than it has, whatever the sizes of the
// writes. The first piece stays for the next body.
type heldBody struct {
	pieces [][]byte
	length int
	shared bool // somebody else may still write to the pieces, so that they are not pooled
}

// pieceSize is the size of a piece, in bytes: most errors need one.
const pieceSize = 2 << 10

type piece [pieceSize]byte

var pieces = sync.Pool{New: func() any { return new(piece) }}

// add adds the bytes, or reports that there is no room for them.
func (b *heldBody) add(p []byte) bool {
	if !heldBytes.take(len(p)) {
		return false
	}
	b.length += len(p)
	for len(p) > 0 {
		last := len(b.pieces) - 1
		if last < 0 || len(b.pieces[last]) == pieceSize {
			b.pieces = append(b.pieces, pieces.Get().(*piece)[:0])
			last++
		}
		n := min(len(p), pieceSize-len(b.pieces[last]))
		b.pieces[last] = append(b.pieces[last], p[:n]...)
		p = p[n:]
	}
	return true
}

// bytes returns all of it, in one piece from then on. Nothing is added after that.
func (b *heldBody) bytes() []byte {
	if len(b.pieces) > 1 {
		whole := slices.Concat(b.pieces...)
		b.recycle(0)
		b.pieces = append(b.pieces, whole)
	}
	if b.length == 0 {
		return nil
	}
	return b.pieces[0]
}

// forget gives the bytes back: to the budget, and to the pool.
func (b *heldBody) forget() {
	if b.length == 0 {
		return
	}
	heldBytes.give(b.length)
	b.length = 0
	b.recycle(1)
	for k := range b.pieces {
		b.pieces[k] = b.pieces[k][:0]
	}
}

// recycle returns all pieces but the first keep to the pool. What is larger than a
// piece is left to the garbage collector, and so is the list of a giant.
func (b *heldBody) recycle(keep int) {
	if b.shared || len(b.pieces) > defaultMaxBody/pieceSize {
		b.pieces = nil
		return
	}
	kept := b.pieces[:0]
	for k, p := range b.pieces {
		switch {
		case cap(p) != pieceSize:
		case k < keep:
			kept = append(kept, p)
		default:
			pieces.Put((*piece)(p[:pieceSize]))
		}
	}
	clear(b.pieces[len(kept):])
	b.pieces = kept
}
