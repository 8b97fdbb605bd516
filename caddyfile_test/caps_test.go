package caddyfile_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// errorOfLength is a JSON error of exactly length bytes. The padding does not
// compress to less than about half, so that no ratio is suspicious.
func errorOfLength(code string, length int) string {
	start, end := fmt.Sprintf(`{"error":%q,"trace":"`, code), `"}`
	random := rand.NewChaCha8([32]byte{})
	padding := make([]byte, length)
	random.Read(padding)
	return start + hex.EncodeToString(padding)[:length-len(start)-len(end)] + end
}

// gzippedTo is the body in gzip, exactly length bytes long: the extra field of the
// header takes what is left.
func gzippedTo(t *testing.T, body string, length int) string {
	t.Helper()
	for extra, tries := 1, 0; tries < 3; tries++ {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		w.Extra = make([]byte, extra)
		if _, err := w.Write([]byte(body)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if b.Len() == length {
			return b.String()
		}
		extra += length - b.Len()
	}
	t.Fatalf("cannot spell %d bytes in %d", len(body), length)
	return ""
}

// capRow is a body at the edge of what is held.
type capRow struct {
	name  string
	coded func(t *testing.T, code string) (body, contentEncoding string)
	fits  bool
}

// capRows are the bodies around a cap, coded and decoded.
func capRows(most int) []capRow {
	var rows []capRow
	for _, off := range []int{-1, 0, 1} {
		rows = append(rows,
			capRow{fmt.Sprintf("%d%+d bytes", most, off), func(_ *testing.T, code string) (string, string) {
				return errorOfLength(code, most+off), ""
			}, off <= 0},
			capRow{fmt.Sprintf("%d%+d bytes of gzip", most, off), func(t *testing.T, code string) (string, string) {
				return gzippedTo(t, errorOfLength(code, most*3/4), most+off), "gzip"
			}, off <= 0})
		for _, cd := range codings {
			if cd.field == "" || !cd.readable {
				continue
			}
			rows = append(rows, capRow{fmt.Sprintf("4 times %d%+d bytes, decoded from %s", most, off, cd.name), func(t *testing.T, code string) (string, string) {
				// Half of it is blank, or it would not fit in its coding.
				body := errorOfLength(code, most/2) + strings.Repeat(" ", 4*most+off-most/2)
				coded := cd.encode(body)
				if len(coded) > most {
					t.Fatalf("%s: got %d bytes, want at most %d", cd.name, len(coded), most)
				}
				return coded, cd.field
			}, off <= 0})
		}
	}
	return rows
}

// TestCaps: at the cap a body is understood. Above it, what leaves is the answer
// that the status alone has, or the original, whole and in order.
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
			t.Run(strings.ReplaceAll(r.name, " ", "_"), func(t *testing.T) {
				resource, token := outcome{status: 401, code: "invalid_token"}, outcome{status: 400, code: "invalid_grant"}
				if !r.fits {
					resource, token = passed, denied
				}
				g.checkCap(t, carrier{name: r.name, provider: name, path: "/api/v2/users", status: 400, contentType: jsonType, want: resource}, r, "invalid_token")
				g.checkCap(t, carrier{name: r.name, provider: name, path: "/oauth/token", status: 403, contentType: jsonType, want: token}, r, "invalid_grant")
			})
		}
	}
}

// checkCap requests one of the bodies in all framings.
func (g *gateways) checkCap(t *testing.T, c carrier, r capRow, code string) {
	t.Helper()
	body, contentEncoding := r.coded(t, code)
	c.body = body
	versions := protocols(t)
	for _, f := range framings {
		name := c.path + ", " + r.name + ", " + f.name
		g.script(name, c.message(coding{field: contentEncoding, encode: func(body string) string { return body }}), f)
		g.checkCell(t, c, name, f, c.want, versions)
	}
}

// bombs are small on the wire and large when they go off: the decoded body is
// over the cap in the first, and within it in the second.
var bombs = []struct {
	name, directive string
	length          int
}{
	{"by size", "auth_errors auth0", 1 << 20},
	{"by ratio", "auth_errors auth0 {\n\t\tmax_body 16MiB\n\t}", 8 << 20},
}

// TestBombs: a body that grows a thousand times is not decoded.
func TestBombs(t *testing.T) {
	up := startUpstream(t)
	plain := freeAddress(t)
	sites, addresses := site(plain, "reverse_proxy "+up.address), make([]string, len(bombs))
	for i, b := range bombs {
		addresses[i] = freeAddress(t)
		sites += site(addresses[i], b.directive, "reverse_proxy "+up.address)
	}
	startCaddy(t, sites)
	for i, b := range bombs {
		for _, cd := range codings {
			if cd.field == "" || !cd.readable {
				continue
			}
			coded := cd.encode(`{"error":"invalid_token"}` + strings.Repeat(" ", b.length))
			if len(coded) > b.length/200 {
				t.Errorf("%s in %s: got %d bytes, want a bomb", b.name, cd.name, len(coded))
			}
			header := http.Header{caseHeader: {b.name + cd.name}, "Accept-Encoding": {cd.field}}
			up.script(b.name+cd.name, answer{wire: sized(badRequest+"\nX-Request-Id: 7f3d\nContent-Encoding: "+cd.field, coded)})
			for _, v := range protocols(t) {
				got := send(t, v, http.MethodGet, "http://"+addresses[i]+"/api/v2/users", header, "")
				want := send(t, v, http.MethodGet, "http://"+plain+"/api/v2/users", header, "")
				want.header.Set("Date", got.header.Get("Date"))
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s in %s over %s: got\n%s\nwant\n%s", b.name, cd.name, v.name, excerpt(fmt.Sprintf("%+v", got)), excerpt(fmt.Sprintf("%+v", want)))
				}
				got = send(t, v, http.MethodPost, "http://"+addresses[i]+"/oauth/token", header, "")
				for _, problem := range badRequest4.compare(got) {
					t.Errorf("%s in %s over %s at the token endpoint: %s", b.name, cd.name, v.name, problem)
				}
			}
		}
	}
}
