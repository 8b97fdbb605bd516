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
	stopWait   = time.Second     // for what is new when the keeper ends
)

// Silence is how long an instance may not have saved before it counts as gone.
const Silence = 5 * aliveEvery / 2

// Keeper saves a ledger to Caddy's storage while it is in use: what is new after two
// seconds, and else once a minute, to say that the instance is there. It runs beside the
// requests, and none of them waits for it. A storage that hangs is waited for five seconds,
// and at the end one second, or not at all if it did not work the last time.
type Keeper struct {
	*Ledger
	// Instance is the id of the process.
	Instance string

	current func() (Storage, []Handler) // what is in force now
	tell    func(error)
	ctx     context.Context // of all saves
	giveUp  context.CancelFunc
	calls   calls
	stop    chan struct{}
	done    sync.WaitGroup
	saved   time.Time   // the last time
	failed  atomic.Bool // then
	pruned  bool        // what was too old
	left    Storage     // of the last handler that left; mu guards it
}

// NewKeeper keeps a ledger until its Destruct is called. current says which storage to use
// at the time, if any, and which handlers are in force; tell is told of the first failure of
// a storage, and with nil that it works again.
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

// report tells of a change: that the storage does not work any more, or that it does again.
func (k *Keeper) report(err error) {
	if failed := err != nil; k.failed.Swap(failed) != failed {
		k.tell(err)
	}
}

// Leave says that a handler which used that storage is no longer in force. What is new when
// the last one has left goes there.
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

// save takes out what was cleared elsewhere and writes the rest, and deletes the ledgers that
// are too old if it is to.
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

// Others reads the ledgers of all other instances, the last saved first. What was cleared
// since they were saved is left out, and so is what cannot be read.
func (k *Keeper) Others(ctx context.Context) []Saved {
	return ask(ctx, k, func(ctx context.Context, storage Storage) ([]Saved, error) {
		return others(ctx, storage, k.Instance)
	})
}

// Clear takes the errors of a provider, or of all if it is empty, out of the ledgers of all
// instances.
func (k *Keeper) Clear(ctx context.Context, provider string) {
	k.Remove(func(u *Unmapped) bool { return provider == "" || u.Provider == provider })
	ask(ctx, k, func(ctx context.Context, storage Storage) (struct{}, error) {
		return struct{}{}, clearStored(ctx, storage, provider, time.Now())
	})
}

// ask does something with the storage that is in use, if any, for somebody who waits.
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

// Destruct saves what is new and ends. A pool calls it when the last of those who share the
// ledger has left.
func (k *Keeper) Destruct() error {
	close(k.stop)
	if k.failed.Load() {
		k.giveUp()
	}
	defer time.AfterFunc(stopWait, k.giveUp).Stop()
	k.done.Wait()
	return nil
}
