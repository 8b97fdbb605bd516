package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// Storage is the part of Caddy's storage that a ledger uses. Each process writes its own
// value, and reads the values of all.
type Storage interface {
	Store(ctx context.Context, key string, value []byte) error
	Load(ctx context.Context, key string) ([]byte, error)
	Delete(ctx context.Context, key string) error
	List(ctx context.Context, prefix string, recursive bool) ([]string, error)
}

const (
	storedUnder = "auth_errors/instances" // keys of the ledgers
	clearedKey  = "auth_errors/cleared"   // when they were cleared

	maxInstances = 64                 // when full, the instance not saved for longest goes first
	maxAge       = 7 * 24 * time.Hour // of a ledger since it was last saved
	storageWait  = 5 * time.Second    // for one save, or one look at all instances
)

// Saved is the ledger of one instance in the storage.
type Saved struct {
	// Instance is the id of the process.
	Instance string `json:"instance"`
	// Saved is the time of writing.
	Saved time.Time `json:"saved"`
	// Handlers are the running handlers of the instance: none if it has ended.
	Handlers []Handler `json:"handlers,omitempty"`
	// Entries are the errors in the ledger.
	Entries []Unmapped `json:"entries,omitempty"`
}

// Handler is a running handler of an instance.
type Handler struct {
	Provider string `json:"provider"`
	Mode     string `json:"mode"`
	Files    []File `json:"mappings,omitempty"`
}

// File is a mapping file of a handler.
type File struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256,omitempty"`
}

// In reports whether others has a handler with the same provider, mode and files, by
// their SHA-256.
func (h *Handler) In(others []Handler) bool {
	return slices.ContainsFunc(others, func(o Handler) bool {
		return o.Provider == h.Provider && o.Mode == h.Mode &&
			slices.EqualFunc(o.Files, h.Files, func(a, b File) bool { return strings.EqualFold(a.SHA256, b.SHA256) })
	})
}

func keyOfInstance(id string) string { return path.Join(storedUnder, id+".json") }

// save writes the ledger of an instance.
func save(ctx context.Context, s Storage, v *Saved) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.Store(ctx, keyOfInstance(v.Instance), text)
}

// others reads the ledgers of all instances but one.
func others(ctx context.Context, s Storage, except string) ([]Saved, error) {
	keys, err := s.List(ctx, storedUnder, false)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return nil, err
	}
	cleared, err := readCleared(ctx, s)
	var all []Saved
	for _, key := range keys {
		if key == keyOfInstance(except) || !strings.HasSuffix(key, ".json") {
			continue
		}
		var v Saved
		text, failure := s.Load(ctx, key)
		if failure == nil {
			failure = json.Unmarshal(text, &v)
		}
		if failure != nil {
			if !errors.Is(failure, fs.ErrNotExist) { // else it was deleted just now
				err = errors.Join(err, fmt.Errorf("reading %s: %w", key, failure))
			}
			continue
		}
		v.Entries = slices.DeleteFunc(v.Entries, func(u Unmapped) bool { return cleared.has(&u) })
		all = append(all, v)
	}
	slices.SortFunc(all, func(a, b Saved) int { return b.Saved.Compare(a.Saved) })
	return all, err
}

// prune deletes the ledgers that are too old, or too many.
func prune(ctx context.Context, s Storage, except string, now time.Time) error {
	all, err := others(ctx, s, except)
	for i, v := range all {
		if i >= maxInstances || now.Sub(v.Saved) > maxAge {
			err = errors.Join(err, s.Delete(ctx, keyOfInstance(v.Instance)))
		}
	}
	return err
}

// cleared has the time when the errors of each provider were cleared. The empty name
// stands for all providers.
type cleared map[string]time.Time

// has reports whether an entry was cleared.
func (c cleared) has(u *Unmapped) bool {
	return !u.LastSeen.After(c[""]) || !u.LastSeen.After(c[u.Provider])
}

func readCleared(ctx context.Context, s Storage) (cleared, error) {
	text, err := s.Load(ctx, clearedKey)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	c := make(cleared)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	return c, err
}

// clearStored records in the storage that the errors of a provider, or of all, are
// cleared as of now. Each instance removes them before it saves again.
func clearStored(ctx context.Context, s Storage, provider string, now time.Time) error {
	c, err := readCleared(ctx, s)
	if err != nil || c == nil {
		c = make(cleared) // an unreadable value is replaced
	}
	c[provider] = now
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return s.Store(ctx, clearedKey, text)
}
