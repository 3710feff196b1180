package api

import (
	"context"
	"encoding/json"

	"github.com/dreamql/dreamql/server/account"
	"github.com/dreamql/dreamql/server/notebook"
	"github.com/dreamql/dreamql/server/problem"
	"github.com/dreamql/dreamql/server/run"
)

// queries are the query and function cells of a notebook, as a run takes them.
func queries(cells []notebook.Cell) []run.Source {
	out := []run.Source{}
	for _, c := range cells {
		if c.Kind != notebook.Text {
			out = append(out, run.Source{ID: c.ID, Text: c.Source, Language: c.Language})
		}
	}
	return out
}

// given are the values of params as the checker takes them.
func given(p *Params) (map[string]json.RawMessage, error) {
	out := map[string]json.RawMessage{}
	for name, v := range value(p, nil) {
		b, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		out[name] = b
	}
	return out, nil
}

// CreateRun makes a run of a notebook's cells.
func (a *API) CreateRun(ctx context.Context, r CreateRunRequestObject) (CreateRunResponseObject, error) {
	n, err := a.Notebooks.Get(ctx, r.Notebook.String())
	if err != nil {
		return nil, err
	}
	params, err := given(r.Body.Params)
	if err != nil {
		return nil, err
	}
	most, err := timeout(r.Body.TimeoutMs)
	if err != nil {
		return nil, err
	}
	made, err := a.Runs.Create(ctx, account.From(ctx), run.Request{
		NotebookID: &r.Notebook, NotebookVersion: &n.Version, Sources: queries(n.Cells), Cells: value(r.Body.Cells, nil), Params: params, Time: most,
	})
	if err != nil {
		return nil, err
	}
	return CreateRun202JSONResponse(*made), nil
}

// ListRuns lists the runs of a notebook.
func (a *API) ListRuns(ctx context.Context, r ListRunsRequestObject) (ListRunsResponseObject, error) {
	list, next, err := a.Runs.List(ctx, r.Notebook, value(r.Params.Cursor, ""), pageSize(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	return ListRuns200JSONResponse{Items: runs(list), NextCursor: optional(next)}, nil
}

func runs(list []*run.Run) []Run {
	out := make([]Run, len(list))
	for i, r := range list {
		out[i] = *r
	}
	return out
}

// GetRun returns a run.
func (a *API) GetRun(ctx context.Context, r GetRunRequestObject) (GetRunResponseObject, error) {
	found, err := a.Runs.Get(ctx, r.Run)
	if err != nil {
		return nil, err
	}
	return GetRun200JSONResponse(*found), nil
}

// CancelRun stops a run.
func (a *API) CancelRun(ctx context.Context, r CancelRunRequestObject) (CancelRunResponseObject, error) {
	found, err := a.Runs.Cancel(ctx, r.Run)
	if err != nil {
		return nil, err
	}
	return CancelRun202JSONResponse(*found), nil
}

// GetNotebookResults returns what a page shows when it is opened again.
func (a *API) GetNotebookResults(ctx context.Context, r GetNotebookResultsRequestObject) (GetNotebookResultsResponseObject, error) {
	cells, active, err := a.Runs.Newest(ctx, r.Notebook)
	if err != nil {
		return nil, err
	}
	if cells == nil {
		cells = []run.Cell{}
	}
	return GetNotebookResults200JSONResponse{Cells: cells, ActiveRuns: runs(active)}, nil
}

const maxPage = 10_000

// GetCellResult returns a page of rows, or all of them in a format for programs.
func (a *API) GetCellResult(ctx context.Context, r GetCellResultRequestObject) (GetCellResultResponseObject, error) {
	res, err := a.Runs.Result(ctx, r.Run, r.Cell)
	if err != nil {
		return nil, err
	}
	rows := rows{ctx: ctx, result: res, offset: max(value(r.Params.Offset, 0), 0), limit: value(r.Params.Limit, -1), name: r.Cell}
	switch f := value(r.Params.Format, Json); f {
	case Json:
		rows.limit = min(max(value(r.Params.Limit, 100), 0), maxPage)
		page, err := rows.json()
		if err != nil {
			return nil, err
		}
		out := ResultPage{Columns: res.Info.Columns, Rows: page, Offset: rows.offset, Total: res.Info.Rows}
		if next := rows.offset + rows.limit; next < res.Info.Rows {
			out.NextOffset = &next
		}
		return GetCellResult200JSONResponse(out), nil
	case Ndjson, Csv, Arrow:
		rows.format = string(f)
		return rows, nil
	default:
		return nil, unknownFormat(f)
	}
}

func unknownFormat(f Format) error {
	return problem.New(problem.InvalidRequest, "There is no format %.20q; there are json, ndjson, csv and arrow.", string(f))
}
