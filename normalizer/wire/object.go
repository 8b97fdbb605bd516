package wire

// object is a tree of strings in the making.
type object struct {
	members []objectMember
	seen    map[string]struct{} // the names, where there are many
}

type objectMember struct {
	name, text string
	object     *object // used instead of the text if not nil
}

// set adds a text. See add.
func (o *object) set(name, text string) { o.add(objectMember{name: name, text: text}) }

// add adds a member unless there is one of that name: the first one counts, as
// it does where a JSON object repeats a name.
func (o *object) add(m objectMember) {
	if o.isNew(m.name) {
		o.members = append(o.members, m)
	}
}

// isNew reports whether there is no member of that name, and remembers that there is one
// from now on.
func (o *object) isNew(name string) bool {
	if o.seen == nil {
		for i := range o.members {
			if o.members[i].name == name {
				return false
			}
		}
		if len(o.members) < maxScan {
			return true
		}
		o.seen = make(map[string]struct{}, 8*maxScan)
		for i := range o.members {
			o.seen[o.members[i].name] = struct{}{}
		}
	}
	before := len(o.seen)
	o.seen[name] = struct{}{}
	return len(o.seen) > before
}

func (o *object) isEmpty() bool { return o == nil || len(o.members) == 0 }

// tree returns the object as a Tree.
func (o *object) tree() Tree {
	tree, _, _ := scanJSON(string(o.appendJSON(make([]byte, 0, o.size()))), false)
	return tree
}

// size returns how long the JSON is if nothing in it is escaped.
func (o *object) size() int {
	n := len("{}")
	for i := range o.members {
		m := &o.members[i]
		if n += len(m.name) + len(`"":"",`) + len(m.text); m.object != nil {
			n += m.object.size()
		}
	}
	return n
}

func (o *object) appendJSON(b []byte) []byte {
	b = append(b, '{')
	for i := range o.members {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendQuoted(b, o.members[i].name)
		b = append(b, ':')
		if inner := o.members[i].object; inner != nil {
			b = inner.appendJSON(b)
		} else {
			b = appendQuoted(b, o.members[i].text)
		}
	}
	return append(b, '}')
}
