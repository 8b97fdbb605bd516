package wire

// object is a tree of strings in the making.
type object struct {
	members []objectMember
	seen    map[string]bool // the names, where there are many
}

type objectMember struct {
	name, text string
	object     *object // instead of the text, if it is not nil
}

// set adds a text. See add.
func (o *object) set(name, text string) { o.add(objectMember{name: name, text: text}) }

// add adds a member unless there is one of that name: the first one counts, as
// it does where a JSON object repeats a name.
func (o *object) add(m objectMember) {
	if o.has(m.name) {
		return
	}
	o.members = append(o.members, m)
	switch n := len(o.members); {
	case o.seen != nil:
		o.seen[m.name] = true
	case n > maxScan:
		o.seen = make(map[string]bool, 8*n)
		for i := range o.members {
			o.seen[o.members[i].name] = true
		}
	}
}

func (o *object) has(name string) bool {
	if o.seen != nil {
		return o.seen[name]
	}
	for i := range o.members {
		if o.members[i].name == name {
			return true
		}
	}
	return false
}

func (o *object) isEmpty() bool { return o == nil || len(o.members) == 0 }

// tree returns the object as a Tree.
func (o *object) tree() Tree {
	tree, _, _ := scanJSON(string(o.appendJSON(nil)), false)
	return tree
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
