package mapping

import (
	"fmt"
	"strconv"
	"strings"
)

// StatusRange is one status or one class of statuses, ends included. The zero range
// stands for any status.
type StatusRange struct{ Low, High int }

// Exact reports whether the range is a single status.
func (s StatusRange) Exact() bool { return s.Low == s.High }

// Has reports whether a status is in the range.
func (s StatusRange) Has(status int) bool {
	return s == StatusRange{} || s.Low <= status && status <= s.High
}

// String returns the range as mappings spell it.
func (s StatusRange) String() string {
	switch {
	case s == StatusRange{}:
		return "any"
	case s.Exact():
		return strconv.Itoa(s.Low)
	}
	return strconv.Itoa(s.Low/100) + "xx"
}

// MarshalText returns the range as mappings spell it.
func (s StatusRange) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// ParseStatus reads a status such as 440, or a class such as 5xx.
func ParseStatus(spelled string) (StatusRange, error) {
	if len(spelled) == 3 && strings.EqualFold(spelled[1:], "xx") && '2' <= spelled[0] && spelled[0] <= '5' {
		low := int(spelled[0]-'0') * 100
		return StatusRange{low, low + 99}, nil
	}
	status, err := strconv.Atoi(spelled)
	if err != nil || len(spelled) != 3 || status < 200 || status > 599 {
		if strings.ContainsAny(spelled, ",-|/ ") && strings.ContainsAny(spelled, "012345") {
			return StatusRange{}, fmt.Errorf("status %q: use numbers from 200 to 599 or classes such as 4xx, each by itself: a mapping takes a list, as in [401, 403], and a Caddyfile one map line for each", spelled)
		}
		return StatusRange{}, fmt.Errorf("status %q: use a number from 200 to 599 or a class such as 4xx", spelled)
	}
	return StatusRange{status, status}, nil
}
