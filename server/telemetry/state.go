package telemetry

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/dreamql/dreamql/engine/cluster"
)

// State is what is asked when somebody scrapes; what cannot be found out in time is left out of the answer.
type State struct {
	Runs    func(context.Context) (map[string]int, error) // that have not ended, by state
	Workers func(context.Context) ([]cluster.WorkerInfo, error)
}

var (
	unfinished = prometheus.NewDesc("dreamql_runs", "Runs that have not ended, by state.", []string{"state"}, nil)
	workers    = prometheus.NewDesc("dreamql_workers", "Workers that are alive.", nil, nil)
	executors  = prometheus.NewDesc("dreamql_executors", "Tasks that the live workers can execute at a time, each in an executor.", nil, nil)
)

// Watch adds the state to the metrics.
func (m *Metrics) Watch(s State) { m.Registry.MustRegister(scraped{s}) }

type scraped struct{ State }

func (scraped) Describe(out chan<- *prometheus.Desc) {
	out <- unfinished
	out <- workers
	out <- executors
}

func (s scraped) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	gauge := func(d *prometheus.Desc, v int, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), labels...)
	}
	if runs, err := s.Runs(ctx); err == nil {
		for _, state := range []string{"queued", "running"} {
			gauge(unfinished, runs[state], state)
		}
	}
	if list, err := s.Workers(ctx); err == nil {
		slots := 0
		for _, w := range list {
			slots += w.Slots
		}
		gauge(workers, len(list))
		gauge(executors, slots)
	}
}
