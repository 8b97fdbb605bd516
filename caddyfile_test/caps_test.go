package caddyfile_test

import (
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// toldEarly is the description in an error whose code comes first.
const toldEarly = "Told early."

// errorOfLength is a JSON error of exactly length bytes. Its code comes first.
func errorOfLength(code string, length int) string {
	start, end := fmt.Sprintf(`{"error":%q,"error_description":%q,"trace":"`, code, toldEarly), `"}`
	return start + incompressible(length-len(start)-len(end)) + end
}

// incompressible is text that does not compress to less than about half.
func incompressible(length int) string {
	random := make([]byte, length/2+1)
	rand.NewChaCha8([32]byte{}).Read(random)
	return hex.EncodeToString(random)[:length]
}

// capBody places the code before or behind the cap in a body.
type capBody struct {
	name        string
	contentType string
	within      bool // the code is read even if the end of the body is not
	// of is a body of the length, of which only what is behind the first part compresses well.
	of func(code string, first, length int) string
}

var capBodies = []capBody{
	{"the code first", jsonType, true, func(code string, first, length int) string {
		return errorOfLength(code, first) + strings.Repeat(" ", length-first)
	}},
	{"the code last", "application/x-www-form-urlencoded", false, func(code string, first, length int) string {
		start, end := "trace=", "&error="+code // of which not a letter may be missing
		return start + incompressible(first-len(start)-len(end)) + strings.Repeat("+", length-first) + end
	}},
}

// gzippedTo returns the body in gzip, exactly length bytes long. The extra fields of
// headers fill the rest; each has 64 KiB at most.
func gzippedTo(t *testing.T, body string, length int) string {
	t.Helper()
	const most = 60000
	before := ""
	for length-len(before) > len(body)+most {
		before += gzipMember("", most)
	}
	for extra, tries := 1, 0; tries < 3; tries++ {
		coded := before + gzipMember(body, extra)
		if len(coded) == length {
			return coded
		}
		extra += length - len(coded)
	}
	t.Fatalf("cannot spell %d bytes in %d", len(body), length)
	return ""
}

// gzipMember is a body in gzip, with an extra field in its header.
func gzipMember(body string, extra int) string {
	return written(body, func(w io.Writer) io.WriteCloser {
		z := gzip.NewWriter(w)
		z.Extra = make([]byte, extra)
		return z
	})
}

// capRow is a body at the edge of what is held.
type capRow struct {
	name  string
	coded func(t *testing.T, b capBody, code string) (body, contentEncoding string)
	fits  bool
}

// capRows are the bodies around a cap, coded and decoded.
func capRows(most int) []capRow {
	var rows []capRow
	for _, off := range []int{-1, 0, 1} {
		rows = append(rows,
			capRow{fmt.Sprintf("%d%+d bytes", most, off), func(_ *testing.T, b capBody, code string) (string, string) {
				return b.of(code, most+off, most+off), ""
			}, off <= 0},
			capRow{fmt.Sprintf("%d%+d bytes of gzip", 2*most, off), func(t *testing.T, b capBody, code string) (string, string) {
				return gzippedTo(t, b.of(code, most*3/4, most*3/4), 2*most+off), "gzip"
			}, off <= 0})
		for _, cd := range codings {
			if cd.field == "" || !cd.readable {
				continue
			}
			rows = append(rows, capRow{fmt.Sprintf("%d%+d bytes, decoded from %s", most, off, cd.name), func(t *testing.T, b capBody, code string) (string, string) {
				coded := cd.encode(b.of(code, most/2, most+off))
				if len(coded) > most {
					t.Fatalf("%s: got %d bytes, want at most %d", cd.name, len(coded), most)
				}
				return coded, cd.field
			}, off <= 0})
		}
	}
	return rows
}

// TestCaps: at the cap a body is understood. Above the cap, a code within the cap is
// understood too. If the code is behind the cap, the client gets the answer of the status
// alone at the token endpoint, and elsewhere the original, whole and in order.
func TestCaps(t *testing.T) {
	g := newGateways(t)
	sites := ""
	for name, directive := range map[string]string{"small": "auth_errors auth0 {\n\t\tmax_body 1KiB\n\t}", "default": "auth_errors auth0", "plain": ""} {
		g.addresses[name] = freeAddress(t)
		sites += site(g.addresses[name], g.behind(directive)...)
	}
	startCaddy(t, sites)
	for name, most := range map[string]int{"small": 1 << 10, "default": 64 << 10} {
		for _, r := range capRows(most) {
			for _, b := range capBodies {
				t.Run(strings.ReplaceAll(r.name+", "+b.name, " ", "_"), func(t *testing.T) {
					resource, token := outcome{status: 401, code: "invalid_token"}, outcome{status: 400, code: "invalid_grant"}
					switch {
					case b.within:
						resource.description, token.description = toldEarly, toldEarly
					case !r.fits:
						resource, token = passed, denied
					}
					g.checkCap(t, carrier{provider: name, path: "/api/v2/users", status: 403, want: resource}, r, b, "invalid_token")
					g.checkCap(t, carrier{provider: name, path: "/oauth/token", status: 403, want: token}, r, b, "invalid_grant")
				})
			}
		}
	}
}

// checkCap requests one of the bodies in all framings.
func (g *gateways) checkCap(t *testing.T, c carrier, r capRow, b capBody, code string) {
	t.Helper()
	body, contentEncoding := r.coded(t, b, code)
	c.name, c.body, c.contentType = r.name, body, b.contentType
	versions := protocols(t)
	for _, f := range framings {
		name := c.path + ", " + r.name + ", " + b.name + ", " + f.name
		g.script(name, c.message(coding{field: contentEncoding, encode: func(body string) string { return body }}), f)
		g.checkCell(t, c, name, f, c.want, versions)
	}
}

// errorOfCode is the error in the bombs.
const errorOfCode = `{"error":"invalid_token"}`

// bombs are small on the wire and large when they go off.
var bombs = []struct {
	name, directive string
	length          int
}{
	{"over the usual cap", "auth_errors auth0", 1 << 20},
	{"over a larger one", "auth_errors auth0 {\n\t\tmax_body 4MiB\n\t}", 8 << 20},
}

// TestBombs: a body that grows a thousand times is undone no further than the cap. An
// error before that is understood, and one behind it is not looked for.
func TestBombs(t *testing.T) {
	g := newGateways(t)
	g.addresses["plain"] = freeAddress(t)
	sites := site(g.addresses["plain"], g.behind("")...)
	for _, b := range bombs {
		g.addresses[b.name] = freeAddress(t)
		sites += site(g.addresses[b.name], g.behind(b.directive)...)
	}
	startCaddy(t, sites)
	for _, b := range bombs {
		for _, cd := range codings {
			if cd.field == "" || !cd.readable {
				continue
			}
			blank := strings.Repeat(" ", b.length)
			for _, row := range []struct {
				name, body      string
				resource, token outcome
			}{
				{"the error first", errorOfCode + blank, of(401, "invalid_token", ""), of(400, "invalid_grant", "")},
				{"the error last", blank + errorOfCode, passed, denied},
			} {
				c := carrier{provider: b.name, path: "/api/v2/users", status: 403, contentType: jsonType, body: row.body, want: row.resource}
				m := c.message(cd)
				if len(m.body) > b.length/200 {
					t.Errorf("%s in %s: got %d bytes, want a bomb", b.name, cd.name, len(m.body))
				}
				name := b.name + " in " + cd.name + ", " + row.name
				g.script(name, m, framings[0])
				g.checkCell(t, c, name, framings[0], c.want, protocols(t))
				c.path, c.want = "/oauth/token", row.token
				g.checkCell(t, c, name, framings[0], c.want, protocols(t))
			}
		}
	}
}
