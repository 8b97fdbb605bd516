package normalizer

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// The body of the benchmarks: a real one, of 90 bytes.
const benchBody = `{"error":"access_denied","error_description":"Unknown or invalid refresh token, sign in."}`

// BenchmarkNormalize reads, recognizes and renders one error.
func BenchmarkNormalize(b *testing.B) {
	table, err := Compile(Config{Provider: "auth0"})
	if err != nil {
		b.Fatal(err)
	}
	benchNormalize(b, table, []byte(benchBody), "invalid_grant")
}

// BenchmarkUnknown is an error that no row knows, so that all of the generic layer is gone
// through and the status decides.
func BenchmarkUnknown(b *testing.B) {
	table, err := Compile(Config{})
	if err != nil {
		b.Fatal(err)
	}
	body := `{"timestamp":"2026-11-21T10:15:30.123Z","status":403,"error":"Forbidden","message":"The licence of tenant 7 does not cover this.","path":"/oauth/token"}`
	benchNormalize(b, table, []byte(body), "access_denied")
}

func benchNormalize(b *testing.B, table *Table, body []byte, want string) {
	header := http.Header{"Content-Type": {"application/json"}}
	buf := make([]byte, 0, 512)
	rendering := rendering{}
	b.ReportAllocs()
	for b.Loop() {
		tree, err := wire.Parse("application/json", body)
		if err != nil {
			b.Fatal(err)
		}
		resp := exchange{status: 403, header: header, body: tree, endpoint: registry.EndpointToken}
		e, _, outcome := table.normalize(&resp)
		if outcome != OutcomeNormalized || e.code != want {
			b.Fatalf("got %s %s, want %s %s", outcome, e.code, OutcomeNormalized, want)
		}
		buf = e.append(buf[:0], &rendering)
	}
}

// manyRows is a mapping of n rows, each with a code, a status and a pattern.
func manyRows(n int) []byte {
	var s strings.Builder
	s.WriteString("version: 1\nprovider: auth0\nerrors:\n")
	for i := range n {
		fmt.Fprintf(&s, "  - {status: %d, code: code-%d, description: \"*text %d*\", error: invalid_request}\n", 400+i%100, i, i)
	}
	return []byte(s.String())
}

// BenchmarkTableSize is the same error against tables of ten to ten thousand rows:
// its cost must not grow with them.
func BenchmarkTableSize(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 10000} {
		m, err := mapping.Load("many.yaml", manyRows(n))
		if err != nil {
			b.Fatal(err)
		}
		table, err := Compile(Config{Provider: "auth0", Files: []*mapping.Mapping{m}})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchNormalize(b, table, []byte(benchBody), "invalid_grant") })
	}
}

// BenchmarkBodySize is an error in larger and larger bodies: the cost grows with
// the body, and not faster.
func BenchmarkBodySize(b *testing.B) {
	table, err := Compile(Config{Provider: "auth0"})
	if err != nil {
		b.Fatal(err)
	}
	for name, part := range map[string]string{"text": `,"trace":"` + strings.Repeat("x", 1<<20), "members": `,"member%":{"code":"no","values":[1,2.5,true],"text":"one \"of\" them"}`} {
		for _, size := range []int{1 << 10, 4 << 10, 16 << 10, 60 << 10} {
			body := largeBody(strings.TrimSuffix(benchBody, "}"), part, "}", size)
			if name == "text" {
				body = []byte(strings.TrimSuffix(benchBody, "}") + part[:size] + `"}`)
			}
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				b.SetBytes(int64(len(body)))
				benchNormalize(b, table, body, "invalid_grant")
			})
		}
	}
}

// BenchmarkCompile compiles ten thousand rows that are loaded already: of as many
// codes, and of one.
func BenchmarkCompile(b *testing.B) {
	rows := string(manyRows(10000))
	for name, text := range map[string]string{"codes": rows, "code": regexp.MustCompile(`status: \d+, code: code-\d+`).ReplaceAllString(rows, "status: 400, code: one")} {
		m, err := mapping.Load("many.yaml", []byte(text))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Compile(Config{Provider: "auth0", Files: []*mapping.Mapping{m}}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkLoadAll loads every mapping that ships: as a handler does, and with the
// examples.
func BenchmarkLoadAll(b *testing.B) {
	library := Shipped
	for name, load := range map[string]func(string) (*mapping.Mapping, error){"rules": library.Rows, "whole": library.Mapping} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				for _, provider := range library.Providers() {
					if _, err := load(provider); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
