package wire

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestFold finds names of any spelling, and the exact one first.
func TestFold(t *testing.T) {
	long := "{" + strings.TrimPrefix(numbered(`,"x%":1`, 100), ",") + `,"__":"dashes","errorCode":"a","ErrorCode":"b","error_code":"c","Status-Text":{"Sub_Code":5}}`
	for _, tt := range []struct{ body, path, exact, folded string }{
		{`{"Error":"a"}`, "error", "", "a"},
		{`{"ERROR":"a","error":"b"}`, "error", "b", "b"},
		{`{"ERROR":"a","Error":"b"}`, "error", "", "a"},
		{`{"errorDescription":"a"}`, "error_description", "", "a"},
		{`{"error-description":"a"}`, "error_description", "", "a"},
		{`{"error_description":"a"}`, "errorDescription", "", "a"},
		{`{"errors":"a","erro":"b","":"c","_":"d"}`, "error", "", ""},
		{`{"-":"a"}`, "_", "", ""},
		{`{"_":"a"}`, "_", "a", "a"},
		{`{"Fault":{"Fault_String":"a","faultstring":"b"}}`, "fault.faultString", "", "a"},
		{`{"Errors":[{"Message":"a"},{"message":"b"}]}`, "errors.1.message", "", "b"},
		{`[{"Message":"a"}]`, "0.message", "", "a"},
		{`{"e":{"a":1,"\u0041":"x"}}`, "e.A", "x", "x"},
		{long, "error_code", "c", "c"},
		{long, "errorcode", "", "a"},
		{long, "ErrorCode", "b", "b"},
		{long, "statustext.subcode", "", "5"},
		{long, "__", "dashes", "dashes"},
		{long, "-", "", ""},
		{long, "missing", "", ""},
	} {
		tree, err := Parse("application/json", []byte(tt.body))
		p, errPath := ParsePath(tt.path)
		if err != nil || errPath != nil {
			t.Fatalf("%.60s %q: %v, %v", tt.body, tt.path, err, errPath)
		}
		exact, _ := tree.Get(p).Code()
		folded, _ := tree.Get(p.Fold()).Code()
		if exact != tt.exact || folded != tt.folded {
			t.Errorf("%.60s %q: got %q and folded %q, want %q and %q", tt.body, tt.path, exact, folded, tt.exact, tt.folded)
		}
		if again, _ := tree.Get(p.Fold().Fold()).Code(); again != folded || p.Fold().String() != tt.path {
			t.Errorf("%q folded twice: got %q of %q, want %q", tt.path, again, p.Fold().String(), folded)
		}
	}
	if !(Path{}).Fold().IsZero() {
		t.Error("the folded zero path: got one that names something")
	}
}

// TestGetCostsNoAllocation holds for exact and folded paths, at the top and below.
func TestGetCostsNoAllocation(t *testing.T) {
	tree, _ := Parse("application/json", []byte(`{"error":"a","Error-Description":"b","fault":{"Detail":{"code":"c"}},"errors":[1,{"a":2}]}`))
	for _, spelled := range []string{"error", "error_description", "fault.detail.code", "errors.1.a", "missing"} {
		p, _ := ParsePath(spelled)
		p = p.Fold()
		if n := testing.AllocsPerRun(100, func() { tree.Get(p).Code() }); n != 0 {
			t.Errorf("%s: got %v allocations, want none", spelled, n)
		}
	}
}

func TestTexts(t *testing.T) {
	for _, tt := range []struct {
		body string
		max  int
		want []string
	}{
		{`" a "`, 3, []string{"a"}},
		{`" "`, 3, nil},
		{`["a","",1,{"b":"c"},["d"],"e"]`, 3, []string{"a", "e"}},
		{`["a","b","c"]`, 2, []string{"a", "b"}},
		{`["a"]`, 0, nil},
		{`{"email":["is invalid","is taken"],"name":["too short"],"base":"no","n":1,"o":{"p":"q"}}`, 9,
			[]string{"email: is invalid", "email: is taken", "name: too short", "base: no"}},
		{`{"email":["is invalid","is taken"],"name":["too short"]}`, 2, []string{"email: is invalid", "email: is taken"}},
		{`{}`, 3, nil},
		{`12`, 3, nil},
		{`null`, 3, nil},
	} {
		tree, err := Parse("application/json", []byte(`{"v":`+tt.body+`}`))
		if err != nil {
			t.Fatal(err)
		}
		p, _ := ParsePath("v")
		if got := tree.Get(p).Texts(tt.max); !slices.Equal(got, tt.want) {
			t.Errorf("%s, at most %d: got %q, want %q", tt.body, tt.max, got, tt.want)
		}
	}
	if got := (Value{}).Texts(3); got != nil {
		t.Errorf("an absent value: got %q, want none", got)
	}
}

func TestValueEach(t *testing.T) {
	tree, err := Parse("application/json", []byte("{ \"o\" : { \"a\\n\" : 1 , \"b\":[ ] , \"c\" : \"}\\\"\" },\"l\":[ true , {\"x\":[1]} , \"]\" ],\"e\":{},\"s\":\"x\" }"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ path, want string }{
		{"o", `"a\n"=1 "b"=[ ] "c"="}\"" `},
		{"l", `"0"=true "1"={"x":[1]} "2"="]" `},
		{"e", ""},
		{"s", ""},
	} {
		p, _ := ParsePath(tt.path)
		got := ""
		tree.Get(p).Each(func(name string, v Value) { got += fmt.Sprintf("%q=%s ", name, v.Raw()) })
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.path, got, tt.want)
		}
	}
}
