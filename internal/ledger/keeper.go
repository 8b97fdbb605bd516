package ledger

import (
	"context"
	"sync"
	"time"
)

const (
	saveEvery  = 2 * time.Second // if there is something new
	aliveEvery = time.Minute     // if there is not
)

// Silence is how long an instance may not have saved before it counts as gone.
const Silence = 5 * aliveEvery / 2

// Keeper saves a ledger to Caddy's storage while it is in use: what is new after two
// seconds, and else once a minute, to say that the instance is there. It runs beside the
// requests, and none of them waits for it.
type Keeper struct {
	*Ledger
	// Instance is the id of the process.
	Instance string

	current func() (Storage, []Handler) // what is in force now
	tell    func(error)
	stop    chan struct{}
	done    sync.WaitGroup
	last    Storage
	saved   time.Time // the last time
	failed  bool      // then
}

// NewKeeper keeps a ledger until its Destruct is called. current says which storage to use
// at the time, if any, and which handlers are in force; tell is told of the first failure of
// a storage, and with nil that it works again.
func NewKeeper(l *Ledger, instance string, current func() (Storage, []Handler), tell func(error)) *Keeper {
	k := &Keeper{Ledger: l, Instance: instance, current: current, tell: tell, stop: make(chan struct{})}
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
		storage = k.last // the handlers have left
	}
	k.last = storage
	if storage == nil || !k.takeDirty() && now.Sub(k.saved) < aliveEvery {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), storageWait)
	defer cancel()
	isFirst := k.saved.IsZero()
	k.saved = now
	gone, err := readCleared(ctx, storage)
	if err == nil {
		k.Remove(gone.has)
		err = save(ctx, storage, &Saved{Instance: k.Instance, Saved: now, Handlers: handlers, Entries: k.List()})
	}
	if err == nil && isFirst {
		err = prune(ctx, storage, k.Instance, now)
	}
	if err != nil {
		k.markDirty() // to be tried again
	}
	if failed := err != nil; failed != k.failed {
		k.failed = failed
		k.tell(err)
	}
}

// Destruct saves what is new and ends. A pool calls it when the last of those who share the
// ledger has left.
func (k *Keeper) Destruct() error {
	close(k.stop)
	k.done.Wait()
	return nil
}
