package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/dreamql/dreamql/server/run"
)

// work is what was executed. All times are in seconds.
type work struct {
	runs, cells              *prometheus.CounterVec
	cellTime, queue, execute prometheus.Histogram
	tasks                    prometheus.Counter
	rows                     prometheus.Counter
	udf                      functions
}

func newWork() work {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	by := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	times := func(name, help string) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(0.001, 2.5, 14)})
	}
	return work{
		runs:     by("dreamql_runs_total", "Runs that ended, by state.", "state"),
		cells:    by("dreamql_cells_total", "Cells that ended, by state.", "state"),
		cellTime: times("dreamql_cell_seconds", "From asking for a run to the end of a cell."),
		queue:    times("dreamql_queue_seconds", "From asking for a run to its start at a node."),
		execute:  times("dreamql_execute_seconds", "From handing a plan to the cluster to its result."),
		tasks:    counter("dreamql_tasks_total", "Tasks that workers finished for cells that succeeded."),
		rows:     counter("dreamql_rows_read_total", "Rows that were read from segments."),
		udf:      newFunctions(),
	}
}

func (w work) register(r *prometheus.Registry) {
	r.MustRegister(w.runs, w.cells, w.cellTime, w.queue, w.execute, w.tasks, w.rows)
	w.udf.register(r)
}

// RunEnded counts a run.
func (m *Metrics) RunEnded(s run.State) { m.work.runs.WithLabelValues(string(s)).Inc() }

// CellEnded counts a cell with what it cost.
func (m *Metrics) CellEnded(c *run.Cell) {
	w := m.work
	w.cells.WithLabelValues(string(c.State)).Inc()
	if c.Stats == nil {
		return
	}
	w.cellTime.Observe(c.Stats.TotalMS / 1000)
	w.queue.Observe(c.Stats.QueueMS / 1000)
	if len(c.Stats.Tasks) > 0 {
		w.execute.Observe(c.Stats.ExecMS / 1000)
	}
	w.tasks.Add(float64(len(c.Stats.Tasks)))
	w.rows.Add(float64(c.Stats.RowsRead))
	for _, f := range c.Stats.Functions {
		w.udf.ran(f)
	}
}
