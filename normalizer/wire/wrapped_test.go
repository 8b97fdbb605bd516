package wire

import "testing"

func TestWrapped(t *testing.T) {
	const want = jsonError
	asText := func(text string) string {
		quoted := string(appendQuoted(nil, text))
		return `{"text":` + quoted + `,"#text":` + quoted + `}`
	}
	for _, r := range []struct {
		contentType, body, want string
		err                     error
	}{
		{"application/javascript", `callback({"error":"invalid_grant"});`, want, nil},
		{"text/javascript", `callback( {"error":"invalid_grant"} )`, want, nil},
		{"application/x-javascript", `callback( {"error":"invalid_grant"} ); ` + "\n", want, nil},
		{"application/json", `/**/cb({"error":"invalid_grant"})`, want, nil},
		{"application/json", `/* a */ /**/ jQuery1_2({"error":"invalid_grant"});`, want, nil},
		{"text/html", `angular.callbacks._0({"error":"invalid_grant"});`, want, nil},
		{"text/plain", `/**/ typeof cb === 'function' && cb({"error":"invalid_grant"});`, want, nil},
		{"", `window.cb && cb({"error":"invalid_grant"});`, want, nil},
		{"application/json", `cb([{"error":"invalid_grant"}]);`, "[" + want + "]", nil},
		{"application/json", `callback({"error":"invalid_grant"}`, "", ErrUnknown},
		{"application/json", `callback({"error":"invalid_grant"},1);`, "", ErrUnknown},
		{"application/json", `callback({"error":"invalid_grant"});more();`, "", ErrUnknown},
		{"application/json", `1cb({"error":"invalid_grant"});`, "", ErrUnknown},
		{"application/json", `cb("invalid_grant");`, "", ErrUnknown},
		{"application/octet-stream", `cb({"error":"invalid_grant"});`, "", ErrUnknown},
		{"text/plain", `see f({x}) there`, asText(`see f({x}) there`), nil},
		{"text/plain", `f({x})`, asText(`f({x})`), nil},

		{"application/json", ")]}',\n" + `{"error":"invalid_grant"}`, want, nil},
		{"application/json", ")]}'\n" + `{"error":"invalid_grant"}`, want, nil},
		{"text/plain", `while(1);{"error":"invalid_grant"}`, want, nil},
		{"application/json", `for (;;);{"error":"invalid_grant"}`, want, nil},
		{"application/json", `&&&START&&&{"error":"invalid_grant"}`, want, nil},
		{"application/json", `)]}',`, "", ErrUnknown},
		{"application/json", `)]}',"x"`, "", ErrUnknown},
		{"application/json", "\ufeff\n)]}'\n" + `{"error":"invalid_grant"}`, want, nil},

		{"application/json", `"{\"error\":\"invalid_grant\"}"`, want, nil},
		{"application/json", ` "{\"error\":\"invalid_grant\"}" ` + "\n", want, nil},
		{"application/json", `"\"{}\""`, asText(`"{}"`), nil},
		{"application/json", `"Bad credentials"`, asText("Bad credentials"), nil},
		{"text/plain", `"Bad credentials"`, asText("Bad credentials"), nil},
		{"text/plain", `"Bad" credentials`, asText(`"Bad" credentials`), nil},
		{"application/json", `"{oops}"`, asText("{oops}"), nil},
		{"application/json", `""`, "", ErrEmpty},
		{"application/json", `"a`, "", ErrUnknown},

		{"application/json", jsonError + jsonError, "", ErrInvalid},
		{"application/json", jsonError + "\n" + jsonError, "", ErrInvalid},
		{"application/json", jsonError + ";", "", ErrInvalid},
	} {
		tree, err := Parse(r.contentType, []byte(r.body))
		if tree.json != r.want || err != r.err {
			t.Errorf("%s, %q: got %s, %v, want %s, %v", r.contentType, r.body, tree.json, err, r.want, r.err)
		}
	}
}
