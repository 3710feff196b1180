package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/cluster"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/engine/storage/format"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/server/dataset"
	"github.com/dreamql/dreamql/server/problem"
)

// saving is a save whose rows lie in the blob store as segments that no version lists yet.
type saving struct {
	*check.Save
	table         *logical.Table
	version, rows int64 // once it is committed
}

// savePrefix is where the segments of a cell's saves lie. They move into the dataset as they are; until then nobody sees them.
func savePrefix(run uuid.UUID, cell string) string {
	return fmt.Sprintf("segments/run-%s/%s/", run, cell)
}

// stage computes the rows of a cell's saves. They become versions in the transaction that ends the cell, which the lease of
// the run fences, so that a save happens once, however often tasks and runs are tried again.
func (e *engine) stage(ctx context.Context, c *claimed, out *outcome, comp *compiled, submit func(*physical.Plan, string) (*cluster.Result, error)) error {
	if len(comp.saves) == 0 {
		return nil
	}
	if c.attempt > 1 { // what a node that died has left
		if err := e.deleteAll(ctx, savePrefix(c.ID, out.CellID)); err != nil {
			return err
		}
	}
	for i, s := range comp.saves {
		scratch := fmt.Sprintf("%s/save-%d", resultPrefix(c.ID, out.CellID, c.attempt), i)
		res, err := submit(s.plan, scratch)
		if err != nil {
			return err
		}
		stored := &Result{Info: ResultInfo{Rows: res.Rows}, inline: res.Inline, parts: res.Parts, blobs: e.blobs}
		prefix := fmt.Sprintf("%s%d-%d", savePrefix(c.ID, out.CellID), c.attempt, i)
		table, err := storage.Keep(ctx, s.Name, s.Columns, stored.Batches(ctx, 0, -1), e.blobs, prefix)
		for _, p := range res.Parts {
			err = errors.Join(err, e.blobs.Delete(context.WithoutCancel(ctx), p.Key))
		}
		if err != nil {
			return err
		}
		out.saves = append(out.saves, &saving{Save: s.Save, table: table})
		out.Stats.add(res.Stats, comp)
	}
	return nil
}

// commitSaves makes versions of what was staged, and the cell's result where its last statement is a save.
func (e *engine) commitSaves(ctx context.Context, tx pgx.Tx, c *claimed, out *outcome) error {
	for _, s := range out.saves {
		v := dataset.Version{Name: s.Name, Mode: dataset.Mode(s.Mode), Table: s.table, Origin: map[string]string{"run": c.ID.String(), "cell": out.CellID}}
		switch s.Mode {
		case check.SaveCreate:
			v.Mode = dataset.Create
		case check.SaveMerge:
			v.Mode, v.Base = dataset.Replace, s.Base.Version
		}
		var err error
		if s.version, s.rows, err = e.datasets.Commit(ctx, tx, c.account, v); err != nil {
			return err
		}
	}
	if out.inline != nil || len(out.parts) > 0 {
		return nil
	}
	var err error
	out.inline, err = savedRows(out.saves)
	out.Result.Bytes = int64(len(out.inline))
	return err
}

// savedRows is what saves give, as an Arrow stream: a row for each.
func savedRows(saves []*saving) ([]byte, error) {
	schema, err := types.ArrowSchema(check.SavedColumns)
	if err != nil {
		return nil, err
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for _, s := range saves {
		b.Field(0).(*array.StringBuilder).Append(s.Name)
		b.Field(1).(*array.Int64Builder).Append(s.rows)
		b.Field(2).(*array.StringBuilder).Append(strconv.FormatInt(s.version, 10))
	}
	row := b.NewRecordBatch()
	defer row.Release()
	var stream bytes.Buffer
	err = format.Write(&stream, "arrow", schema, func(yield func(arrow.RecordBatch, error) bool) { yield(row, nil) })
	return stream.Bytes(), err
}

// dropSaves removes what was staged for a cell that did not succeed.
func (e *engine) dropSaves(ctx context.Context, out *outcome) {
	for _, s := range out.saves {
		for _, g := range s.table.Segments {
			if err := e.blobs.Delete(context.WithoutCancel(ctx), g.Key); err != nil {
				e.log.Warn("a segment that belongs to nothing was left behind", "key", g.Key, "error", err)
			}
		}
	}
}

func (e *engine) deleteAll(ctx context.Context, prefix string) error {
	keys, err := e.blobs.List(ctx, prefix)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if err := e.blobs.Delete(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

func errMayNotSave(cell string) Diagnostic {
	return Diagnostic{Code: "DQL4221", Severity: string(source.Error), CellID: cell,
		Message: "this saves a dataset, and the token that the run was made with may not write any",
		Help:    "run it with a token that has the scope write"}
}

func errSaveRefused(cell string, p *problem.Problem) Diagnostic {
	return Diagnostic{Code: "DQL4222", Severity: string(source.Error), CellID: cell,
		Message: "the dataset was changed by somebody else while this ran, and nothing was saved: " + p.Detail,
		Help:    "run it again"}
}
