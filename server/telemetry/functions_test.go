package telemetry

import (
	"fmt"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/dreamql/dreamql/server/run"
)

func TestTheNumberOfFunctionsIsBounded(t *testing.T) {
	t.Parallel()
	f := newFunctions()
	for i := range 3 * maxNames {
		f.ran(run.FunctionStats{Name: fmt.Sprintf("a/p%d@1.0.0.f", i), Tier: "wasm", Calls: 1, MemoryBytes: int64(i)})
		f.ran(run.FunctionStats{Name: fmt.Sprintf("notebook@c%d.f", i), Tier: "wasm", Calls: 1})
	}
	r := prometheus.NewRegistry()
	f.register(r)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	value := func(metric, function string) (v float64, lines int) {
		for _, family := range families {
			if family.GetName() != metric {
				continue
			}
			for _, m := range family.GetMetric() {
				if lines++; m.GetLabel()[0].GetValue() == function {
					v = m.GetCounter().GetValue() + m.GetGauge().GetValue()
				}
			}
		}
		return v, lines
	}
	if got, lines := value("dreamql_udf_calls_total", "notebook"); got != 3*maxNames || lines > maxNames+1 {
		t.Errorf("functions of cells were called %v times, and there are %d lines", got, lines)
	}
	if got, _ := value("dreamql_udf_memory_bytes", others); got != 3*maxNames-1 {
		t.Errorf("the others held %v bytes", got)
	}
}
