package normalizer

import (
	"net/http"
	"strings"
)

// fieldClass says how a header field of a changed response is treated.
type fieldClass uint8

const (
	fieldStays  fieldClass = iota
	fieldStale             // it describes the body that is replaced, or leads a client or a proxy astray
	fieldAtEdge            // it tells a cache on the way to keep the response, whatever Cache-Control says
	fieldNature            // it differs between any two responses, and tells nothing of an account
)

// namedField returns the class of the fields that have one of their own, or are frequent,
// in the spelling of net/http.
func namedField(name string) (class fieldClass, ok bool) {
	switch name {
	case "Transfer-Encoding", "Location", "Refresh", "Proxy-Authenticate", "Trailer", "Status",
		"Etag", "Last-Modified", "Accept-Ranges", "Expires", "Age", "Warning", "Delta-Base", "Im", "Alternates", "Tcn", "Sourcemap", "X-Sourcemap",
		"Digest", "Repr-Digest", "X-Goog-Hash", "Signature", "Signature-Input",
		"Cache-Tag", "Xkey", "X-Sendfile", "X-Lighttpd-Send-File", "X-Accel-Redirect",
		"Content-Type", "Content-Length":
		return fieldStale, true
	case "Edge-Control", "Edge-Cache-Control", "Edge-Cache-Tag", "X-Accel-Expires":
		return fieldAtEdge, true
	case "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods",
		"Access-Control-Allow-Private-Network", "Access-Control-Expose-Headers", "Access-Control-Max-Age",
		"Date", "Via", "Set-Cookie", "Dpop-Nonce", "Oauth-Client-Attestation-Challenge",
		"X-Request-Id", "Request-Id", "X-Correlation-Id", "Correlation-Id", "Request-Context", "Traceparent", "Tracestate", "Traceresponse",
		"X-Trace-Id", "X-B3-Traceid", "X-B3-Spanid", "X-Amzn-Requestid", "X-Amzn-Trace-Id", "X-Amz-Cf-Id", "X-Ms-Request-Id", "Cf-Ray":
		return fieldNature, true
	case "Server", "Connection", "Vary", "Strict-Transport-Security", "Cache-Control", "Pragma", "Www-Authenticate", "Alt-Svc":
		return fieldStays, true
	}
	return fieldStays, false
}

// fieldPrefixes and fieldSuffixes are the fields that share a beginning or an end.
var (
	fieldPrefixes = []fieldPattern{
		{"Content-Security-Policy", fieldStays},
		{"Content-", fieldStale},
		{"Surrogate-", fieldAtEdge},
	}
	fieldSuffixes = []fieldPattern{
		{"Cdn-Cache-Control", fieldAtEdge},
		{"-Digest", fieldStale}, {"-Md5", fieldStale}, {"-Sha1", fieldStale}, {"-Sha256", fieldStale}, {"-Sha512", fieldStale},
		{"-Signature", fieldStale},
	}
)

type fieldPattern struct {
	part  string
	class fieldClass
}

// classOfField returns the class of a field.
func classOfField(name string) fieldClass {
	if class, ok := namedField(name); ok {
		return class
	}
	for _, p := range fieldPrefixes {
		if strings.HasPrefix(name, p.part) {
			return p.class
		}
	}
	if strings.HasPrefix(name, "Want-") || strings.HasPrefix(name, "Accept-") {
		return fieldStays // it asks for one, and has none
	}
	for _, p := range fieldSuffixes {
		if strings.HasSuffix(name, p.part) {
			return p.class
		}
	}
	return fieldStays
}

// IsStale reports whether a header field must not stay beside a replaced body: fields
// that describe the body, digests and signatures, cache fields of CDNs, fields that make
// a proxy send another body, and Trailer. The name is in canonical form, as net/http
// writes it.
func IsStale(name string) bool {
	class := classOfField(name)
	return class == fieldStale || class == fieldAtEdge
}

// staysFixed reports whether a field of the provider may stay in a rewritten answer where
// descriptions are canonical. Such a field says nothing about an account: fields of CORS,
// nonces, cookies, ids of requests and the fields that proxies add. If the status is
// about a time or a method, the field that it needs may stay too.
func staysFixed(name string, status int) bool {
	switch name {
	case "Retry-After":
		return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
	case "Allow":
		return status == http.StatusMethodNotAllowed
	}
	return classOfField(name) == fieldNature
}
