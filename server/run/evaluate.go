package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/cluster"
	"github.com/dreamql/dreamql/engine/compile"
	"github.com/dreamql/dreamql/engine/exec"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/engine/storage/format"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/server/account"
)

// exampleTime is how long one example of a package may take where nothing else is said.
const exampleTime = 30 * time.Second

// Evaluator runs the examples of a package that is to be published, on the cluster, in an executor that nothing else uses. They take the
// turns of whoever publishes.
type Evaluator struct {
	Cluster Cluster
	Blobs   *storage.Blobs
	Time    time.Duration // of one example, its module's compilation included; exampleTime if 0
	CPU     time.Duration
}

// reporting is how long after its time an example's executor may take to say that it was stopped.
const reporting = 5 * time.Second

var _ registry.Timed = Evaluator{}

// Evaluate runs a program over the package and returns the one row of its value.
func (e Evaluator) Evaluate(ctx context.Context, p *registry.Package, program string) (any, error) {
	v, _, err := e.EvaluateTimed(ctx, p, program)
	return v, err
}

// EvaluateTimed is Evaluate, and says how the functions ran.
func (e Evaluator) EvaluateTimed(ctx context.Context, p *registry.Package, program string) (any, map[string]registry.Ran, error) {
	var set source.Set
	set.Add("the example", program)
	result, diags := compile.Check(ctx, only{p}, &set, nil)
	if diags.HasErrors() {
		return nil, nil, &registry.EvalError{Message: set.RenderAll(diags)}
	}
	if result.Plan == nil {
		return nil, nil, &registry.EvalError{Message: "the example has no value"}
	}
	q, err := compile.Plan(result.Plan)
	if err != nil {
		return nil, nil, err
	}
	return e.submit(ctx, p, &set, q.Plan)
}

func (e Evaluator) submit(ctx context.Context, p *registry.Package, set *source.Set, plan *physical.Plan) (any, map[string]registry.Ran, error) {
	id := uuid.New()
	prefix := "checks/" + id.String()
	most := e.Time
	if most == 0 {
		most = exampleTime
	}
	// An account whose turn does not come does not hold the request for ever.
	limited, cancel := context.WithTimeout(ctx, 2*most+reporting)
	defer cancel()
	var by string
	if who := account.From(ctx); who != nil {
		by = who.AccountID
	}
	res, err := e.Cluster.Submit(limited, cluster.Job{RunID: id.String(), CellID: "example", Tenant: "check-" + by + "-" + p.Digest, Share: by,
		Plan: plan, Prefix: prefix, Limits: cluster.Limits{Time: most, CPU: e.CPU}, Module: func(_ context.Context, digest string) ([]byte, error) {
			if code, ok := p.Blobs()[digest]; ok {
				return code, nil
			}
			return nil, fmt.Errorf("the package has no module %s", digest)
		}})
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case limited.Err() != nil:
		return nil, nil, &registry.EvalError{Message: fmt.Sprintf("it did not end within %s; is there a loop without end?", 2*most+reporting)}
	default:
		var ds source.Diagnostics
		if errors.As(err, &ds) {
			return nil, nil, &registry.EvalError{Message: set.RenderAll(ds)}
		}
		return nil, nil, &registry.EvalError{Message: err.Error()}
	}
	if res.Inline == nil && len(res.Parts) > 0 {
		for _, part := range res.Parts {
			if err := e.Blobs.Delete(ctx, part.Key); err != nil {
				return nil, nil, err
			}
		}
		return nil, nil, &registry.EvalError{Message: "the example's value is larger than 64 KiB"}
	}
	v, err := value(ctx, res)
	return v, ran(res.Stats.Functions), err
}

// ran adds up what each function did, in all its tiers; the last that was reported names it.
func ran(stats []exec.FunctionStats) map[string]registry.Ran {
	out := map[string]registry.Ran{}
	for _, s := range stats {
		r := out[s.Function]
		out[s.Function] = registry.Ran{Tier: s.Tier, Rows: r.Rows + s.Rows, Busy: r.Busy + s.Busy}
	}
	return out
}

func value(ctx context.Context, res *cluster.Result) (any, error) {
	schema, err := types.ArrowSchema(res.Columns)
	if err != nil {
		return nil, err
	}
	stored := Result{Info: ResultInfo{Rows: res.Rows}, inline: res.Inline}
	var text bytes.Buffer
	if err := format.Write(&text, "json", schema, format.Batches(stored.Batches(ctx, 0, -1))); err != nil {
		return nil, err
	}
	return registry.ExampleValue(&text)
}

// only is a catalogue of one package and nothing else.
type only struct{ pkg *registry.Package }

func (o only) Table(context.Context, string) (*logical.Table, error) { return nil, catalog.ErrNotFound }
func (o only) TableNames(context.Context) ([]string, error)          { return nil, nil }
func (o only) File(context.Context, string) (*logical.Table, error) {
	return nil, errors.New("an example reads no files")
}
func (o only) PackageNames(context.Context) ([]string, error) {
	return []string{o.pkg.Ref().Package()}, nil
}
func (o only) Package(_ context.Context, name, _ string) (*catalog.Package, error) {
	if name != o.pkg.Ref().Package() {
		return nil, catalog.ErrNotFound
	}
	return o.pkg.Catalog(), nil
}
