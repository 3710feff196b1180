package assist

import (
	"strings"

	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// wanted ranks values by the place where the marker stands: beside an operator, as an argument, as a condition. It is nil where
// anything may stand.
func (k *completer) wanted() func(check.Value) int {
	leaf := k.up(0)
	switch p := k.up(1).(type) {
	case *syntax.Binary:
		other := p.X
		if p.X == leaf {
			other = p.Y
		}
		switch p.Op {
		case "and", "or":
			return startOf(types.Bool)
		case "??":
			return nil
		}
		if v, _ := k.known.facts.Value(other.Place()); v.Class() == check.Scalar {
			t, _ := v.Type()
			return fitness(t)
		}
	case *syntax.Unary:
		if p.Op == "not" {
			return startOf(types.Bool)
		}
	case *syntax.If:
		if p.Cond == leaf {
			return startOf(types.Bool)
		}
	case *syntax.Pipe:
		return k.wantedByStage(p)
	case *syntax.Call:
		return k.wantedByCall(p)
	}
	return nil
}

// startOf ranks what an expression of a kind may begin with: others may be compared.
func startOf(kind types.Kind) func(check.Value) int {
	fit := fitness(types.Of(kind))
	return func(v check.Value) int { return min(fit(v), fits) }
}

func argument(args []syntax.Arg, leaf syntax.Node) (int, string) {
	for i, a := range args {
		if a.Value == leaf {
			if a.Name != nil {
				return i, a.Name.Name
			}
			return i, ""
		}
	}
	return -1, ""
}

func (k *completer) wantedByStage(p *syntax.Pipe) func(check.Value) int {
	stage, _ := p.Stage.(*syntax.Name)
	i, name := argument(p.Args, k.up(0))
	if stage == nil || i < 0 {
		return nil
	}
	switch {
	case stage.Name == "filter" || name == "on":
		return startOf(types.Bool)
	case stage.Name == "take" || stage.Name == "skip" || stage.Name == "sample" || stage.Name == "top" && name == "":
		return fitness(types.Of(types.Int))
	case stage.Name == "unnest" && name == "":
		return func(v check.Value) int {
			if t, ok := v.Type(); ok && t.Required().Kind == types.List {
				return exact
			}
			return unfit
		}
	case strings.HasPrefix(stage.Name, "join") || stage.Name == "union" || stage.Name == "except" || stage.Name == "intersect" || stage.Name == "semi" || stage.Name == "anti":
		return func(v check.Value) int {
			if v.Class() == check.Table {
				return exact
			}
			return unfit
		}
	}
	if in, _ := k.known.facts.Value(p.Input.Place()); in.Class() == check.Table || in.Class() == check.Unknown {
		return nil
	}
	return k.byFunction(stage, i+1)
}

func (k *completer) wantedByCall(p *syntax.Call) func(check.Value) int {
	i, _ := argument(p.Args, k.up(0))
	if i < 0 {
		return nil
	}
	return k.byFunction(p.Fn, i)
}

// byFunction ranks values as argument i of a function.
func (k *completer) byFunction(fn syntax.Expr, i int) func(check.Value) int {
	v, _ := k.known.facts.Value(fn.Place())
	if u := v.Function(); u != nil && i < len(u.Params) {
		return fitness(u.Params[i].Type)
	}
	f := funcs.Lookup(v.Builtin())
	if f == nil {
		return nil
	}
	return func(v check.Value) int {
		t, ok := v.Type()
		if !ok {
			return unfit
		}
		switch ok, same := f.Accepts(i, t); {
		case same:
			return exact
		case ok:
			return fits
		}
		return unfit
	}
}

// arguments lists the named arguments that the call around the marker takes and has not been given.
func (k *completer) arguments() {
	var fn syntax.Expr
	var args []syntax.Arg
	switch p := k.up(1).(type) {
	case *syntax.Pipe:
		fn, args = p.Stage, p.Args
	case *syntax.Call:
		fn, args = p.Fn, p.Args
	default:
		return
	}
	given := map[string]bool{}
	here := false
	for _, a := range args {
		if a.Name != nil {
			given[a.Name.Name] = true
		}
		here = here || a.Value == k.up(0) && a.Name == nil
		here = here || a.Name != nil && a.Name.Name == marker
	}
	if !here {
		return
	}
	add := func(name, detail string) {
		if !given[name] {
			k.add(Item{Label: name + ":", Insert: name + ": ", Kind: ArgumentItem, Detail: detail, Rank: fits})
		}
	}
	v, _ := k.known.facts.Value(fn.Place())
	if d, ok := stageDoc(v.Builtin()); ok {
		first := len(args) > 0 && args[0].Value == k.up(0)
		for _, p := range d.Params {
			if name, named := strings.CutSuffix(p.Name, ":"); named && !(first && d.Params[0].Name != p.Name) {
				add(name, p.Doc)
			}
		}
	}
	if l := v.Lambda(); l != nil {
		for _, p := range l.Params {
			if p.Default != nil {
				add(p.Name.Name, "argument")
			}
		}
	}
}

func stageDoc(name string) (check.StageDoc, bool) {
	for _, d := range check.Stages() {
		if d.Name == name {
			return d, name != ""
		}
	}
	return check.StageDoc{}, false
}

// strings lists what a string can be, where the stage says so.
func (k *completer) strings() {
	p, ok := k.up(1).(*syntax.Pipe)
	if !ok {
		return
	}
	v, _ := k.known.facts.Value(p.Stage.Place())
	d, _ := stageDoc(v.Builtin())
	_, name := argument(p.Args, k.up(0))
	for _, param := range d.Params {
		if name != "" && param.Name == name+":" {
			for _, s := range param.Values {
				k.add(Item{Label: s, Insert: s, Kind: ValueItem, Rank: exact})
			}
		}
	}
}
