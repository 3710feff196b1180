package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/dreamql/dreamql/engine/exec"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/runtimes"
)

// env is what a plan runs in. Functions that check in every round of every loop whether they are to stop take several times as
// long, so a program that leaves nothing half done is left to the signal itself: it ends the process at once, even while a
// function without end holds up everything else in it (docs/adr/0006). Whoever saves files, or has copied tables, is asked to
// stop, and tidies up.
func (s *session) env(plan *physical.Plan) exec.Env {
	env := s.engine.env
	if len(plan.Modules) == 0 || len(s.saves) > 0 || s.copies.dir != "" {
		return env
	}
	if s.engine.unhindered == nil {
		signal.Reset(os.Interrupt, syscall.SIGTERM)
		s.engine.unhindered = s.engine.newRuntimes(false)
	}
	env.Runtimes = s.engine.unhindered.ByKind()
	return env
}

func (e *localEngine) newRuntimes(interruptible bool) *runtimes.Set {
	options := runtimeOptions(interruptible)
	options.Native.Host = e.python
	// The user of this process is the author of the functions, or close to it.
	options.WASM.Log = func(message string) { fmt.Fprintln(os.Stderr, "log:", message) }
	return runtimes.New(options)
}

func (e *localEngine) close() error {
	defer e.python.Close()
	err := errors.Join(e.catalog.Close(time.Second), e.runtimes.Close(context.Background()))
	if e.unhindered != nil {
		err = errors.Join(err, e.unhindered.Close(context.Background()))
	}
	return err
}
