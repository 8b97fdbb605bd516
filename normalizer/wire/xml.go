package wire

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
)

// schemaInstance is the namespace of attributes that speak of types, not of errors.
const schemaInstance = "http://www.w3.org/2001/XMLSchema-instance"

// The namespaces of the SOAP envelopes, whose fault codes are qualified names.
const (
	soap11 = "http://schemas.xmlsoap.org/soap/envelope/"
	soap12 = "http://www.w3.org/2003/05/soap-envelope"
)

// parseXML reads an XML document. Its root is the document element; children and
// attributes go by their local names, attributes as `@name`, character data as
// `#text`. An element with nothing but text is that text. Of several children of
// one name the first counts. Entities other than the five predefined ones are
// refused, and so nothing can be expanded.
func parseXML(body []byte) (Tree, error) {
	dec := xml.NewDecoder(bytes.NewReader(body))
	// The body is UTF-8 by now, whatever its declaration says.
	dec.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil }
	p := xmlParser{dec: dec, left: maxValues}
	for {
		token, err := dec.Token()
		if err != nil {
			return Tree{}, ErrInvalid
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		value, err := p.element(start, 1)
		if err != nil {
			return Tree{}, err
		}
		root, ok := value.(object)
		if !ok {
			root = object{{"#text", value}}
		}
		return root.tree(), nil
	}
}

type xmlParser struct {
	dec  *xml.Decoder
	left int // values that may still come
}

// element reads up to the end of an element and returns an object, or a string
// for one with nothing but text.
func (p *xmlParser) element(start xml.StartElement, depth int) (any, error) {
	if p.left -= 1 + len(start.Attr); p.left < 0 || depth > maxDepth {
		return nil, ErrBounds
	}
	var o object
	for _, attr := range start.Attr {
		if attr.Name.Space != "xmlns" && attr.Name.Local != "xmlns" && attr.Name.Space != schemaInstance {
			o = o.set("@"+attr.Name.Local, attr.Value)
		}
	}
	var text strings.Builder
	for {
		token, err := p.dec.Token()
		if err != nil {
			return nil, ErrInvalid
		}
		switch t := token.(type) {
		case xml.StartElement:
			value, err := p.element(t, depth+1)
			if err != nil {
				return nil, err
			}
			o = o.set(t.Name.Local, value)
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			return elementValue(start.Name, o, strings.TrimSpace(text.String())), nil
		}
	}
}

// elementValue joins what an element holds. The codes of a SOAP fault lose their
// prefix, which each sender chooses for itself.
func elementValue(name xml.Name, o object, text string) any {
	if name.Local == "faultcode" || name.Local == "Value" && (name.Space == soap12 || name.Space == soap11) {
		if _, local, qualified := strings.Cut(text, ":"); qualified {
			text = local
		}
	}
	if len(o) == 0 {
		return text
	}
	if text != "" {
		o = o.set("#text", text)
	}
	return o
}
