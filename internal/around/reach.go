package around

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
)

// outOfReach warns of a pattern for paths that are rewritten before the handler.
const outOfReach = "no path matches an endpoint pattern: paths are rewritten before auth_errors sees them"

// Reach warns about endpoint patterns that no path can match, because paths are rewritten
// before the handler. A nil Reach warns about nothing.
type Reach struct {
	logger *zap.Logger
	warned atomic.Bool
}

// outOfMatch warns of a pattern for paths that a matcher around the handler keeps out.
const outOfMatch = "no path matches an endpoint pattern: the matcher around auth_errors keeps such paths out"

// NewReach warns about patterns that begin with stripped prefixes, the outermost prefix
// first, and about patterns that cannot match the paths of a list (see [PathsAround]). It
// returns nil without patterns.
func NewReach(logger *zap.Logger, endpoints map[string][]string, prefixes []string, lists [][]string) *Reach {
	if len(endpoints) == 0 {
		return nil
	}
	reach := &Reach{logger: logger}
	for _, kind := range slices.Sorted(maps.Keys(endpoints)) {
		for _, pattern := range endpoints[kind] {
			for _, paths := range lists {
				if !slices.ContainsFunc(paths, func(path string) bool { return mayMeet(path, pattern) }) {
					logger.Warn(outOfMatch, zap.String("endpoint", kind), zap.String("pattern", pattern), zap.String("matcher", strings.Join(paths, " ")))
				}
			}
			stripped, rest := cutStripped(pattern, prefixes)
			if stripped == "" {
				continue
			}
			reach.warned.Store(true)
			logger.Warn(outOfReach, zap.String("endpoint", kind), zap.String("pattern", pattern),
				zap.String("stripped", stripped), zap.String("write", cmp.Or(rest, "/")))
		}
	}
	return reach
}

// mayMeet reports whether some path may fit both a path matcher and an endpoint pattern.
// They must be equal up to the first star or placeholder of either.
func mayMeet(matcher, pattern string) bool {
	a, b := literalStart(matcher), literalStart(pattern)
	return strings.HasPrefix(a, b) || strings.HasPrefix(b, a)
}

func literalStart(pattern string) string {
	if i := strings.IndexAny(pattern, "*{"); i >= 0 {
		pattern = pattern[:i]
	}
	return strings.ToLower(pattern)
}

// cutStripped removes stripped prefixes from the beginning of a pattern: all of them, or
// the inner ones.
func cutStripped(pattern string, prefixes []string) (stripped, rest string) {
	for i := range prefixes {
		stripped = strings.Join(prefixes[i:], "")
		if len(pattern) < len(stripped) || !strings.EqualFold(pattern[:len(stripped)], stripped) {
			continue
		}
		if rest = pattern[len(stripped):]; rest == "" || rest[0] == '/' || rest[0] == '*' {
			return stripped, rest
		}
	}
	return "", ""
}

// Check warns once if a pattern fits the path that the client sent, and no pattern fits
// the rewritten path, at the handler or behind it. patternOf returns the pattern that
// fits a path.
func (reach *Reach) Check(r *http.Request, arrived string, patternOf func(path string) (pattern string, ok bool)) {
	if reach == nil || reach.warned.Load() {
		return
	}
	sent, ok := r.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request)
	if !ok || sent.URL.Path == r.URL.Path {
		return
	}
	pattern, ok := patternOf(sent.URL.Path)
	if !ok {
		return
	}
	if _, ok := patternOf(arrived); ok {
		return
	}
	if _, ok := patternOf(r.URL.Path); !ok && reach.warned.CompareAndSwap(false, true) {
		reach.logger.Warn(outOfReach+"; write it for the path that is seen", zap.String("pattern", pattern),
			zap.String("path_sent", sent.URL.Path), zap.String("path_seen", r.URL.Path))
	}
}
