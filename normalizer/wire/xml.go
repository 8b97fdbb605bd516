package wire

import "strings"

// The namespaces whose meaning matters: attributes that speak of types, not of
// errors, and the SOAP envelopes, whose fault codes are qualified names.
const (
	schemaInstance = "http://www.w3.org/2001/XMLSchema-instance"
	soap11         = "http://schemas.xmlsoap.org/soap/envelope/"
	soap12         = "http://www.w3.org/2003/05/soap-envelope"
)

// parseXML reads an XML document. Its root is the document element; children and
// attributes go by their local names, attributes as `@name`, character data as
// `#text`. An element with nothing but text is that text. Of several children of
// one name the first counts. Entities other than the five predefined ones are
// refused, and so nothing can be expanded. In a cut body, elements that are open have
// no text.
//
// The standard library reads 10 to 20 MB/s, which is why it is not used here. What
// this parser accepts, the library accepts as well, with the same content.
func parseXML(body string, cut bool) (Tree, error) {
	p := xmlParser{xmlScanner: xmlScanner{text: body}, left: maxValues}
	err := p.prolog()
	var value any
	if err == nil {
		_, value, err = p.element(1)
	}
	switch {
	case err == errCut && cut && value == nil:
		return Tree{json: "{}"}, nil // nothing is complete
	case err == errCut && !cut:
		return Tree{}, ErrInvalid
	case err != nil && err != errCut:
		return Tree{}, err
	}
	root, ok := value.(*object)
	if !ok {
		root = new(object)
		root.set(textName, value)
	}
	return root.tree(), nil
}

// xmlParser makes objects of what the scanner finds.
type xmlParser struct {
	xmlScanner
	left     int // values that may still come
	bindings []binding
}

// binding says which of the namespaces above a prefix stands for, or that it stands
// for none of them any more.
type binding struct{ prefix, space string }

// maxBindings bounds the walk over the bindings of a document. Envelopes have two or
// three.
const maxBindings = 32

// prolog reads up to the document element.
func (p *xmlParser) prolog() error {
	for {
		i := strings.IndexByte(p.text[p.i:], '<')
		if i < 0 {
			p.i = len(p.text)
			return errCut
		}
		if err := checkChars(p.text[p.i : p.i+i]); err != nil {
			return err
		}
		p.i += i
		other, err := p.aside()
		if err != nil || !other {
			return err
		}
	}
}

// element reads an element, whose tag opens here, up to its end. Its value is an
// object, or a string for one with nothing but text. With [errCut] it is the object of
// what is complete, or nil if nothing is.
func (p *xmlParser) element(depth int) (local string, value any, err error) {
	name, err := p.openName()
	if err != nil {
		return "", nil, err
	}
	if p.left--; p.left < 0 || depth > maxDepth {
		return "", nil, ErrBounds
	}
	prefix, local := cutName(name)
	var o object
	before := len(p.bindings)
	closed, err := p.attributes(&o)
	if err != nil {
		return "", nil, err
	}
	var text xmlText
	if !closed {
		if err = p.content(&o, &text, depth); err == nil {
			err = p.closeTag(name)
		}
	}
	switch {
	case err == errCut && !o.isEmpty():
		return local, &o, errCut
	case err != nil:
		return "", nil, err
	}
	value = elementValue(local, p.space(prefix), &o, strings.TrimSpace(text.String()))
	p.bindings = p.bindings[:before]
	return local, value, nil
}

// content reads the children and the text of an element, up to the tag that closes it.
func (p *xmlParser) content(o *object, text *xmlText, depth int) error {
	for {
		if err := p.charData(text); err != nil {
			return err
		}
		if strings.HasPrefix(p.text[p.i:], "</") {
			return nil
		}
		if cdata, err := p.cdata(text); err != nil {
			return err
		} else if cdata {
			continue
		}
		if other, err := p.aside(); err != nil {
			return err
		} else if other {
			continue
		}
		name, value, err := p.element(depth + 1)
		if value != nil {
			o.set(name, value)
		}
		if err != nil {
			return err
		}
	}
}

// attributes reads the attributes of a tag and its end, and binds namespaces. An
// attribute of a tag that breaks off is not complete. closed says that the element
// has no content.
func (p *xmlParser) attributes(o *object) (closed bool, err error) {
	var attrs []xmlAttr
	for {
		attr, end, err := p.attribute()
		if err != nil {
			return false, err
		}
		if end != "" {
			closed = end == "/>"
			break
		}
		if p.left--; p.left < 0 {
			return false, ErrBounds
		}
		if attr.name == "xmlns" || strings.HasPrefix(attr.name, "xmlns:") {
			p.bind(strings.TrimPrefix(strings.TrimPrefix(attr.name, "xmlns"), ":"), attr.value)
			continue
		}
		attrs = append(attrs, attr)
	}
	for _, attr := range attrs {
		if prefix, local := cutName(attr.name); prefix == "" || p.space(prefix) != schemaInstance {
			o.set("@"+local, attr.value)
		}
	}
	return closed, nil
}

func (p *xmlParser) bind(prefix, space string) {
	switch space {
	case schemaInstance, soap11, soap12:
	default:
		if p.space(prefix) == "" {
			return
		}
		space = ""
	}
	if len(p.bindings) < maxBindings {
		p.bindings = append(p.bindings, binding{prefix, space})
	}
}

// space returns which of the known namespaces a prefix stands for.
func (p *xmlParser) space(prefix string) string {
	for i := len(p.bindings) - 1; i >= 0; i-- {
		if p.bindings[i].prefix == prefix {
			return p.bindings[i].space
		}
	}
	return ""
}

// elementValue joins what an element holds. The codes of a SOAP fault lose their
// prefix, which each sender chooses for itself.
func elementValue(local, space string, o *object, text string) any {
	if local == "faultcode" || local == "Value" && (space == soap11 || space == soap12) {
		if _, code, qualified := strings.Cut(text, ":"); qualified {
			text = code
		}
	}
	if o.isEmpty() {
		return text
	}
	if text != "" {
		o.set(textName, text)
	}
	return o
}

// cutName cuts a name at its colon, if it has one with something on both sides.
func cutName(name string) (prefix, local string) {
	prefix, local, _ = strings.Cut(name, ":")
	if prefix == "" || local == "" {
		return "", name
	}
	return prefix, local
}
