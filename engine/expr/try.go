package expr

import (
	"errors"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/udf"
)

// evalTry computes its argument over all rows. Where that fails, it halves the rows until those that fail are alone; they are absent.
func (f *frame) evalTry(n *node) (*funcs.Vec, error) {
	quiet := *f
	quiet.quiet = true
	v, err := quiet.eval(n.args[0])
	if err == nil || !f.ofRow(err) {
		return v, err
	}
	if len(n.reads) == 0 && !n.volatile {
		return funcs.AbsentVec(n.t, f.n), nil
	}
	absent := make([]uint64, funcs.Words(f.n))
	funcs.FillBits(absent, f.n)
	all := Rows(absent, f.n)
	clear(absent)
	var parts []part
	var try func(rows []int32) error
	try = func(rows []int32) error {
		v, err := quiet.narrow(rows).eval(n.args[0])
		switch {
		case err == nil:
			parts = append(parts, part{v: v, rows: rows})
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

// ofRow reports whether an error is the failure of a row, and not of what computes it.
func (f *frame) ofRow(err error) bool {
	if f.ctx.Err() != nil {
		return false
	}
	var run *RunError
	var call *udf.CallError
	return errors.As(err, &run) && run.Row >= 0 || errors.As(err, &call) && call.Row >= 0
}
