package wire

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// parseHTML reads a page: its `title`, its first `h1` and its visible `text`,
// with white space collapsed and the text capped.
func parseHTML(body []byte) Tree {
	var p page
	tokens := html.NewTokenizer(bytes.NewReader(body))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return p.tree()
		case html.StartTagToken:
			name, _ := tokens.TagName()
			p.open(atom.Lookup(name))
		case html.SelfClosingTagToken:
			p.space()
		case html.EndTagToken:
			name, _ := tokens.TagName()
			p.close(atom.Lookup(name))
		case html.TextToken:
			p.write(tokens.Text())
		}
		if p.text.Len() > maxText {
			return p.tree()
		}
	}
}

// page collects the text of a page.
type page struct {
	title, h1, text strings.Builder
	inTitle, inH1   bool
	hidden          atom.Atom // the element whose text nobody sees
}

func (p *page) open(tag atom.Atom) {
	switch tag {
	case atom.Title:
		p.inTitle = true
	case atom.H1:
		p.space()
		p.inH1 = p.h1.Len() == 0
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Textarea, atom.Select, atom.Svg:
		if p.hidden == 0 {
			p.hidden = tag
		}
	default:
		p.space()
	}
}

// space keeps the text of neighboring elements apart.
func (p *page) space() {
	p.text.WriteByte(' ')
	if p.inH1 && p.h1.Len() > 0 {
		p.h1.WriteByte(' ')
	}
}

func (p *page) close(tag atom.Atom) {
	switch tag {
	case atom.Title:
		p.inTitle = false
	case atom.H1:
		p.inH1 = false
	case p.hidden:
		p.hidden = 0
	}
	p.space()
}

func (p *page) write(text []byte) {
	if p.hidden != 0 {
		return
	}
	if p.inTitle {
		p.title.Write(text)
		return
	}
	if p.inH1 {
		p.h1.Write(text)
	}
	p.text.Write(text)
}

func (p *page) tree() Tree {
	var o object
	for _, part := range []struct {
		name string
		text *strings.Builder
	}{{"title", &p.title}, {"h1", &p.h1}, {"text", &p.text}} {
		text := strings.Join(strings.Fields(part.text.String()), " ")
		if text != "" {
			o = append(o, member{part.name, capText(text)})
		}
	}
	return o.tree()
}
