// Package normalizer turns the errors of identity providers into canonical OAuth 2.0
// errors, by mapping tables kept as data.
//
// # A client without a proxy
//
// [Transport] is an [http.RoundTripper] with a table. It gives canonical errors to any Go
// client, and to the clients of a reverse proxy of the standard library:
//
//	table, err := normalizer.New("auth0")
//	client := &http.Client{Transport: &normalizer.Transport{Table: table}}
//
// It reads, decides and answers by itself. The calls below are for programs that have a
// response already.
//
// # A table
//
// [New] makes the [Table] of a shipped mapping; Shipped.Providers lists them. [Compile]
// makes the Table of a [Config], with your own mapping files, rows and endpoints.
// [mapping.Load] reads such a file. A table is immutable: all requests share it, and a
// program needs one for each provider.
//
// # One decision
//
// Four calls lead from a request to the answer for its client:
//
//	req := table.Request(r)                             // before the request is sent
//	limit, ok := table.Candidate(&req, status, header)  // worth reading? how many bytes?
//	d := table.Decide(&req, normalizer.Response{Status: status, Header: header, Body: body})
//	status, body = d.Apply(header)                      // what to send
//
// Call Request before the request is sent, because it reads the grant type while the body
// streams by. Call Decide for candidates only: streams, gRPC and answers to HEAD are not
// candidates. Body is the body as received, with its Content-Encoding. Set
// [Response.Extent] if Body is only the beginning. Apply edits the header in place: give
// it the header for the client.
//
// [Decision.Outcome] is the result, [Decision.Finding] the recognized error,
// [Decision.Error] the canonical error, and [Decision.Explain] gives the reasons.
//
// # Kinds of endpoint
//
// The meaning of an error depends on the endpoint: an invalid token is invalid_grant at a
// token endpoint and invalid_token at a resource. The table finds the kind of endpoint by
// the paths of the mapping, or else by the request and the answer (see
// [Table.EndpointOf]); [Config.Endpoints] and [Request.As] override that. At other paths
// the table rewrites only errors with a code or text that it knows.
//
// # Secrets
//
// An [Error] holds no secrets: send all of it. The Safe methods of a [Finding] return
// text without secrets, for logs. The fields of a Finding and a [Trace] are unchanged
// text of the provider, and may hold secrets. [Mask] masks the secrets in any text.
//
// # Other packages
//
// Package mapping has the file format, package registry the vocabulary, package wire
// the parsers, package check what tests mapping files.
package normalizer
