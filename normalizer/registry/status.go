package registry

import "slices"

// kept are the HTTP statuses with a meaning for clients, caches or retry layers besides
// the error (RFC 9110 §15, RFC 6585). They stay beside an error that does not need a
// certain status (see [Entry.KeepsStatus]).
var kept = []int{404, 405, 408, 411, 412, 413, 414, 415, 417, 421, 425, 426, 428, 429, 431, 500, 502, 503, 504}

// KeptStatus reports whether an HTTP status has its own meaning, such as 404 or 429.
func KeptStatus(status int) bool {
	_, found := slices.BinarySearch(kept, status)
	return found
}

// refusals are the statuses by which a server refuses access: 401 and 403 (RFC 9110
// §15.5.2, §15.5.4), and 440, by which IIS says that a session has ended.
var refusals = [...]int{401, 403, 440}

// RefusesAccess reports whether a status says only that access is refused.
func RefusesAccess(status int) bool {
	return status == refusals[0] || status == refusals[1] || status == refusals[2]
}

// ClientGone is the status that reverse_proxy writes after the client went away, as nginx
// does. A response with it is never rewritten.
const ClientGone = 499
