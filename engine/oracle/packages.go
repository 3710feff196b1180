package oracle

import "github.com/dreamql/dreamql/engine/udf"

// called is a scalar or table function of a package: absent where an argument is that must be there.
func (r *run) called(f *udf.Function, args []any) (any, error) {
	of := r.functions[f.ID()]
	if of == nil {
		return nil, unsupported(f.ID())
	}
	if !allThere(f, args) {
		return nil, nil
	}
	return of([][]any{args})
}

// folded is an aggregate of a package, over the rows in which no argument is absent that must be there.
func (r *run) folded(f *udf.Function, tuples [][]any) (any, error) {
	of := r.functions[f.ID()]
	if of == nil {
		return nil, unsupported(f.ID())
	}
	var rows [][]any
	for _, t := range tuples {
		if allThere(f, t) {
			rows = append(rows, t)
		}
	}
	return of(rows)
}

func allThere(f *udf.Function, args []any) bool {
	for i, v := range args {
		if v == nil && !f.CallsOnAbsent(i) {
			return false
		}
	}
	return true
}
