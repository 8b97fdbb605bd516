package hold

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestCalls: the questions to the judge, and the calls that reach the client's writer.
func TestCalls(t *testing.T) {
	const long = "0123456789abcdef" // as long as may be
	stream := Plan{Mode: Hold, Limit: 16, Stream: true}
	for _, r := range []struct {
		name    string
		plan    Plan
		verdict Verdict
		steps   []step
		asked   []string
		want    []string
	}{
		{"nothing", held, Replace, nil, nil, nil},
		{"no status", Plan{}, Pass, []step{write("abc")}, []string{"candidate 200"}, []string{"status 200", "write 3"}},
		{"passed", Plan{}, Pass, []step{status(200), write("ab"), flush(), write("c"), copied("de")}, []string{"candidate 200"}, []string{"status 200", "write 2", "flush", "write 1", "read 2"}},
		{"passed by copy without a status", Plan{}, Pass, []step{copied("abc")}, []string{"candidate 200"}, []string{"status 200", "read 3"}},
		{"passed by flush without a status", Plan{}, Pass, []step{flush(), write("a")}, []string{"candidate 200"}, []string{"status 200", "flush", "write 1"}},
		{"informational", held, Pass, []step{status(103), status(100), status(404), write("a")}, []string{"candidate 404", `complete 404 "a"`}, []string{"status 103", "status 100", "status 404", "write 1"}},
		{"other protocol", held, Replace, []step{status(101), write("a")}, nil, []string{"status 101", "write 1"}},

		{"replaced", held, Replace, []step{status(403), write("abc"), flush(), copied("de"), flush()}, []string{"candidate 403", `complete 403 "abcde"`, "apply"}, []string{"status 400", "write 6"}},
		{"replaced without a body", held, Replace, []step{status(403)}, []string{"candidate 403", `complete 403 ""`, "apply"}, []string{"status 400", "write 6"}},
		{"a second status", held, Replace, []step{status(403), status(200), status(103), write("a")}, []string{"candidate 403", `complete 403 "a"`, "apply"}, []string{"status 400", "write 6"}},
		{"released", held, Pass, []step{status(404), write("abc"), write("de")}, []string{"candidate 404", `complete 404 "abcde"`}, []string{"status 404", "write 5"}},
		{"released with its flush", held, Pass, []step{status(404), write("abc"), flush(), write("de")}, []string{"candidate 404", `complete 404 "abcde"`}, []string{"status 404", "write 5", "flush"}},
		{"released with its first flush", held, Pass, []step{status(404), flush(), write("abc"), write("de")}, []string{"candidate 404", `complete 404 "abcde"`}, []string{"status 404", "flush", "write 5"}},
		{"released without a body", held, Pass, []step{status(404), flush()}, []string{"candidate 404", `complete 404 ""`}, []string{"status 404", "flush"}},
		{"edited", held, Edit, []step{status(404), write("abc")}, []string{"candidate 404", `complete 404 "abc"`, "apply"}, []string{"status 400", "write 3"}},

		{"as long as may be", held, Pass, []step{status(404), copied(long)}, []string{"candidate 404", `complete 404 "` + long + `"`}, []string{"status 404", "write 16"}},
		{"too long, released", held, Pass, []step{status(404), write("0123456789"), flush(), write("abcdefgh"), write("i"), flush()}, []string{"candidate 404", `oversize 404 "` + long + `"`}, []string{"status 404", "write 17", "flush", "write 1", "write 1", "flush"}},
		{"too long by one", held, Pass, []step{status(404), write(long + "g"), write("h")}, []string{"candidate 404", `oversize 404 "` + long + `"`}, []string{"status 404", "write 17", "write 1"}},
		{"too long by copy, released", held, Pass, []step{status(404), copied(long + "ghij"), copied("k")}, []string{"candidate 404", `oversize 404 "` + long + `"`}, []string{"status 404", "write 17", "read 3", "read 1"}},
		{"too long, edited", held, Edit, []step{status(404), write(long), write(long)}, []string{"candidate 404", `oversize 404 "` + long + `"`, "apply"}, []string{"status 400", "write 17", "write 15"}},
		{"too long, replaced", held, Replace, []step{status(500), write(long), write("g"), flush(), write("h"), copied("i"), status(200)}, []string{"candidate 500", `oversize 500 "` + long + `"`, "apply"}, []string{"status 400", "write 6", "flush"}},
		{"too long by copy, replaced", held, Replace, []step{status(500), copied(long + "ghij"), copied("k")}, []string{"candidate 500", `oversize 500 "` + long + `"`, "apply"}, []string{"status 400", "write 6", "flush"}},
		{"announced too long", held, Replace, []step{set("Content-Length", "1000"), status(500), write("ab")}, []string{"candidate 500", `complete 500 "ab"`, "apply"}, []string{"status 400", "write 6"}},
		{"no body wanted", Plan{Mode: Hold, Limit: -1}, Pass, []step{status(404), write("a")}, []string{"candidate 404", `oversize 404 ""`}, []string{"status 404", "write 1"}},

		{"now, passed", Plan{Mode: Now}, Pass, []step{status(302), write("a"), flush()}, []string{"candidate 302", `complete 302 ""`}, []string{"status 302", "write 1", "flush"}},
		{"now, edited", Plan{Mode: Now}, Edit, []step{status(302), write("a")}, []string{"candidate 302", `complete 302 ""`, "apply"}, []string{"status 400", "write 1"}},
		{"now, replaced", Plan{Mode: Now}, Replace, []step{status(302), write("a"), flush()}, []string{"candidate 302", `complete 302 ""`, "apply"}, []string{"status 400", "write 6", "flush"}},

		{"teed", Plan{Mode: Tee, Limit: 16}, Replace, []step{status(403), write("ab"), flush(), copied("cd")}, []string{"candidate 403", `complete 403 "abcd"`}, []string{"status 403", "write 2", "flush", "write 2"}},
		{"teed, too long", Plan{Mode: Tee, Limit: 16}, Replace, []step{status(403), write(long + "gh"), copied("ij")}, []string{"candidate 403", `oversize 403 "` + long + `"`}, []string{"status 403", "write 18", "read 2"}},
		{"teed, too long by copy", Plan{Mode: Tee, Limit: 16}, Replace, []step{status(403), copied(long + "ghij"), write("k")}, []string{"candidate 403", `oversize 403 "` + long + `"`}, []string{"status 403", "write 17", "read 3", "write 1"}},

		{"looked into, an error", stream, Replace, []step{status(200), write("{}"), flush()}, []string{"candidate 200", "look 2", "look 2", `complete 200 "{}"`, "apply"}, []string{"status 400", "write 6"}},
		{"looked into, settled", stream, Replace, []step{status(200), write("{ok"), write("x"), copied("y")}, []string{"candidate 200", "look 3"}, []string{"status 200", "write 3", "write 1", "read 1"}},
		{"looked into, settled later", stream, Replace, []step{status(200), write("{}"), write("o"), write("k"), write("x")}, []string{"candidate 200", "look 2", "look 4"}, []string{"status 200", "write 4", "write 1"}},
		{"looked into by copy, settled", stream, Replace, []step{status(200), copied("ok"), write("x")}, []string{"candidate 200", "look 2"}, []string{"status 200", "write 2", "read 0", "write 1"}},
		{"looked into, flushed", stream, Replace, []step{status(200), flush(), write("["), flush(), write("]"), flush()}, []string{"candidate 200", "look 1", "look 1"}, []string{"status 200", "flush", "write 1", "flush", "write 1", "flush"}},
		{"looked into, flushed in between", stream, Replace, []step{status(200), write("{"), flush(), write("}"), flush()}, []string{"candidate 200", "look 1", "look 1", "look 2", "look 2", `complete 200 "{}"`, "apply"}, []string{"status 400", "write 6"}},
		{"looked into, too long", stream, Replace, []step{status(200), write(long), write("gh")}, []string{"candidate 200", "look 16"}, []string{"status 200", "write 17", "write 1"}},
	} {
		t.Run(strings.ReplaceAll(r.name, " ", "_"), func(t *testing.T) {
			withBudget(t, 1000)
			w, j := newSpy(), scripted(r.plan, r.verdict)
			j.settled = "ok"
			if err := serve(w, j, r.steps...); err != nil {
				t.Errorf("got error %v, want none", err)
			}
			if !slices.Equal(w.calls, r.want) || !slices.Equal(j.asked, r.asked) {
				t.Errorf("got calls %q and the judge asked %q\nwant %q and %q", w.calls, j.asked, r.want, r.asked)
			}
		})
	}
}

// TestHeader: the header that leaves, the header that the judge sees, and the fields that
// stay in the live header for the server to send as trailers.
func TestHeader(t *testing.T) {
	before := []step{set("Etag", "1"), set("Trailer", "X-Sum"), set("X-Id", "7"), set("Location", "raw"), status(403)}
	behind := []step{set("X-Sum", "9"), set(http.TrailerPrefix+"X-More", "8"), set("X-Id", "77"), func(w http.ResponseWriter) error { w.Header().Del("Etag"); return nil }}
	for _, r := range []struct {
		name       string
		plan       Plan
		verdict    Verdict
		steps      []step
		sent, live string
	}{
		{"passed", Plan{}, Pass, []step{write("a")}, "map[Etag:[1] Location:[raw] Trailer:[X-Sum] X-Id:[7]]", "map[Location:[raw] Trailer:[X-Sum] Trailer:X-More:[8] X-Id:[77] X-Sum:[9]]"},
		{"released", held, Pass, []step{write("a")}, "map[Etag:[1] Location:[raw] Trailer:[X-Sum] X-Id:[7]]", "map[Location:[raw] Trailer:[X-Sum] Trailer:X-More:[8] X-Id:[77] X-Sum:[9]]"},
		{"edited", held, Edit, []step{write("a")}, "map[Etag:[1] Location:[edited] Trailer:[X-Sum] X-Id:[7]]", "map[Location:[edited] Trailer:[X-Sum] Trailer:X-More:[8] X-Id:[77] X-Sum:[9]]"},
		{"replaced", held, Replace, []step{write("a")}, "map[Content-Length:[6] Location:[raw] X-Id:[7]]", "map[Content-Length:[6] Location:[raw] X-Id:[7]]"},
		{"replaced early", held, Replace, []step{write(strings.Repeat("x", 20))}, "map[Content-Length:[6] Location:[raw] X-Id:[7]]", "map[Content-Length:[6] Location:[raw] X-Id:[7]]"},
		{"teed", Plan{Mode: Tee, Limit: 16}, Replace, []step{write("a")}, "map[Etag:[1] Location:[raw] Trailer:[X-Sum] X-Id:[7]]", "map[Location:[raw] Trailer:[X-Sum] Trailer:X-More:[8] X-Id:[77] X-Sum:[9]]"},
	} {
		w, j := newSpy(), scripted(r.plan, r.verdict)
		if err := serve(w, j, slices.Concat(before, r.steps, behind)...); err != nil {
			t.Errorf("%s: got error %v", r.name, err)
		}
		if sent, live := fmt.Sprint(w.sent), fmt.Sprint(w.header); sent != r.sent || live != r.live {
			t.Errorf("%s: got %s sent and %s left\nwant %s and %s", r.name, sent, live, r.sent, r.live)
		}
		if seen := fmt.Sprint(j.seen); r.plan.Mode != Through && seen != "map[Etag:[1] Location:[raw] Trailer:[X-Sum] X-Id:[7]]" {
			t.Errorf("%s: the judge saw %s, want the header as it was with the status", r.name, seen)
		}
	}
}

// TestEnds: how a response ends that the handler did not end.
func TestEnds(t *testing.T) {
	stale := func(name string) bool { return name == "Etag" }
	for _, r := range []struct {
		name    string
		plan    Plan
		verdict Verdict
		steps   []step
		end     func(*Writer) error
		want    []string
		err     error
		header  string
	}{
		{"let go", held, Replace, []step{status(403), write("abc")}, (*Writer).Release, []string{"status 403", "write 3", "flush"}, nil, "map[Etag:[1]]"},
		{"let go of nothing", held, Replace, nil, (*Writer).Release, nil, nil, "map[Etag:[1]]"},
		{"something else", held, Pass, []step{status(403), write("abc"), set("X-Sum", "1")}, (*Writer).Replace, []string{"status 400", "write 6"}, nil, "map[Content-Length:[6]]"},
		{"something in place of nothing", held, Pass, nil, (*Writer).Replace, []string{"status 400", "write 6"}, nil, "map[Content-Length:[6]]"},
		{"something else too late", Plan{}, Pass, []step{status(200)}, (*Writer).Replace, []string{"status 200"}, ErrSent, "map[Etag:[1]]"},
		{"something else again", held, Replace, []step{status(403), write(strings.Repeat("x", 20))}, (*Writer).Replace, []string{"status 400", "write 6", "flush"}, ErrSent, "map[Content-Length:[6]]"},
		{"dropped", held, Replace, []step{set("X-Id", "7"), status(403), write("abc"), set("X-Sum", "1")}, func(w *Writer) error { w.Drop(stale); return nil }, nil, nil, "map[X-Id:[7]]"},
		{"dropped for something else", held, Pass, []step{set("X-Id", "7"), status(403), write("abc")}, func(w *Writer) error { w.Drop(stale); return w.Replace() }, []string{"status 400", "write 6"}, nil, "map[Content-Length:[6] X-Id:[7]]"},
		{"dropped for another response", held, Pass, []step{status(403), flush(), write("abc"), flush()}, func(w *Writer) error { w.Drop(stale); do(w, []step{status(404), write("a")}); return w.Finish() }, []string{"status 404", "write 1"}, nil, "map[]"},
		{"dropped too late", Plan{}, Pass, []step{status(200)}, func(w *Writer) error { w.Drop(stale); return nil }, []string{"status 200"}, nil, "map[Etag:[1]]"},
		{"dropped behind an answer", held, Replace, []step{status(403), write(strings.Repeat("x", 20)), set("X-Sum", "1")}, func(w *Writer) error { w.Drop(stale); return nil }, []string{"status 400", "write 6", "flush"}, nil, "map[Content-Length:[6]]"},
	} {
		t.Run(strings.ReplaceAll(r.name, " ", "_"), func(t *testing.T) {
			withBudget(t, 1000)
			w := newSpy()
			hw := newWriter(w, scripted(r.plan, r.verdict))
			w.header.Set("Etag", "1")
			do(hw, r.steps)
			if err := r.end(hw); !errors.Is(err, r.err) {
				t.Errorf("got error %v, want %v", err, r.err)
			}
			hw.Retain()
			hw.Free()
			if !slices.Equal(w.calls, r.want) || fmt.Sprint(w.header) != r.header {
				t.Errorf("got calls %q and header %v\nwant %q and %s", w.calls, w.header, r.want, r.header)
			}
		})
	}
}

// TestStages: the stages that the writer reports.
func TestStages(t *testing.T) {
	for _, r := range []struct {
		name                 string
		plan                 Plan
		steps                []step
		held, answered, sent bool
	}{
		{"open", held, nil, false, false, false},
		{"hinted", held, []step{status(103)}, false, false, false},
		{"held", held, []step{status(403), write("abc")}, true, false, false},
		{"looked into", Plan{Mode: Hold, Limit: 16, Stream: true}, []step{status(200)}, true, false, false},
		{"passed", Plan{}, []step{status(200)}, false, false, true},
		{"teed", Plan{Mode: Tee}, []step{status(200)}, false, false, true},
		{"answered", held, []step{status(403), write(strings.Repeat("x", 20))}, false, true, true},
		{"answered now", Plan{Mode: Now}, []step{status(302)}, false, true, true},
	} {
		hw := newWriter(newSpy(), scripted(r.plan, Replace))
		do(hw, r.steps)
		if hw.Held() != r.held || hw.Answered() != r.answered || hw.Sent() != r.sent {
			t.Errorf("%s: got held %t, answered %t, sent %t, want %t, %t, %t", r.name, hw.Held(), hw.Answered(), hw.Sent(), r.held, r.answered, r.sent)
		}
		hw.Free()
	}
}
