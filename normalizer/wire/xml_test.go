package wire

import (
	"strings"
	"testing"
)

const (
	// The faults are laid out as servers send them, with prefixes of their own.
	soap11Fault = `<?xml version="1.0" encoding="UTF-8"?>
<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/" xmlns:sf="urn:fault.enterprise.soap.sforce.com">
 <S:Body>
  <S:Fault>
   <faultcode>sf:INVALID_SESSION_ID</faultcode>
   <faultstring>INVALID_SESSION_ID: Invalid Session ID</faultstring>
   <detail><sf:code>7</sf:code></detail>
  </S:Fault>
 </S:Body>
</S:Envelope>`
	soap12Fault = `<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope" xmlns:wst="http://docs.oasis-open.org/ws-sx/ws-trust/200512">
 <env:Body><env:Fault>
  <env:Code><env:Value>env:Sender</env:Value><env:Subcode><env:Value>wst:FailedAuthentication</env:Value></env:Subcode></env:Code>
  <env:Reason><env:Text xml:lang="en">Authentication failed</env:Text></env:Reason>
 </env:Fault></env:Body></env:Envelope>`
)

func TestXML(t *testing.T) {
	testTrees(t, parseXML, []treeRow{
		{"elements", "<e><error>invalid_grant</error><text>Old.</text></e>", `{"error":"invalid_grant","text":"Old."}`, nil},
		{"nested", "<r><meta><status>ok</status></meta></r>", `{"meta":{"status":"ok"}}`, nil},
		{"attributes", `<r><error code="invalid_grant" text='Old.'/></r>`, `{"error":{"@code":"invalid_grant","@text":"Old."}}`, nil},
		{"attributes of the root", `<error code="invalid_grant"/>`, `{"@code":"invalid_grant"}`, nil},
		{"attribute and text", `<r><error code="1">Old.</error></r>`, `{"error":{"@code":"1","#text":"Old."}}`, nil},
		{"text of the root", "<error> invalid_grant\n</error>", `{"#text":"invalid_grant"}`, nil},
		{"text between elements", "<r>a<b>c</b>d</r>", `{"b":"c","#text":"ad"}`, nil},
		{"empty elements", "<r><a/><b></b><c> </c></r>", `{"a":"","b":"","c":""}`, nil},
		{"an empty root", "<r/>", `{"#text":""}`, nil},
		{"the first of several", "<r><a>1</a><a>2</a></r>", `{"a":"1"}`, nil},
		{"local names", `<x:r xmlns:x="urn:x"><x:error x:code="1">a</x:error></x:r>`, `{"error":{"@code":"1","#text":"a"}}`, nil},
		{"unbound prefixes", `<ams:fault><ams:code>900901</ams:code></ams:fault>`, `{"code":"900901"}`, nil},
		{"default namespace", `<r xmlns="urn:x"><a xmlns="urn:y">b</a></r>`, `{"a":"b"}`, nil},
		{"predefined entities", "<r><a>&lt;&amp;&gt;&quot;&apos;&#65;&#x42;</a></r>", `{"a":"\u003c\u0026\u003e\"'AB"}`, nil},
		{"character data", "<r><a><![CDATA[<b>&c;]]></a></r>", `{"a":"\u003cb\u003e\u0026c;"}`, nil},
		{"comments and instructions", `<?xml version="1.0"?><!-- x --><?y z?><r><a>b<!-- c -->d</a></r><!-- e -->`, `{"a":"bd"}`, nil},
		{"declared Latin-1, decoded before", `<?xml version="1.0" encoding="ISO-8859-1"?><r><a>ü</a></r>`, `{"a":"ü"}`, nil},
		{"an unknown declaration", `<?xml version="1.0" encoding="x-own"?><r><a>b</a></r>`, `{"a":"b"}`, nil},
		{"a document type", `<!DOCTYPE r SYSTEM "http://dtd.test/r.dtd"><r><a>b</a></r>`, `{"a":"b"}`, nil},

		{"an entity of its own", `<!DOCTYPE r [<!ENTITY e "invalid_grant">]><r><a>&e;</a></r>`, "", ErrInvalid},
		{"an external entity", `<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]><r><a>&e;</a></r>`, "", ErrInvalid},
		{"entities of entities", `<!DOCTYPE r [<!ENTITY a "xx"><!ENTITY b "&a;&a;">]><r>&b;</r>`, "", ErrInvalid},
		{"an entity of HTML", "<r><a>&nbsp;</a></r>", "", ErrInvalid},
		{"an open element", "<r><a>b</a>", "", ErrInvalid},
		{"crossed elements", "<r><a></r></a>", "", ErrInvalid},
		{"an attribute without quotes", "<r a=b/>", "", ErrInvalid},
		{"no element", "<!-- x -->", "", ErrInvalid},
		{"text", "invalid_grant", "", ErrInvalid},
		{"control characters", "<r>\x01</r>", "", ErrInvalid},

		{"as deep as it may be", strings.Repeat("<a>", maxDepth) + "b" + strings.Repeat("</a>", maxDepth),
			strings.Repeat(`{"a":`, maxDepth-1) + `"b"` + strings.Repeat("}", maxDepth-1), nil},
		{"too deep", strings.Repeat("<a>", maxDepth+1) + strings.Repeat("</a>", maxDepth+1), "", ErrBounds},
		{"as many elements as there may be", "<r>" + strings.Repeat("<a/>", maxValues-1) + "</r>", `{"a":""}`, nil},
		{"too many elements", "<r>" + strings.Repeat("<a/>", maxValues) + "</r>", "", ErrBounds},
		{"too many comments", "<r>" + strings.Repeat("<!-- -->", maxValues) + "</r>", "", ErrBounds},
		{"too many instructions", strings.Repeat("<?a?>", maxValues+1) + "<r/>", "", ErrBounds},
		{"too many attributes", "<r" + numbered(` a%="x"`, maxValues) + "/>", "", ErrBounds},
	})
}

// TestSOAP: the code of a fault is a qualified name with a prefix of the sender's choice.
// A colon in any other text stays.
func TestSOAP(t *testing.T) {
	testTrees(t, parseXML, []treeRow{
		{"1.1", soap11Fault, `{"Body":{"Fault":{"faultcode":"INVALID_SESSION_ID","faultstring":"INVALID_SESSION_ID: Invalid Session ID","detail":{"code":"7"}}}}`, nil},
		{"1.2", soap12Fault, `{"Body":{"Fault":{"Code":{"Value":"Sender","Subcode":{"Value":"FailedAuthentication"}},"Reason":{"Text":{"@lang":"en","#text":"Authentication failed"}}}}}`, nil},
		{"without a prefix", "<Envelope><Body><Fault><faultcode>Client.Auth</faultcode></Fault></Body></Envelope>", `{"Body":{"Fault":{"faultcode":"Client.Auth"}}}`, nil},
		{"a value that is none of SOAP", "<r><Value>a:b</Value></r>", `{"Value":"a:b"}`, nil},
	})
}

func FuzzXML(f *testing.F) {
	for _, seed := range []string{
		xmlError, soap11Fault, soap12Fault, `<r a="1" b='2'>c<d/>e</r>`, "<r><![CDATA[x]]></r>", "<!DOCTYPE r [<!ENTITY e \"x\">]><r>&e;</r>",
		`<?xml version="1.0" encoding="utf-16"?><r/>`, "<r>&#0;</r>", "<a:b xmlns:a='c'/>", "<r>\xff</r>", "<", "<r", "<r a=", "<!--", "<?", "<![CDATA[", strings.Repeat("<a>", 70),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		tree, err := parseXML(string(body), false)
		checkBounds(t, body, tree, err)
		if err == nil && !rootOf(tree).IsObject() {
			t.Errorf("parseXML(%q): got %s, want an object", body, tree.json)
		}
	})
}
