package normalizer

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// resetFields are the rate-limit fields that say when trying again is useful:
// seconds to wait, or a moment. The first one that is there counts.
var resetFields = []string{"X-Ratelimit-Reset", "Ratelimit-Reset", "X-Rate-Limit-Reset"}

// retryAfter returns the Retry-After of the answer: the provider's own; else what
// stands where the rule says; else, for a client that was too fast, what a
// rate-limit field says. Nothing is invented, and a poll is paced by its interval
// (RFC 8628 §3.5), so that it gets no more than what the provider sent.
func retryAfter(e *Error, rule *Rule, resp *Response) string {
	if own := resp.Header["Retry-After"]; len(own) > 0 && own[0] != "" {
		return own[0]
	}
	if !rule.retryAfter.isZero() {
		if text, ok := rule.retryAfter.text(resp); ok {
			if seconds := secondsUntil(text, time.Now()); seconds != "" {
				return seconds
			}
		}
	}
	if resp.Poll || e.Status != http.StatusTooManyRequests && e.Status != http.StatusServiceUnavailable {
		return ""
	}
	for _, name := range resetFields {
		if seconds := secondsUntil(resp.Header.Get(name), time.Now()); seconds != "" {
			return seconds
		}
	}
	return ""
}

// The largest values that still are a number of seconds to wait, and a moment in
// seconds since 1970. Larger ones are the next of seconds, moments, and moments
// in milliseconds.
const (
	longestWait  = 366 * 24 * 3600
	latestMoment = 1e11
)

// secondsUntil reads a number of seconds, or a moment, and returns the whole
// seconds until then, at least 1. It returns nothing for anything else.
func secondsUntil(text string, now time.Time) string {
	value, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(value >= 0) || value > 1e15 {
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
