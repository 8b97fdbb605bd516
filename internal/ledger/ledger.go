// Package ledger keeps the errors that no row names, so that operators know which rows to
// write. It is bounded, masks secrets and keeps no bodies.
package ledger

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// Unmapped is an error that no row names, in the answers of the admin API and of
// commands. It is a fingerprint: it has no secrets and no body.
type Unmapped struct {
	Provider    string   `json:"provider"`
	Endpoint    string   `json:"endpoint"`
	Grant       string   `json:"grant,omitempty"`
	Status      int      `json:"status"`
	MediaType   string   `json:"media_type,omitempty"`
	Code        string   `json:"code,omitempty"`
	Members     []string `json:"members,omitempty"`
	Description string   `json:"description,omitempty"`
	// CodePath and DescriptionPath are the paths of both in the body.
	CodePath        string `json:"code_path,omitempty"`
	DescriptionPath string `json:"description_path,omitempty"`
	Outcome         string `json:"outcome"`
	// Error is the canonical error that follows from the status, and Answered the HTTP
	// status of the answer. Both are empty for a response that passed.
	Error     string    `json:"error,omitempty"`
	Answered  int       `json:"answered,omitempty"`
	FirstSeen time.Time `json:"first_seen"`
	LastSeen  time.Time `json:"last_seen"`
	Count     int64     `json:"count"`
	// Instances are the instances that have seen the error. It is empty if there is only
	// one instance.
	Instances []Seen `json:"instances,omitempty"`
}

// fingerprint identifies an error: two errors with the same fingerprint count as one.
type fingerprint struct {
	provider, endpoint, grant, mediaType, code, members, description string
	status                                                           int
}

const (
	maxFingerprints = 256 // when full, the error not seen for longest goes first
	maxMembers      = 16  // names of one fingerprint
)

// Ledger keeps the errors that no row names. Only these errors take its lock. All
// handlers share one ledger, so it survives a reload. The zero Ledger is empty.
type Ledger struct {
	// Dropped is called at the end of a minute with the number of new errors that were not
	// logged. May be nil.
	Dropped func(count int)

	mu       sync.Mutex
	entries  map[fingerprint]*Unmapped
	warnings warnings
	dirty    bool // not saved since the last change
}

// varying matches the parts of a description that differ each time: ids and times, as in
// the texts of Microsoft Entra ID.
var varying = regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}|\d{4}-\d{2}-\d{2}[T ][\d:.]+Z?`)

// keyOf returns the fingerprint of an error.
func keyOf(u *Unmapped) fingerprint {
	description := varying.ReplaceAllString(u.Description, "#")
	return fingerprint{u.Provider, u.Endpoint, u.Grant, u.MediaType, u.Code, strings.Join(u.Members, "\n"), description, u.Status}
}

// Add counts an error and reports whether to log a warning: for new errors, up to a
// number per minute, so that a client with ever new codes cannot fill the log.
func (l *Ledger) Add(u Unmapped, now time.Time) bool {
	key := keyOf(&u)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dirty = true
	if known, ok := l.entries[key]; ok {
		known.LastSeen, known.Outcome, known.Error, known.Answered = now, u.Outcome, u.Error, u.Answered
		known.Count++
		return false
	}
	if len(l.entries) >= maxFingerprints {
		l.evict()
	}
	if l.entries == nil {
		l.entries = make(map[fingerprint]*Unmapped)
	}
	u.FirstSeen, u.LastSeen, u.Count = now, now, 1
	l.entries[key] = &u
	return l.warnings.take(l)
}

// Remove removes the entries for which drop is true, and returns their number.
func (l *Ledger) Remove(drop func(*Unmapped) bool) (removed int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, u := range l.entries {
		if drop(u) {
			delete(l.entries, key)
			removed++
		}
	}
	l.dirty = l.dirty || removed > 0
	return removed
}

// isDirty reports whether there is something to save.
func (l *Ledger) isDirty() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dirty
}

// takeDirty returns isDirty, and resets it.
func (l *Ledger) takeDirty() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	dirty := l.dirty
	l.dirty = false
	return dirty
}

// markDirty says that there is something to save.
func (l *Ledger) markDirty() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dirty = true
}

// evict drops the entry that was not seen for longest.
func (l *Ledger) evict() {
	var oldest fingerprint
	first := true
	for key, u := range l.entries {
		if first || u.LastSeen.Before(l.entries[oldest].LastSeen) {
			oldest, first = key, false
		}
	}
	delete(l.entries, oldest)
}

// List returns a copy of the entries, the most frequent first.
func (l *Ledger) List() []Unmapped {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]Unmapped, 0, len(l.entries))
	for _, u := range l.entries {
		out = append(out, *u)
	}
	sortEntries(out)
	return out
}

// Fingerprint returns the fingerprint of a response from the decision about it.
func Fingerprint(provider string, d *normalizer.Decision) Unmapped {
	u := Unmapped{
		Provider:  provider,
		Endpoint:  d.Endpoint().String(),
		Status:    d.Status(),
		MediaType: normalizer.SafeName(d.MediaType()),
		Members:   memberNames(d),
		Outcome:   string(d.Outcome),
	}
	if d.Changes() || d.Outcome == normalizer.OutcomeShadow {
		u.Error, u.Answered = d.Finding.Error, d.Error.Status()
	}
	if grant := d.Grant(); grant != registry.GrantNone {
		u.Grant = grant.String()
	}
	code, text := d.Stated()
	// Texts are parts of the body, which must not live as long as the ledger.
	u.Code, u.CodePath = strings.Clone(code.Value), strings.Clone(code.Path)
	u.Description, u.DescriptionPath = strings.Clone(text.Value), strings.Clone(text.Path)
	u.MediaType = strings.Clone(u.MediaType)
	return u
}

// memberNames returns the sorted names of the members at the top.
func memberNames(d *normalizer.Decision) []string {
	var names []string
	d.EachMember(func(name string) {
		if name = normalizer.SafeName(name); name != "" && len(names) < maxMembers {
			names = append(names, strings.Clone(name))
		}
	})
	slices.Sort(names)
	return slices.Compact(names)
}
