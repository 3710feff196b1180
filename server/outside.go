package server

import (
	"fmt"

	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/server/dataset"
)

// outside opens to programs what the operator has named.
func (s *service) outside(datasets *dataset.Store) (dataset.Outside, error) {
	o := dataset.Outside{Log: s.config.Log, Databases: dataset.NewDatabases(s.config.Databases)}
	if s.config.Files == "" {
		return o, nil
	}
	var err error
	if o.Files, err = storage.OpenFolder(s.config.Files, s.blobs, datasets.Lend); err != nil {
		return o, fmt.Errorf("the folder that DREAMQL_FILES names cannot be opened: %w", err)
	}
	s.closers = append(s.closers, func() { o.Files.Close() })
	return o, nil
}
