package guess

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// kind is the subject of a piece of evidence.
type kind uint8

// The kinds of evidence.
const (
	kindStatus  kind = iota // the HTTP status
	kindMedia               // the media type, as it is spelled
	kindField               // a header field, or a scheme or parameter of a challenge
	kindProduct             // a word in the value of a header field
	kindMember              // the path of a member of the body
	kindShape               // the members at the top, together
	kindLayout              // how the body is set, and the types of its values
	kindCode                // a value that may be a code, with its place or without
	kindPair                // a code with the status
	kindStyle               // how a text is written
	kindText                // a whole text, but for its numbers
	kindWords               // two words of a text that stand side by side
	kindWord                // a word of a text
	kindPath                // a part of the path of the request
	kindName                // a word that may be the name of a provider or product, anywhere
	kinds
)

// evidence is one piece of it.
type evidence struct {
	kind  kind
	value string
}

// Bounds of the search in one response.
const (
	mostEvidence = 600     // pieces
	mostTexts    = 32      // texts that are compared with those of rows
	longestText  = 4 << 10 // bytes of one of them
	mostWords    = 60      // of one text
	mostDepth    = 5       // levels of the body
	longestCode  = 64      // bytes
	longestPath  = 256     // bytes
)

// collector gathers the evidence in a response or a row, each piece once.
type collector struct {
	status string
	seen   map[evidence]struct{}
	list   []evidence
	texts  []string // folded, as patterns are compared with them
}

func newCollector() *collector { return &collector{seen: make(map[evidence]struct{})} }

func (c *collector) add(k kind, value string) {
	e := evidence{k, value}
	if _, ok := c.seen[e]; ok || value == "" || len(c.list) == mostEvidence {
		return
	}
	c.seen[e] = struct{}{}
	c.list = append(c.list, e)
}

// collect gathers the evidence in a response.
func collect(resp *normalizer.Response, request *url.URL) *collector {
	c := newCollector()
	c.status = strconv.Itoa(resp.Status)
	c.add(kindStatus, c.status)
	c.header(resp.Header)
	body, err := wire.Undo(resp.Header["Content-Encoding"], resp.Body, mostBody)
	if err != nil {
		body = resp.Body // curl has undone the coding
	}
	c.body(resp.Header.Get("Content-Type"), body[:min(len(body), mostBody)])
	if request != nil {
		c.path(mapping.FoldText(request.Path))
		c.host(request.Host)
	}
	return c
}

// common are header fields that servers of any kind send.
var common = map[string]bool{
	"Accept-Ranges": true, "Access-Control-Allow-Credentials": true, "Access-Control-Allow-Origin": true, "Alt-Svc": true,
	"Cache-Control": true, "Connection": true, "Content-Encoding": true, "Content-Length": true, "Content-Security-Policy": true,
	"Content-Type": true, "Date": true, "Etag": true, "Expires": true, "Keep-Alive": true, "Location": true, "Pragma": true,
	"Referrer-Policy": true, "Retry-After": true, "Server": true, "Set-Cookie": true, "Strict-Transport-Security": true,
	"Transfer-Encoding": true, "Vary": true, "Via": true, "Www-Authenticate": true, "X-Content-Type-Options": true,
	"X-Download-Options": true, "X-Frame-Options": true, "X-Permitted-Cross-Domain-Policies": true, "X-Powered-By": true,
	"X-Request-Id": true, "X-Xss-Protection": true,
}

// telling are header fields with values that name products.
var telling = map[string]bool{
	"Server": true, "Set-Cookie": true, "Via": true, "X-Cache": true, "X-Generator": true, "X-Powered-By": true,
}

func (c *collector) header(h http.Header) {
	for name, values := range h {
		for _, value := range values {
			c.field(name, value)
		}
	}
	c.add(kindMedia, strings.ToLower(h.Get("Content-Type")))
	for _, challenge := range wire.Challenges(h["Www-Authenticate"]) {
		c.challenge(&challenge)
	}
	if u, err := url.Parse(h.Get("Location")); err == nil {
		query := u.Query()
		if query.Get("error") == "" {
			query, _ = url.ParseQuery(u.Fragment)
		}
		for name, values := range query {
			c.add(kindMember, "?"+name)
			c.value("?"+name, values[0])
		}
	}
}

// field takes a header field.
func (c *collector) field(name, value string) {
	if !common[name] {
		c.add(kindField, strings.ToLower(name))
		c.names(name)
	}
	if telling[name] {
		value, _, _ = strings.Cut(value, "=") // of a cookie its name
		for _, word := range words(value) {
			c.add(kindProduct, strings.ToLower(name)+": "+word)
		}
		c.names(value)
	}
}

func (c *collector) challenge(challenge *wire.Challenge) {
	scheme := strings.ToLower(challenge.Scheme)
	c.add(kindField, scheme)
	for _, p := range challenge.Params {
		name := strings.ToLower(p.Name)
		c.add(kindField, scheme+" "+name)
		switch name {
		case "realm":
			c.add(kindProduct, "realm="+strings.ToLower(p.Value))
			c.names(p.Value)
		case "error_description":
			c.text(p.Value)
		default:
			c.code(scheme+" "+name, p.Value)
		}
	}
}

// body collects the evidence in a body without codings.
func (c *collector) body(contentType string, body []byte) {
	tree, err := wire.Parse(contentType, body)
	if err != nil {
		if err == wire.ErrEmpty {
			c.add(kindShape, "nothing")
		}
		return
	}
	c.add(kindLayout, layoutOf(strings.TrimSpace(string(body))))
	root := tree.Root()
	if strings.HasPrefix(root.Raw(), "{") {
		var members []string
		root.Each(func(name string, _ wire.Value) { members = append(members, name) })
		members = members[:min(len(members), mostWords)]
		c.add(kindShape, "in order: "+strings.Join(members, " "))
		slices.Sort(members)
		c.add(kindShape, strings.Join(members, " "))
	}
	c.members("", root, 0)
}

func (c *collector) members(path string, v wire.Value, depth int) {
	if depth > mostDepth || len(c.list) == mostEvidence {
		return
	}
	list := strings.HasPrefix(v.Raw(), "[")
	v.Each(func(name string, v wire.Value) {
		if list {
			name = "*"
		}
		at := path + name
		if len(at) > longestPath {
			return
		}
		c.add(kindMember, at)
		if raw := v.Raw(); raw != "" {
			c.add(kindLayout, at+" "+typeOf(raw[0]))
		}
		text, ok := v.Text()
		if !ok {
			c.members(at+".", v, depth+1)
			return
		}
		c.value(at, text)
		if strings.Contains(strings.TrimSpace(text), " ") {
			c.add(kindStyle, at+" "+styleOf(text))
			c.add(kindStyle, styleOf(text))
		}
	})
}

// value takes a scalar: a code or a text, or both.
func (c *collector) value(at, text string) {
	text = strings.TrimSpace(text)
	if len(text) <= longestCode && strings.Count(text, " ") < 4 {
		c.code(at, text)
	}
	if strings.ContainsAny(text, " /.:_-") || len(text) > 3 {
		c.text(text)
	}
}

func (c *collector) code(at, text string) {
	if folded := string(mapping.FoldCode(nil, text)); folded != "" && len(text) <= longestCode {
		c.add(kindCode, folded)
		c.add(kindPair, c.status+" "+folded)
		c.add(kindCode, at+"="+text)
	}
}
