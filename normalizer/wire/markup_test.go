package wire

import "testing"

// TestXHTML holds that a page is a page, whatever stands before its first tag.
func TestXHTML(t *testing.T) {
	const page = `<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Session expired</title></head><body><h1>Sign in</h1></body></html>`
	const want = `{"title":"Session expired","h1":"Sign in","text":"Sign in"}`
	for _, contentType := range []string{"text/html", "application/xhtml+xml", ""} {
		for _, before := range []string{
			`<?xml version="1.0" encoding="UTF-8"?>` + "\n",
			`<?xml version="1.0"?>` + "\n" + `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">` + "\n",
			"<!-- error page -->\n",
			"<!-- error page --><!DOCTYPE html>\n",
		} {
			tree, err := Parse(contentType, []byte(before+page))
			if err != nil || tree.json != want {
				t.Errorf("Parse(%q, %.70q): got %s, %v, want %s", contentType, before, tree.json, err, want)
			}
		}
	}
}

// TestXMLSchemaInstance holds that xsi:type, which old SOAP toolkits put on every
// element, does not make an object out of a text.
func TestXMLSchemaInstance(t *testing.T) {
	testTrees(t, parseXML, []treeRow{
		{"xsi:type on a fault", `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><S:Body><S:Fault><faultcode xsi:type="xsd:QName">S:Client</faultcode><faultstring xsi:type="xsd:string">No session</faultstring></S:Fault></S:Body></S:Envelope>`,
			`{"Body":{"Fault":{"faultcode":"Client","faultstring":"No session"}}}`, nil},
		{"xsi:schemaLocation on the root", `<r xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b"><error xsi:type="xs:string">invalid_grant</error></r>`,
			`{"error":"invalid_grant"}`, nil},
	})
}
