package dataset

import (
	"strings"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/server/problem"
)

type field = types.Field

// merge returns the columns of rows of old and then added: the same names and types, optional where one of them is.
func merge(dataset string, old, added []field) ([]field, error) {
	if len(old) != len(added) {
		return nil, problem.New(problem.Rejected, "The file has %d columns and dataset %s has %d (%s): they must be the same.", len(added), dataset, len(old), list(old))
	}
	out := make([]field, len(old))
	for i, o := range old {
		a := added[i]
		if a.Name != o.Name || !types.Equal(a.Type.Required(), o.Type.Required()) {
			return nil, problem.New(problem.Rejected, "Column %d of the file is %s: %s, and dataset %s has %s: %s there. Rename or convert it, or upload with mode=replace.",
				i+1, a.Name, a.Type, dataset, o.Name, o.Type)
		}
		out[i] = o
		if a.Type.IsOption() {
			out[i] = a
		}
	}
	return out, nil
}

func list(fs []field) string {
	names := make([]string, len(fs))
	for i, f := range fs {
		names[i] = f.Name
	}
	return strings.Join(names, ", ")
}

func storable(s string) bool { return !strings.Contains(s, "\x00") }
