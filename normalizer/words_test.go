package normalizer

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// answered is the decision of the generic table about a response.
func answered(t *testing.T, kind registry.Endpoint, grant registry.Grant, status int, contentType, body string) Decision {
	t.Helper()
	table, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	q := table.Request(&http.Request{Method: http.MethodPost, Header: make(http.Header)}).As(kind, grant)
	return table.Decide(&q, Response{Status: status, Header: http.Header{"Content-Type": {contentType}}, Body: []byte(body)})
}

// TestWords: the text of a server is kept, wherever its framework puts it.
func TestWords(t *testing.T) {
	for _, c := range []struct{ name, contentType, body, want string }{
		{"a member of a framework", jsonType, `{"message":"Tenant is not active"}`, "Tenant is not active"},
		{"another spelling of it", jsonType, `{"ErrorMessage":"Tenant is not active"}`, "Tenant is not active"},
		{"the phrase of a status is no text beside one", jsonType, `{"error":"Unauthorized","message":"Bad tenant"}`, "Bad tenant"},
		{"nor in a better member", jsonType, `{"detail":"Bad Request","message":"Bad tenant"}`, "Bad tenant"},
		{"a number is no text", jsonType, `{"message":"17","detail":"Bad tenant"}`, "Bad tenant"},
		{"a list is joined", jsonType, `{"errors":["No tenant","No app"]}`, "No tenant; No app"},
		{"a list of objects", jsonType, `{"errors":[{"message":"No tenant"},{"message":"No app"}]}`, "No tenant; No app"},
		{"fields with what is wrong with each", jsonType, `{"errors":{"tenant":["is missing"],"app":["is unknown"]}}`, "tenant: is missing; app: is unknown"},
		{"a hint stands behind the text", jsonType, `{"error":"x","message":"No tenant","hint":"Ask for one"}`, "No tenant; Ask for one"},
		{"JSON in a string", jsonType, `{"message":"{\"message\":\"Bad tenant\"}"}`, "Bad tenant"},
		{"nested", jsonType, `{"fault":{"detail":{"message":"Bad tenant"}}}`, "Bad tenant"},
		{"the class of an exception goes", jsonType, `{"message":"com.example.auth.TenantException: Bad tenant"}`, "Bad tenant"},
		{"the dump behind a line goes", jsonType, `{"message":"Bad tenant\n  at com.example.Main(Main.java:1)"}`, "Bad tenant"},
		{"plain text", "text/plain", "Bad tenant", "Bad tenant"},
		{"a text by language", jsonType, `{"messageTranslations":{"en":"Bad tenant"},"httpCode":400,"httpReason":"Bad Request"}`, "Bad tenant"},
		{"the page of LemonLDAP::NG", "text/html", `<html><head><title>Server error</title></head><body><h1>Server error</h1><p>Bad tenant</p><center><a href="https://lemonldap-ng.org">LemonLDAP::NG</a></center></body></html>`, "Bad tenant"},
		{"the page of Tomcat", "text/html", tomcatPage, "Bad tenant"},
		{"the page of Express", "text/html", `<!DOCTYPE html><html><head><title>Error</title></head><body><pre>Error: Bad tenant<br> &nbsp; &nbsp;at Layer.handle (/app/index.js:1:2)</pre></body></html>`, "Error: Bad tenant"},
	} {
		d := answered(t, registry.EndpointToken, registry.GrantClientCredentials, 400, c.contentType, c.body)
		if got := d.Error.Description(); got != c.want {
			t.Errorf("%s: %s: got %q, want %q", c.name, c.body, got, c.want)
		}
	}
}

const tomcatPage = `<!doctype html><html lang="en"><head><title>HTTP Status 400 – Bad Request</title></head><body><h1>HTTP Status 400 – Bad Request</h1><hr class="line" /><p><b>Type</b> Status Report</p><p><b>Message</b> Bad tenant</p><p><b>Description</b> The server cannot or will not process the request.</p><hr class="line" /><h3>Apache Tomcat/9.0.65</h3></body></html>`

// TestGenericCodes: codes and texts of frameworks keep their meaning, by the kind of
// endpoint and the grant type, also in the members of a framework.
func TestGenericCodes(t *testing.T) {
	for _, c := range []struct {
		kind   registry.Endpoint
		grant  registry.Grant
		status int
		body   string
		want   string // the status and the error; empty for none
	}{
		{registry.EndpointToken, registry.GrantRefreshToken, 401, `{"error":"token_expired"}`, "400 invalid_grant"},
		{registry.EndpointResource, registry.GrantNone, 401, `{"error":"token_expired"}`, "401 invalid_token"},
		{registry.EndpointToken, registry.GrantRefreshToken, 403, `{"message":"Refresh token has been revoked"}`, "400 invalid_grant"},
		{registry.EndpointToken, registry.GrantPassword, 401, `{"message":"Invalid username or password"}`, "400 invalid_grant"},
		{registry.EndpointToken, registry.GrantClientCredentials, 401, `{"message":"Invalid client credentials"}`, "401 invalid_client"},
		{registry.EndpointToken, registry.GrantAuthorizationCode, 400, `{"err":"code_already_used"}`, "400 invalid_grant"},
		{registry.EndpointToken, registry.GrantRefreshToken, 400, `{"errorCode":"errors.com.example.invalid_refresh_token"}`, "400 invalid_grant"},
		{registry.EndpointToken, registry.GrantDeviceCode, 400, `{"errorCode":"authorization_pending"}`, "400 authorization_pending"},
		{registry.EndpointToken, registry.GrantRefreshToken, 503, `{"message":"Refresh token has been revoked"}`, "503 temporarily_unavailable"},
		{registry.EndpointNone, registry.GrantNone, 401, `{"error":"token_expired"}`, ""},
		{registry.EndpointNone, registry.GrantNone, 400, `{"message":"Refresh token has been revoked"}`, ""},
		{registry.EndpointResource, registry.GrantNone, 404, `{"message":"No such order"}`, ""},
	} {
		d := answered(t, c.kind, c.grant, c.status, jsonType, c.body)
		got := ""
		if d.Effect == EffectRewrite {
			got = fmt.Sprintf("%d %s", d.Error.Status(), d.Error.Code())
		}
		if got != c.want {
			t.Errorf("%s, %s, %d %s: got %q, want %q", c.kind, c.grant, c.status, c.body, got, c.want)
		}
	}
}
