package api

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/dreamql/dreamql/server/account"
	"github.com/dreamql/dreamql/server/problem"
	"github.com/dreamql/dreamql/server/run"
)

const (
	queryCell = "query" // the one cell of a query's run
	queryTime = 5 * time.Minute
)

// RunQuery makes a run of one program and waits for it. Who hangs up cancels it.
func (a *API) RunQuery(ctx context.Context, r RunQueryRequestObject) (RunQueryResponseObject, error) {
	f := value(r.Body.Format, Json)
	if !f.Valid() {
		return nil, unknownFormat(f)
	}
	params, err := given(r.Body.Params)
	if err != nil {
		return nil, err
	}
	request := run.Request{Sources: []run.Source{{ID: queryCell, Text: r.Body.Source}}, Params: params}
	limit := value(r.Body.Limit, -1)
	if r.Body.Limit != nil {
		limit = min(max(limit, 0), math.MaxInt64-1)
		enough := limit + 1 // one more says whether there are more
		request.Limit = &enough
	}
	if request.Time, err = timeout(r.Body.TimeoutMs); err != nil {
		return nil, err
	}
	ended, err := a.runToEnd(ctx, request)
	if err != nil {
		return nil, err
	}
	cell := ended.Cells[0]
	if len(cell.Result.Columns) == 0 {
		return nil, run.Invalid([]run.Diagnostic{{Code: "DQL4901", Severity: "error", Message: "The program has no value: its last line must be an expression, such as a dataset's name."}})
	}
	res, err := a.Runs.Result(ctx, ended.ID, queryCell)
	if err != nil {
		return nil, err
	}
	rows := rows{ctx: ctx, result: res, limit: limit, cut: limit >= 0 && res.Info.Rows > limit, format: string(f), name: queryCell}
	if f != Json {
		return rows, nil
	}
	if limit < 0 {
		rows.limit = maxPage
	}
	page, err := rows.json()
	if err != nil {
		return nil, err
	}
	out := RunQuery200JSONResponse{Columns: res.Info.Columns, Rows: page, Total: &res.Info.Rows, More: res.Info.Rows > rows.limit, Stats: *cell.Stats, RunId: &ended.ID}
	if rows.cut {
		out.Total = nil // nobody has counted them
	}
	return out, nil
}

// timeout is how long a part of a query may take, as a request says.
func timeout(ms *int64) (time.Duration, error) {
	switch {
	case ms == nil:
		return 0, nil
	case *ms < 100:
		return 0, problem.New(problem.InvalidRequest, "A query needs a timeout_ms of at least 100. Leave it out for what the operator allows.")
	}
	return time.Duration(min(*ms, int64(24*time.Hour/time.Millisecond))) * time.Millisecond, nil
}

// runToEnd makes a run and waits for it; one that fails is a problem.
func (a *API) runToEnd(ctx context.Context, r run.Request) (*run.Run, error) {
	made, err := a.Runs.Create(ctx, account.From(ctx), r)
	if err != nil {
		return nil, err
	}
	waiting, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	ended, err := a.Runs.Wait(waiting, made.ID)
	if err != nil {
		_, stop := a.Runs.Cancel(context.WithoutCancel(ctx), made.ID)
		return nil, errors.Join(err, stop)
	}
	for _, c := range ended.Cells {
		if c.State != run.Succeeded {
			return nil, queryFailed(c)
		}
	}
	return ended, nil
}

// queryFailed says why: an error that the checker found is the query's, any other happened while it ran.
func queryFailed(c run.Cell) error {
	if c.State == run.Cancelled {
		return problem.New(problem.RunFailed, "The run was cancelled before it had a result. Run it again if you want one.")
	}
	return run.Invalid(cellless(c.Diagnostics))
}

// cellless leaves out the name of a cell that the caller did not give.
func cellless(ds []run.Diagnostic) []run.Diagnostic {
	for i := range ds {
		ds[i].CellID = ""
		for j := range ds[i].Notes {
			ds[i].Notes[j].CellID = ""
		}
	}
	return ds
}
