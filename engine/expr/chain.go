package expr

import (
	"errors"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/kernels"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// evalChain computes "and" (or "or") of all arguments in their order. Each argument is evaluated only for the rows that the ones
// before did not decide; a row that no argument decides, and for which one is absent, is absent.
func (f *frame) evalChain(n *node, or bool) (*funcs.Vec, error) {
	if n.quick != nil && !n.hasty && f.failing == nil {
		parts := make([]*node, len(n.args))
		for i, k := range n.quick {
			parts[i] = n.args[k]
		}
		v, err := f.chain(n, parts, or)
		var call *udf.CallError
		if err == nil || !f.ofRow(err) && !errors.As(err, &call) {
			return v, err
		}
		n.hasty = true // a part may have been asked about a row that one before it excludes
	}
	return f.chain(n, n.args, or)
}

func (f *frame) chain(n *node, parts []*node, or bool) (*funcs.Vec, error) {
	words := funcs.Words(f.n)
	out := funcs.NewVec(n.t, f.n)
	open := out.Bits // not decided yet
	funcs.FillBits(open, f.n)
	var absent []uint64
	var rows []int32
	for k, a := range parts {
		if k > 0 {
			left := funcs.Count(open, f.n)
			if left == 0 {
				break
			}
			rows = nil
			if left < f.n && (a.rank() > 0) {
				rows = appendRows(make([]int32, 0, left), open, f.n)
			}
		}
		v, whole, err := f.among(a, rows)
		if err != nil {
			return nil, err
		}
		yes := v.Bits
		if v.Type.Kind != types.Bool || v.Const || v.Valid != nil {
			yes = trueBits(v)
		}
		gone := v.Valid != nil
		switch {
		case whole && !gone && or:
			kernels.Best.AndNot(open, yes, open)
			continue
		case whole && !gone:
			kernels.Best.And(open, yes, open)
			continue
		}
		if whole {
			for i := range open {
				here := ^uint64(0)
				if gone {
					here = present(v, i)
				}
				decided := yes[i]
				if !or {
					decided = here &^ yes[i]
				}
				if gone && here != ^uint64(0) {
					if absent == nil {
						absent = make([]uint64, words)
					}
					absent[i] |= open[i] &^ here
				}
				open[i] &^= decided
			}
			continue
		}
		for i, r := range rows {
			bit := uint64(1) << (r & 63)
			switch here := v.Present(i); {
			case !here:
				if absent == nil {
					absent = make([]uint64, words)
				}
				absent[r>>6] |= bit
			case (yes[i>>6]>>(i&63)&1 != 0) == or:
				open[r>>6] &^= bit
			}
		}
	}
	if absent != nil {
		out.Valid = make([]uint64, words)
		for i := range absent {
			out.Valid[i] = ^(absent[i] & open[i])
		}
	}
	if or {
		for i, w := range open {
			open[i] = ^w
		}
	}
	return out, nil
}

// present is word i of the rows where v has a value.
func present(v *funcs.Vec, i int) uint64 {
	if v.Const {
		return -(v.Valid[0] & 1)
	}
	return v.Valid[i]
}
