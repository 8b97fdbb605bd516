package caddyfile_test

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// carried spells the JSON body of a row in another format.
type carried struct {
	name        string
	contentType string
	providers   []string
	spell       func(gjson.Result) string
}

// otherCarriers are the formats besides JSON in which the documented rows can
// arrive: Accelo answers in XML and YAML to who asks for them, and the others may
// send forms, as the servers do that are older than RFC 6749.
var otherCarriers = []carried{
	{"form", "application/x-www-form-urlencoded", []string{"auth0", "asseco", "ecobee", "dll"}, asForm},
	{"form as text", "text/plain", []string{"auth0", "asseco", "ecobee", "dll"}, asForm},
	{"XML", "text/xml", []string{"accelo"}, func(v gjson.Result) string {
		return `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + asXML("response", v)
	}},
	{"YAML", "text/x-yaml", []string{"accelo"}, func(v gjson.Result) string { return "---\n" + asYAML("", v) }},
}

func asForm(v gjson.Result) string {
	var pairs []string
	v.ForEach(func(name, value gjson.Result) bool {
		pairs = append(pairs, url.QueryEscape(name.Str)+"="+url.QueryEscape(value.String()))
		return true
	})
	return strings.Join(pairs, "&")
}

func asXML(name string, v gjson.Result) string {
	text := strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(v.String())
	if v.IsObject() {
		text = "\n"
		v.ForEach(func(name, value gjson.Result) bool {
			text += asXML(name.Str, value)
			return true
		})
	}
	return fmt.Sprintf("<%s>%s</%s>\n", name, text, name)
}

func asYAML(indent string, v gjson.Result) string {
	var lines string
	v.ForEach(func(name, value gjson.Result) bool {
		switch {
		case value.IsObject():
			lines += indent + name.Str + ":\n" + asYAML(indent+"  ", value)
		case value.Type == gjson.Null:
			lines += indent + name.Str + ": ~\n"
		default:
			lines += indent + name.Str + ": '" + strings.ReplaceAll(value.String(), "'", "''") + "'\n"
		}
		return true
	})
	return lines
}

// TestDocumentedRowsCarried: what a row means does not depend on the format.
func TestDocumentedRowsCarried(t *testing.T) {
	up := startUpstream(t)
	sites := startGateways(t, up)
	for _, c := range otherCarriers {
		asked := 0
		for _, r := range documentedRows() {
			if r.body == "" || !slices.Contains(c.providers, r.provider) {
				continue
			}
			r.body = c.spell(gjson.Parse(r.body))
			a := r.answer()
			a.wire = strings.Replace(a.wire, "Content-Type: application/json", "Content-Type: "+c.contentType, 1)
			method, header := r.request()
			header.Set(caseHeader, fmt.Sprintf("%s %d", c.name, asked))
			up.script(header.Get(caseHeader), a)
			asked++
			for _, p := range protocols(t) {
				got := send(t, p, method, "http://"+sites[r.provider]+r.path, header, "")
				for _, problem := range r.compare(got) {
					t.Errorf("%s in %s over %s: %s\nbody %s", r, c.name, p.name, problem, got.body)
				}
			}
		}
		if asked < 15 {
			t.Errorf("%s: got %d rows, want those of %v", c.name, asked, c.providers)
		}
	}
}

// redirectRows are the codes that the authorization endpoints send in a URL. Only
// those that have another name are changed.
var redirectRows = []struct {
	provider, path string
	codes          []string
	want           string // "" for no change
}{
	{"auth0", "/authorize", []string{"invalid_request", "unauthorized_client", "access_denied", "unsupported_response_type", "invalid_scope", "server_error", "temporarily_unavailable", "login_required", "consent_required"}, ""},
	{"auth0", "/authorize", []string{"requires_validation"}, "interaction_required"},
	{"auth0", "/authorize", []string{"too_many_requests"}, "temporarily_unavailable"},
	{"auth0", "/authorize", []string{"endpoint_disabled", "method_not_allowed"}, "invalid_request"},
	{"asseco", "/connect/authorize", []string{"53201", "invalid-request"}, "invalid_request"},
	{"asseco", "/connect/authorize", []string{"53202"}, "unauthorized_client"},
	{"asseco", "/connect/authorize", []string{"53203", "Access Denied"}, "access_denied"},
	{"asseco", "/connect/authorize", []string{"53204"}, "unsupported_response_type"},
	{"asseco", "/connect/authorize", []string{"53205"}, "invalid_scope"},
	{"asseco", "/connect/authorize", []string{"53206"}, "server_error"},
	{"asseco", "/connect/authorize", []string{"53207"}, "temporarily_unavailable"},
	{"asseco", "/connect/authorize", []string{"53208"}, "interaction_required"},
	{"asseco", "/connect/authorize", []string{"53209"}, "login_required"},
	{"asseco", "/connect/authorize", []string{"53210"}, "account_selection_required"},
	{"asseco", "/connect/authorize", []string{"53211"}, "consent_required"},
	{"asseco", "/connect/authorize", []string{"53212"}, "invalid_request_uri"},
	{"asseco", "/connect/authorize", []string{"53213"}, "invalid_request_object"},
	{"asseco", "/connect/authorize", []string{"53214"}, "request_not_supported"},
	{"asseco", "/connect/authorize", []string{"53215"}, "request_uri_not_supported"},
	{"asseco", "/connect/authorize", []string{"53216"}, "registration_not_supported"},
	{"asseco", "/connect/authorize", assecoLiterals(), ""},
	{"ecobee", "/authorize", []string{"access_denied", "invalid_request", "unauthorized_client", "invalid_scope"}, ""},
	{"ecobee", "/authorize", []string{"not_supported"}, "invalid_request"},
	{"dll", "/oauth2/authorize", []string{"invalid_request", "unauthorized_client", "access_denied", "invalid_scope", "server_error", "temporarily_unavailable"}, ""},
	{"accelo", "/oauth2/v0/authorize", []string{"invalid_request", "invalid_scope", "server_error", "unauthorized_client", "access_denied"}, ""},
	{"accelo", "/oauth2/v0/authorize", []string{"unauthorized client"}, "unauthorized_client"},
	{"accelo", "/oauth2/v0/authorize", []string{"invalid_permission"}, "access_denied"},
	// No row and no registry knows them.
	{"auth0", "/authorize", []string{"order_closed", "53203"}, ""},
}

func assecoLiterals() []string {
	var literals []string
	for _, p := range assecoProblems {
		literals = append(literals, p.problem)
	}
	return literals
}

// TestRedirectRows: in the query and in the fragment, the code is the only thing
// that changes. What stands around it has to be spelled as the client signed it.
func TestRedirectRows(t *testing.T) {
	up := startUpstream(t)
	sites := startGateways(t, up)
	versions := protocols(t)
	for _, r := range redirectRows {
		for _, code := range r.codes {
			for _, target := range []string{
				"https://client.test/cb?state=a%20b+c&error=CODE&error_description=No-way.&iss=https://op.test",
				"https://client.test/cb?keep=1#state=A%2FB&error=CODE&error_description=No%20way.&expires_in=1",
			} {
				location := strings.Replace(target, "CODE", strings.ReplaceAll(code, " ", "%20"), 1)
				want := location
				if r.want != "" {
					want = strings.Replace(target, "CODE", r.want, 1)
				}
				up.script(location, answer{wire: sized("HTTP/1.1 302 Found\nContent-Type: text/html\nLocation: "+location, "Found")})
				for _, v := range versions {
					got := send(t, v, http.MethodGet, "http://"+sites[r.provider]+r.path, http.Header{caseHeader: {location}}, "")
					plain := send(t, v, http.MethodGet, "http://"+sites["plain"]+r.path, http.Header{caseHeader: {location}}, "")
					if want != location {
						plain.redirect(want)
					}
					plain.header.Set("Date", got.header.Get("Date"))
					if !reflect.DeepEqual(got, plain) {
						t.Errorf("%s %s over %s: got\n%+v\nwant\n%+v", r.provider, location, v.name, got, plain)
					}
				}
			}
		}
	}
}

// TestRedirectSpelling: what does not change keeps the spelling of the provider.
func TestRedirectSpelling(t *testing.T) {
	g := startMatrix(t)
	const sent = "https://client.test/cb?state=a+b&error=user_cancelled_login&error_description=No%20way&error_uri=HTTPS%3a%2f%2fop.test%2Fe"
	want := strings.Replace(sent, "user_cancelled_login", "access_denied", 1)
	g.one.script("spelling", answer{wire: sized("HTTP/1.1 302 Found\nLocation: "+sent, "")})
	for _, v := range protocols(t) {
		got := send(t, v, http.MethodGet, "http://"+g.addresses["legacy"]+"/legacy/authorize", http.Header{caseHeader: {"spelling"}}, "")
		if l := got.header.Get("Location"); l != want {
			t.Errorf("%s: got %s, want %s", v.name, l, want)
		}
	}
}
