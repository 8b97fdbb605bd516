package ledger

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

const (
	saveEvery  = 2 * time.Second // if there is something new
	aliveEvery = time.Minute     // if there is not
	stopWait   = time.Second     // to save new errors when the keeper ends
)

// Silence is the time without saving after which an instance counts as gone.
const Silence = 5 * aliveEvery / 2

// Keeper saves a ledger to Caddy's storage: new errors after two seconds, and otherwise
// once a minute, to show that the instance is alive. No request waits for it. It waits
// five seconds for a storage that hangs. At its end it waits one second, or not at all
// after a failure.
type Keeper struct {
	*Ledger
	// Instance is the id of the process.
	Instance string

	current func() (Storage, []Handler) // the storage and handlers in use now
	tell    func(error)
	ctx     context.Context // of all saves
	giveUp  context.CancelFunc
	calls   calls
	stop    chan struct{}
	done    sync.WaitGroup
	saved   time.Time   // the last time
	failed  atomic.Bool // then
	pruned  bool        // whether outdated ledgers have been deleted
	left    Storage     // of the last handler that left; mu guards it
}

// NewKeeper saves a ledger until Destruct is called. current returns the present storage,
// or nil, and the running handlers. tell is called with the first failure of a storage,
// and with nil when the storage works again.
func NewKeeper(l *Ledger, instance string, current func() (Storage, []Handler), tell func(error)) *Keeper {
	k := &Keeper{Ledger: l, Instance: instance, current: current, tell: tell, calls: make(calls, maxCalls), stop: make(chan struct{})}
	k.ctx, k.giveUp = context.WithCancel(context.Background())
	k.done.Go(k.run)
	return k
}

func (k *Keeper) run() {
	ticks := time.NewTicker(saveEvery)
	defer ticks.Stop()
	for {
		select {
		case now := <-ticks.C:
			k.keep(now)
		case <-k.stop:
			if k.isDirty() {
				k.keep(time.Now())
			}
			return
		}
	}
}

// keep saves the ledger if it is time to.
func (k *Keeper) keep(now time.Time) {
	storage, handlers := k.current()
	if storage == nil {
		storage = k.lastStorage()
	}
	if storage == nil || !k.takeDirty() && now.Sub(k.saved) < aliveEvery {
		return
	}
	ctx, cancel := context.WithTimeout(k.ctx, storageWait)
	defer cancel()
	k.saved = now
	v, prunes := &Saved{Instance: k.Instance, Saved: now, Handlers: handlers}, !k.pruned
	_, err := within(ctx, k.calls, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, k.save(ctx, storage, v, prunes)
	})
	if err != nil {
		k.markDirty() // to be tried again
	}
	k.pruned = k.pruned || err == nil
	k.report(err)
}

// report tells a change: the storage has stopped working, or works again.
func (k *Keeper) report(err error) {
	if failed := err != nil; k.failed.Swap(failed) != failed {
		k.tell(err)
	}
}

// Leave says that a handler with that storage has stopped. After the last one, new errors
// are saved to that storage.
func (k *Keeper) Leave(s Storage) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.left = s
}

func (k *Keeper) lastStorage() Storage {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.left
}

// save removes errors that another instance cleared, writes the rest, and with prunes
// deletes outdated ledgers.
func (k *Keeper) save(ctx context.Context, storage Storage, v *Saved, prunes bool) error {
	gone, err := readCleared(ctx, storage)
	if err != nil {
		return err
	}
	k.Remove(gone.has)
	v.Entries = k.List()
	if err := save(ctx, storage, v); err != nil || !prunes {
		return err
	}
	return prune(ctx, storage, k.Instance, v.Saved)
}

// Others reads the ledgers of all other instances, the last saved first. It skips errors
// that were cleared since, and ledgers that cannot be read.
func (k *Keeper) Others(ctx context.Context) []Saved {
	return ask(ctx, k, func(ctx context.Context, storage Storage) ([]Saved, error) {
		return others(ctx, storage, k.Instance)
	})
}

// Clear removes the errors of a provider from the ledgers of all instances. Without a
// provider it removes all errors.
func (k *Keeper) Clear(ctx context.Context, provider string) {
	k.Remove(func(u *Unmapped) bool { return provider == "" || u.Provider == provider })
	ask(ctx, k, func(ctx context.Context, storage Storage) (struct{}, error) {
		return struct{}{}, clearStored(ctx, storage, provider, time.Now())
	})
}

// ask calls the storage in use, if there is one, on behalf of a waiting caller.
func ask[T any](ctx context.Context, k *Keeper, do func(context.Context, Storage) (T, error)) (v T) {
	storage, _ := k.current()
	if storage == nil {
		return v
	}
	ctx, cancel := context.WithTimeout(ctx, storageWait)
	defer cancel()
	v, err := within(ctx, k.calls, func(ctx context.Context) (T, error) { return do(ctx, storage) })
	if err != nil && !errors.Is(err, context.Canceled) {
		k.report(err)
	}
	return v
}

// Destruct saves new errors and ends the keeper. The pool calls it after the last handler
// has left.
func (k *Keeper) Destruct() error {
	close(k.stop)
	if k.failed.Load() {
		k.giveUp()
	}
	defer time.AfterFunc(stopWait, k.giveUp).Stop()
	k.done.Wait()
	return nil
}
