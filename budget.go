package autherrors

import "sync/atomic"

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
