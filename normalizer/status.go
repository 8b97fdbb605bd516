package normalizer

// keptStatuses are the HTTP statuses that mean something to clients, caches or
// retry layers beyond the error, so that they stay next to an error that has no
// status of its own to insist on (see [Entry.KeepsStatus]).
var keptStatuses = map[int]bool{
	404: true, 405: true, 408: true, 411: true, 412: true, 413: true, 414: true, 415: true, 417: true,
	421: true, 425: true, 426: true, 428: true, 429: true, 431: true,
	500: true, 502: true, 503: true, 504: true,
}

// statusOf returns the HTTP status of a canonical error. In order:
//   - the to_status of the rule;
//   - invalid_client: 401 if the request authenticated by an Authorization
//     header (RFC 6749 §5.2 asks for it) or if the provider said 401, else 400,
//     which more client libraries can read;
//   - the provider's own status, if it has a meaning and the error leaves room;
//   - what the registry says for the endpoint.
func statusOf(entry *Entry, rule *Rule, resp *Response, upstream int) int {
	switch {
	case rule != nil && rule.ToStatus != 0:
		return rule.ToStatus
	case entry.Code == "invalid_client" && (resp.Scheme != "" || upstream == 401):
		return 401
	case entry.KeepsStatus && keptStatuses[upstream]:
		return upstream
	}
	if status, ok := entry.At[resp.Endpoint]; ok {
		return status
	}
	return entry.Status
}

// StatusOf returns the HTTP status of a registered error at a kind of endpoint, for
// the provider's status and a request without credentials in its header.
func StatusOf(code string, endpoint Endpoint, upstream int) int {
	entry, ok := Lookup(code)
	if !ok {
		return 0
	}
	return statusOf(entry, nil, &Response{Endpoint: endpoint}, upstream)
}
