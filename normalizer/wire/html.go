package wire

import "strings"

// parseHTML reads a page. Its members are texts with white space collapsed, of at most
// 4096 bytes. Blank texts are left out. The members are
//
//   - `title`, and `h1`, `h2`, `p` and `pre`: the first element of that name with text.
//     Only the first line of a `pre` counts, because a stack trace may follow;
//   - `message`: the message of an error page besides the status: see [page.message];
//   - `form`: `true` if the page asks a person or a browser to act: it has a form with an
//     input, a password input, a refresh, or a short script that goes to another
//     location;
//   - `text`: all visible text.
//
// In a cut page, only `text` has the content of open elements.
func parseHTML(body string, cut bool) Tree {
	s := htmlScanner{text: body}
	p := page{first: map[string]string{}}
	for n := 0; ; n++ {
		token, ok := s.next()
		switch {
		case !ok || n > maxTokens:
			if !cut || n > maxTokens {
				p.flush()
			}
			return p.tree()
		case n > carefulTokens || p.text.full() && len(p.blocks) == maxBlocks:
			p.skim(token)
		case token.tag == "":
			p.write(token.text)
		case token.closes:
			p.close(token.tag)
		default:
			p.open(token)
		}
	}
}

// Bounds of how many tags and runs of text are read. The pages of servers have a
// hundred at most.
const (
	carefulTokens = 4096  // behind them, only visible text and forms are looked for
	maxTokens     = 16384 // and behind these nothing
)

// page collects the text of a page.
type page struct {
	first   map[string]string // the first text of each element that is a member
	text    collapser
	blocks  []block
	block   collapser
	tag     string // the element that the block is in
	heading bool   // the block goes on over the divisions in it
	label   string
	labels  string // the open or last element whose text is a label
	marked  string // the element, now open, that is called an error message
	nested  int    // elements of that name that are open in it
	hidden  string // the open element whose text is invisible
	inForm  bool
	isForm  bool
}

// block is a paragraph, a heading, a cell: text that stands alone.
type block struct {
	tag, label, text string
	marked           bool
}

// maxBlocks is how many blocks are looked at for a message. The pages of servers have
// a dozen at most.
const maxBlocks = 48

func (p *page) open(t htmlToken) {
	p.act(t)
	p.text.space()
	if p.hidden != "" {
		return
	}
	if isHidden(t.tag) {
		if !t.self {
			p.hidden = t.tag
		}
		return
	}
	switch t.tag {
	case "b", "strong", "th", "dt":
		if p.block.isEmpty() && !p.heading {
			p.labels, p.label = t.tag, ""
		}
	case "br":
		if p.tag == "pre" {
			p.flush() // a stack trace begins on the next line
		}
	default:
		if isHeading(t.tag) || isBlock(t.tag) && !(p.heading && (t.tag == "div" || t.tag == "hr")) {
			p.flush()
			p.tag, p.heading = t.tag, isHeading(t.tag)
		}
	}
	p.block.space()
	switch {
	case p.marked == t.tag:
		p.nested++
	case p.marked == "" && !t.self && strings.Contains(t.attrs, "=") && isMarked(t.attrs):
		p.marked, p.nested = t.tag, 0
	}
}

func (p *page) close(tag string) {
	p.text.space()
	if p.hidden != "" {
		if tag == p.hidden {
			p.hidden = ""
		}
		return
	}
	switch {
	case tag == p.labels && p.label == "":
		p.label = p.block.take()
	case isHeading(tag) || isBlock(tag) && !(p.heading && tag == "div"):
		p.flush()
	}
	p.block.space()
	switch {
	case tag == "form":
		p.inForm = false
	case tag == p.marked && p.nested > 0:
		p.nested--
	case tag == p.marked:
		p.flush()
		p.marked = ""
	}
}

func (p *page) write(text string) {
	switch {
	case p.hidden == "script" && isRedirect(text):
		p.isForm = true
	case p.hidden != "":
	case p.tag == "title":
		p.block.write(text)
	case p.tag == "pre" && !p.block.full():
		line, rest, more := strings.Cut(strings.TrimLeft(text, " \t\r\n"), "\n")
		p.text.write(text)
		p.block.write(line)
		if more && !p.block.isEmpty() {
			p.flush()
			p.tag = "pre"
			p.block.write(rest)
		}
	default:
		p.text.write(text)
		if len(p.blocks) < maxBlocks {
			p.block.write(text)
		}
	}
}

// flush ends a block. Bold text with nothing behind it is not a label. The label of a row
// in a table has a cell behind it.
func (p *page) flush() {
	text := p.block.take()
	row := p.labels == "th" || p.labels == "dt"
	if text == "" && !row {
		text, p.label = p.label, ""
	}
	switch p.tag {
	case "title", "h1", "h2", "p", "pre":
		if text != "" && p.first[p.tag] == "" {
			p.first[p.tag] = text
		}
	}
	if text != "" && p.tag != "title" && len(p.blocks) < maxBlocks {
		p.blocks = append(p.blocks, block{p.tag, p.label, text, p.marked != ""})
	}
	if text != "" || !row || p.tag == "td" || p.tag == "dd" {
		p.label, p.labels = "", ""
	}
	p.tag, p.heading = "", false
}

func (p *page) tree() Tree {
	var o object
	for _, name := range []string{"title", "h1", "h2", "p", "pre"} {
		if text := p.first[name]; text != "" {
			o.set(name, text)
		}
	}
	if message := p.message(); message != "" {
		o.set("message", message)
	}
	if p.isForm {
		o.set("form", "true")
	}
	if text := p.text.take(); text != "" {
		o.set("text", text)
	}
	return o.tree()
}

// isHidden reports whether the text of an element is invisible.
func isHidden(tag string) bool {
	switch tag {
	case "script", "style", "noscript", "template", "textarea", "select", "svg":
		return true
	}
	return false
}

// isHeading reports whether the block of an element continues over a rule or a division
// inside it.
func isHeading(tag string) bool {
	switch tag {
	case "title", "h1", "h2", "h3", "h4", "h5", "h6":
		return true
	}
	return false
}

// isBlock has the other elements that begin a block.
func isBlock(tag string) bool {
	switch tag {
	case "p", "pre", "div", "hr", "center", "td", "tr", "table", "li", "ul", "ol", "dl", "dd", "body", "head", "html", "header", "footer", "main",
		"section", "article", "nav", "fieldset", "legend", "form", "blockquote", "address", "aside":
		return true
	}
	return false
}
