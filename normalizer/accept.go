package normalizer

import (
	"net/http"
	"strconv"
	"strings"
)

// quality returns the weight that an Accept field gives to a media type (RFC 9110
// §12.5.1): the weight of the most specific range that names it, or 0. Without an Accept
// field every media type has weight 1.
func quality(accept, mainType, subtype string) float64 {
	if strings.TrimSpace(accept) == "" {
		return 1
	}
	best, weight := -1, 0.0
	for element := range strings.SplitSeq(accept, ",") {
		mediaRange, params, _ := strings.Cut(element, ";")
		rangeType, rangeSubtype, _ := strings.Cut(strings.ToLower(strings.TrimSpace(mediaRange)), "/")
		specific := 0
		switch {
		case rangeType == mainType && rangeSubtype == subtype:
			specific = 2
		case rangeType == mainType && rangeSubtype == "*":
			specific = 1
		case rangeType != "*" || rangeSubtype != "*":
			continue
		}
		if specific > best {
			best, weight = specific, rangeWeight(params)
		}
	}
	return weight
}

// rangeWeight reads the q parameter; a missing or broken one counts as 1.
func rangeWeight(params string) float64 {
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if !strings.EqualFold(name, "q") {
			continue
		}
		if q, err := strconv.ParseFloat(value, 64); err == nil && q >= 0 && q <= 1 {
			return q
		}
	}
	return 1
}

// prefersProblem reports whether a request ranks problem details above JSON.
func prefersProblem(h http.Header) bool {
	accept := strings.Join(h.Values("Accept"), ",")
	return quality(accept, "application", "problem+json") > quality(accept, "application", "json")
}
