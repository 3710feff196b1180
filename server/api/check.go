package api

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/server/problem"
	"github.com/dreamql/dreamql/server/run"
)

// asked reads what to check: one source, or the cells of a notebook.
func asked(r *CheckRequest) (sources []run.Source, plain bool, params map[string]json.RawMessage, err error) {
	if r.Source != nil && r.Cells != nil {
		return nil, false, nil, problem.New(problem.InvalidRequest, "Send either source or cells.")
	}
	params, err = given(r.Params)
	if r.Source != nil {
		return []run.Source{{ID: queryCell, Text: *r.Source}}, true, params, err
	}
	return queries(value(r.Cells, nil)), false, params, err
}

// CheckSource finds errors as someone types.
func (a *API) CheckSource(ctx context.Context, r CheckSourceRequestObject) (CheckSourceResponseObject, error) {
	sources, plain, params, err := asked(r.Body)
	if err != nil {
		return nil, err
	}
	out := CheckSource200JSONResponse{Diagnostics: []run.Diagnostic{}, Cells: []CheckedCell{}}
	if len(sources) == 0 && !plain {
		return out, nil // a notebook of texts has no errors
	}
	checked, err := a.Runs.Check(ctx, r.Body.Notebook, sources, params)
	if err != nil {
		return nil, err
	}
	out.Diagnostics = append(out.Diagnostics, checked.Diagnostics...)
	if plain {
		out.Diagnostics = cellless(out.Diagnostics)
	}
	for _, c := range checked.Cells {
		cell := CheckedCell{CellId: c.ID, Ok: c.OK}
		if c.Columns != nil {
			cell.Columns = &c.Columns
		}
		out.Cells = append(out.Cells, cell)
	}
	return out, nil
}

// ExplainSource plans without running.
func (a *API) ExplainSource(ctx context.Context, r ExplainSourceRequestObject) (ExplainSourceResponseObject, error) {
	sources, _, params, err := asked(r.Body)
	if err != nil {
		return nil, err
	}
	cell := value(r.Body.Cell, "")
	if cell == "" && len(sources) > 0 {
		cell = sources[len(sources)-1].ID
	}
	plan, err := a.Runs.Explain(ctx, r.Body.Notebook, sources, cell, params)
	if err != nil {
		return nil, err
	}
	return ExplainSource200JSONResponse(*plan), nil
}

// FormatSource prints a program in the standard layout.
func (a *API) FormatSource(ctx context.Context, r FormatSourceRequestObject) (FormatSourceResponseObject, error) {
	if err := run.CheckSource(r.Body.Source); err != nil {
		return nil, err
	}
	out, ds := syntax.Format(0, r.Body.Source)
	if ds.HasErrors() {
		return nil, run.Invalid(cellless(run.Located(ds, []run.Source{{ID: queryCell, Text: r.Body.Source}})))
	}
	return FormatSource200JSONResponse{Source: out}, nil
}

// ListFunctions is the library of the language, for completion.
func (a *API) ListFunctions(context.Context, ListFunctionsRequestObject) (ListFunctionsResponseObject, error) {
	items := []Builtin{}
	for _, f := range funcs.All {
		b := Builtin{Name: f.Name, Kind: optional(string(f.Kind)), Doc: f.Doc, Signatures: []string{}}
		examples := []string{}
		for _, o := range f.Listed() {
			if !slices.Contains(b.Signatures, o.Signature) {
				b.Signatures = append(b.Signatures, o.Signature)
			}
			for _, e := range o.Examples {
				examples = append(examples, e.Call+" is "+e.Result)
			}
		}
		b.Examples = &examples
		items = append(items, b)
	}
	return ListFunctions200JSONResponse{Items: items}, nil
}
