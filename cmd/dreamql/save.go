package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/spf13/cobra"

	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/compile"
	"github.com/dreamql/dreamql/engine/exec"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/engine/storage/format"
	"github.com/dreamql/dreamql/engine/types"
)

// saveFormats are the formats that a file to save into can have, by its extension.
var saveFormats = map[string]string{
	".csv": "csv", ".json": "json", ".ndjson": "ndjson", ".jsonl": "ndjson", ".parquet": "parquet", ".pq": "parquet", ".arrow": "arrowfile", ".feather": "arrowfile",
}

// parseSaves reads the values of --save, NAME=PATH. A file that is there is also data of that name, so that a program can add to it.
func parseSaves(values []string, data map[string]string) (map[string]string, error) {
	saves := map[string]string{}
	for _, v := range values {
		name, path, ok := strings.Cut(v, "=")
		if !ok || name == "" || path == "" {
			return nil, usageError("--save %s: write NAME=PATH, as in --save daily=daily.parquet", v)
		}
		if _, twice := saves[name]; twice {
			return nil, usageError("--save names %s twice", name)
		}
		if _, known := saveFormats[strings.ToLower(filepath.Ext(path))]; !known {
			return nil, usageError("--save %s: the extension says the format, and must be .csv, .json, .ndjson, .parquet or .arrow", v)
		}
		if from, known := data[name]; known && from != path {
			return nil, usageError("--data and --save name two files %s: give one of them another name", name)
		}
		if _, err := os.Stat(path); err == nil {
			data[name] = path
		}
		saves[name] = path
	}
	return saves, nil
}

// saving is a save on its way into a file: temp holds the rows until all of the program has run.
type saving struct {
	save   *check.Save
	query  *compile.Query
	path   string
	temp   *storage.Unfinished
	rows   int64
	digest string
}

// savings plans the saves of a cell.
func (s *session) savings(cmd *cobra.Command, cell check.Cell) ([]*saving, error) {
	var out []*saving
	for _, save := range cell.Saves {
		path, ok := s.saves[save.Name]
		if !ok {
			return nil, usageError("the program saves %s: say where to with --save %s=PATH", save.Name, save.Name)
		}
		q, err := s.plan(cmd, save.Whole())
		if err != nil {
			return nil, err
		}
		out = append(out, &saving{save: save, query: q, path: path})
	}
	return out, nil
}

// write runs the plan of a save into a new file beside the one that it will replace.
func (v *saving) write(ctx context.Context, s *session) (err error) {
	schema, err := types.ArrowSchema(v.query.Plan.Columns)
	if err != nil {
		return err
	}
	f, err := storage.NewUnfinished(filepath.Dir(v.path), ".saving-")
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", v.path, err)
	}
	v.temp = f
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	sum := sha256.New()
	var failed error
	err = format.Write(io.MultiWriter(f, sum), saveFormats[strings.ToLower(filepath.Ext(v.path))], schema, func(yield func(arrow.RecordBatch, error) bool) {
		_, failed = exec.RunPlan(ctx, s.engine.env, v.query.Plan, openLocal, func(b arrow.RecordBatch) error {
			v.rows += b.NumRows()
			if !yield(b, nil) {
				return io.ErrShortWrite
			}
			return nil
		})
		if failed != nil && failed != io.ErrShortWrite { //nolint:errorlint // exactly ours
			yield(nil, failed)
		}
	})
	if err != nil {
		return err
	}
	v.digest = fmt.Sprintf("%x", sum.Sum(nil))[:12]
	return f.Sync()
}

// commit puts the new file in the place of the old: who reads sees one or the other, whole.
func (v *saving) commit() error {
	if v.save.Mode == check.SaveCreate {
		if err := os.Link(v.temp.Name(), v.path); err != nil {
			return fmt.Errorf("%s cannot be made: %w", v.path, err)
		}
		return nil
	}
	if err := os.Rename(v.temp.Name(), v.path); err != nil {
		return fmt.Errorf("%s cannot be replaced: %w", v.path, err)
	}
	return nil
}

// drop removes what was written and not committed.
func (v *saving) drop() {
	if v.temp != nil {
		v.temp.Drop()
	}
}

// savedRows is what saves give: a row for each.
func savedRows(vs []*saving) (arrow.RecordBatch, error) {
	schema, err := types.ArrowSchema(check.SavedColumns)
	if err != nil {
		return nil, err
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for _, v := range vs {
		b.Field(0).(*array.StringBuilder).Append(v.save.Name)
		b.Field(1).(*array.Int64Builder).Append(v.rows)
		b.Field(2).(*array.StringBuilder).Append(v.digest)
	}
	return b.NewRecordBatch(), nil
}
