package dataset

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/dreamql/dreamql/server/account"
	"github.com/dreamql/dreamql/server/problem"
)

// samples are the datasets of a first start, from files of the npm package vega-datasets.
var samples = []struct{ name, file string }{
	{"airports", "airports.csv"},
	{"weather", "seattle-weather.csv"},
	{"movies", "movies.json"},
	{"flights", "flights-3m.parquet"},
}

// ImportSamples imports the sample files in folder whose dataset there has never been.
func (s *Store) ImportSamples(ctx context.Context, who *account.Identity, folder string, log *slog.Logger) error {
	for _, x := range samples {
		path := filepath.Join(folder, x.file)
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			log.Warn("a sample file is missing", "file", path)
			continue
		}
		// A sample that someone deleted stays deleted.
		var known bool
		if err := s.db.QueryRow(ctx, `SELECT EXISTS (SELECT FROM datasets WHERE name = $1)`, x.name).Scan(&known); err != nil {
			return err
		}
		if known {
			continue
		}
		d, err := s.Import(ctx, who, Upload{Name: x.name, Filename: x.file, Path: path})
		if problem.Has(err, problem.Conflict) {
			continue
		}
		if err != nil {
			return err
		}
		log.Info("sample data imported", "dataset", d.Name, "rows", d.Table.Rows)
	}
	return nil
}
