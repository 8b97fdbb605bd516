package hold

import "sync/atomic"

// budget bounds the bytes that all responses together may hold. Without it, many
// slow bodies at once could hold any amount of memory.
type budget struct {
	limit int64
	used  atomic.Int64
}

// shared is the budget of all writers, since they share the memory.
var shared = budget{limit: 64 << 20}

// Held returns the number of bytes that all responses together hold now, at most 64 MiB.
// Bytes on their way to a client do not count.
func Held() int64 { return shared.used.Load() }

// take reserves n bytes, or reports that there is no room for them.
func (b *budget) take(n int) bool {
	for {
		used := b.used.Load()
		if used+int64(n) > b.limit {
			return false
		}
		if b.used.CompareAndSwap(used, used+int64(n)) {
			return true
		}
	}
}

// give returns n bytes.
func (b *budget) give(n int) { b.used.Add(-int64(n)) }
