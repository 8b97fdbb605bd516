package normalizer_test

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"testing"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/check"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
	"github.com/auth-errors/caddy-auth-errors/normalizer/wire"
)

// oddValues are the zero value of each exported type, and values that mean nothing.
var oddValues = []any{
	normalizer.Config{}, normalizer.Decision{}, normalizer.Decision{Effect: normalizer.EffectRewrite},
	normalizer.Decision{Effect: 200}, normalizer.Decision{Effect: normalizer.EffectRedirect},
	normalizer.Decision{Effect: normalizer.EffectSecure}, normalizer.Effect(200), normalizer.Error{}, normalizer.Extent(200),
	normalizer.Failure(200), normalizer.Finding{}, normalizer.Format("odd"), normalizer.Outcome("odd"),
	normalizer.ReadStep{}, normalizer.Request{}, normalizer.Response{}, normalizer.Response{Status: -1, Extent: 200, Body: []byte("{")},
	normalizer.RowStep{}, normalizer.Table{}, normalizer.Trace{}, normalizer.Transport{},

	mapping.Condition{}, mapping.Example{}, mapping.Expectation{}, mapping.Field{}, mapping.Fields(nil), mapping.Library{},
	mapping.LoadError{}, mapping.Mapping{}, mapping.Pattern{}, mapping.Problem{}, mapping.Read{}, mapping.Row{},
	mapping.Row{Statuses: []mapping.StatusRange{{}}, Codes: []string{""}, Descriptions: []mapping.Pattern{{}}, When: []mapping.Condition{{}}, Endpoints: 1 << 15, Grants: 1 << 15},
	mapping.Source{}, mapping.StatusRange{}, mapping.StatusRange{Low: 5, High: -5},

	registry.Action(""), registry.Endpoint(0), registry.Endpoint(200), registry.EndpointSet(0), ^registry.EndpointSet(0),
	registry.Entry{}, registry.Grant(0), registry.Grant(200), registry.GrantSet(0), ^registry.GrantSet(0), registry.Member{},

	wire.Challenge{}, wire.Param{}, wire.Path{}, wire.Tree{}, wire.Value{},

	check.Remark{}, check.Report{},
}

// TestZeroValues calls every exported method on zero values, with zero values as
// arguments: no method may panic.
func TestZeroValues(t *testing.T) {
	calls := 0
	for _, v := range oddValues {
		p := reflect.New(reflect.TypeOf(v))
		for i := range p.Type().NumMethod() {
			p.Elem().Set(reflect.ValueOf(v))
			method := p.Type().Method(i)
			if method.Name == "RoundTrip" || method.Name == "CloseIdleConnections" {
				continue // of http.DefaultTransport; TestTransportLeaves has the first
			}
			calls++
			if said := call(p.Method(i)); said != "" {
				t.Errorf("(%T).%s: got the panic %s on %+v, want none", v, method.Name, said, v)
			}
		}
	}
	if calls < 100 {
		t.Errorf("got %d methods called, want all of them", calls)
	}
}

// call calls a function with zero values, and returns its panic, or nothing.
func call(f reflect.Value) (said string) {
	defer func() {
		if v := recover(); v != nil {
			said = fmt.Sprint(v)
		}
	}()
	args := make([]reflect.Value, f.Type().NumIn())
	for i := range args {
		switch in := f.Type().In(i); in.Kind() {
		case reflect.Pointer:
			args[i] = reflect.New(in.Elem())
		case reflect.Func:
			args[i] = reflect.MakeFunc(in, func([]reflect.Value) []reflect.Value {
				out := make([]reflect.Value, in.NumOut())
				for k := range out {
					out[k] = reflect.Zero(in.Out(k))
				}
				return out
			})
		default:
			args[i] = reflect.Zero(in)
		}
	}
	f.Call(args)
	return ""
}

// TestOddRequests asks a real table about requests that have nothing.
func TestOddRequests(t *testing.T) {
	for _, c := range []normalizer.Config{{}, {CanonicalDescriptions: true, Format: normalizer.FormatAuto, MaxBody: -1}} {
		table, err := normalizer.Compile(c)
		if err != nil {
			t.Fatal(err)
		}
		for name, r := range map[string]*http.Request{
			"nothing":           {},
			"a token request":   {Method: "POST", ContentLength: -1, Body: http.NoBody, Header: http.Header{"Content-Type": nil}},
			"a request by HEAD": {Method: "HEAD", URL: new(url.URL)},
		} {
			q := table.Request(r)
			if _, ok := table.Candidate(&q, 401, nil); !ok && r.Method != "HEAD" {
				t.Errorf("%s: got no candidate, want one", name)
			}
			for _, resp := range []normalizer.Response{{}, {Status: -1}, {Status: 401}, {Status: 302}, {Status: 999999, Body: []byte("{"), Extent: 200}} {
				d := table.Decide(&q, resp)
				d.Explain()
				if status, _ := d.Apply(nil); !d.Changes() && status != resp.Status {
					t.Errorf("%s: got status %d for one that passes, want %d", name, status, resp.Status)
				}
			}
			if d, _ := table.Fail(&q, normalizer.FailureTimeout, nil); d.Error.Status() != 504 {
				t.Errorf("%s: got %d for a timeout, want 504", name, d.Error.Status())
			}
		}
	}
}

// TestOddArguments does the same for the functions of the packages.
func TestOddArguments(t *testing.T) {
	for _, f := range []any{
		normalizer.Compile, normalizer.Exposable, normalizer.IsStale, normalizer.Mask, normalizer.New,
		normalizer.RedirectError, normalizer.StatusOf, normalizer.Unproven,
		mapping.FoldCode, mapping.FoldText, mapping.Load, mapping.NewRow, mapping.ParseEndpointPath, mapping.ParseField,
		mapping.ParseMember, mapping.ParsePattern, mapping.ParseStatus,
		registry.All, registry.Codes, registry.FoldName, registry.GrantOf, registry.IsPhrase, registry.IsTokenScheme, registry.KeptStatus,
		registry.Lookup, registry.LookupMember, registry.ParseEndpoint, registry.RefusesAccess, registry.SchemeOf,
		wire.Challenges, wire.CutJSON, wire.IsKnownCoding, wire.MayCarryError, wire.Parse, wire.ParsePath, wire.ParsePrefix,
		wire.SplitPath, wire.Undo, wire.UndoPrefix,
		check.Example, check.Exchange, check.MakeBody, check.Repeated,
	} {
		if said := call(reflect.ValueOf(f)); said != "" {
			t.Errorf("%T: got the panic %s, want none", f, said)
		}
	}
}
