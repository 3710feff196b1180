package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"

	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/server/account"
	"github.com/dreamql/dreamql/server/problem"
)

// Upload is a file to import.
type Upload struct {
	Name     string // of the dataset; from Filename if empty
	Filename string
	Mode     Mode
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
	case Create, Replace, Append:
	default:
		return nil, problem.New(problem.InvalidRequest, "mode is %q; there are create, replace and append.", u.Mode)
	}
	// Asked before the upload is read, so that nobody waits a minute to be told no; commit asks again.
	_, err = s.Get(ctx, name)
	switch {
	case err == nil && u.Mode == Create:
		return nil, exists(name)
	case err != nil && (u.Mode == Append || !problem.Has(err, problem.NotFound)):
		return nil, err
	}
	prefix := "segments/" + uuid.Must(uuid.NewV7()).String()
	table, err := storage.Import(ctx, storage.Input{Name: u.Filename, Table: name, Path: u.Path, Reader: u.Body}, s.blobs, prefix, nil)
	if err != nil {
		return nil, importFailed(err)
	}
	if err := s.commit(ctx, who, name, u.Mode, table, map[string]string{"filename": u.Filename}); err != nil {
		for _, g := range table.Segments {
			err = errors.Join(err, s.blobs.Delete(context.WithoutCancel(ctx), g.Key))
		}
		return nil, err
	}
	return s.Get(ctx, name)
}

func importFailed(err error) error {
	var file *storage.Error
	if errors.As(err, &file) {
		return problem.New(problem.Rejected, "%s", file.Error())
	}
	return fmt.Errorf("import: %w", err)
}
