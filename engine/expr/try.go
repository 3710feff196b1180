package expr

import (
	"errors"
	"slices"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/udf"
)

// failing is the rows of a try's frame that functions which declare row errors have failed for. What was computed for them is
// not used.
type failing struct {
	frame *frame
	bits  []uint64
}

// add notes the rows of f, the frame of the try or one below it.
func (x *failing) add(f *frame, e *udf.RowErrors, all bool) {
	mark := func(row int) {
		for g := f; g != x.frame; g = g.parent {
			if g.rows != nil {
				row = int(g.rows[row])
			}
		}
		x.bits[row>>6] |= 1 << (row & 63)
	}
	if all { // a constant, computed for one row
		for row := range f.n {
			mark(row)
		}
		return
	}
	for _, c := range e.Failed {
		if c.Row >= 0 && c.Row < f.n {
			mark(c.Row)
		}
	}
}

// evalTry computes its argument over all rows. Rows that a function reports as failed are absent. Where the argument fails as a
// whole, it halves the rows until those that fail are alone.
func (f *frame) evalTry(n *node) (*funcs.Vec, error) {
	quiet := *f
	quiet.quiet = true
	quiet.memo = slices.Clone(f.memo) // what is absent here is an error elsewhere
	quiet.failing = &failing{frame: &quiet, bits: make([]uint64, funcs.Words(f.n))}
	absent := quiet.failing.bits
	v, err := quiet.eval(n.args[0])
	switch {
	case err == nil && funcs.Count(absent, f.n) == 0:
		return v, nil
	case err == nil:
		if good := quiet.failing.others(nil); len(good) > 0 {
			return assemble(n, []part{{v: v.Take(good), rows: good}}, absent, f.n)
		}
		return funcs.AbsentVec(n.t, f.n), nil
	case !f.ofRow(err):
		return nil, err
	}
	if len(n.reads) == 0 && !n.volatile {
		return funcs.AbsentVec(n.t, f.n), nil
	}
	all := make([]int32, f.n)
	for i := range all {
		all[i] = int32(i)
	}
	var parts []part
	var try func(rows []int32) error
	try = func(rows []int32) error {
		v, err := quiet.narrow(rows).eval(n.args[0])
		switch {
		case err == nil:
			if good := quiet.failing.others(rows); len(good) == len(rows) {
				parts = append(parts, part{v: v, rows: rows})
			} else if len(good) > 0 {
				parts = append(parts, part{v: v.Take(places(rows, good)), rows: good})
			}
		case !f.ofRow(err):
			return err
		case len(rows) == 1:
			absent[rows[0]>>6] |= 1 << (rows[0] & 63)
		default:
			half := len(rows) / 2
			if err := try(rows[:half]); err != nil {
				return err
			}
			return try(rows[half:])
		}
		return nil
	}
	half := (f.n + 1) / 2
	if err := try(all[:half]); err != nil {
		return nil, err
	}
	if half < f.n {
		if err := try(all[half:]); err != nil {
			return nil, err
		}
	}
	if len(parts) == 0 {
		return funcs.AbsentVec(n.t, f.n), nil
	}
	return assemble(n, parts, absent, f.n)
}

// others are those of rows (nil: of all) that did not fail.
func (x *failing) others(rows []int32) []int32 {
	var out []int32
	if rows == nil {
		for i := range x.frame.n {
			if x.bits[i>>6]>>(i&63)&1 == 0 {
				out = append(out, int32(i))
			}
		}
		return out
	}
	for _, r := range rows {
		if x.bits[r>>6]>>(r&63)&1 == 0 {
			out = append(out, r)
		}
	}
	return out
}

// places are where each of some rows stands among all of them; both ascend.
func places(rows, some []int32) []int32 {
	out := make([]int32, 0, len(some))
	for i, r := range rows {
		if len(out) < len(some) && some[len(out)] == r {
			out = append(out, int32(i))
		}
	}
	return out
}

// ofRow reports whether an error is the failure of a row, and not of what computes it.
func (f *frame) ofRow(err error) bool {
	if f.ctx.Err() != nil {
		return false
	}
	var run *RunError
	var call *udf.CallError
	return errors.As(err, &run) && run.Row >= 0 || errors.As(err, &call) && call.Row >= 0
}
