package assist

import (
	"context"
	"strings"

	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// Signatures are the ways to call the function, or the stage, in whose arguments a position is.
type Signatures struct {
	Items  []Signature
	Active int // of Items
	Param  int // the parameter that is being written, of the active one; -1 for none
}

// Signature is one way to call. The labels of Params are parts of Label.
type Signature struct {
	Label  string
	Doc    string
	Params []Parameter
}

// Parameter is one of a Signature.
type Parameter struct{ Label, Doc string }

// Signature returns the signatures around a position; nil where there is no call.
func (m *Module) Signature(ctx context.Context, at Position) (*Signatures, error) {
	if !m.valid(at) {
		return nil, nil
	}
	c, err := m.aim(ctx, at)
	if err != nil {
		return nil, err
	}
	if c == nil || c.inText && len(c.path) == 0 {
		c = &cursor{path: syntax.Path(m.parsed[at.File].prog, max(0, at.Offset-1))}
		if c.known, err = m.observe(ctx); err != nil {
			return nil, err
		}
	}
	for i := len(c.path) - 2; i >= 0; i-- {
		var fn syntax.Expr
		var args []syntax.Arg
		piped := 0
		switch p := c.path[i].(type) {
		case *syntax.Call:
			fn, args = p.Fn, p.Args
		case *syntax.Pipe:
			fn, args, piped = p.Stage, p.Args, 1
		case *syntax.Lambda, *syntax.Braces, *syntax.Match:
			return nil, nil // an expression of its own
		default:
			continue
		}
		for j, a := range args {
			if a.Value == c.path[i+1] || a.Name != nil && syntax.Node(*a.Name) == c.path[i+1] {
				return c.signatures(fn, args, j, piped), nil
			}
		}
	}
	return nil, nil
}

func (c *cursor) signatures(fn syntax.Expr, args []syntax.Arg, at, piped int) *Signatures {
	v, _ := c.known.facts.Value(fn.Place())
	name := ""
	if args[at].Name != nil {
		name = args[at].Name.Name
	}
	if d, ok := stageDoc(v.Builtin()); ok {
		first, _ := c.known.facts.Value(args[0].Value.Place())
		if piped == 1 || first.Class() == check.Table || funcs.Lookup(d.Name) == nil {
			return stageSignature(d, at+piped-1, name)
		}
	}
	if f := funcs.Lookup(v.Builtin()); f != nil {
		return c.overloads(f, args, at, piped)
	}
	label, doc := "", ""
	var names []string
	switch {
	case v.Function() != nil:
		u := v.Function()
		label, doc = u.Name+packagedSignature(u), c.known.functionDoc(v)
		for _, p := range u.Params {
			names = append(names, p.Name+": "+p.Type.String())
		}
	case v.Lambda() != nil:
		label = c.known.signatureText(v)
		if n, ok := fn.(*syntax.Name); ok {
			label = n.Name + label
		}
		inside, _, _ := strings.Cut(strings.TrimPrefix(label[strings.IndexByte(label, '('):], "("), ") => ")
		for i, p := range v.Lambda().Params {
			part := p.Name.Name
			if at := strings.Index(inside, part+": "); at >= 0 && i == len(v.Lambda().Params)-1 {
				part = inside[at:]
			}
			names = append(names, part)
		}
	default:
		return nil
	}
	s := Signature{Label: label, Doc: doc}
	active := at + piped
	for i, n := range names {
		s.Params = append(s.Params, Parameter{Label: n})
		if bare, _, _ := strings.Cut(n, ":"); name != "" && bare == name {
			active = i
		}
	}
	return &Signatures{Items: []Signature{s}, Param: min(active, len(names)-1)}
}

func stageSignature(d check.StageDoc, at int, name string) *Signatures {
	s := Signature{Label: d.Usage, Doc: d.Doc}
	active, unnamed := -1, -1
	for i, p := range d.Params {
		label := p.Name
		if !strings.Contains(d.Usage, label) {
			label = strings.TrimSuffix(label, ":")
		}
		s.Params = append(s.Params, Parameter{Label: label, Doc: p.Doc})
		bare, named := strings.CutSuffix(p.Name, ":")
		if named && bare == name {
			active = i
		}
		if !named && (name == "") {
			unnamed = i
		}
	}
	if active < 0 && name == "" {
		active = min(max(at, 0), unnamed)
	}
	return &Signatures{Items: []Signature{s}, Param: active}
}

// overloads are the signatures of a function of the language; the active one is the first that takes the arguments given so far.
func (c *cursor) overloads(f *funcs.Func, args []syntax.Arg, at, piped int) *Signatures {
	out := &Signatures{Param: at + piped}
	seen := map[string]bool{}
	best := -1
	for i := range f.Overloads {
		o := &f.Overloads[i]
		if seen[o.Signature] {
			continue
		}
		seen[o.Signature] = true
		s := Signature{Label: f.Name + o.Signature, Doc: f.Doc}
		inside, _, _ := strings.Cut(strings.TrimPrefix(o.Signature, "("), ") => ")
		for _, p := range strings.Split(inside, ", ") {
			if p != "" {
				s.Params = append(s.Params, Parameter{Label: p})
			}
		}
		one := &funcs.Func{Name: f.Name, Overloads: f.Overloads[i : i+1]}
		takes := len(s.Params) > at+piped || strings.Contains(inside, "…")
		for j, a := range args {
			if j == at || a.Name != nil {
				continue
			}
			v, _ := c.known.facts.Value(a.Value.Place())
			if t, ok := v.Type(); ok && t.Kind != types.Invalid {
				ok, _ := one.Accepts(j+piped, t)
				takes = takes && ok
			}
		}
		if takes && best < 0 {
			best = len(out.Items)
		}
		out.Items = append(out.Items, s)
	}
	out.Active = max(best, 0)
	if len(out.Items) > 0 {
		out.Param = min(out.Param, len(out.Items[out.Active].Params)-1)
	}
	return out
}
