package commands

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/auth-errors/caddy-auth-errors/internal/ledger"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/check"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// draft has the additions to a mapping: new items for its lists, each with the comments
// above it, and notes for the user.
type draft struct {
	provider               string
	read, errors, examples []string
	endpoints              []string // of a new file only
	remarks                []string
	rows                   int
}

// suggestion is an error with the row that is to name it.
type suggestion struct {
	*ledger.Unmapped
	example     mapping.Example
	left, right string
}

// suggest adds rows and examples for errors to the draft. try compiles the mapping
// together with a draft: a suggestion that would not load, or would not decide, is left
// out.
func (d *draft) suggest(entries []ledger.Unmapped, try func(*draft) (*normalizer.Table, error)) error {
	base, err := try(d)
	if err != nil {
		return err
	}
	var all []suggestion
	for i := range entries {
		u := &entries[i]
		c := suggestion{Unmapped: u, example: u.Example(check.MakeBody), left: leftOf(u), right: likelyError(u)}
		if decided := c.decide(base); decided.Finding.Named() {
			d.remark("%s, status %d: %s names it already, as %s", u.Endpoint, u.Status, decided.Finding.Position(), cmp.Or(decided.Finding.Error, "pass"))
			continue
		}
		if u.Code == "" && u.Description == "" {
			d.remark("%s, status %d: neither a code nor a text was found%s. Say in read where it is", u.Endpoint, u.Status, among(u.Members))
			continue
		}
		if c.dependsOnGrant(base) {
			c.left += "grant: " + u.Grant + ", "
		}
		all = append(all, c)
	}
	all = d.addRows(all, try)
	table, err := try(d)
	if err != nil {
		return err
	}
	for _, c := range all {
		decided := c.decide(table)
		d.examples = append(d.examples, exampleOf(c.Unmapped, c.example.Body, &decided))
	}
	return nil
}

// addRows adds a row for each suggestion that it can be done for, and returns those. Rows
// that contradict an earlier one, or that decide nothing, are left out and told.
func (d *draft) addRows(all []suggestion, try func(*draft) (*normalizer.Table, error)) (added []suggestion) {
	rows := make(map[string]string) // by their left sides
	for _, c := range all {
		if right, ok := rows[c.left]; ok && right == c.right {
			added = append(added, c)
			continue
		} else if ok {
			d.remark("%s, status %d, code %q: a row for the same says %s, and not %s", c.Endpoint, c.Status, c.Code, right, c.right)
			continue
		}
		before := *d
		d.rows++
		d.errors = append(d.errors, remarkOn(c.Unmapped), fmt.Sprintf("- {%serror: %s}", c.left, c.right))
		table, err := try(d)
		if entry := readEntryOf(c.Unmapped); err == nil && !c.isNamed(table) && entry != "" {
			d.read = append(d.read, entry)
			table, err = try(d)
		}
		if err != nil || !c.isNamed(table) {
			*d = before
			d.remark("%s, status %d, code %q: no row could be made that decides", c.Endpoint, c.Status, c.Code)
			continue
		}
		rows[c.left] = c.right
		added = append(added, c)
	}
	return added
}

func (d *draft) remark(format string, args ...any) {
	d.remarks = append(d.remarks, "# "+d.provider+", "+fmt.Sprintf(format, args...)+".")
}

// decide plays the error.
func (c *suggestion) decide(t *normalizer.Table) normalizer.Decision {
	request, response := check.Exchange(t, &c.example)
	return t.Decide(&request, response)
}

// dependsOnGrant reports whether what is in force is so for the grant type of the request
// only, such as slow_down for who polls.
func (c *suggestion) dependsOnGrant(t *normalizer.Table) bool {
	without := *c
	without.example.Grant = registry.GrantNone
	d := without.decide(t)
	return c.Grant != "" && c.Error != "" && d.Finding.Error != c.Error
}

// isNamed reports whether a row names the error, and as it should.
func (c *suggestion) isNamed(t *normalizer.Table) bool {
	d := c.decide(t)
	return d.Finding.Named() && d.Finding.Error == c.right
}

// readEntryOf returns the entry of read for the place of the error, or nothing if the
// place is unknown.
func readEntryOf(u *ledger.Unmapped) string {
	var parts []string
	if u.CodePath != "" {
		parts = append(parts, "code: "+quoteYAML(u.CodePath))
	}
	if u.DescriptionPath != "" {
		parts = append(parts, "description: "+quoteYAML(u.DescriptionPath))
	}
	if len(parts) == 0 {
		return ""
	}
	return "- {" + strings.Join(parts, ", ") + "}"
}

// among names members, for a remark.
func among(members []string) string {
	if len(members) == 0 {
		return ""
	}
	return " among " + strings.Join(members, ", ")
}

// remarkOn returns a comment for a row: where the error was seen, and what the row
// changes.
func remarkOn(u *ledger.Unmapped) string {
	seen, basis := "", "Nothing is in force; this is a guess from the status."
	if u.Count > 0 {
		seen = fmt.Sprintf(", seen %s until %s", counted(int(u.Count), "time"), u.LastSeen.Format(time.DateOnly))
	}
	if u.Error != "" {
		basis = fmt.Sprintf("In force is %d %s, by the status alone.", u.Answered, u.Error)
	}
	return fmt.Sprintf("# %s, %s%s. %s Is it right?", u.Provider, u.Endpoint, seen, basis)
}

// leftOf returns the left side of a row for the error.
func leftOf(u *ledger.Unmapped) string {
	left := fmt.Sprintf("status: %d, ", u.Status)
	switch {
	case u.Code != "":
		left += "code: " + quoteYAML(u.Code) + ", "
	case u.Description != "":
		left += "description: " + quoteYAML(strings.NewReplacer("***", "*", "*", `\*`).Replace(u.Description)) + ", "
	}
	if u.Endpoint == registry.EndpointResource.String() {
		left += "endpoint: resource, "
	}
	return left
}

// likelyError returns the error that is in force, so that the row changes nothing before
// somebody has looked at it. Where none is, it is the one that the status suggests, and
// never one that makes clients throw credentials away, unless a resource says 401.
func likelyError(u *ledger.Unmapped) string {
	switch {
	case u.Error != "":
		return u.Error
	case u.Status == 429 || u.Status == 503 || u.Status == 504:
		return "temporarily_unavailable"
	case u.Status >= 500:
		return "server_error"
	case u.Status == 401 && u.Endpoint == registry.EndpointResource.String():
		return "invalid_token"
	case u.Status == 401 || u.Status == 403:
		return "access_denied"
	}
	return "invalid_request"
}

// exampleOf returns an example with a body for the error. It expects what was decided.
func exampleOf(u *ledger.Unmapped, body string, d *normalizer.Decision) string {
	grant, expected := "", "pass: true"
	if u.Grant != "" {
		grant = "grant: " + u.Grant + ", "
	}
	if d.Error.Code() != "" {
		expected = fmt.Sprintf("status: %d, error: %s", d.Error.Status(), d.Error.Code())
	}
	return fmt.Sprintf("- {endpoint: %s, %sstatus: %d, body: %s, expect: {%s}}", u.Endpoint, grant, u.Status, quoteYAML(body), expected)
}

// plainYAML matches text that needs no quotes in YAML.
var plainYAML = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// quoteYAML returns a scalar for a flow mapping.
func quoteYAML(s string) string {
	switch strings.ToLower(s) {
	case "null", "true", "false": // plain, they are no text
	default:
		if plainYAML.MatchString(s) {
			return s
		}
	}
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.QuoteToASCII(s) // its escapes are valid in YAML
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
