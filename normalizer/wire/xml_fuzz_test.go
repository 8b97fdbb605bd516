package wire

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// libraryLeaves reads a document with the standard library: the text of each element
// without children, and each attribute, by path. Of elements of one name the first
// counts.
func libraryLeaves(body string) (map[string]string, error) {
	dec := xml.NewDecoder(strings.NewReader(body))
	dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	all := map[string]string{}
	var element func(at string, counts bool, start xml.StartElement) error
	element = func(at string, counts bool, start xml.StartElement) error {
		seen := map[string]bool{}
		for _, a := range start.Attr {
			name := at + "/@" + a.Name.Local
			if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" && a.Name.Space != schemaInstance && counts && !seen[name] {
				seen[name] = true
				all[name] = a.Value
			}
		}
		var text strings.Builder
		for {
			token, err := dec.Token()
			if err != nil {
				return err
			}
			switch tok := token.(type) {
			case xml.StartElement:
				name := at + "/" + tok.Name.Local
				if err := element(name, counts && !seen[name], tok); err != nil {
					return err
				}
				seen[name] = true
			case xml.CharData:
				text.Write(tok)
			case xml.EndElement:
				if counts && len(seen) == 0 {
					all[at] = strings.TrimSpace(text.String())
				}
				return nil
			}
		}
	}
	for {
		token, err := dec.Token()
		if err != nil {
			return nil, err
		}
		if start, ok := token.(xml.StartElement); ok {
			return all, element("", true, start)
		}
	}
}

// FuzzXMLAgainstLibrary checks that a document accepted here has the same content in the
// standard library.
func FuzzXMLAgainstLibrary(f *testing.F) {
	for _, seed := range []string{
		xmlError, soap11Fault, soap12Fault, `<r a="1" b='2'>c<d/>e</r>`, "<r><![CDATA[x]]>\r\ny</r>", "<r>&#65;&#x42;&lt;</r>", "<a:b xmlns:a='c' a:d='e'/>", "<r>]]></r>",
		"<r><!-- a -- b --></r>", "<?xml version='1.1'?><r/>", "<!DOCTYPE r [<!ENTITY e '>'>]><r/>", "<r a='<'/>", "<r a = 'b' ></r >", "<r>\ufffe</r>", "<r:/>", "<a:b:c/>", "<r>&a;</r>", "&0000000000<A/>", "<r><!></r>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		if !utf8.ValidString(body) || strings.Contains(body, "faultcode") || strings.Contains(body, "Value") {
			return
		}
		tree, err := parseXML(body, false)
		if err != nil {
			return
		}
		want, err := libraryLeaves(body)
		if err != nil {
			for i := range len(body) {
				if body[i] >= utf8.RuneSelf {
					return // names here may have more letters
				}
			}
			t.Fatalf("%q: got %s, want it refused as the library does: %v", body, tree.json, err)
		}
		for at, text := range want {
			v := tree.Root()
			for i, name := range strings.Split(at, "/") {
				if i > 0 {
					v = v.child(&step{name: name, index: -1}, false)
				}
			}
			if at == "" {
				v = v.child(&textStep, false)
			}
			if got, _ := v.Text(); got != text && unquote(v.raw) != text {
				t.Errorf("%q: got %q at %q, want %q", body, v.raw, at, text)
			}
		}
	})
}
