package ledger

import (
	"context"
	"fmt"
)

// maxCalls is how many operations on the storage may be under way.
const maxCalls = 4

// calls bounds the number of pending calls to the storage. If the storage hangs, the
// caller gives up, and the call keeps its place until it returns.
type calls chan struct{}

// within runs an operation, and returns at the end of its context at the latest, because
// not every storage respects the context.
func within[T any](ctx context.Context, c calls, do func(context.Context) (T, error)) (v T, err error) {
	select {
	case c <- struct{}{}:
	case <-ctx.Done():
		return v, fmt.Errorf("%d earlier calls have not returned: %w", cap(c), ctx.Err())
	}
	type result struct {
		v   T
		err error
	}
	results := make(chan result, 1)
	go func() {
		defer func() { <-c }()
		v, err := do(ctx)
		results <- result{v, err}
	}()
	select {
	case r := <-results:
		return r.v, r.err
	case <-ctx.Done():
		return v, fmt.Errorf("no answer of the storage: %w", ctx.Err())
	}
}
