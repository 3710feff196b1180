package wasm

import (
	"context"

	"github.com/dreamql/dreamql/engine/udf"
)

// A module that would keep its first query waiting for the compiler is interpreted first, and compiled behind. When that is
// done, its instances are replaced between two calls of their drivers: no query waits, and no state is lost, for scalar functions
// keep none. What holds a state stays where it began: the accumulators of an aggregate, and the open rows of a table function.

const (
	interpretFrom   = 8 << 10 // bytes of a module that takes longer to compile than a query should wait
	interpretedRows = 512     // of one call of a driver, so that compiled code is not kept waiting
)

// compileBehind makes the compiled form of p, which is interpreted.
func (r *Runtime) compileBehind(p *program, code []byte, funcs []*udf.Function) {
	r.background.Go(func() {
		r.compiling <- struct{}{} // one at a time: queries need the processors more
		defer func() { <-r.compiling }()
		ctx := context.Background()
		if r.closed.Load() {
			return
		}
		compiled, err := r.compile(ctx, code, funcs)
		if err != nil {
			return // the interpreter took the module, so this is a limit of the compiler: it stays interpreted
		}
		p.mu.Lock()
		gone, idle := p.gone, p.idle
		p.idle = nil
		if !gone {
			p.next.Store(compiled)
		}
		p.mu.Unlock()
		for _, in := range idle {
			_ = in.discard(ctx)
		}
		if gone {
			_ = compiled.Close(ctx)
		}
	})
}

// advance moves an instance to compiled code when that is there and nothing keeps it.
func (in *instance) advance(ctx context.Context) error {
	next := in.program.next.Load()
	if next == nil || in.holders > 0 {
		return nil
	}
	if err := in.discard(ctx); err != nil {
		return err
	}
	in.program = next
	in.host.program = next
	return nil
}

// Tier names what executes the next call of a function that holds no state.
func (p *program) Tier(f *udf.Function) string {
	if p.interpreted && p.next.Load() == nil {
		return "wasm-interpreted"
	}
	if r := p.routines[f.ID()]; r != nil && r.batch != nil {
		return "wasm-batch"
	}
	return "wasm"
}

func (p *program) Made() udf.Made {
	made := p.made
	made.PeakBytes = p.peak.Load()
	if next := p.next.Load(); next != nil {
		made.Compile = next.made.Compile
		made.CacheHit = next.made.CacheHit
		made.PeakBytes = max(made.PeakBytes, next.peak.Load())
	}
	return made
}
