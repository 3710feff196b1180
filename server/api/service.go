package api

import (
	"context"
	"net/http"
)

// GetHealth says whether the parts that the service needs are there.
func (a *API) GetHealth(ctx context.Context, _ GetHealthRequestObject) (GetHealthResponseObject, error) {
	h := Health{Status: Ok, Version: a.Version, Checks: a.Health(ctx)}
	for _, state := range h.Checks {
		if state != "ok" {
			h.Status = Degraded
			return GetHealth503JSONResponse(h), nil
		}
	}
	return GetHealth200JSONResponse(h), nil
}

// GetMetrics gives what Prometheus scrapes.
func (a *API) GetMetrics(context.Context, GetMetricsRequestObject) (GetMetricsResponseObject, error) {
	return metrics{a.Metrics}, nil
}

type metrics struct{ handler http.Handler }

func (m metrics) VisitGetMetricsResponse(w http.ResponseWriter) error {
	r, err := http.NewRequest(http.MethodGet, "/metrics", nil)
	if err != nil {
		return err
	}
	m.handler.ServeHTTP(w, r)
	return nil
}
