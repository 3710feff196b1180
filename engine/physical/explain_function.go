package physical

import (
	"fmt"
	"strings"

	"github.com/dreamql/dreamql/engine/cost"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// reasons say why a function is executed as it is, by the tier that its runtime names.
var reasons = map[string]string{
	"wasm":             "it is a WebAssembly function of one row: called from a loop that is made for it inside WebAssembly, one call of the host a batch",
	"wasm-batch":       "its WebAssembly module exports a form for batches: whole columns go in and out of one call",
	"wasm-interpreted": "it is a WebAssembly function, interpreted until its compiled code is ready",
	"python":           "it is Python: compiled where it is of the subset that can be, else run by CPython inside the executor's sandbox, a batch at a time",
	"python-compiled":  "it is Python of the subset that is compiled; a row that could differ from CPython is left to CPython",
	"gpython":          "it is Python of the subset that runs at once, until CPython is warm",
	"cpython-wasi":     "it is Python that is not of the subset which is compiled: run by CPython inside WebAssembly, a batch at a time",
	"cpython":          "it is Python with an environment of its own: whole columns go to a sandboxed process and back",
}

// usual is the tier of a kind where nothing more is known.
var usual = map[udf.Kind]string{udf.WASM: "wasm", udf.Python: "python", udf.Native: "cpython"}

func explainFunction(f *udf.Function, stages []int, tier func(*udf.Function) (tier, note string)) ExplainedFunction {
	out := ExplainedFunction{Function: f.ID(), Kind: string(f.Kind), Runs: "executor", Stages: stages, NsPerRow: f.Cost, Selectivity: f.Selectivity}
	switch {
	case f.Kind == udf.Expression:
		out.Runs, out.Tier = "inlined", "kernels"
		out.Why = "it is written in DreamQL, so its body became part of the query's own expressions"
		return out
	case len(stages) == 0:
		out.Runs = "nowhere"
		out.Why = "no row of the result needs it"
		return out
	}
	note := ""
	if out.Tier = f.Tier; tier != nil {
		out.Tier, note = tier(f)
	}
	if out.Tier == "" {
		out.Tier = usual[f.Kind]
	}
	first, _, _ := strings.Cut(out.Tier, ",")
	if out.Why = reasons[first]; out.Why == "" {
		out.Why = reasons[usual[f.Kind]]
	}
	if note != "" {
		out.Why = note
	}
	switch f.Shape {
	case udf.Aggregate:
		out.Why += "; the states of parts of a group are merged in the order of their rows"
	case udf.Table:
		out.Why += "; unnest takes its rows piece by piece"
	}
	return out
}

// estimate says what was measured.
func (f ExplainedFunction) estimate() string {
	if f.NsPerRow == 0 || f.Runs == "nowhere" {
		return ""
	}
	s := fmt.Sprintf("; about %.3g ns a row", f.NsPerRow)
	if f.Selectivity > 0 {
		s += fmt.Sprintf(", true for %.3g %% of rows", 100*f.Selectivity)
	}
	return s
}

// asEvaluated is a conjunction with functions of packages in the order in which its parts are tried.
func asEvaluated(pred *logical.Expr) *logical.Expr {
	calls, varies := false, false
	logical.WalkAll(pred, func(x *logical.Expr) {
		if x.Op == logical.OpUDF {
			calls, varies = true, varies || x.Func.Volatile
		}
	})
	parts := logical.Conjuncts(pred)
	if !calls || varies || len(parts) < 2 {
		return pred
	}
	parts = cost.InOrder(parts)
	out := parts[0]
	for _, p := range parts[1:] {
		out = &logical.Expr{Op: logical.OpCall, Name: "and", T: types.Of(types.Bool), Args: []*logical.Expr{out, p}}
	}
	return out
}
