package wire

import "strings"

// Namespaces with a special meaning: attributes about types instead of errors, and the
// SOAP envelopes, which have qualified names as fault codes.
const (
	schemaInstance = "http://www.w3.org/2001/XMLSchema-instance"
	soap11         = "http://schemas.xmlsoap.org/soap/envelope/"
	soap12         = "http://www.w3.org/2003/05/soap-envelope"
)

// parseXML reads an XML document. Its root is the document element. Children and
// attributes go by their local names, attributes as `@name`, and character data as
// `#text`. An element with nothing but text is that text. Of several children with one
// name the first counts. Entities other than the five predefined ones are refused, so
// that nothing can be expanded. In a cut body, open elements have no text.
//
// The standard library reads only 10 to 20 MB/s, so it is not used. It accepts every
// document that this parser accepts, with the same content.
func parseXML(body string, cut bool) (Tree, error) {
	p := xmlParser{xmlScanner: xmlScanner{text: body}, left: maxValues}
	err := p.prolog()
	var root objectMember
	if err == nil {
		root, err = p.element(1)
	}
	switch {
	case err == errCut && !cut:
		return Tree{}, ErrInvalid
	case err != nil && err != errCut:
		return Tree{}, err
	case root.object == nil:
		root.object = new(object)
		if err == nil {
			root.object.set(textName, root.text)
		}
	}
	return root.object.tree(), nil
}

// xmlParser makes objects of the tokens of the scanner.
type xmlParser struct {
	xmlScanner
	left     int // values, comments and instructions that may still come
	bindings []binding
}

// binding says which of the namespaces above a prefix stands for, or that it stands
// for none of them any more.
type binding struct{ prefix, space string }

// maxBindings bounds the walk over the bindings of a document. Envelopes have two or
// three.
const maxBindings = 32

// prolog reads up to the document element. Text that stands there is passed over.
func (p *xmlParser) prolog() error {
	for {
		var text xmlText
		if err := p.charData(&text); err != nil {
			return err
		}
		if other, err := p.aside(); err != nil || !other {
			return err
		}
		if p.left--; p.left < 0 {
			return ErrBounds
		}
	}
}

// element reads an element, from behind its opening tag to its end. With [errCut] it
// returns an object with the complete children, if there are any.
func (p *xmlParser) element(depth int) (e objectMember, err error) {
	name, err := p.openName()
	if err != nil {
		return e, err
	}
	if p.left--; p.left < 0 || depth > maxDepth {
		return e, ErrBounds
	}
	prefix, local := cutName(name)
	e.name = local
	before := len(p.bindings)
	closed, err := p.attributes(&e)
	if err != nil {
		return objectMember{}, err
	}
	var text xmlText
	if !closed {
		if err = p.content(&e, &text, depth); err == nil {
			err = p.closeTag(name)
		}
	}
	if err != nil {
		return e, err
	}
	e.text = elementText(local, p.space(prefix), strings.TrimSpace(text.String()))
	if e.object != nil && e.text != "" {
		e.object.set(textName, e.text)
	}
	p.bindings = p.bindings[:before]
	return e, nil
}

// add adds a member to an element.
func (m *objectMember) add(inner objectMember) {
	if m.object == nil {
		m.object = new(object)
	}
	m.object.add(inner)
}

// content reads the children and the text of an element, up to the tag that closes it.
func (p *xmlParser) content(e *objectMember, text *xmlText, depth int) error {
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
			if p.left--; p.left < 0 {
				return ErrBounds
			}
			continue
		}
		child, err := p.element(depth + 1)
		if err == nil || err == errCut && child.object != nil {
			e.add(child)
		}
		if err != nil {
			return err
		}
	}
}

// attributes reads the attributes of a tag and its end, and binds namespaces. A tag
// that breaks off has none. closed says that the element has no content.
func (p *xmlParser) attributes(e *objectMember) (closed bool, err error) {
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
			e.add(objectMember{name: "@" + local, text: attr.value})
		}
	}
	return closed, nil
}

// bind notes which of the namespaces that matter a prefix stands for from here on.
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

// elementText returns the text of an element. The codes of a SOAP fault lose their
// prefix, which each sender chooses for itself.
func elementText(local, space, text string) string {
	if local == "faultcode" || local == "Value" && (space == soap11 || space == soap12) {
		if _, code, qualified := strings.Cut(text, ":"); qualified {
			return code
		}
	}
	return text
}

// cutName cuts a name at a colon that has text on both sides.
func cutName(name string) (prefix, local string) {
	prefix, local, _ = strings.Cut(name, ":")
	if prefix == "" || local == "" {
		return "", name
	}
	return prefix, local
}
