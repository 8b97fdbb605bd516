package caddyfile_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// auth0With is the directive for Auth0 with options.
func auth0With(options ...string) string {
	return "auth_errors auth0 {\n\t\t" + strings.Join(options, "\n\t\t") + "\n\t}"
}

// optionRows say what each option does to one response of the provider: nothing
// at all if wantStatus is 0. The path that counts is the one that the provider
// is asked for.
var optionRows = []struct {
	name       string
	directive  string
	path       string
	header     http.Header
	wire       string
	wantStatus int
	want       []string // in the header or the body
	wantNot    []string
}{
	{"inside handle_path", "handle_path /login/* {\n\t\tauth_errors auth0\n\t\treverse_proxy {upstream}\n\t}", "/login/userinfo", field("Authorization", bearer), sized(unauthorized, unknownError), 401, []string{`"invalid_token"`}, nil},
	{"around handle_path", "auth_errors auth0\n\thandle_path /login/* {\n\t\treverse_proxy {upstream}\n\t}", "/login/userinfo", nil, sized(unauthorized, unknownError), 401, []string{`"invalid_token"`}, nil},
	{"no provider", "auth_errors", "/token", nil, sized("HTTP/1.1 403 Forbidden\nContent-Type: application/json", `{"error":"invalid_grant"}`), 400, []string{`"invalid_grant"`}, nil},
	{"off", "auth_errors off", "/oauth/token", nil, sized("HTTP/1.1 403 Forbidden\nContent-Type: application/json", `{"error":"invalid_grant"}`), 0, nil, nil},
	{"off for some", "auth_errors auth0\n\t@beta path /oauth/*\n\troute @beta {\n\t\tauth_errors off\n\t}", "/oauth/token", nil, sized("HTTP/1.1 403 Forbidden\nContent-Type: application/json", `{"error":"invalid_grant"}`), 0, nil, nil},
	{"mapping", auth0With("mapping testdata/mappings/own.yaml"), "/oauth/token", nil, sized("HTTP/1.1 418 Teapot\nContent-Type: application/json", `{"error":"Tea-Pot"}`), 400, []string{`"invalid_request"`}, nil},
	{"a later mapping", auth0With("mapping testdata/mappings/own.yaml testdata/mappings/later.yaml"), "/oauth/token", nil, sized("HTTP/1.1 418 Teapot\nContent-Type: application/json", `{"error":"teapot"}`), 503, []string{`"temporarily_unavailable"`}, nil},
	{"a provider of one's own", "auth_errors acme {\n\t\tmapping testdata/mappings/acme.yaml\n\t}", "/login/token", nil, sized("HTTP/1.1 418 Teapot\nContent-Type: application/json", `{"fault":{"name":"tea-time","text":"Back at five."}}`), 503, []string{`"temporarily_unavailable"`, `"Back at five."`}, nil},
	{"map", auth0With("map 403 access_denied login_required"), "/oauth/token", nil, sized("HTTP/1.1 403 Forbidden\nContent-Type: application/json", `{"error":"access_denied"}`), 400, []string{`"login_required"`}, nil},
	{"map with a status", auth0With("map 403 access_denied invalid_request 429"), "/oauth/token", nil, sized("HTTP/1.1 403 Forbidden\nContent-Type: application/json", `{"error":"access_denied"}`), 429, []string{`"invalid_request"`}, nil},
	{"map of a status", auth0With("map 418 * server_error"), "/oauth/token", nil, sized("HTTP/1.1 418 Teapot\nContent-Type: text/plain", "short and stout"), 500, []string{`"server_error"`, `"short and stout"`}, nil},
	{"endpoint", auth0With("endpoint resource /orders/*"), "/orders/1", field("Authorization", bearer), sized(unauthorized, `{"message":"who are you?"}`), 401, []string{`"invalid_token"`, `error="invalid_token"`}, nil},
	{"endpoint none", auth0With("endpoint none /oauth/token"), "/oauth/token", nil, sized("HTTP/1.1 401 Unauthorized\nContent-Type: text/html", loginPage), 0, nil, nil},
	{"keep", auth0With("keep trace.id interval"), "/oauth/token", nil, sized("HTTP/1.1 403 Forbidden\nContent-Type: application/json", `{"error":"invalid_grant","trace":{"id":"4bf9"},"interval":5,"tenant":"x"}`), 400, []string{`"id":"4bf9"`, `"interval":5`}, []string{"tenant"}},
	{"descriptions upstream", auth0With("descriptions upstream"), "/oauth/token", nil, sized("HTTP/1.1 403 Forbidden\nContent-Type: application/json", `{"error":"invalid_grant","error_description":"No user alice."}`), 400, []string{`"No user alice."`}, nil},
	{"descriptions canonical", auth0With("descriptions canonical"), "/oauth/token", nil, sized("HTTP/1.1 403 Forbidden\nContent-Type: application/json", `{"error":"invalid_grant","error_description":"No user alice."}`), 400, []string{`"error_description":"`}, []string{"alice"}},
	{"descriptions canonical of a canonical error", auth0With("descriptions canonical"), "/oauth/token", nil, sized(badRequest+"\nCache-Control: no-store", `{"error":"invalid_grant","error_description":"No user alice."}`), 400, []string{`"invalid_grant"`}, []string{"alice"}},
	{"hidden_errors", "auth_errors {\n\t\thidden_errors normalize\n\t}", "/token", nil, sized(okJSON, `{"error":"invalid_grant","error_description":"Gone"}`), 400, []string{`"invalid_grant"`, "Gone"}, nil},
	{"hidden_errors beside a token", "auth_errors {\n\t\thidden_errors normalize\n\t}", "/token", nil, sized(okJSON, `{"error":"none","access_token":"x"}`), 0, nil, nil},
	{"hidden_errors elsewhere", "auth_errors {\n\t\thidden_errors normalize\n\t}", "/userinfo", field("Authorization", bearer), sized(okJSON, `{"error":"invalid_grant"}`), 0, nil, nil},
	{"hidden_errors pass", "auth_errors {\n\t\thidden_errors pass\n\t}", "/token", nil, sized(okJSON, `{"error":"invalid_grant"}`), 0, nil, nil},
	{"unmapped normalize", auth0With("unmapped normalize"), "/oauth/token", nil, sized(badRequest, unknownError), 400, []string{`"invalid_request"`, "order-closed"}, []string{"4711"}},
	{"unmapped pass", auth0With("unmapped pass"), "/oauth/token", nil, sized(badRequest, unknownError), 0, nil, nil},
	{"unmapped pass of a known code", auth0With("unmapped pass"), "/oauth/token", nil, sized("HTTP/1.1 403 Forbidden\nContent-Type: application/json", `{"error":"invalid_grant"}`), 400, []string{`"invalid_grant"`}, nil},
	{"mode shadow", auth0With("mode shadow"), "/oauth/token", nil, chunked("HTTP/1.1 403 Forbidden\nContent-Type: application/json", "X-Checksum: 1", `{"error":"invalid_grant"}`), 0, nil, nil},
	{"format problem", auth0With("format problem"), "/oauth/token", nil, sized("HTTP/1.1 403 Forbidden\nContent-Type: application/json", `{"error":"invalid_grant"}`), 400, []string{"Content-Type: application/problem+json", `"error":"invalid_grant"`, `"type":"tag:auth-errors,2026:invalid_grant"`, `"status":400`}, nil},
	{"format auto", auth0With("format auto"), "/oauth/token", field("Accept", "application/json"), sized("HTTP/1.1 403 Forbidden\nContent-Type: application/json", `{"error":"invalid_grant"}`), 400, []string{"Content-Type: application/json", "Vary: Accept"}, []string{"problem"}},
	{"expose", auth0With("expose provider status code"), "/oauth/token", nil, sized("HTTP/1.1 501 Not Implemented\nContent-Type: application/json", `{"error":"unsupported_grant_type"}`), 400, []string{`"provider":"auth0"`, `"status":501`, `"code":"unsupported_grant_type"`}, nil},
	{"within max_body", auth0With("max_body 64B"), "/api/v2/users", nil, sized("HTTP/1.1 400 Bad Request\nContent-Type: application/json", `{"error":"invalid_token","error_description":"0123456789012345"}`), 401, []string{`"invalid_token"`}, nil},
	{"over max_body behind the description", auth0With("max_body 63B"), "/api/v2/users", nil, sized("HTTP/1.1 400 Bad Request\nContent-Type: application/json", `{"error":"invalid_token","error_description":"0123456789012345"}`), 401, []string{`"invalid_token"`, `"0123456789012345"`}, nil},
	{"over max_body in the description", auth0With("max_body 62B"), "/api/v2/users", nil, sized("HTTP/1.1 400 Bad Request\nContent-Type: application/json", `{"error":"invalid_token","error_description":"0123456789012345"}`), 401, []string{`"invalid_token"`}, []string{"0123456789"}},
	{"over max_body in the code", auth0With("max_body 23B"), "/api/v2/users", nil, sized("HTTP/1.1 400 Bad Request\nContent-Type: application/json", `{"error":"invalid_token","error_description":"0123456789012345"}`), 0, nil, nil},
	{"over max_body of what is canonical so far", auth0With("max_body 64B"), "/oauth/token", nil, sized(badRequest, `{"error":"invalid_grant","error_description":"Wrong.","state":"01","error_description":"password=hunter2hunter2"}`), 400, []string{`"invalid_grant"`, `"Wrong."`}, []string{"hunter2"}},
	{"over max_body with a status that says enough", auth0With("max_body 8B"), "/oauth/token", nil, sized(unauthorized, `{"reason":"0123456789"}`), 401, []string{`"invalid_client"`}, []string{"0123456789"}},
	{"over max_body with a status at a resource", auth0With("max_body 8B"), "/api/v2/users", nil, sized(unauthorized, `{"reason":"0123456789"}`), 0, nil, nil},
	{"over max_body with descriptions canonical", auth0With("max_body 8B", "descriptions canonical"), "/api/v2/users", nil, sized(unauthorized, `{"reason":"0123456789"}`), 401, []string{`"invalid_token"`}, []string{"0123456789"}},
	{"realm", auth0With(`realm "Login of Example"`), "/userinfo", field("Authorization", bearer), sized(unauthorized, `{"error":"invalid_token"}`), 401, []string{`realm="Login of Example"`, `error="invalid_token"`}, nil},
	{"realm for who sent no token", auth0With("realm example"), "/userinfo", nil, sized(unauthorized, `{"message":"no token"}`), 401, []string{`Www-Authenticate: Bearer realm="example"`}, []string{`error="`}}, // RFC 6750 §3.1
	{"realm for Basic", auth0With(`realm "Login of Example"`), "/oauth/token", field("Authorization", basic), sized(unauthorized, `{"error":"invalid_client"}`), 401, []string{`Basic realm="Login of Example"`}, nil},
}

func TestOptions(t *testing.T) {
	up := startUpstream(t)
	plain := freeAddress(t)
	sites := site(plain, "reverse_proxy "+up.address)
	addresses := make([]string, len(optionRows))
	for i, o := range optionRows {
		addresses[i] = freeAddress(t)
		sites += site(addresses[i], strings.ReplaceAll(o.directive, "{upstream}", up.address), "reverse_proxy "+up.address)
	}
	startCaddy(t, sites)
	for i, o := range optionRows {
		t.Run(strings.ReplaceAll(o.name, " ", "_"), func(t *testing.T) {
			up.script(o.name, answer{wire: o.wire})
			header := http.Header{caseHeader: {o.name}}
			for name, values := range o.header {
				header[name] = values
			}
			got := blankDate(rawReply(t, addresses[i], http.MethodPost, o.path, header))
			want := blankDate(rawReply(t, plain, http.MethodPost, o.path, header))
			if o.wantStatus == 0 {
				if got != want {
					t.Errorf("%s: got\n%s\nwant\n%s", o.directive, got, want)
				}
				return
			}
			if line := fmt.Sprintf("HTTP/1.1 %d ", o.wantStatus); !strings.HasPrefix(got, line) {
				t.Errorf("%s: got\n%s\nwant status %d", o.directive, got, o.wantStatus)
			}
			for _, w := range o.want {
				if !strings.Contains(got, w) {
					t.Errorf("%s: got\n%s\nwant %s in it", o.directive, got, w)
				}
			}
			for _, w := range o.wantNot {
				if strings.Contains(got, w) {
					t.Errorf("%s: got\n%s\nwant no %s in it", o.directive, got, w)
				}
			}
		})
	}
}
