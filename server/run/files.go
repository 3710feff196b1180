package run

import (
	"context"
	"time"
)

// filesTime is how long a run waits for the files that it reads to be imported.
const filesTime = 10 * time.Minute

// check checks a run's program, and again when the files that it reads have been imported.
func (e *engine) check(ctx context.Context, c *claimed) (*program, error) {
	waiting, cancel := context.WithTimeout(ctx, filesTime)
	defer cancel()
	for {
		prog, err := checkProgram(ctx, e.catalog, by(e.locks, c.NotebookID, true), e.modules.of(c.NotebookID), c.sources, c.options.Params)
		if err != nil || len(prog.pending) == 0 || waiting.Err() != nil {
			return prog, err
		}
		for path := range prog.pending {
			// What an import met, the next check reports where the file is named.
			_, _ = e.outside.File(waiting, path)
		}
	}
}
