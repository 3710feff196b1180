package main

import (
	"context"

	"github.com/dreamql/dreamql/engine/foreign"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/registry/toolchain"
	"github.com/dreamql/dreamql/server/notebook"
)

// readFunctions reads the function cells in other languages of a notebook whose cells are the files of a program, and makes their code
// known to the engine. AssemblyScript needs its compiler on this machine; dir is where it may be installed.
func (e *localEngine) readFunctions(ctx context.Context, cells []notebook.Cell, dir string) (map[source.FileID]*foreign.Source, error) {
	other := map[source.FileID]*foreign.Source{}
	e.catalog.cells = map[string][]byte{}
	for i, c := range cells {
		if c.Language == "" {
			continue
		}
		src := foreign.Read(source.FileID(i), c.Language, c.ID, c.Source)
		other[source.FileID(i)] = src
		code := []byte(c.Source)
		if src.Build != "" && len(src.Problems) == 0 {
			var err error
			if code, err = toolchain.CompileText(ctx, dir, c.ID, src.Build); err != nil {
				return nil, usageError("%w", err)
			}
		}
		module := registry.Digest(code)
		e.catalog.cells[module] = code
		src.Complete(module)
	}
	e.env.Modules = e.catalog.module
	return other, nil
}
