package hold

import (
	"maps"
	"net/http"
	"slices"
)

// ownHeader is a separate header for the handler, so that a response can be released
// while the handler may still write to its header.
type ownHeader struct {
	header http.Header // nil if the handler has the client's
	memory http.Header // of the last one
}

// begin copies the client's header.
func (o *ownHeader) begin(c client) {
	if o.memory == nil {
		o.memory = make(http.Header)
	}
	o.header = o.memory
	maps.Copy(o.header, c.Header())
}

// publish makes the client's header the same, just before the status.
func (o *ownHeader) publish(c client) {
	if o.header != nil {
		live := c.Header()
		clear(live)
		maps.Copy(live, o.header)
	}
}

// part copies the values too, so that the handler cannot change those of the client's
// header in place.
func (o *ownHeader) part() {
	for name, values := range o.header {
		o.header[name] = slices.Clone(values)
	}
}

// end copies to the client's header the fields that were set after the status, such as
// trailers. If there was no status, it copies all fields.
func (o *ownHeader) end(c client, sent bool, then *snapshot) {
	switch {
	case o.header == nil:
	case !sent:
		o.publish(c)
	case !then.is(o.header):
		then.replay(c.Header(), o.header)
	}
}

// reset forgets the header, and its memory if that is large.
func (o *ownHeader) reset() {
	if len(o.memory) > mostFields {
		o.memory = nil
	}
	clear(o.memory)
	o.header = nil
}
