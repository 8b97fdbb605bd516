// Package normalizer turns the errors of identity providers into canonical OAuth 2.0
// errors, by mapping tables kept as data.
//
// # A client without a proxy
//
// [Transport] is an [http.RoundTripper] with a table, so that any Go client gets
// canonical errors, and any reverse proxy of the standard library gives them:
//
//	table, err := normalizer.New("auth0")
//	client := &http.Client{Transport: &normalizer.Transport{Table: table}}
//
// It reads, decides and answers by itself. What follows is for programs that have a
// response already.
//
// # A table
//
// [New] makes the [Table] of a shipped mapping (Shipped.Providers lists them), [Compile]
// one of a [Config] with mapping files, rows and endpoints of one's own. [mapping.Load]
// reads such a file. A table is immutable: all requests share it, and a program needs one
// for each provider.
//
// # One decision
//
// Four calls lead from a request to what its client gets:
//
//	req := table.Request(r)                             // before the request is sent
//	limit, ok := table.Candidate(&req, status, header)  // worth reading? how many bytes?
//	d := table.Decide(&req, normalizer.Response{Status: status, Header: header, Body: body})
//	status, body = d.Apply(header)                      // what to send
//
// Request comes first, because the grant type of a token request is seen only while its
// body streams by. Only a candidate is to be decided about: no stream, no gRPC, no answer
// to HEAD is one. Body is as it was received, with its Content-Encoding;
// where it is only the beginning, [Response.Extent] says so. Apply changes the header in
// place: give it the one that the client gets.
//
// A [Decision] says what it did, [Decision.Finding] what was recognized,
// [Decision.Error] the canonical error and [Decision.Explain] why.
//
// # Kinds of endpoint
//
// What an error means depends on the endpoint that answers: a token that is not valid is
// invalid_grant at a token endpoint and invalid_token at a resource. The table tells the
// kind from the path, by the mapping, and else from the request and the answer (see
// [Table.EndpointOf]); [Config.Endpoints] and [Request.As] override that. At a path that
// nobody named, only errors with a code or text that the table knows are rewritten.
//
// # Secrets
//
// All of an [Error] may be sent, and what Safe methods of a [Finding] return may be
// logged. Its fields and a [Trace] are as the provider sent them, and may hold secrets;
// [Mask] replaces those in any text.
//
// # Other packages
//
// Package mapping has the file format, package registry the vocabulary, package wire
// the parsers, package check what tests mapping files.
package normalizer
