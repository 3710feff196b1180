package storage

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// unitedColumns are the columns of several files by their names, in the order in which they first appear: a column that a file lacks
// is absent in its rows, and int meets float as float.
func unitedColumns(files []*logical.Table, paths []string) ([]types.Field, error) {
	var out []types.Field
	var first []string // the file that a column's type is from
	for k, t := range files {
		for _, f := range t.Columns {
			i := fieldNamed(out, f.Name)
			if i < 0 {
				if k > 0 {
					f.Type = types.Optional(f.Type)
				}
				out, first = append(out, f), append(first, paths[k])
				continue
			}
			common, ok := funcs.Common(out[i].Type, f.Type)
			same := types.Equal(out[i].Type.Required(), f.Type.Required())
			if !ok || !same && common.Required().Kind != types.Float {
				return nil, fmt.Errorf("%s does not fit the other files: its column %s is %s, and in %s it is %s; convert one of them, or read them apart",
					paths[k], f.Name, f.Type, first[i], out[i].Type)
			}
			out[i].Type = common
		}
		for i := range out {
			if fieldNamed(t.Columns, out[i].Name) < 0 {
				out[i].Type = types.Optional(out[i].Type)
			}
		}
	}
	return out, nil
}

func fieldNamed(fs []types.Field, name string) int {
	for i, f := range fs {
		if f.Name == name {
			return i
		}
	}
	return -1
}

// unite gives the rows of files whose columns differ as one table, which is kept in the cache beside those of the files.
func (c *LocalCatalog) unite(ctx context.Context, files []*logical.Table, paths []string) (*logical.Table, error) {
	columns, err := unitedColumns(files, paths)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(c.cache, unitedKey(files, columns))
	t, err := c.cached(dir)
	if err != nil {
		err = c.filled(dir, func(blobs *Blobs) (*logical.Table, error) {
			return Keep(ctx, "several files", columns, unitedRows(ctx, files, columns, OpenLocal), blobs, "segments")
		})
		if err != nil {
			return nil, err
		}
		if t, err = c.cached(dir); err != nil {
			return nil, err
		}
	}
	within(t, dir)
	return t, nil
}

// unitedKey names the rows of files with the given columns.
func unitedKey(files []*logical.Table, columns []types.Field) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "united %d %s\n", cacheVersion, types.RecordOf(columns...))
	for _, t := range files {
		fmt.Fprintln(sum, t.Version)
	}
	return hexDigest(sum.Sum(nil))[:32]
}

// filled makes a folder of the cache beside it and renames it, so that concurrent programs see a whole entry or none.
func (c *LocalCatalog) filled(dir string, make func(*Blobs) (*logical.Table, error)) error {
	unfinished, err := newUnfinishedFolder(c.cache, "new-")
	if err != nil {
		return err
	}
	defer unfinished.Drop()
	temp := unfinished.Name()
	blobs, err := openFolder(temp)
	if err != nil {
		return err
	}
	defer blobs.Close()
	t, err := make(blobs)
	if err != nil {
		return err
	}
	b, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(temp, "table.json"), b, 0o600); err != nil {
		return err
	}
	if err := os.Rename(temp, dir); err != nil {
		if _, cerr := c.cached(dir); cerr != nil { // else another program was faster
			return err
		}
	}
	return nil
}

// within makes the keys of segments paths.
func within(t *logical.Table, dir string) {
	for i := range t.Segments {
		t.Segments[i].Key = filepath.Join(dir, filepath.FromSlash(t.Segments[i].Key))
	}
}

type segmentOpener func(ctx context.Context, t *logical.Table, i int) (Reader, error)

// unitedRows reads tables one after the other, with the columns of all.
func unitedRows(ctx context.Context, files []*logical.Table, columns []types.Field, open segmentOpener) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for _, t := range files {
			for i := range t.Segments {
				if !unitedSegment(ctx, t, i, columns, open, yield) {
					return
				}
			}
		}
	}
}

func unitedSegment(ctx context.Context, t *logical.Table, segment int, columns []types.Field, open segmentOpener, yield func(arrow.RecordBatch, error) bool) bool {
	s, err := open(ctx, t, segment)
	if err != nil {
		return yield(nil, err) && false
	}
	defer s.Close()
	var names []string
	for _, f := range t.Columns {
		names = append(names, f.Name)
	}
	for i := range s.NumBatches() {
		b, err := s.Batch(i, names)
		if err != nil {
			return yield(nil, err) && false
		}
		u, err := unitedBatch(b, t.Columns, columns)
		b.Release()
		if !yield(u, err) || err != nil {
			return false
		}
	}
	return true
}

// unitedBatch copies, because what it gives outlives the mapped segment.
func unitedBatch(b arrow.RecordBatch, have, want []types.Field) (arrow.RecordBatch, error) {
	schema, err := types.ArrowSchema(want)
	if err != nil {
		return nil, err
	}
	cols := make([]arrow.Array, len(want))
	for i, f := range want {
		k := fieldNamed(have, f.Name)
		if k < 0 {
			cols[i] = array.MakeArrayOfNull(memory.DefaultAllocator, schema.Field(i).Type, int(b.NumRows()))
			continue
		}
		if cols[i], err = copied(b.Column(k), f.Type.Required()); err != nil {
			return nil, err
		}
	}
	return array.NewRecordBatch(schema, cols, b.NumRows()), nil
}

func copied(a arrow.Array, t types.Type) (arrow.Array, error) {
	if ints, ok := a.(*array.Int64); ok && t.Kind == types.Float {
		b := array.NewFloat64Builder(memory.DefaultAllocator)
		defer b.Release()
		for i := range ints.Len() {
			if ints.IsNull(i) {
				b.AppendNull()
			} else {
				b.Append(float64(ints.Value(i)))
			}
		}
		return b.NewArray(), nil
	}
	dt, err := types.ToArrow(t)
	if err != nil {
		return nil, err
	}
	b := array.NewBuilder(memory.DefaultAllocator, dt)
	defer b.Release()
	for i := range a.Len() {
		if err := appendValue(b, t, a, i); err != nil {
			return nil, err
		}
	}
	return b.NewArray(), nil
}
