package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/server/account"
	"github.com/dreamql/dreamql/server/problem"
)

// Upload is a file to import.
type Upload struct {
	Name     string // of the dataset; from Filename if empty
	Filename string
	Mode     Mode
	Key      []string // columns, with Merge
	If       int64    // the version that the dataset must have; 0 for any
	Body     io.Reader
	Path     string // of a file on this machine, instead of Body
}

// Import stores a file as the next version of a dataset. Nothing is changed where it fails.
func (s *Store) Import(ctx context.Context, who *account.Identity, u Upload) (*Dataset, error) {
	name, err := NameFor(u.Name, u.Filename)
	if err != nil {
		return nil, err
	}
	switch u.Mode {
	case "":
		u.Mode = Create
	case Create, Replace, Append, Merge:
	default:
		return nil, problem.New(problem.InvalidRequest, "mode is %q; there are create, replace, append and merge.", u.Mode)
	}
	if (len(u.Key) > 0) != (u.Mode == Merge) {
		return nil, problem.New(problem.InvalidRequest, "key names the columns by which mode=merge finds the rows to replace, as in mode=merge&key=id; the two go together.")
	}
	// Asked before the upload is read, so that nobody waits a minute to be told no; commit asks again.
	d, err := s.Get(ctx, name)
	switch {
	case err == nil && u.Mode == Create:
		return nil, exists(name)
	case err == nil && u.If != 0 && u.If != d.Version:
		return nil, changed(name, u.If, d.Version)
	case err != nil && (u.Mode == Append || u.Mode == Merge || u.If != 0 || !problem.Has(err, problem.NotFound)):
		return nil, err
	}
	prefix := "segments/" + uuid.Must(uuid.NewV7()).String()
	table, err := storage.Import(ctx, storage.Input{Name: u.Filename, Table: name, Path: u.Path, Reader: u.Body}, s.blobs, prefix, nil)
	if err != nil {
		return nil, importFailed(err)
	}
	v := Version{Name: name, Mode: u.Mode, Table: table, If: u.If, Origin: map[string]string{"filename": u.Filename}}
	if u.Mode == Merge {
		err = s.merge(ctx, who, v, u.Key, prefix)
	} else {
		err = s.commit(ctx, who, v)
	}
	if err != nil {
		return nil, errors.Join(err, s.drop(ctx, table.Segments, nil))
	}
	return s.Get(ctx, name)
}

// mergeTries is how often a merge begins anew because others changed the dataset meanwhile.
const mergeTries = 5

// merge commits the rows of a dataset together with those of v, which replace the ones of the same key.
func (s *Store) merge(ctx context.Context, who *account.Identity, v Version, key []string, prefix string) error {
	added := v.Table
	for try := 1; ; try++ {
		d, err := s.Get(ctx, v.Name)
		if err != nil {
			return err
		}
		columns, err := merge(v.Name, d.Table.Columns, added.Columns)
		if err != nil {
			return err
		}
		merged, err := storage.Merge(ctx, d.Table, added, columns, key, s.blobs, fmt.Sprintf("%s/merged-%d", prefix, try))
		if err != nil {
			return importFailed(err)
		}
		v.Mode, v.Base, v.Table = Replace, d.Table.Version, merged
		if err = s.commit(ctx, who, v); err == nil {
			return nil
		}
		err = errors.Join(err, s.drop(ctx, merged.Segments, append(d.Table.Segments, added.Segments...)))
		if !problem.Has(err, problem.Conflict) || try == mergeTries {
			return err
		}
	}
}

// drop deletes the blobs of segments that belong to no version, but not those to keep.
func (s *Store) drop(ctx context.Context, segments, keep []logical.Segment) (err error) {
	kept := map[string]bool{}
	for _, g := range keep {
		kept[g.Key] = true
	}
	for _, g := range segments {
		if !kept[g.Key] {
			err = errors.Join(err, s.blobs.Delete(context.WithoutCancel(ctx), g.Key))
		}
	}
	return err
}

func importFailed(err error) error {
	var file *storage.Error
	if errors.As(err, &file) {
		return problem.New(problem.Rejected, "%s", file.Error())
	}
	return fmt.Errorf("import: %w", err)
}
