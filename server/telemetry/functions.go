package telemetry

import (
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/dreamql/dreamql/engine/foreign"
	"github.com/dreamql/dreamql/server/run"
)

// functions is what user-defined functions cost, by function and tier. Those of cells count as one, "notebook", and only so many
// others have a line of their own: whoever publishes or writes functions must not be able to fill the memory of who watches.
type functions struct {
	calls, rows, seconds           *prometheus.CounterVec
	compile, queue, cached, failed *prometheus.CounterVec
	memory                         *prometheus.GaugeVec
	names                          *names
}

const (
	maxNames = 500
	others   = "other"
)

// names are the functions that have a line of their own, with the most memory that each tier of them has held.
type names struct {
	sync.Mutex
	known map[string]bool
	most  map[[2]string]int64
}

func newFunctions() functions {
	labels := []string{"function", "tier"}
	counter := func(name, help string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "dreamql_udf_" + name, Help: help}, labels)
	}
	return functions{
		calls:   counter("calls_total", "Calls of a function by the engine, one a batch."),
		rows:    counter("rows_total", "Rows that a function was called for."),
		seconds: counter("seconds_total", "Time spent in a function."),
		compile: counter("compile_seconds_total", "Time to compile a function's module, or to load what was compiled."),
		queue:   counter("queue_seconds_total", "Time that a function waited for a free interpreter or process."),
		cached:  counter("cache_hits_total", "Modules whose compiled code came from the cache."),
		failed:  counter("errors_total", "Rows, or whole calls, that a function failed for."),
		memory:  prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "dreamql_udf_memory_bytes", Help: "The most memory that an instance of a function has held."}, labels),
		names:   &names{known: map[string]bool{}, most: map[[2]string]int64{}},
	}
}

func (f functions) register(r *prometheus.Registry) {
	r.MustRegister(f.calls, f.rows, f.seconds, f.compile, f.queue, f.cached, f.failed, f.memory)
}

// ran adds what a cell's function cost.
func (f functions) ran(s run.FunctionStats) {
	tier := s.Tier
	if tier == "" {
		tier = s.Kind
	}
	name, most := f.names.of(s.Name, tier, s.MemoryBytes)
	add := func(c *prometheus.CounterVec, v float64) { c.WithLabelValues(name, tier).Add(v) }
	add(f.calls, float64(s.Calls))
	add(f.rows, float64(s.Rows))
	add(f.seconds, s.NsPerRow*float64(s.Rows)/1e9)
	add(f.compile, s.CompileMS/1000)
	add(f.queue, s.QueueMS/1000)
	add(f.cached, float64(s.CacheHits))
	add(f.failed, float64(s.Errors))
	f.memory.WithLabelValues(name, tier).Set(float64(most))
}

// of is the name that a function is counted under, and the most memory that it has held.
func (n *names) of(id, tier string, memory int64) (string, int64) {
	n.Lock()
	defer n.Unlock()
	name := id
	if strings.HasPrefix(id, foreign.Package+"@") {
		name = foreign.Package
	}
	if !n.known[name] && len(n.known) >= maxNames {
		name = others
	}
	n.known[name] = true
	key := [2]string{name, tier}
	n.most[key] = max(n.most[key], memory)
	return name, n.most[key]
}
