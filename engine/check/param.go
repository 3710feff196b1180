package check

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// param is a parameter of the program. Its value is a constant of the plan.
type param struct {
	stmt  *syntax.Param
	state progress
	val   value
}

// param evaluates a parameter: the given value, else the default.
func (c *checker) param(p *param) value {
	if p.state != waiting {
		if p.state == running {
			return c.report(errCycle(p.stmt.Name.Span, "$"+p.stmt.Name.Name))
		}
		return p.val
	}
	p.state = running
	defer func() {
		p.state = done
		c.facts.saw(p.stmt.Name.Span, p.val, nil)
	}()
	p.val = unknown{}
	name, at := p.stmt.Name.Name, p.stmt.Name.Span
	t := c.typ(p.stmt.Type, c.mod)
	if t.Kind == types.Invalid {
		return p.val
	}
	if t.Kind == types.Table || t.Kind == types.Func {
		return c.report(errParamType(p.stmt.Type.Span, t))
	}
	given, ok := c.given[name]
	c.result.Params = append(c.result.Params, Param{Name: name, Type: t, Required: p.stmt.Default == nil && !t.IsOption(), Given: ok, Span: at})
	var byDefault value
	if p.stmt.Default != nil {
		byDefault = c.as(c.eval(p.stmt.Default, &env{mod: c.mod}), t, p.stmt.Default.Place())
		if s := c.scalar(byDefault, p.stmt.Default.Place()); s != nil && (s.row != nil || s.agg || c.asks(s.e)) {
			c.report(errParamDefault(p.stmt.Default.Place(), name))
			byDefault = unknown{}
		}
	}
	switch {
	case ok:
		dec := json.NewDecoder(bytes.NewReader(given))
		dec.UseNumber()
		var x any
		if err := dec.Decode(&x); err != nil || dec.More() {
			return c.report(errParamJSON(at, name))
		}
		v, where := c.fromJSON(x, t, at, 0)
		if v == nil {
			return c.report(errParamValue(at, name, where, t, given))
		}
		p.val = v
	case byDefault != nil:
		p.val = byDefault
	case t.IsOption():
		p.val = constant(t, nil, at)
	case c.facts != nil:
		p.val = c.someValue(t, at)
	default:
		return c.report(errParamMissing(at, name, t))
	}
	return p.val
}

// someValue stands for a required parameter while its program is written and not run.
func (c *checker) someValue(t types.Type, at source.Span) value {
	switch t.Kind {
	case types.Option:
		return constant(t, nil, at)
	case types.Record:
		out := &record{}
		for _, f := range t.Fields {
			out.fields = append(out.fields, field{f.Name, c.someValue(f.Type, at)})
		}
		return out
	case types.List:
		return c.literal(t, nil, at, true)
	}
	if l, ok := filler(t); ok {
		return constant(t, l, at)
	}
	text := "" // of json and uuid; nothing reads it
	return constant(t, &logical.Literal{Text: &text}, at)
}

// fromJSON makes a constant of a decoded JSON value; it is nil where the value does not fit, with the path to the place.
func (c *checker) fromJSON(x any, t types.Type, at source.Span, depth int) (value, string) {
	if x == nil {
		if t.IsOption() {
			return constant(t, nil, at), ""
		}
		return nil, ""
	}
	if depth > 64 {
		return nil, ""
	}
	if t.Kind == types.Option {
		v, where := c.fromJSON(x, *t.Elem, at, depth+1)
		if s, ok := v.(*scalar); ok {
			if v, ok := c.convert(s, t); ok {
				return v, ""
			}
			return nil, ""
		}
		return v, where
	}
	switch t.Kind {
	case types.Record:
		obj, ok := x.(map[string]any)
		if !ok {
			return nil, ""
		}
		out := &record{}
		for _, f := range t.Fields {
			fv, has := obj[f.Name]
			if !has && !f.Type.IsOption() {
				return nil, "." + f.Name
			}
			v, where := c.fromJSON(fv, f.Type, at, depth+1)
			if v == nil {
				return nil, "." + f.Name + where
			}
			out.fields = append(out.fields, field{f.Name, v})
		}
		for k := range obj {
			if _, ok := t.Field(k); !ok {
				return nil, "." + k
			}
		}
		return out, ""
	case types.List:
		arr, ok := x.([]any)
		if !ok {
			return nil, ""
		}
		if len(arr) == 0 {
			return c.literal(t, nil, at, true), ""
		}
		out := &list{}
		for i, it := range arr {
			v, where := c.fromJSON(it, *t.Elem, at, depth+1)
			if v == nil {
				return nil, "[" + strconv.Itoa(i) + "]" + where
			}
			out.items = append(out.items, v)
		}
		return out, ""
	}
	if l := jsonLiteral(x, t); l != nil {
		return constant(t, l, at), ""
	}
	return nil, ""
}

func jsonLiteral(x any, t types.Type) *logical.Literal {
	if t.Kind == types.JSON {
		b, err := json.Marshal(x)
		if err != nil {
			return nil
		}
		s := string(b)
		return &logical.Literal{Text: &s}
	}
	switch x := x.(type) {
	case bool:
		if t.Kind == types.Bool {
			return &logical.Literal{Bool: &x}
		}
	case json.Number:
		switch t.Kind {
		case types.Int:
			if n, err := strconv.ParseInt(x.String(), 10, 64); err == nil {
				return &logical.Literal{Int: &n}
			}
		case types.Float:
			if f, err := x.Float64(); err == nil {
				v := logical.Float(f)
				return &logical.Literal{Float: &v}
			}
		case types.Decimal:
			if l, err := readScalar(t, x.String()); err == nil {
				return l
			}
		}
	case string:
		switch t.Kind {
		case types.Bytes:
			return &logical.Literal{Bytes: append([]byte{}, x...)}
		case types.Duration, types.Bool, types.Int, types.Float:
			return nil
		}
		if l, err := readScalar(t, x); err == nil {
			return l
		}
	}
	return nil
}
