package normalizer

import (
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// retryAfter returns the Retry-After of the answer. In order:
//   - the provider's own, and the value at the path of the row;
//   - where the status asks to wait, a field of the header, a member of the body, or the
//     text ("try again in 12 seconds").
//
// Nothing is invented. Clients pace their polls by the interval (RFC 8628 §3.5), so a
// poll gets only the provider's own value. With canonical descriptions only the header
// counts, and only where the status asks to wait.
func (a *answers) retryAfter(e *Error, f *Finding, x *exchange) string {
	waits := e.status == http.StatusTooManyRequests || e.status == http.StatusServiceUnavailable
	if a.canonicalDescriptions && !waits {
		return ""
	}
	if own := firstValue(x.header, "Retry-After"); own != "" {
		return own
	}
	stated := !f.row.RetryAfter.IsZero() && !a.canonicalDescriptions
	if !stated && (!waits || x.polls()) { // as of most errors
		return ""
	}
	now := time.Now()
	if stated {
		if text, ok := f.row.RetryAfter.Text(x.header, &x.body); ok {
			if seconds := secondsUntil(text, now); seconds != "" {
				return seconds
			}
		}
	}
	if !waits || x.polls() {
		return ""
	}
	return a.waitFor(f, x, now)
}

// waitFor returns the number of seconds that a response asks to wait, from any of its
// places, or nothing.
func (a *answers) waitFor(f *Finding, x *exchange, now time.Time) string {
	for _, field := range registry.RetryFields {
		if seconds := untilUnit(firstValue(x.header, field.Name), field.Unit, now); seconds != "" {
			return seconds
		}
	}
	if a.canonicalDescriptions {
		return ""
	}
	for i, member := range registry.RetryMembers {
		text, _ := x.body.Get(retryPaths[i]).Text()
		if seconds := untilUnit(text, member.Unit, now); seconds != "" {
			return seconds
		}
	}
	return secondsInText(bound(f.Description, maxWaiting), now)
}

// retryPaths are the members of a body that say when to try again.
var retryPaths = func() []wire.Path {
	paths := make([]wire.Path, len(registry.RetryMembers))
	for i, member := range registry.RetryMembers {
		paths[i] = mustPath(member.Name).Fold()
	}
	return paths
}()

// waiting matches the words before a number in a text that says when to try again, the
// number and its unit.
var waiting = regexp.MustCompile(`(?i)(?:again in|again after|retry in|retry after|available in|wait|resets? in|replenished in|allowed in|request this after)\W{1,3}(?:for |about |at least )?(\d[\d.:]*)\s*([a-z]*)`)

// maxWaiting is how much of a text is searched for the time to wait, in bytes: matching
// takes long.
const maxWaiting = 1 << 10

// secondsInText returns the seconds to wait that a text speaks of, or nothing.
func secondsInText(text string, now time.Time) string {
	m := waiting.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	number := strings.TrimRight(m[1], ".:")
	if strings.Contains(number, ":") { // [d.]hh:mm:ss
		days, clock, found := strings.Cut(number, ".")
		if !found {
			days, clock = "0", number
		}
		d, err := strconv.Atoi(days)
		at, errClock := time.Parse("15:04:05", clock)
		if err != nil || errClock != nil {
			return ""
		}
		return secondsUntil(strconv.Itoa(d*24*3600+at.Hour()*3600+at.Minute()*60+at.Second()), now)
	}
	seconds := map[string]float64{"": 1, "s": 1, "se": 1, "m": 60, "mi": 60, "ms": 0.001, "mil": 0.001, "h": 3600, "ho": 3600, "hr": 3600}
	unit := strings.ToLower(m[2])
	for n := min(len(unit), 3); n >= 0; n-- {
		if scale, ok := seconds[unit[:n]]; ok && (n > 0 || unit == "" || !strings.HasPrefix(unit, "d")) {
			value, err := strconv.ParseFloat(number, 64)
			if err != nil {
				return ""
			}
			return secondsUntil(strconv.FormatFloat(value*scale, 'f', -1, 64), now)
		}
	}
	return ""
}

// untilUnit reads a value in a unit and returns the whole seconds until then, or nothing.
func untilUnit(text string, unit registry.Unit, now time.Time) string {
	if text == "" || unit != registry.UnitMilliseconds {
		return secondsUntil(text, now)
	}
	value, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || value < 0 {
		return ""
	}
	return secondsUntil(strconv.FormatFloat(value/1000, 'f', -1, 64), now)
}

// The largest values that still are a number of seconds to wait, and a time in seconds
// since 1970. Larger values have the next meaning: seconds, a time in seconds, a time in
// milliseconds.
const (
	longestWait  = 366 * 24 * 3600
	latestMoment = 1e11
)

// secondsUntil reads a number of seconds, a moment since 1970, a date or a duration, and
// returns the whole seconds until then, at least 1. It returns nothing for anything else.
func secondsUntil(text string, now time.Time) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return secondsUntilDate(text, now)
	}
	if !(value >= 0) || value > 1e15 {
		return ""
	}
	if value > latestMoment {
		value /= 1000
	}
	if value > longestWait {
		value -= float64(now.Unix())
	}
	if value > longestWait {
		return ""
	}
	return strconv.Itoa(max(1, int(math.Ceil(value))))
}

// secondsUntilDate reads a date (RFC 9110 §5.6.7, RFC 3339) or a duration such as 1m30s.
func secondsUntilDate(text string, now time.Time) string {
	if len(text) > 40 {
		return ""
	}
	wait, err := time.ParseDuration(text)
	if err != nil {
		at, errDate := http.ParseTime(text)
		if errDate != nil {
			at, errDate = time.Parse(time.RFC3339, text)
		}
		if errDate != nil {
			return ""
		}
		wait = at.Sub(now)
		if wait < 0 {
			wait = 0
		}
	}
	if wait < 0 || wait.Seconds() > longestWait {
		return ""
	}
	return strconv.Itoa(max(1, int(math.Ceil(wait.Seconds()))))
}
